"""Runs of the dbt project in deploy/dbt, each within this process, and the folders that it loads from and into."""

import json
import os
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from datasets import ROOT, manifest
from dbt.cli.main import dbtRunner
from support import WORK

PROJECT, HOME = ROOT / "deploy/dbt", WORK / "dbt"


def dbt(*command, **environment):
    """Status and message of each node, by its name. dbt leaves nothing beside its project."""
    folders = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", HOME / "target"]
    before, here = dict(os.environ), Path.cwd()
    os.environ.update(DO_NOT_TRACK="1", **{name: str(value) for name, value in environment.items()})
    try:
        done = dbtRunner().invoke([*command, *map(str, folders), "--log-level-file", "none", "--quiet"])
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
    if done.exception:
        raise done.exception
    return {result.node.name: (str(result.status), result.message) for result in done.result.results}


class Place:
    """One dataset's folder and its DuckDB, which dbt keeps open: each place needs a name of its own."""

    def __init__(self, name):
        self.folder = HOME / name
        self.folder.mkdir(parents=True)
        self.dataset, self.database = self.folder / "dataset", self.folder / "verify.duckdb"

    def publish(self, step):
        shutil.rmtree(self.dataset, ignore_errors=True)
        shutil.copytree(step, self.dataset)

    def dbt(self, *command):
        return dbt(*command, VERIFY_ROLLUP_OUTPUT=self.dataset, VERIFY_DUCKDB=self.database)

    def sql(self, query):
        with duckdb.connect(self.database) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(query).to_arrow_table().to_pylist()

    def rewrite(self, change):
        """October's file with its table changed, which the manifest tells by another checksum alone."""
        described = manifest(self.dataset)
        for file in described["files"]:
            if file["format"] == "parquet" and file["partition"] == "month=2026-10":
                path = self.dataset / file["path"]
                pq.write_table(change(pq.read_table(path, partitioning=None)), path)
                file["sha256"] = "tampered"
        (self.dataset / "_manifest.json").write_text(json.dumps(described))
