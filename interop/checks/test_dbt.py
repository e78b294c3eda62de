"""deploy/dbt over datasets that change: after each publication the models hold what is published, in DuckDB from the
files and in PostgreSQL from the loaded table. Its tests pass there, and each fails where its fault is put in."""

import datetime
import json
import unittest
from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc
import test_warehouses as warehouses
from datasets import FOUR, WITHOUT_US, Dataset, changing, job, left_by_0_1, manifest, published
from dbt_common.exceptions import DbtRuntimeError
from engines import PostgreSql
from project import HOME, Place, dbt

MANIFEST_TEST = "table_is_what_the_manifest_says"


def by_day(rows):
    """conversion_by_day as it should be: attempts, conversions, whether all is settled."""
    days = defaultdict(lambda: [0, 0, True])
    for row in rows.values():
        day = days[row["window_date"], row["country"], row["channel"]]
        day[0] += row["total_attempts"]
        day[1] += row["total_converted"]
        day[2] &= row["is_final"]
    return days


def gaps(step):
    """The test that fails where half a day lies between two windows, as a publication of `days` has it."""
    windows = manifest(step)["windows"]
    apart = any(window["end"] != following["start"] for window, following in zip(windows, windows[1:]))
    return ["no_gap_between_windows"] if apart else []


class Checks(unittest.TestCase):
    maxDiff = 2000
    same = warehouses.Loads.same

    def passes(self, results, but=()):
        wrong = {name: how for name, how in results.items() if how[0] not in ("pass", "success")}
        self.assertEqual(wrong.keys(), set(but), wrong)

    def holds(self, table, days, step):
        rows = published(step)
        for row in table:
            self.assertTrue(row.pop("partition_version"))
        self.same(table, rows)
        expected = by_day(rows)
        self.assertEqual({(row["window_date"], row["country"], row["channel"]) for row in days}, expected.keys())
        self.assertEqual(len(days), len(expected))
        for row in days:
            attempts, converted, settled = expected[row["window_date"], row["country"], row["channel"]]
            self.assertEqual((row["total_attempts"], row["total_converted"]), (attempts, converted))
            self.assertEqual((row["total_unconverted"], row["is_final"]), (attempts - converted, settled))
            self.assertEqual(row["conversion_rate"], converted / attempts if attempts else None)

    def follows(self, name, dataset):
        place = Place(name)
        for what, step in dataset.steps.items():
            with self.subTest(dataset=name, step=what):
                place.publish(step)
                self.passes(place.dbt("build"), gaps(step))
                self.holds(place.sql("FROM verify_attempts"), place.sql("FROM conversion_by_day"), step)
        return place


class DuckDb(Checks):
    def test_each_publication(self):
        for name, dataset in changing().items():
            self.follows(name, dataset)

    def test_partitions_of_another_length(self):
        dataset = Dataset(HOME / "datasets/cut-otherwise", "cut-otherwise")
        for partition, countries in [("month", FOUR), ("day", FOUR), ("none", WITHOUT_US), ("month", WITHOUT_US)]:
            tables = job("2026-09-29", "2026-10-03", {"countries": countries})
            tables["output"]["partition"] = partition
            dataset.run(f"{len(dataset.steps)}: {partition}", "2026-10-08T00:00:00Z", tables)
        partitions = [{file["partition"] for file in manifest(step)["files"]} for step in dataset.steps.values()]
        self.assertEqual([len(names) for names in partitions], [2, 4, 1, 2])
        self.follows("cut-otherwise", dataset)

    def test_files_of_the_first_release(self):
        dataset = left_by_0_1(HOME / "datasets", "first-release")
        dataset.run("first load", "2026-11-10T06:00:00Z")
        [step] = dataset.steps.values()
        self.assertEqual({file["schema_version"] for file in manifest(step)["files"]}, {1})
        place = Place("first-release")
        place.publish(step)
        self.passes(place.dbt("build"))
        rows = place.sql("FROM verify_attempts")
        self.assertEqual({row["row_key"] for row in rows}, published(step).keys())
        self.assertEqual({row["published_at"] for row in rows}, {None})

    def test_hours_where_the_clock_goes_back(self):
        dataset = Dataset(HOME / "datasets/hours", "hours")
        tables = job("2026-10-31", "2026-11-02", {}, "hour", "America/New_York")
        dataset.run("first load", "2026-11-05T00:00:00Z", tables)
        self.assertEqual(len(manifest(dataset.steps["first load"])["windows"]), 24 + 25)
        place = self.follows("hours", dataset)
        self.assertEqual(len(place.sql("FROM conversion_by_day")), 2 * 3)

    def test_only_partitions_that_changed_are_written(self):
        place = Place("written")
        numbers = "SELECT row_key, rowid FROM verify_attempts WHERE window_date < '2026-10-01' ORDER BY 1"
        first, second, third = list(changing()["days"].steps.values())[:3]
        found = []
        for step in (first, second, third):
            place.publish(step)
            self.passes(place.dbt("build"), gaps(step))
            found.append(place.sql(numbers))
        self.assertEqual(found[0], found[1])
        self.assertNotEqual(found[1], found[2], "the day that was cut lies in September")

    def test_rates_are_as_in_the_table(self):
        place = Place("rates")
        place.publish(changing()["days"].steps["a provisional day settles"])
        self.passes(place.dbt("build"))
        apart = place.sql(
            """SELECT max(abs(d.conversion_rate_low - t.conversion_rate_low)) AS low, count(*) AS rows,
            max(abs(d.conversion_rate_high - t.conversion_rate_high)) AS high,
            count(*) FILTER (d.conversion_rate_low IS NULL <> (t.conversion_rate_low IS NULL)) AS nulls
            FROM conversion_by_day AS d JOIN verify_attempts AS t USING (window_date, country, channel)"""
        )[0]
        self.assertGreater(apart["rows"], 20)
        self.assertEqual(apart["nulls"], 0)
        self.assertLess(max(apart["low"], apart["high"]), 1e-12)

    def test_settled_days_alone(self):
        place, step = Place("settled"), changing()["days"].steps["a new day"]
        place.publish(step)
        self.passes(place.dbt("build", "--vars", "verify_settled_only: true"), gaps(step))
        rows = published(step)
        provisional = {row["window_date"] for row in rows.values() if not row["is_final"]}
        settled = {row["window_date"] for row in rows.values()} - provisional
        self.assertTrue(provisional and settled)
        self.assertEqual({row["window_date"] for row in place.sql("FROM conversion_by_day")}, settled)


class Faults(Checks):
    """What the project's tests are for."""

    def setUp(self):
        self.place = Place(self._testMethodName)
        self.place.publish(changing()["days"].steps["cut days become whole"])

    def found_by(self, expected, *flags):
        results = self.place.dbt("build", *flags)
        self.assertEqual({name for name, (status, _) in results.items() if status == "fail"}, set(expected))
        self.assertEqual(results["verify_attempts"][0], "success")
        # What rests on the table isn't made anew.
        self.assertEqual(results["conversion_by_day"][0], "skipped")

    def first_row(self, column, change):
        def changed(table):
            values = table[column].to_pylist()
            values[0] = change(values[0])
            field = table.schema.field(column)
            return table.set_column(table.column_names.index(column), field, pa.array(values, field.type))

        self.place.rewrite(changed)

    def without_day(self, day):
        date = pa.scalar(datetime.date(2026, 10, day))
        self.place.rewrite(lambda table: table.filter(pc.not_equal(table["window_date"], date)))

    def gap(self, known):
        """The test of gaps alone, over the table as it was loaded."""
        done = self.place.dbt("test", "--select", "no_gap_between_windows", "--vars", f"verify_gaps_until: {known}")
        return done["no_gap_between_windows"][0]

    def test_a_key_that_is_there_twice(self):
        self.place.rewrite(lambda table: pa.concat_tables([table, table.slice(0, 1)]))
        self.found_by(["unique_verify_attempts_row_key", MANIFEST_TEST])

    def test_a_row_without_a_key(self):
        self.first_row("row_key", lambda _: None)
        self.found_by(["not_null_verify_attempts_row_key"])

    def test_a_row_that_does_not_add_up(self):
        self.first_row("total_attempts", lambda number: number + 1)
        self.found_by(["attempts_are_converted_or_not", MANIFEST_TEST])

    def test_a_channel_that_is_none(self):
        self.first_row("channel", lambda _: "pigeon")
        self.found_by(["accepted_values_verify_attempts_channel__call__email__rbm__sms__whatsapp"])

    def test_a_day_that_is_missing(self):
        self.without_day(2)
        self.found_by([MANIFEST_TEST])
        # A gap that is known may stay.
        for until, status in [("null", "fail"), ("'2026-10-02'", "fail"), ("'2026-10-03'", "pass")]:
            self.assertEqual(self.gap(until), status, until)

    def test_the_last_day_is_missing(self):
        self.without_day(4)
        self.found_by([MANIFEST_TEST])

    def test_windows_that_overlap(self):
        self.first_row("window_end", lambda end: end + datetime.timedelta(hours=1))
        self.found_by([MANIFEST_TEST])
        self.assertEqual(self.gap("null"), "fail")

    def test_days_that_do_not_add_up(self):
        self.passes(self.place.dbt("build"))
        self.place.sql("UPDATE conversion_by_day SET total_attempts = total_attempts + 1 WHERE country = 'ZZ'")
        self.assertEqual(self.place.dbt("test", "--select", "days_add_up")["days_add_up"][0], "fail")

    def test_a_file_that_the_manifest_does_not_name(self):
        stray = self.place.dataset / "parquet/month=2026-12"
        stray.mkdir()
        (stray / "daily.parquet").write_bytes(b"half a file")
        self.passes(self.place.dbt("build"))

    def test_manifests_that_cannot_be_loaded(self):
        described = manifest(self.place.dataset)
        csv = [file for file in described["files"] if file["format"] == "csv"]
        wrong = [({"format_version": 3}, "these models know 2 alone"), ({"files": csv}, "names no Parquet file")]
        for changed, words in wrong:
            (self.place.dataset / "_manifest.json").write_text(json.dumps({**described, **changed}))
            self.refused(words)
        self.place.dataset = ""
        self.refused("set VERIFY_ROLLUP_OUTPUT")

    def refused(self, words):
        with self.assertRaisesRegex(DbtRuntimeError, words):
            self.place.dbt("compile")


class Freshness(Checks):
    def status(self, name, step):
        place = Place(name)
        place.publish(step)
        return place.dbt("source", "freshness")["manifest"][0]

    def test_yesterday_is_fresh_and_october_is_not(self):
        dataset = Dataset(HOME / "datasets/fresh", "fresh")
        today = datetime.datetime.now(datetime.UTC).date()
        yesterday = today - datetime.timedelta(days=1)
        dataset.run("last night", f"{today}T00:00:00Z", job(str(yesterday), str(today), {"countries": FOUR}))
        self.assertEqual(self.status("fresh", dataset.steps["last night"]), "pass")
        self.assertEqual(self.status("stale", changing()["days"].steps["first load"]), "error")


class InPostgreSql(Checks):
    """The same models over the table that the statements of docs/WAREHOUSES.md load."""

    def test_each_publication(self):
        for name, dataset in changing().items():
            server = PostgreSql()
            self.addCleanup(server.close)
            with warehouses.Place("dbt", dataset) as place:
                where = {"PGHOST": server.folder, "PGUSER": "loader", "PGDATABASE": "postgres"}
                block = "first"
                for what, step in dataset.steps.items():
                    place.publish(step)
                    server.run(place.block(warehouses.BLOCKS["postgresql", block]))
                    block = "next"
                    with self.subTest(dataset=name, step=what):
                        self.passes(dbt("build", "--target", "postgres", **where), gaps(step))
                        days = server.psql("SELECT row_to_json(it) FROM verify.conversion_by_day AS it").splitlines()
                        days = [json.loads(line) for line in days]
                        for row in days:
                            row["window_date"] = datetime.date.fromisoformat(row["window_date"])
                        self.holds(server.rows("verify.verify_attempts"), days, step)
                old = dbt("source", "freshness", "--target", "postgres", **where)
                self.assertIn(old["verify_attempts"][0], ["warn", "error"])
