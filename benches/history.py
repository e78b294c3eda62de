"""A long history: what a plan and a rerun of one day cost beside millions of other answers, and a rerun of a million cells."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

DAY = """name = "day"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-10-10"
end = "2026-10-11"
[matrix]
countries = "all"
channels = "all"
[limits]
requests_per_minute = 0
[plan]
strategy = "exhaustive"
"""
START = 1791590400  # 2026-10-10T00:00:00Z
# Days after the one asked for, beside all those before it.
LATER = 40


def measured(arguments, cwd):
    """Runs a process; returns (wall seconds, CPU seconds, peak MB)."""
    began = time.perf_counter()
    process = subprocess.Popen(arguments, cwd=cwd, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{arguments} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def grow(ledger, answers):
    """Repeats the day's answers on the days before and after it until the ledger holds so many."""
    file = sqlite3.connect(ledger)
    file.executescript("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000;")
    columns = [row[1] for row in file.execute("PRAGMA table_info(answers)") if row[1] != "id"]
    day = f"range_start = {START} AND range_end = {START} + 86400"
    (per_day,) = file.execute(f"SELECT count(*) FROM answers WHERE {day}").fetchone()
    shifted = {"range_start": "range_start + shift * 86400", "range_end": "range_end + shift * 86400"}
    shifts = f"""WITH RECURSIVE shifts (shift) AS (
        SELECT {LATER} UNION ALL SELECT shift - 1 FROM shifts WHERE shift > {LATER} - {answers // per_day})"""
    file.execute(
        f"""{shifts} INSERT INTO answers ({', '.join(columns)})
        SELECT {', '.join(shifted.get(column, column) for column in columns)}
        FROM shifts CROSS JOIN (SELECT * FROM answers WHERE {day}) WHERE shift <> 0"""
    )
    file.execute("INSERT OR IGNORE INTO ranges SELECT DISTINCT origin, 16, range_start, range_end FROM answers WHERE range_end - range_start = 86400")
    file.commit()
    (held,) = file.execute("SELECT count(*) FROM answers").fetchone()
    file.close()
    return held


def measure(binary, folder, sizes):
    job = Path(folder) / "day.toml"
    job.write_text(DAY)
    for answers in sizes:
        place = ["--state-dir", f"{folder}/day-{answers}", "--output", f"{folder}/day-out"]
        measured([binary, "run", str(job), "-q", *place], folder)
        # In a process of its own: its memory would count for those that are started from it.
        growing = [sys.executable, __file__, f"{folder}/day-{answers}/ledger.sqlite", str(answers)]
        held = int(subprocess.run(growing, capture_output=True, text=True, check=True).stdout)
        for what, command in ("plan", ["plan", str(job), "--json"]), ("rerun", ["run", str(job), "-q"]):
            _, cpu, peak = min(measured([binary, *command, *place], folder) for _ in range(3))
            print(f"{what} of a day, {held:,} answers kept".ljust(36) + f"{cpu:10.2f} s CPU, {peak:.0f} MB")

    million = Path(__file__).resolve().parent / "million.toml"
    place = ["--state-dir", f"{folder}/million-state", "--output", f"{folder}/million-out"]
    wall, _, peak = measured([binary, "run", str(million), "-q", *place], folder)
    print(f"first run, a million cells          {wall:10.1f} s, {peak:.0f} MB")
    wall, _, peak = min(measured([binary, "run", str(million), "-q", *place], folder) for _ in range(3))
    print(f"rerun, a million cells, no change   {wall:10.1f} s, {peak:.0f} MB")


if __name__ == "__main__":
    print(grow(sys.argv[1], int(sys.argv[2])))
