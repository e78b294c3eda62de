"""Runs a DAG once as Airflow's own scheduling does it, from `dag.test`: mapping, templates, trigger rules and tries are
Airflow's. Its database is below AIRFLOW_HOME; no scheduler and no worker is up.

Usage: run.py DAG_FILE OUT. Writes OUT: the settings that matter, how the run ended, and of each instance of a task its name,
state and tries.
"""

import json
import subprocess
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

file, out = sys.argv[1:]
bag = DagBag(dag_folder=file)
assert not bag.import_errors, bag.import_errors
[dag] = bag.dags.values()
subprocess.run([sys.executable, "-m", "airflow", "dags", "reserialize"], check=True)
run = dag.test()
found = {
    "ends": run.state,
    "tasks": [
        {"task": ti.task_id, "name": ti.rendered_map_index, "state": ti.state, "tries": ti.try_number}
        for ti in sorted(run.get_task_instances(), key=lambda ti: (ti.task_id, ti.map_index))
    ],
    "schedule": dag.schedule,
    "catchup": dag.catchup,
    "max_active_runs": dag.max_active_runs,
    "upstream": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
}
Path(out).write_text(json.dumps(found))
