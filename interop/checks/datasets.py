"""Datasets that change as accounts and jobs do: what each publication left behind, for docs/WAREHOUSES.md."""

import datetime
import functools
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from support import WORK

ROOT = Path(__file__).resolve().parents[2]
FOUR = ["CO", "MX", "NA", "US"]
# NA, which spreadsheet readers take for a missing value, has no attempts there.
WITHOUT_US, WITHOUT_EITHER = ["CO", "MX", "NA"], ["CO", "MX"]


def job(start, end, matrix, every="day", timezone="UTC", **source):
    return {
        "source": {"base_url": "simulator", "retention": "none", **source},
        "windows": {"start": start, "end": end, "every": every, "timezone": timezone},
        "matrix": {"channels": ["sms", "call", "whatsapp"], **matrix},
        "limits": {"requests_per_minute": 0},
        "output": {"formats": ["csv", "parquet"], "history": True},
    }


def toml(name, tables):
    lines = [f'name = "{name}"']
    for table, values in tables.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


class Dataset:
    """A job that is run again and again; `steps` are copies of what each run published, by what happened."""

    def __init__(self, folder, name):
        self.folder, self.name, self.steps = folder, name, {}
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def run(self, what, as_of, tables=None, *flags):
        path = self.folder / "job.toml"
        if tables:
            path.write_text(toml(self.name, tables))
        command = [os.environ["BIN"], "run", path, "--as-of", as_of, "--output", self.folder / "output"]
        command += ["--state-dir", self.folder / "state", "--requests-per-minute", "0", "--quiet", *flags]
        subprocess.run(command, check=True)
        self.steps[what] = shutil.copytree(self.folder / "output" / self.name, self.folder / f"step{len(self.steps)}")


def days(work):
    """Days by country: all that may happen to them."""
    dataset = Dataset(work / "days", "daily")
    # From noon to noon; then those days whole.
    cut = job("2026-09-29T12:00:00Z", "2026-10-03T12:00:00Z", {"countries": FOUR})
    whole = ("2026-09-29", "2026-10-05")
    dataset.run("first load", "2026-10-04T00:00:00Z", cut)
    dataset.run("a new day", "2026-10-05T06:00:00Z", job("2026-10-04", "2026-10-05", {"countries": FOUR}))
    dataset.run("cut days become whole", "2026-10-05T06:00:00Z", job(*whole, {"countries": FOUR}))
    dataset.run("a country is dropped", "2026-10-05T06:00:00Z", job(*whole, {"countries": WITHOUT_US}))
    dataset.run("an empty country is dropped", "2026-10-05T06:00:00Z", job(*whole, {"countries": WITHOUT_EITHER}))
    dataset.run("a provisional day settles", "2026-10-08T00:00:00Z")
    dataset.run("nothing changes", "2026-10-08T00:00:00Z")
    return dataset


def weeks(work):
    """Weeks by prefix, in a zone whose days begin on the day before in UTC: one that was cut becomes whole in the month
    before, and nothing is left of its own."""
    dataset = Dataset(work / "weeks", "weekly")
    cut = ({"destination_prefixes": ["+57", "+1212"]}, "week", "Asia/Tokyo")
    dataset.run("first load", "2026-10-20T00:00:00Z", job("2026-10-01", "2026-10-05", *cut))
    dataset.run("a partition is gone", "2026-10-20T00:00:00Z", job("2026-09-28", "2026-10-05", *cut))
    dataset.run("new weeks", "2026-10-20T00:00:00Z", job("2026-09-28", "2026-10-19", *cut))
    return dataset


def left_by_0_1(work, folder):
    """A dataset of release 0.1, which did not know when a row had changed, with its job and its ledger."""
    dataset = Dataset(work / folder, "finished")
    left = ROOT / "tests/fixtures/0.1/finished"
    shutil.copytree(left / "dataset", dataset.folder / "output/finished")
    (dataset.folder / "state").mkdir()
    shutil.copy(left / "ledger.sqlite", dataset.folder / "state")
    shutil.copy(left / "finished.toml", dataset.folder / "job.toml")
    return dataset


def upgraded(work):
    """Its files are written anew, and then a row of them changes."""
    dataset = left_by_0_1(work, "upgraded")
    dataset.run("first load", "2026-11-10T06:00:00Z", None, "--rewrite")
    job_file = dataset.folder / "job.toml"
    job_file.write_text(job_file.read_text().replace('"US", ', "").replace(', "US"', ""))
    dataset.run("a country is dropped", "2026-11-10T06:00:00Z")
    return dataset


def listed(work):
    """The days before today, with costs: single attempts are listed for a month only."""
    dataset = Dataset(work / "listed", "listed")
    today = datetime.datetime.now(datetime.UTC).date()
    start, middle, end = ((today - datetime.timedelta(days=days)).isoformat() for days in (6, 4, 2))
    as_of = f"{today}T00:00:00Z"
    dataset.run("first load", as_of, job(start, middle, {"countries": FOUR}, list=True), "--strategy", "list")
    dataset.run("new days", as_of, job(middle, end, {"countries": FOUR}, list=True), "--strategy", "list")
    return dataset


@functools.cache
def changing():
    """The four of them by name, made once however many checks use them."""
    # Runs wait most of the time.
    with ThreadPoolExecutor() as pool:
        made = {make.__name__: pool.submit(make, WORK / "datasets") for make in (days, weeks, upgraded, listed)}
        return {name: dataset.result() for name, dataset in made.items()}


def manifest(step):
    return json.loads((step / "_manifest.json").read_text())


def published(step):
    """The rows of a step, by key, each as the values of its columns."""
    paths = [step / file["path"] for file in manifest(step)["files"] if file["format"] == "parquet"]
    return by_key(pa.concat_tables(pq.read_table(path, partitioning=None) for path in paths))


def by_key(table):
    """Rows by key; a key that is there twice, or a value of another type, is not the same table."""
    rows = {}
    for row in table.to_pylist():
        assert row["row_key"] not in rows, f"twice: {row['row_key']}"
        rows[row["row_key"]] = row
    return rows


def attempts(rows):
    return sum(row["total_attempts"] for row in rows.values())
