"""The job jobs/daily.toml of /srv/verify for each account of /srv/verify/accounts.csv, each morning: a mapped task for each.

Exit 2, a mistake, fails an account's task at once; every other code but 0 is tried again, and goes on where the try before
ended. The environment is the worker's, or /srv/verify/.env: the secrets that accounts.csv names, and, where there are several
workers, VERIFY_ROLLUP_STATE=postgres://..., for a state that they share. Airflow maps over 1,024 accounts at most, or as many as
`max_map_length` in its [core] says.
"""

import csv
from datetime import datetime, timedelta, timezone

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task


class Rollup(BashOperator):
    """A command of verify-rollup. A mistake stays one, however often it is tried."""

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowException as error:
            if str(error).endswith("exit code 2."):
                raise AirflowFailException(str(error)) from error
            raise


with DAG(
    dag_id="verify_rollup_accounts",
    schedule="17 5 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    # A run catches up on days that were missed itself, and two at once would only wait for each other.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    doc_md=__doc__,
):

    @task
    def accounts():
        # By SID, which needs no quoting; the name is for people. No secret comes near Airflow.
        with open("/srv/verify/accounts.csv", newline="", encoding="utf-8-sig") as file:
            return [{"ACCOUNT": row["sid"], "ACCOUNT_NAME": row["name"]} for row in csv.DictReader(file)]

    each = {
        "cwd": "/srv/verify",
        "append_env": True,
        "map_index_template": "{{ task.env['ACCOUNT_NAME'] }}",
        "max_active_tis_per_dagrun": 8,
    }
    listed = accounts()
    run = Rollup.partial(
        task_id="run",
        # exec: a task that is stopped sends SIGTERM, and the program ends in order. A try that comes later, or a run that is
        # cleared, asks about the same days.
        bash_command=(
            'exec verify-rollup run jobs/daily.toml --account "$ACCOUNT" --wait 5m --stop-after 50m'
            " --as-of {{ (data_interval_end or dag_run.run_after) | ts }}"
        ),
        retries=4,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(minutes=70),
        **each,
    ).expand(env=listed)
    # Whatever became of the runs: days that expired before they were final, rows that were lost.
    stands = Rollup.partial(
        task_id="stands",
        bash_command=(
            'exec verify-rollup status jobs/daily.toml --account "$ACCOUNT" --quiet'
            " --fail-on missing,expired,lost,unfinished"
        ),
        trigger_rule="all_done",
        **each,
    ).expand(env=listed)
    # An end that a failed account fails, as `stands` need not: Airflow judges a run by its ends alone.
    run >> [stands, EmptyOperator(task_id="all_complete")]
