"""What a table of PostgreSQL costs a run at a million rows: loaded whole, compared, and one window of it put right.
Usage: POSTGRES_BIN=/usr/lib/postgresql/15/bin python3 benches/postgres.py BINARY [FROM TO, instants of the job's range]"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "interop/checks"))
from rig import PostgreSql  # noqa: E402


TIMES = 3


def took(command):
    """Wall seconds, CPU seconds, peak MB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measured(what, command, before="SELECT", times=TIMES):
    """The quickest run of some, after a statement that changes the table."""
    runs = []
    for _ in range(times):
        server.sql(before)
        runs.append(took(command))
    print("{:34} {:6.1f} s, {:5.1f} s of CPU, {:4.0f} MB".format(what, *min(runs)), flush=True)


binary, *times = sys.argv[1:]
server = PostgreSql()
server.sql("ALTER SYSTEM SET log_min_duration_statement = 1")
server.sql("SELECT pg_reload_conf()")
try:
    with tempfile.TemporaryDirectory() as folder:
        text = (HERE / "million.toml").read_text()
        for known, other in zip(["2026-09-20T00:00:00Z", "2026-10-23T09:00:00Z"], times):
            text = text.replace(known, other)
        host = str(server.folder).replace("/", "%2F")
        url = f"postgres://admin@{host}:{server.port}/postgres"
        jobs = {}
        for name, more in [("files", ""), ("table", f'postgres = "{url}"\n')]:
            jobs[name] = Path(folder) / f"{name}.toml"
            jobs[name].write_text(f'{text}\n[output]\ndirectory = "{folder}/out"\n{more}')
        command = [binary, "run", "--quiet", "--as-of", "2026-11-03T00:00:00Z", "--state-dir", f"{folder}/state"]
        measured("asked and published, no table", [*command, jobs["files"]], times=1)
        measured("rerun, no table", [*command, jobs["files"]])
        measured("loaded whole", [*command, jobs["table"]], "DROP TABLE IF EXISTS verify_attempts")
        measured("rerun, nothing differs", [*command, jobs["table"]])
        last = "(SELECT max(window_start) FROM verify_attempts)"
        one = f"UPDATE verify_attempts SET run_id = 'x' WHERE window_start = {last}"
        measured("rerun, one window differs", [*command, jobs["table"]], one)
        size = "pg_size_pretty(pg_total_relation_size('verify_attempts'))"
        print("rows, with indexes:", server.sql(f"SELECT count(*), {size} FROM verify_attempts").strip())
        compared = [float(ms) for ms in re.findall(r"duration: ([0-9.]+) ms +execute [^\n]*SELECT \(extract", (server.folder / "log").read_text())]
        print(f"of which the server compares       {min(compared[-TIMES:]) / 1000:6.1f} s")
finally:
    server.close()
