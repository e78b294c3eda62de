"""The job jobs/daily.toml of /srv/verify, each morning.

Every exit code but 0 fails the try, and Airflow tries again: a run goes on where the one before ended, so 3 (windows
incomplete, or stopped by --stop-after) and 4 (somebody else at work) come to their end, and 2 (a mistake) costs little.
The environment is the worker's, or /srv/verify/.env: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN_FILE. A state directory is one
machine's at a time, so where there are several workers, a `queue` keeps the tasks on one, or VERIFY_ROLLUP_STATE names a
database.
"""

from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="verify_rollup_daily",
    schedule="17 5 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    # A run catches up on days that were missed itself, and two at once would only wait for each other.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    doc_md=__doc__,
):
    run = BashOperator(
        task_id="run",
        cwd="/srv/verify",
        # exec: a task that is stopped sends SIGTERM, and the program ends in order.
        bash_command="exec verify-rollup run jobs/daily.toml --wait 5m --stop-after 50m",
        retries=4,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(minutes=70),
    )
    # Also where a run ends well: days that expired before they were final, rows that were lost.
    stands = BashOperator(
        task_id="stands",
        cwd="/srv/verify",
        bash_command="exec verify-rollup status jobs/daily.toml --quiet --fail-on missing,expired,lost,unfinished",
    )
    run >> stands
