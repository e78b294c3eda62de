"""dlt: a resource whose questions run in its thread pool, merged by key into DuckDB, a load for every few days.

dlt has retries (429 with Retry-After, 5xx, timeouts) and no rate limiter; requests-ratelimiter is put below its session.
Usage: dlt_peer.py FOLDER load|rows"""

import os
import sys

import dlt
from dlt.sources.helpers.requests import Client
from requests_ratelimiter import LimiterAdapter
from task import COLUMNS, Task, parameters, row, show

task = Task(sys.argv[1])
os.environ["DLT_DATA_DIR"] = str(task.folder / "dlt")
dlt.config["runtime.dlthub_telemetry"] = False
dlt.config["extract.workers"] = task.concurrency
dlt.config["extract.max_parallel_items"] = 4 * task.concurrency

identity = {"auth": (task.account, task.secret)}
client = Client(request_timeout=20, request_max_attempts=20, max_connections=task.concurrency, session_attrs=identity)
limiter = LimiterAdapter(per_minute=task.per_minute, pool_maxsize=task.concurrency) if task.per_minute else None


@dlt.defer
def ask(cell):
    if limiter:
        client.session.mount(task.base_url, limiter)
    return row(*cell, client.get(task.summary, params=parameters(*cell)).json())


@dlt.resource(write_disposition="merge", primary_key=COLUMNS[:3])
def summary(days):
    state = dlt.current.resource_state()
    days = [day for day in days if day > state.get("loaded", "")]
    for cell in task.cells(days):
        yield ask(cell)
    if days:
        state["loaded"] = days[-1]


pipeline = dlt.pipeline("peer", destination=dlt.destinations.duckdb(str(task.folder / "peer.duckdb")), dataset_name="verify")
if sys.argv[2] == "rows":
    with pipeline.sql_client() as sql:
        show(dict(zip(COLUMNS, line)) for line in sql.execute_sql(f"SELECT {', '.join(COLUMNS)} FROM summary"))
else:
    pipeline.run()  # what a killed run had extracted
    days = task.days()
    for first in range(0, len(days), task.days_a_load):
        pipeline.run(summary(days[first : first + task.days_a_load]))
