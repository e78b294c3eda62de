"""Loads a DAG as Airflow does and runs its tasks by its own operators, in another folder than /srv/verify.

Usage: run.py DAG_FILE FOLDER. Writes FOLDER/dag.json: the settings that matter, and of each task how it ended. No
scheduler and no database: what a retry does is Airflow's.
"""

import json
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

file, folder = sys.argv[1:]
bag = DagBag(dag_folder=file)
assert not bag.import_errors, bag.import_errors
[dag] = bag.dags.values()
ends = {}
for task in dag.topological_sort():
    assert task.cwd == "/srv/verify", task.cwd
    task.cwd = folder
    try:
        task.execute({})
        ends[task.task_id] = "success"
    except Exception as error:
        # AirflowFailException would end the task for good, AirflowSkipException would hide the failure.
        ends[task.task_id] = f"{type(error).__name__}: {error}"
found = {
    "ends": ends,
    "schedule": dag.schedule,
    "catchup": dag.catchup,
    "max_active_runs": dag.max_active_runs,
    "retries": {task.task_id: task.retries for task in dag.tasks},
    "upstream": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
}
Path(folder, "dag.json").write_text(json.dumps(found))
