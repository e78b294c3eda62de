"""The workbook in a spreadsheet library, and the dataset in DuckDB, against sums of the CSV."""

import datetime
import unittest

import duckdb
import openpyxl
from sheets import Sheets, counts, lines
from support import CHANNELS, JOBS, OUT, WORK, hours, report, rows, sums


class Workbook(Sheets, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.books = {job: openpyxl.load_workbook(report(job, "xlsx")) for job in JOBS}

    def test_its_sheets_are_these(self):
        expected = {
            "daily": ["summary", "daily", "countries", "channels", "matrix", "pivot", "attention"],
            "hourly": ["summary", "daily", "countries", "channels", "services", "service places", "costs",
                       "service costs", "matrix", "hours", "pivot", "attention"],
        }
        for job, book in self.books.items():
            self.assertEqual(book.sheetnames, expected[job])

    def test_points_are_no_per_cent(self):
        for job, book in self.books.items():
            sheet = book["channels"]
            head = {cell.value: cell.column for cell in sheet[1]}
            points, before = head["Change of rate, points"], head["Rate before"]
            for row in sheet.iter_rows(min_row=2):
                value, rate, former = row[points - 1], row[head["Rate"] - 1], row[before - 1]
                if job == "daily":
                    self.assertAlmostEqual(value.value, 100 * (rate.value - former.value), places=9)
                    self.assertTrue("pp" in value.number_format and "%" not in value.number_format)
                    change = row[head["Change of attempts"] - 1]
                    self.assertTrue(change.number_format.startswith("+#,##0.0%"), change.number_format)
                else:
                    self.assertIsNone(value.value)

    def test_the_tidy_table_adds_up_to_the_dataset(self):
        for job, book in self.books.items():
            keys = ["window_date", "country", "channel"] + (["service_sid"] if job == "hourly" else [])
            truth = {key: numbers for key, numbers in sums(job, *keys).items() if numbers != (0, 0)}
            names = {name: api for api, name in CHANNELS.items()}
            found = {}
            for line in lines(book, "pivot"):
                key = (f"{line['First date']:%Y-%m-%d}", line["Code"], names[line["Channel"]])
                found[key + ((line["SID"],) if job == "hourly" else ())] = counts(line)
                self.assertEqual(line["Unconverted"], line["Attempts"] - line["Converted"])
            self.assertEqual(found, truth)

    def test_services_are_there_by_channel_and_by_country(self):
        found = {"Channel": {}, "Code": {}}
        for line in lines(self.books["hourly"], "service places"):
            kind = "Channel" if line["Channel"] else "Code"
            found[kind][(line["SID"], line[kind])] = counts(line)
        for kind, column, name in [("Channel", "channel", CHANNELS.get), ("Code", "country", str)]:
            parts = sums("hourly", "service_sid", column).items()
            truth = {(sid, name(part)): numbers for (sid, part), numbers in parts if numbers != (0, 0)}
            self.assertEqual(found[kind], truth)

    def test_services_cost_their_attempts_at_the_jobs_prices(self):
        """In each currency they are together what countries and channels are."""
        book = self.books["hourly"]
        prices = {("sms", None): ("USD", 0.0123), ("call", "CO"): ("EUR", 0.05)}
        truth = {}
        for (sid, country, channel), numbers in sums("hourly", "service_sid", "country", "channel").items():
            currency, price = prices.get((channel, None)) or prices.get((channel, country)) or (None, 0)
            if currency and numbers[0]:
                part = truth.setdefault((sid, currency), [0, 0, 0.0])
                for at, number in enumerate([*numbers, numbers[0] * price]):
                    part[at] += number
        found = {(line["SID"], line["Currency"]): line for line in lines(book, "service costs")}
        self.assertEqual(found.keys(), truth.keys())
        for key, (attempts, converted, cost) in truth.items():
            line = found[key]
            self.assertEqual((line["Attempts with a price"], line["Converted"]), (attempts, converted), key)
            self.assertAlmostEqual(line["Cost"], cost, places=6)
            self.assertAlmostEqual(line["Cost of the unconverted"], cost * (1 - converted / attempts), places=6)
            of_currency = [line for line in lines(book, "costs") if line["Currency"] == key[1]]
            self.assertAlmostEqual(line["Share of the cost"], cost / sum(line["Cost"] for line in of_currency), places=9)
        self.assertEqual({line["SID"]: line["Attempts of the service"] for line in found.values()},
                         {sid: attempts for (sid,), (attempts, _) in sums("hourly", "service_sid").items()})

    def test_a_day_has_its_hours(self):
        book = openpyxl.load_workbook(report("hourly", "xlsx", "2026-10-25"))
        truth = {}
        for row in rows("hourly"):
            if row["window_date"] == "2026-10-25":
                hour = truth.setdefault(row["window_start"], [0, 0])
                hour[0] += int(row["total_attempts"])
                hour[1] += int(row["total_converted"])
        found = lines(book, "hours")
        self.assertEqual([line["From"] for line in found], [f"{hour:02}:00" for hour in range(24)])
        self.assertEqual([counts(line) for line in found], [tuple(truth[start]) for start in sorted(truth)])

    def test_the_summary_holds_the_totals(self):
        for job, book in self.books.items():
            found = {line[0].value: line[1] for line in book["summary"].iter_rows() if line[0].value}
            attempts, converted = sums(job)[()]
            self.assertEqual((found["Attempts"].value, found["Converted"].value), (attempts, converted))
            self.assertAlmostEqual(found["Conversion rate"].value, converted / attempts, places=14)
            self.assertEqual(found["Conversion rate"].number_format, "0.0%")
            self.assertEqual(found["First date"].value, datetime.datetime(2026, 10, 1))
            # What is invented is said before any number.
            self.assertIn("invented", book["summary"]["B3"].value)

    def test_days_are_dates_with_the_numbers_of_the_dataset(self):
        for job, book in self.books.items():
            truth = {day: numbers for (day,), numbers in sums(job, "window_date").items()}
            days = lines(book, "daily")
            self.assertEqual(len(days), 31)
            self.assertTrue(all(isinstance(line["First date"], datetime.datetime) for line in days))
            self.assertTrue(book["daily"]["A2"].is_date)
            known = {f"{line['First date']:%Y-%m-%d}": counts(line) for line in days if line["Attempts"] is not None}
            self.assertEqual(known, truth)
            for line in days:
                self.assertEqual(line["Weekday"], f"{line['First date']:%A}")
                if line["Attempts"]:
                    self.assertAlmostEqual(line["Rate"], line["Converted"] / line["Attempts"], places=14)

    def test_every_country_is_there(self):
        for job, book in self.books.items():
            truth = {code: numbers for (code,), numbers in sums(job, "country").items() if numbers != (0, 0)}
            self.assertEqual({line["Code"]: counts(line) for line in lines(book, "countries") if line["Attempts"]}, truth)

    def test_every_channel_is_there(self):
        for job, book in self.books.items():
            truth = {CHANNELS[channel]: numbers for (channel,), numbers in sums(job, "channel").items()}
            self.assertEqual({line["Channel"]: counts(line) for line in lines(book, "channels")}, truth)

    def test_every_cell_is_there(self):
        for job, book in self.books.items():
            truth = {
                (country, CHANNELS[channel]): numbers
                for (country, channel), numbers in sums(job, "country", "channel").items()
                if numbers != (0, 0)
            }
            self.assertEqual({(line["Code"], line["Channel"]): counts(line) for line in lines(book, "matrix")}, truth)

    def test_hours_add_up(self):
        found = lines(self.books["hourly"], "hours")
        cells = {(line["Weekday"], line["Hour"]): (line["Hours that are there"], *counts(line)) for line in found}
        self.assertEqual(cells, hours("hourly"))
        for line in found:
            self.assertAlmostEqual(line["Attempts per hour"], line["Attempts"] / line["Hours that are there"], places=9)

    def test_the_planted_attack_is_there(self):
        flags = lines(self.books["daily"], "attention")
        self.assertEqual([(flag["What"], flag["Where"]) for flag in flags], [("Possible SMS pumping", "Madagascar")])
        self.assertIn("destination_prefixes", flags[0]["Job by destination prefix"])

    def test_names_of_users_are_only_names(self):
        names = [line["Service"] for line in lines(self.books["hourly"], "services")]
        self.assertIn('=HYPERLINK("http://127.0.0.1:9/","x")', names)

    def test_it_was_made_when_the_report_says_and_twice_alike(self):
        created = self.books["daily"].properties.created
        self.assertEqual(created.replace(tzinfo=None), datetime.datetime(2026, 11, 3, 12))
        for form in ["html", "xlsx"]:
            first = (WORK / "first" / f"2026-10.{form}").read_bytes()
            self.assertEqual(report("daily", form).read_bytes(), first, form)


class Parquet(unittest.TestCase):
    def test_duckdb_reads_the_same_numbers(self):
        files = str(OUT / "daily" / "parquet" / "**" / "*.parquet")
        query = """select strftime(window_date, '%Y-%m-%d'), country, channel,
                          sum(total_attempts)::bigint, sum(total_converted)::bigint
                   from read_parquet(?) where window_date between '2026-10-01' and '2026-10-31' group by all"""
        found = duckdb.execute(query, [files]).fetchall()
        truth = sums("daily", "window_date", "country", "channel")
        self.assertEqual({tuple(line[:3]): tuple(line[3:]) for line in found}, truth)


if __name__ == "__main__":
    unittest.main()
