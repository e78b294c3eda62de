"""The contenders: how each is started, what it takes in memory, and the table that it leaves."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = Path("target/tools/peers").resolve()
BIN = str(Path(sys.argv[1]).resolve())
NOW = "2026-10-01T12:00:00Z"
ACCOUNT = "AC" + "0" * 32
ENVIRONMENT = {**os.environ, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "secret"}
PEERS = ["aiohttp", "dlt", "airbyte", "singer"]
CHANNELS = ["call", "email", "rbm", "sms", "whatsapp"]
CATALOG = {"stream": {"name": "summary", "json_schema": {}, "supported_sync_modes": ["incremental"]}}


class Simulator:
    def __init__(self, *flags):
        command = [BIN, "simulate", "--now", NOW, *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = re.search(r"http://\S+", self.process.stdout.readline())[0]

    def __enter__(self):
        return self.address

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def job(path, task, countries, strategy):
    path.write_text(
        f'name = "peer"\n[source]\nlist = {json.dumps(strategy == "list")}\n[windows]\nstart = "{task["start"]}"\nend = "{task["end"]}"\n'
        f"[matrix]\ncountries = {json.dumps(countries)}\nchannels = {json.dumps(task['channels'])}\nremainder = false\n"
        f"[limits]\nrequests_per_minute = {task['per_minute']}\nconcurrency = {task['concurrency']}\n"
        f'[plan]\nstrategy = "{strategy}"\n[output]\nformats = ["parquet", "csv"]\n'
    )


def truth(folder, task, countries):
    """What an honest table holds: cell to attempts and conversions."""
    path = Path(folder) / "truth.toml"
    job(path, task, countries, "exhaustive")
    text = subprocess.run([BIN, "simulate", "--truth", path, "--as-of", NOW, "--now", NOW], capture_output=True, text=True, check=True)
    return dict(cells(csv.DictReader(text.stdout.splitlines())))


def cells(rows):
    for row in rows:
        key = row["window_start"][:10], row["country"], row["channel"]
        yield key, (int(row["total_attempts"]), int(row["total_converted"]))


class Contender:
    """One in a folder of its own, which outlives its runs. `way` is our strategy, or aiohttp's `load` or `pages`."""

    def __init__(self, name, folder, task, way="load"):
        self.name, self.folder, self.way, self.task = name, Path(folder), way, task
        self.folder.mkdir(parents=True)
        (self.folder / "task.json").write_text(json.dumps(task))
        if name == "verify-rollup":
            job(self.folder / "job.toml", task, task["countries"], way)
        if name == "airbyte":
            manifest = (HERE / "airbyte.yaml").read_text()
            manifest = manifest if task["per_minute"] else manifest[: manifest.index("# From here on")]
            (self.folder / "manifest.yaml").write_text(manifest)
            stream = {**CATALOG, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
            (self.folder / "catalog.json").write_text(json.dumps({"streams": [stream]}))

    def command(self):
        at, python = self.folder, TOOLS / self.name / "bin/python"
        state = ["--state", at / "state.json"] if (at / "state.json").exists() else []
        match self.name:
            case "verify-rollup":
                place = ["--base-url", self.task["base_url"], "--output", at / "out", "--state-dir", at / "state"]
                return [BIN, "run", at / "job.toml", "--as-of", NOW, "--json", "-q", *place]
            case "airbyte":
                source = TOOLS / "airbyte/bin/source-declarative-manifest"
                inputs = ["--config", at / "task.json", "--catalog", at / "catalog.json", "--manifest-path", at / "manifest.yaml"]
                return [source, "read", *inputs, *state]
            case "singer":
                return [python, HERE / "singer_peer.py", "--config", at / "task.json", *state]
            case _:
                return [python, HERE / f"{self.name}_peer.py", at, self.way]

    def run(self, stop=lambda: False):
        """Runs to the end, or until `stop` says to kill. Wall seconds and the peak of the processes' memory in MB."""
        lands = self.name in ("airbyte", "singer")
        log = open(self.folder / "log", "ab")
        began, peak = time.monotonic(), 0
        out = subprocess.PIPE if lands else log
        process = subprocess.Popen(self.command(), stdout=out, stderr=log, env=ENVIRONMENT, start_new_session=True)
        landing = lands and subprocess.Popen([sys.executable, HERE / "land.py", self.folder], stdin=process.stdout)
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            if stop():
                os.killpg(process.pid, signal.SIGKILL)
                if landing:
                    landing.kill()
                process.wait()
            time.sleep(0.01)
        wall = time.monotonic() - began
        if landing:
            landing.wait()
        if process.returncode not in (0, 3, -signal.SIGKILL):
            sys.exit(f"{self.name} ended with {process.returncode}: {(self.folder / 'log').read_bytes()[-2000:].decode()}")
        return wall, peak

    def rows(self):
        """The table as it was left, a cell as often as it stands there."""
        if self.name == "verify-rollup":
            found = sorted((self.folder / "out").rglob("*.csv"))
            return [cell for path in found for cell in cells(csv.DictReader(path.open()))]
        if self.name in ("airbyte", "singer"):
            records = map(json.loads, (self.folder / "records.jsonl").open())
            lines = ([r["day"][:10], r["country"], r["channel"], *counts(r)] for r in records)
        else:
            command = [TOOLS / self.name / "bin/python", HERE / f"{self.name}_peer.py", self.folder, "rows"]
            lines = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return [(tuple(line[:3]), tuple(line[3:])) for line in lines]

    def held_against(self, truth):
        rows = self.rows()
        table = dict(rows)
        wrong = sum(truth.get(key) != counts for key, counts in table.items())
        return {"rows": len(table), "duplicates": len(rows) - len(table), "missing": len(truth.keys() - table), "wrong": wrong}


def counts(record):
    return (record["attempts"], record["converted"]) if "attempts" in record else (record["total_attempts"], record["total_converted"])


def resident(pid):
    """MB of a process and those below it."""
    total = 0
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int((re.search(r"VmRSS:\s+(\d+)", status) or [0, 0])[1]) / 1024
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            total += resident(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return total
