"""The report over a job's accounts as its readers see it, against their datasets in DuckDB: two months of thirty accounts of
a platform, with attacks. One of them is suspended, and some have names that nobody should have."""

import json
import re
import unittest
from collections import defaultdict
from decimal import Decimal

import jsonschema
import openpyxl
from fleet import Fleet, sid
from markdown_it import MarkdownIt
from pages import Readable, opened, table
from sheets import Sheets, counts, lines
from support import CHANNELS, number, percent

SUSPENDED = 10
HOSTILE = {2: "W" * 64, 4: "=1+1<b>|*x*", 5: "<script>document.title = 'owned'</script>", SUSPENDED: "<i>gone</i> [a](b)"}
NAMES = {sid(account): HOSTILE.get(account, f"Customer {account}") for account in range(1, 31)}
COUNTRIES = {"US": "United States", "BR": "Brazil", "MX": "Mexico", "CO": "Colombia"}
ELSEWHERE = {"ZZ": "Elsewhere, or no country"}
# One of a country wins over one of any.
PRICES = {("sms", "*"): ("USD", "0.0123"), ("sms", "MX"): ("USD", "0.031007"), ("call", "BR"): ("EUR", "0.05")}
OUTPUT = "".join(
    f'[[report.prices.list]]\nchannel = "{channel}"\ncountry = "{country}"\ncurrency = "{currency}"\nprice = "{price}"\n'
    for (channel, country), (currency, price) in PRICES.items()
)


def setUpModule():
    global FLEET, REPORT
    suspended = ["--account-fault", f"{sid(SUSPENDED)}=suspended"]
    window = {"start": "2026-09-01", "end": "2026-11-01", "countries": json.dumps(list(COUNTRIES))}
    FLEET = Fleet(NAMES.values(), OUTPUT, suspended, ends=3, **window)
    unittest.addModuleCleanup(FLEET.close)
    REPORT = FLEET.report("--month", "2026-10")


def truth(*columns):
    """(attempts, conversions) of October by columns, where there were any."""
    found = FLEET.sums("2026-10-01", "2026-10-31", *columns)
    return {key if len(columns) > 1 else key[0]: numbers for key, numbers in found.items() if numbers[0]}


def total():
    return FLEET.sums("2026-10-01", "2026-10-31")[()]


def renamed(names, numbers):
    return {names[key]: of for key, of in numbers.items()}


def costs():
    """By account and currency: attempts, conversions, what they cost, and what the unconverted ones did."""
    found = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0)])
    for (account, country, channel), (attempts, converted) in truth("account", "country", "channel").items():
        currency, price = PRICES.get((channel, country)) or PRICES.get((channel, "*")) or (None, 0)
        if currency:
            each = attempts, converted, attempts * Decimal(price), (attempts - converted) * Decimal(price)
            found[account, currency] = [sum(both) for both in zip(found[account, currency], each)]
    return dict(found)


def by_currency(parts):
    found = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0)])
    for (_, currency), of in parts.items():
        found[currency] = [sum(both) for both in zip(found[currency], of)]
    return dict(found)


def money(text):
    """`USD 1,822.6509`"""
    currency, amount = text.split()
    return currency, Decimal(amount.replace(",", ""))


class Object(unittest.TestCase):
    def test_it_is_as_its_schema_says(self):
        jsonschema.validate(REPORT, json.loads(FLEET.program("schema", "--accounts-report")))

    def test_it_adds_up_to_the_datasets(self):
        def numbers(key, records):
            found = {record[key]: (record["total_attempts"], record["total_converted"]) for record in records}
            return {name: of for name, of in found.items() if of[0]}

        accounts = REPORT["accounts"]
        self.assertEqual(numbers("account_sid", accounts), truth("account"))
        self.assertEqual(numbers("channel", REPORT["channels"]), truth("channel"))
        self.assertEqual(numbers("country", REPORT["countries"]), truth("country"))
        days = [{**day["numbers"], **day} for day in REPORT["days"]]
        self.assertEqual(numbers("first_date", days), truth("window_date"))
        self.assertEqual([numbers("job", [{**REPORT["totals"], "job": 0}])[0]], [total()])
        of_channels = truth("account", "channel")
        for account in accounts:
            own = {channel: of for (name, channel), of in of_channels.items() if name == account["account_sid"]}
            self.assertEqual(numbers("channel", account["channels"]), own)

    def test_the_suspended_account_is_named_and_in_no_sum(self):
        [unreported] = REPORT["unreported"]
        self.assertEqual((unreported["account_sid"], unreported["why"]), (sid(SUSPENDED), "missing"))
        self.assertNotIn(sid(SUSPENDED), [account["account_sid"] for account in REPORT["accounts"]])
        self.assertEqual({day["accounts"] for day in REPORT["days"]}, {len(NAMES) - 1})

    def test_costs_add_up_to_the_last_digit(self):
        def costs_of(records):
            keys = ["total_attempts", "total_converted", "cost", "unconverted_cost"]
            return {of["currency"]: [*map(of.get, keys[:2]), *(Decimal(of[key]) for key in keys[2:])] for of in records}

        found = {
            (account["account_sid"], currency): of
            for account in REPORT["accounts"]
            for currency, of in costs_of(account["costs"]).items()
        }
        self.assertEqual({key: of for key, of in found.items() if of[0]}, costs())
        self.assertEqual(costs_of(REPORT["costs"]["currencies"]), by_currency(costs()))
        priced = sum(of[0] for of in costs().values())
        self.assertEqual(REPORT["costs"]["unpriced_attempts"], total()[0] - priced)
        for of in REPORT["costs"]["currencies"]:
            each = Decimal(of["cost"]) / of["total_converted"]
            self.assertAlmostEqual(Decimal(of["cost_per_conversion"]), each, delta=Decimal("0.0000005"))


class Workbook(Sheets, unittest.TestCase):
    frozen = {"accounts": "C2"}

    @classmethod
    def setUpClass(cls):
        cls.book = openpyxl.load_workbook(FLEET.file("2026-10", "xlsx"))
        cls.books = {"fleet": cls.book}

    def found(self, sheet, *keys):
        found = {tuple(line[key] for key in keys): counts(line) for line in lines(self.book, sheet)}
        return {key if len(keys) > 1 else key[0]: numbers for key, numbers in found.items() if numbers[0]}

    def test_it_adds_up_to_the_datasets(self):
        self.assertEqual(self.found("accounts", "SID"), truth("account"))
        self.assertEqual(self.found("channels", "API name"), truth("channel"))
        self.assertEqual(self.found("countries", "Code"), truth("country"))
        by_channel = {(account, CHANNELS[channel]): of for (account, channel), of in truth("account", "channel").items()}
        self.assertEqual(self.found("accounts by channel", "SID", "Channel"), by_channel)
        days = {f"{day:%Y-%m-%d}": of for day, of in self.found("daily", "First date").items()}
        self.assertEqual(days, truth("window_date"))
        summary = {line[0].value: line[1].value for line in self.book["summary"].iter_rows() if line[0].value}
        self.assertEqual((summary["Attempts"], summary["Converted"]), total())

    def test_ranks_ascend_and_attempts_do_not(self):
        accounts = lines(self.book, "accounts")
        self.assertEqual([line["Rank"] for line in accounts], list(range(1, len(NAMES))))
        attempts = [line["Attempts"] for line in accounts]
        self.assertEqual(attempts, sorted(attempts, reverse=True))

    def test_names_are_texts(self):
        sheets = {"accounts": 2, "accounts by channel": 1, "attention": 1, "without numbers": 1}
        for sheet, column in sheets.items():
            cells = [row[column - 1] for row in self.book[sheet].iter_rows(min_row=2)]
            self.assertEqual({cell.data_type for cell in cells}, {"s"})
        accounts = {line["SID"]: line["Account"] for line in lines(self.book, "accounts")}
        [unreported] = lines(self.book, "without numbers")
        self.assertEqual({**accounts, unreported["SID"]: unreported["Account"]}, NAMES)

    def test_findings_are_those_of_the_object(self):
        found = [(line["Account"], line["Attempts"], line["Evidence"]) for line in lines(self.book, "attention")]
        expected = [(flag["account"], flag["total_attempts"], flag["sentence"]) for flag in REPORT["attention"]]
        self.assertEqual(found, expected)
        self.assertIn(HOSTILE[4], [account for account, *_ in found])

    def test_costs_add_up(self):
        def exact(line):
            amounts = line["Cost"], line["Cost of unconverted ones"]
            return [*counts(line), *(Decimal(str(amount)).quantize(Decimal("0.000001")) for amount in amounts)]

        by_account = {(line["SID"], line["Currency"]): exact(line) for line in lines(self.book, "costs by account")}
        self.assertEqual({key: of for key, of in by_account.items() if of[0]}, costs())
        self.assertEqual({line["Currency"]: exact(line) for line in lines(self.book, "costs")}, by_currency(costs()))
        for line in lines(self.book, "accounts"):
            # A column of money is of one currency; the other's amount stands beside it.
            own = {currency: of[2:] for (account, currency), of in by_account.items() if account == line["SID"]}
            if dollars := own.pop("USD", None):
                self.assertEqual((line["Currency"], exact(line)[2:]), ("USD", dollars))
            others = [money(line["Other costs"])] if line["Other costs"] else []
            self.assertEqual(others, [(currency, cost) for currency, (cost, _) in own.items()])


class Page(Readable, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = [FLEET.file("2026-10", "html")]
        cls.page = opened(cls.chromium, cls.files[0])

    def numbers(self, section, converted=3):
        return {line[0]: (number(line[1]), number(line[converted])) for line in table(self.page, section)}

    def test_it_adds_up_to_the_datasets(self):
        shown = self.page.eval_on_selector_all(".tile .number", "nodes => nodes.map(n => n.textContent.trim())")
        attempts, converted = total()
        self.assertEqual((number(shown[0]), number(shown[1])), (attempts, converted))
        self.assertEqual(shown[2:], [percent(converted / attempts), "29 of 30"])
        self.assertEqual(self.numbers("account"), renamed(NAMES, truth("account")))
        self.assertEqual(self.numbers("channel"), renamed(CHANNELS, truth("channel")))
        self.assertEqual(self.numbers("country"), renamed(COUNTRIES | ELSEWHERE, truth("country")))
        days = {name[:10]: of for name, of in self.numbers("trend", 2).items()}
        self.assertEqual(days, truth("window_date"))

    def test_rates_are_those_of_their_numbers(self):
        for section in ["account", "channel", "country"]:
            for line in table(self.page, section):
                self.assertEqual(line[4], percent(number(line[3]) / number(line[1])), line)

    def test_costs_add_up(self):
        found = {line[0]: [number(line[1]), money(line[2]), money(line[3])] for line in table(self.page, "costs")}
        expected = {currency: [attempts, (currency, cost), (currency, unconverted)]
                    for currency, (attempts, _, cost, unconverted) in by_currency(costs()).items()}
        self.assertEqual(found, expected)

    def test_names_are_only_names(self):
        self.assertEqual(self.page.title(), "October 2026 · fleet")
        self.assertEqual(self.page.query_selector_all("script, i, tbody th *, h3 > :not(.when), li b *"), [])
        findings = self.page.eval_on_selector_all("#attention h3", "nodes => nodes.map(n => n.textContent)")
        self.assertTrue(any(finding.startswith(f"{HOSTILE[4]}: ") for finding in findings), findings)
        [unreported] = self.page.eval_on_selector_all("#unreported li b", "nodes => nodes.map(n => n.textContent)")
        self.assertEqual(unreported, NAMES[sid(SUSPENDED)])

    def test_findings_are_the_gravest_of_the_object(self):
        found = self.page.eval_on_selector_all("#attention h3 + p", "nodes => nodes.map(n => n.textContent)")
        self.assertEqual(found, [flag["sentence"] for flag in REPORT["attention"]][:20])


class Markdown(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = FLEET.file("2026-10", "md").read_text()
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
        cls.parts = [token.children if token.type == "inline" else [token] for token in tokens]

    def texts(self):
        return ["".join(token.content for token in part if token.type == "text") for part in self.parts]

    def test_names_are_only_names(self):
        kinds = [token.type for part in self.parts for token in part]
        marks = {"html_block", "html_inline", "em_open", "link_open", "image", "code_inline", "s_open"}
        self.assertEqual(marks & set(kinds), set())
        # The numbers of the headline.
        self.assertEqual(kinds.count("strong_open"), 3)
        texts = self.texts()
        for account, name in NAMES.items():
            if account != sid(SUSPENDED):
                self.assertIn(name, texts)
        suspended = f"{NAMES[sid(SUSPENDED)]} ({sid(SUSPENDED)}) has no numbers: "
        self.assertTrue(any(text.startswith(suspended) for text in texts))

    def test_it_adds_up_to_the_datasets(self):
        rows, cells = [], []
        for part, text in zip(self.parts, self.texts()):
            cells = [] if part[0].type == "tr_open" else cells + [text] * (part[0].type not in ["td_open", "td_close"])
            if part[0].type == "tr_close":
                rows.append(cells[:-1])
        found = {row[0]: number(row[1]) for row in rows if re.fullmatch(r"[\d,]+", row[1])}
        names = [(NAMES, "account"), (CHANNELS, "channel"), (COUNTRIES | ELSEWHERE, "country")]
        expected = {name: of[0] for known, column in names for name, of in renamed(known, truth(column)).items()}
        self.assertEqual(found, expected)


if __name__ == "__main__":
    unittest.main()
