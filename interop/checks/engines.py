"""The engines of docs/WAREHOUSES.md: each runs a block of the page where `output` lies, and hands its table back."""

import datetime
import glob
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

TIMES = ["window_start", "window_end", "asked_at", "published_at"]


class Engine:
    """Runs blocks in the present folder."""

    def run(self, block):
        raise NotImplementedError

    def rows(self):
        """Each row as a dictionary of Python's own types."""
        raise NotImplementedError

    def close(self):
        pass


class DuckDb(Engine):
    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()

    def run(self, block):
        self.connection.execute(block)

    def rows(self):
        return self.connection.sql("FROM verify_attempts").to_arrow_table().to_pylist()


def from_text(row):
    """What is text in an engine without times, or in JSON."""
    for column in TIMES:
        row[column] = row[column] and datetime.datetime.fromisoformat(row[column])
    row["window_date"] = datetime.date.fromisoformat(row["window_date"])
    row["channel_cost"] = row["channel_cost"] and Decimal(row["channel_cost"])
    return row


class PostgreSql(Engine):
    """A cluster of its own, on a socket of its own. The server refuses to be run by root."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="verify-rollup-pg-"))
        self.programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.server("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "loader", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self.server("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start")

    def server(self, program, *arguments):
        command = [self.programs / program, *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def psql(self, text):
        command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.folder]
        command += ["-U", "loader", "-d", "postgres"]
        return subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.PIPE).stdout

    def run(self, block):
        self.psql(block)

    def rows(self, table="verify_attempts"):
        lines = self.psql(f"SET timezone = 'UTC'; SELECT row_to_json(it) FROM {table} AS it;").splitlines()
        rows = [from_text(json.loads(line, parse_float=Decimal)) for line in lines]
        for row in rows:
            for column in ["conversion_rate", "conversion_rate_low", "conversion_rate_high"]:
                row[column] = None if row[column] is None else float(row[column])
        return rows

    def close(self):
        self.server("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)


class Sqlite(Engine):
    def run(self, block):
        subprocess.run(["sqlite3", "-bail", "warehouse.sqlite"], input=block, text=True, check=True)

    def rows(self):
        connection = sqlite3.connect("warehouse.sqlite")
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM verify_attempts")]
        connection.close()
        for row in rows:
            assert row["is_final"] in (0, 1)
            row["is_final"] = bool(row["is_final"])
        return [from_text(row) for row in rows]


class ClickHouse(Engine):
    def __init__(self):
        from chdb.session import Session

        self.session = Session()
        self.session.query("CREATE DATABASE verify ENGINE = Atomic")
        self.session.query("USE verify")

    def run(self, block):
        for statement in filter(str.strip, block.split(";")):
            self.session.query(statement)

    def rows(self):
        found = self.session.query("SELECT * FROM verify_attempts", "Parquet").bytes()
        return pq.read_table(io.BytesIO(found)).to_pylist()

    def close(self):
        self.session.close()


class Python(Engine):
    """Blocks share their names, as the cells of a notebook do."""

    def __init__(self, changes):
        self.changes = changes
        self.names = {"__name__": "__main__"}

    def run(self, block):
        exec(compile(self.changes + block, "docs/WAREHOUSES.md", "exec"), self.names)

    def rows(self):
        return pq.read_table("verify_attempts.parquet").to_pylist()


class Spark(Python):
    def __init__(self, changes):
        super().__init__(changes)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]")
        builder = builder.config("spark.ui.enabled", False).config("spark.ui.showConsoleProgress", False)
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        builder = builder.config("spark.sql.warehouse.dir", str(Path("warehouse").resolve()))
        builder = builder.config("spark.sql.shuffle.partitions", 2).config("spark.log.level", "ERROR")
        self.names["spark"] = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()

    def rows(self):
        return self.names["spark"].table("verify_attempts").drop("month").toArrow().to_pylist()

    def close(self):
        self.names["spark"].stop()


class Dlt(Python):
    def __init__(self, changes):
        os.environ["DLT_DATA_DIR"] = str(Path("dlt").resolve())
        os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
        super().__init__(changes)

    def rows(self):
        import duckdb

        with duckdb.connect("verify.duckdb", read_only=True) as connection:
            return connection.sql("FROM twilio.verify_attempts").to_arrow_table().to_pylist()
