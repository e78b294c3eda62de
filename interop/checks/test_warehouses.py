"""docs/WAREHOUSES.md by its word: the statements of the page load datasets that change, and nothing else than what is
published is there afterwards. What the page calls wrong must be found wrong, or the datasets would prove nothing."""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
from datasets import ROOT, attempts, changing, manifest, published
from engines import ClickHouse, Dlt, DuckDb, PostgreSql, Python, Spark, Sqlite
from support import WORK

PAGE = ROOT / "docs/WAREHOUSES.md"
HOME = WORK / "warehouses"
DATASETS = {}
FILES = "(FROM read_parquet('output/daily/parquet/**/*.parquet', hive_partitioning = false))"
TOTALS = "SELECT sum(total_attempts)::BIGINT, count(*) FROM verify_attempts"


def blocks():
    """The page's blocks by (engine, step)."""
    found = {}
    for head, body in re.findall(r"^```(?:sql|python) (.+)\n((?:.*\n)*?)```$", PAGE.read_text(), re.MULTILINE):
        engine, *steps = head.split()
        for step in steps or [None]:
            assert (engine, step) not in found, head
            found[engine, step] = body
    return found


BLOCKS = blocks()


def setUpModule():
    shutil.rmtree(HOME, ignore_errors=True)
    DATASETS.update(changing())


class Place:
    """A folder of its own for one engine and one dataset, where `output` lies."""

    def __init__(self, engine, dataset):
        self.folder, self.dataset = HOME / engine / dataset.folder.name, dataset

    def __enter__(self):
        self.before = Path.cwd()
        self.folder.mkdir(parents=True)
        os.chdir(self.folder)
        return self

    def __exit__(self, *_):
        os.chdir(self.before)

    def publish(self, step):
        shutil.rmtree("output", ignore_errors=True)
        shutil.copytree(step, f"output/{self.dataset.name}")

    def block(self, text):
        """The page's job is `daily`."""
        name = self.dataset.name
        return text.replace("output/daily", f"{self.folder}/output/{name}").replace("daily.csv", f"{name}.csv")


class Loads(unittest.TestCase):
    maxDiff = 2000

    def loaded(self, engine, make, first=("first",), following=("next",)):
        for name, dataset in DATASETS.items():
            with Place(engine, dataset) as place:
                warehouse = make(place.block(BLOCKS["manifest", None]))
                try:
                    steps = first
                    for what, step in dataset.steps.items():
                        place.publish(step)
                        for block in steps:
                            warehouse.run(place.block(BLOCKS[engine, block]))
                        with self.subTest(dataset=name, step=what):
                            self.same(warehouse.rows(), published(step))
                        steps = following
                finally:
                    warehouse.close()

    def same(self, rows, expected):
        found = {row["row_key"]: row for row in rows}
        self.assertEqual(len(found), len(rows), "keys that are there twice")
        self.assertEqual(found.keys(), expected.keys())
        for key, row in expected.items():
            self.assertEqual(list(found[key]), list(row), "columns")
            self.assertEqual(found[key], row)
            self.assertEqual([type(value) for value in found[key].values()], [type(value) for value in row.values()])
        self.assertEqual(attempts(found), attempts(expected))

    def test_duckdb(self):
        self.loaded("duckdb", lambda _: DuckDb())

    def test_postgresql(self):
        self.loaded("postgresql", lambda _: PostgreSql())

    def test_sqlite(self):
        self.loaded("sqlite", lambda _: Sqlite(), ("first", "next"))

    def test_clickhouse(self):
        self.loaded("clickhouse", lambda _: ClickHouse())

    def test_polars(self):
        self.loaded("polars", Python)

    def test_pandas(self):
        self.loaded("pandas", Python)

    def test_spark(self):
        self.loaded("spark", Spark)

    def test_dlt(self):
        self.loaded("dlt", Dlt)


class Log(unittest.TestCase):
    """The log of changes alone makes the table, whatever happened to the days."""

    maxDiff = 2000
    same = Loads.same

    def test_duckdb(self):
        for name in ["days", "weeks"]:
            with Place("duckdb-log", DATASETS[name]) as place:
                warehouse = DuckDb()
                for what, step in place.dataset.steps.items():
                    place.publish(step)
                    warehouse.run(place.block(BLOCKS["duckdb", "log"]))
                    with self.subTest(dataset=name, step=what):
                        self.same(warehouse.rows(), published(step))


class Wrong(unittest.TestCase):
    """The ways that the page warns of, over the dataset of days."""

    def totals(self, way, load):
        """At each step: attempts and rows that a way leaves, and those published. `load` hands the former back."""
        found = {}
        with Place(way, DATASETS["days"]) as place:
            for what, step in place.dataset.steps.items():
                place.publish(step)
                rows = published(step)
                found[what] = (tuple(load()), (attempts(rows), len(rows)))
        return found

    def keeps_what_is_gone(self, found):
        for right in ["first load", "a new day"]:
            self.assertEqual(*found[right])
        whole, dropped = found["cut days become whole"], found["a country is dropped"]
        self.assertGreater(whole[0], whole[1])
        self.assertGreater(dropped[0][0] - dropped[1][0], whole[0][0] - whole[1][0])

    def in_duckdb(self, way, statement):
        connection = duckdb.connect()

        def load():
            connection.execute(f"CREATE TABLE IF NOT EXISTS verify_attempts AS {FILES}; {statement}")
            return connection.execute(TOTALS).fetchone()

        return self.totals(way, load)

    def test_merge_by_key(self):
        found = self.in_duckdb(
            "merge",
            f"""MERGE INTO verify_attempts USING {FILES} AS new USING (row_key)
            WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT""",
        )
        self.keeps_what_is_gone(found)

    def test_replacing_merge_tree(self):
        warehouse = ClickHouse()
        self.addCleanup(warehouse.close)
        files = BLOCKS["clickhouse", "first"].partition(" AS\n")[2].rstrip().rstrip(";")

        def load():
            columns = "CREATE TABLE IF NOT EXISTS verify_attempts ENGINE = ReplacingMergeTree ORDER BY row_key EMPTY AS"
            warehouse.run(f"{columns} {files}; INSERT INTO verify_attempts {files}")
            question = "SELECT sum(total_attempts), count() FROM verify_attempts FINAL"
            found = warehouse.session.query(question, "JSONCompact")
            return map(int, json.loads(found.bytes())["data"][0])

        self.keeps_what_is_gone(self.totals("replacing", load))

    def test_dlt_merge_by_primary_key(self):
        block = BLOCKS["dlt", "next"]
        merging = block.replace('write_disposition="replace"', 'write_disposition="merge", primary_key="row_key"')
        self.assertNotEqual(merging, block)

        def load():
            warehouse = Dlt(BLOCKS["manifest", None])
            warehouse.run(merging)
            with duckdb.connect("verify.duckdb", read_only=True) as connection:
                return connection.execute(TOTALS.replace("verify_attempts", "twilio.verify_attempts")).fetchone()

        self.keeps_what_is_gone(self.totals("dlt-merge", load))

    def test_published_at_alone(self):
        found = self.in_duckdb(
            "later",
            f"""CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT window_start, window_end FROM {FILES}
            WHERE published_at > (SELECT max(published_at) FROM verify_attempts);
            DELETE FROM verify_attempts AS old USING changed
            WHERE old.window_start < changed.window_end AND old.window_end > changed.window_start;
            INSERT INTO verify_attempts FROM {FILES} SEMI JOIN changed USING (window_start, window_end)""",
        )
        empty = found["an empty country is dropped"]
        self.assertGreater(empty[0][1], empty[1][1])
        self.assertTrue(all(here[0] == there[0] for here, there in found.values()))


class Page(unittest.TestCase):
    def test_each_engine_that_the_page_marks_is_run(self):
        marked = {name.lower() for name in re.findall(r"^### (\w+) ✓$", PAGE.read_text(), re.MULTILINE)}
        self.assertEqual(marked, {engine for engine, _ in BLOCKS} - {"manifest"})
        self.assertEqual(marked, {name[5:] for name in dir(Loads) if name.startswith("test_")})

    def test_the_datasets_hold_what_they_are_for(self):
        rows = {name: [published(step) for step in dataset.steps.values()] for name, dataset in DATASETS.items()}
        columns = lambda name, column: {row[column] for step in rows[name] for row in step.values()}
        self.assertIn("NA", columns("days", "country"))
        self.assertIn(None, columns("days", "conversion_rate"))
        self.assertEqual(columns("days", "is_final"), {False, True})
        self.assertIn("+57", columns("weeks", "destination_prefix"))
        self.assertEqual(columns("weeks", "country"), {None})
        self.assertIn(None, columns("upgraded", "published_at"))
        self.assertGreater(len(columns("upgraded", "published_at")), 1)
        self.assertGreater(len(columns("listed", "channel_cost")), 5)
        steps = list(DATASETS["weeks"].steps.values())
        partitions = [{file["partition"] for file in manifest(step)["files"]} for step in steps[:2]]
        self.assertEqual(partitions, [{"month=2026-10"}, {"month=2026-09"}])


class Values(unittest.TestCase):
    """What the page says of values, under "Where values change on the way"."""

    @classmethod
    def setUpClass(cls):
        cls.days, cls.weeks = (next(iter(DATASETS[name].steps.values())) for name in ("days", "weeks"))
        cls.countries, cls.prefixes = (sorted(step.rglob("*.csv"))[0] for step in (cls.days, cls.weeks))

    def test_namibia_and_prefixes_in_pandas(self):
        self.assertNotIn("NA", set(pd.read_csv(self.countries)["country"]))
        self.assertIn(57, set(pd.read_csv(self.prefixes)["destination_prefix"]))
        [call] = re.findall(r"`pd\.read_csv\(path, (.+?)\)`", PAGE.read_text())
        read = lambda path: eval(f"pd.read_csv(path, {call})", {"pd": pd, "path": path})
        self.assertIn("NA", set(read(self.countries)["country"]))
        self.assertEqual(set(read(self.prefixes)["destination_prefix"]), {"+57", "+1212"})

    def test_whole_numbers_with_nulls_in_pandas(self):
        path = sorted(self.days.rglob("*.parquet"))[0]
        kinds = [pd.read_parquet(path, **how)["priced_attempts"].dtype for how in ({}, {"dtype_backend": "pyarrow"})]
        self.assertEqual([str(kind) for kind in kinds], ["float64", "int64[pyarrow]"])

    def test_the_day_of_a_window_is_not_that_of_its_start(self):
        for row in published(self.weeks).values():
            self.assertLess(row["window_start"].date(), row["window_date"])

    def test_folders_become_columns(self):
        file = sorted(self.days.rglob("*.parquet"))[0]
        for folder, kind, in_duckdb in [("month=2026-09", pl.String, "VARCHAR"), ("day=2026-09-29", pl.Date, "DATE")]:
            name, value = folder.split("=")
            place = HOME / "folders" / name
            shutil.copytree(file.parent, place / folder)
            in_polars = pl.scan_parquet(place)
            self.assertEqual(in_polars.collect_schema()[name], kind)
            column = duckdb.sql(f"DESCRIBE FROM '{place}/*/*.parquet'").fetchall()[-1]
            self.assertEqual(column[:2], (name, in_duckdb))
            self.assertEqual(str(pd.read_parquet(place)[name].dtype), "category")
            compared = in_polars.filter(pl.col(name) == value)
            if kind is pl.Date:
                self.assertRaises(pl.exceptions.InvalidOperationError, compared.collect)
            else:
                self.assertGreater(compared.collect().height, 0)

    def test_an_import_into_no_table_makes_text_in_sqlite(self):
        question = "SELECT DISTINCT typeof(total_attempts), quote(priced_attempts) FROM guessed;"
        command = ["sqlite3", ":memory:", f".import --csv '{self.countries}' guessed", question]
        self.assertEqual(subprocess.run(command, check=True, capture_output=True, text=True).stdout, "text|''\n")
