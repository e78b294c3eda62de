"""Who converts as no other account does, reckoned anew from the CSV as docs/REPORT.md says it, without our code; of a week of
sixty accounts without attacks. Thresholds are so wide that some are listed, in two pages' tables that are empty otherwise."""

import math
import statistics
import unittest
from collections import defaultdict

import numpy
import openpyxl
from fleet import Fleet
from pages import Readable, opened, table
from sheets import Sheets, lines
from support import number, percent

WEEK, BEFORE = ("2026-10-19", "2026-10-25"), ("2026-10-12", "2026-10-18")
PERIOD = "2026-W43"
DROP, FALSE_DISCOVERY, RANKED_FROM = 0.01, 0.99, 400
OUTPUT = f"""
[report]
ranked_from = {RANKED_FROM}
[report.attention]
drop = "{DROP:.0%}"
false_discovery = "{FALSE_DISCOVERY:.0%}"
"""
# Text messages to Iceland are of four accounts, just enough; calls to Kazakhstan of two.
COUNTRIES = '["US", "KZ", "UZ", "IS", "TJ", "FJ"]'
LEAST_OTHERS, LIKENESS = 3, 0.02
# The median of χ² with one degree of freedom: the square of a normal deviate's upper quartile.
MEDIAN = statistics.NormalDist().inv_cdf(0.75) ** 2


def setUpModule():
    global FLEET, REPORT
    names = [f"Customer {account}" for account in range(1, 61)]
    window = {"start": BEFORE[0], "end": "2026-10-26", "countries": COUNTRIES}
    FLEET = Fleet(names, OUTPUT, ["--incidents", "none"], **window)
    unittest.addModuleCleanup(FLEET.close)
    REPORT = FLEET.report("--week", PERIOD)


def weight(attempts):
    return attempts / (1 + LIKENESS * (attempts - 1))


def settled():
    """Attempts and conversions of each account by channel in each of the job's countries, on days all of whose rows are final."""
    days, found = defaultdict(list), {}
    for row in FLEET.rows():
        if WEEK[0] <= row["window_date"] <= WEEK[1]:
            days[row["account_sid"], row["window_date"]].append(row)
    for (account, _), rows in days.items():
        if all(row["is_final"] == "true" for row in rows):
            for row in (row for row in rows if row["country"] != "ZZ"):
                part = found.setdefault(account, {}).setdefault((row["country"], row["channel"]), [0, 0])
                part[0] += int(row["total_attempts"])
                part[1] += int(row["total_converted"])
    return {account: {key: of for key, of in parts.items() if of[0]} for account, parts in found.items()}


def chance(rate, attempts, of):
    """The variance of a rate that so many attempts tell, in that of `of` of them."""
    least = 1 / (attempts + 2)
    rate = min(max(rate, least), 1 - least)
    return rate * (1 - rate) / of


def held(accounts):
    """Of each account: attempts, rate, the rate that was to be expected, and the variance of their difference."""
    found = {}
    for account, parts in accounts.items():
        attempts = converted = expected = doubt = 0.0
        for part, (own, own_converted) in parts.items():
            others = [of[part] for name, of in accounts.items() if name != account and part in of]
            if len(others) >= LEAST_OTHERS:
                weights = [weight(n) for n, _ in others]
                rate = sum(w * c / n for w, (n, c) in zip(weights, others)) / sum(weights)
                attempts, converted, expected = attempts + own, converted + own_converted, expected + own * rate
                doubt += own**2 * chance(rate, sum(weights), sum(weights))
        if attempts >= RANKED_FROM:
            rate = expected / attempts
            variance = chance(rate, attempts, attempts) + doubt / attempts**2
            found[account] = attempts, converted / attempts, rate, variance
    middle = statistics.median(rate - expected for _, rate, expected, _ in found.values())
    return {account: (n, rate, expected + middle, variance) for account, (n, rate, expected, variance) in found.items()}


def spread(differences):
    """τ, by halving: the median falls as τ grows."""
    low, high = 0.0, 1.0
    for _ in range(60):
        tau = (low + high) / 2
        if statistics.median(d**2 / (variance + tau**2) for d, variance in differences) > MEDIAN:
            low = tau
        else:
            high = tau
    return high


def student(t, freedom):
    """How probable a deviate so far from 0 is, up or down."""
    x = numpy.linspace(0, abs(t), 20_001)
    density = (1 + x**2 / freedom) ** (-(freedom + 1) / 2)
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    return 1 - 2 * scale * numpy.trapezoid(density, x)


def q_values(p_values):
    """Benjamini's and Hochberg's."""
    order = sorted(p_values, key=p_values.get)
    found, least = {}, 1.0
    for rank in range(len(order), 0, -1):
        least = min(least, p_values[order[rank - 1]] * len(order) / rank)
        found[order[rank - 1]] = least
    return found


class Peers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.held = held(settled())
        cls.peers = {line["account_sid"]: line["peers"] for line in REPORT["accounts"] if line["peers"]}

    def test_nothing_was_taken_out(self):
        parts = [REPORT["totals"], *REPORT["accounts"], *REPORT["channels"], *REPORT["countries"]]
        self.assertEqual({part["without_attacks"] is None for part in parts}, {True})

    def test_what_was_to_be_expected_is_what_others_convert(self):
        self.assertEqual(self.peers.keys(), self.held.keys())
        self.assertEqual(REPORT["peers"]["compared"], len(self.held))
        self.assertGreater(len(self.held), 20)
        for account, (attempts, rate, expected, _) in self.held.items():
            peers = self.peers[account]
            self.assertAlmostEqual(peers["attempts"], attempts, places=6)
            self.assertAlmostEqual(peers["rate"], rate, places=12)
            self.assertAlmostEqual(peers["expected_rate"], expected, places=12)
            self.assertAlmostEqual(peers["difference"], rate - expected, places=12)

    def test_the_spread_is_where_the_median_says(self):
        differences = [(rate - expected, variance) for _, rate, expected, variance in self.held.values()]
        tau = REPORT["peers"]["spread"]
        self.assertGreater(tau, 0.001)
        self.assertAlmostEqual(tau, spread(differences), places=6)

    def test_outliers_are_discoveries_of_as_much_as_matters(self):
        tau, freedom = REPORT["peers"]["spread"], 0.37 * (len(self.held) - 2)
        for account, (_, rate, expected, variance) in self.held.items():
            p_value = student((rate - expected) / math.sqrt(variance + tau**2), freedom)
            self.assertAlmostEqual(self.peers[account]["p_value"], p_value, places=6)
        sure = q_values({account: of["p_value"] for account, of in self.peers.items()})
        for account, peers in self.peers.items():
            self.assertAlmostEqual(peers["q_value"], sure[account], places=12)
            is_outlier = sure[account] <= FALSE_DISCOVERY and abs(peers["difference"]) >= DROP
            self.assertEqual(peers["outlier"], is_outlier)


class Changes(unittest.TestCase):
    """Of all accounts against the week before, whose weekdays are the same."""

    def test_the_change_of_all_is_that_of_each_at_this_weeks_mix(self):
        now, before = ({key[0]: of for key, of in FLEET.sums(*week, "account").items()} for week in [WEEK, BEFORE])
        totals, lines = REPORT["totals"], {line["account_sid"]: line for line in REPORT["accounts"]}
        self.assertEqual((totals["attempts_before"], totals["converted_before"]), FLEET.sums(*BEFORE)[()])
        self.assertAlmostEqual(totals["expected_attempts"], sum(of[0] for of in before.values()), places=6)
        attempts = sum(of[0] for of in now.values())
        self.assertAlmostEqual(totals["attempts_change"], attempts / totals["expected_attempts"] - 1, places=12)
        both = {account: of[0] for account, of in now.items() if of[0] and before[account][0]}
        rates = {account: (now[account][1] / now[account][0], before[account][1] / before[account][0]) for account in both}

        def mean(of):
            return sum(both[account] * of(account) for account in both) / sum(both.values())

        change = mean(lambda account: rates[account][0] - rates[account][1])
        self.assertAlmostEqual(totals["rate_before"], mean(lambda account: rates[account][1]), places=12)
        self.assertAlmostEqual(totals["rate_change"], change, places=12)
        for end in ["low", "high"]:
            # No narrower than by the variances that the accounts' own intervals recover.
            square = sum((both[account] * (lines[account][f"rate_change_{end}"] - lines[account]["rate_change"])) ** 2
                         for account in both)
            wide = math.sqrt(square) / sum(both.values())
            self.assertGreater(abs(totals[f"rate_change_{end}"] - change), wide - 1e-12)

    def test_moves_are_discoveries_among_those_of_all(self):
        moved = {line["account_sid"]: line["moved"] for line in REPORT["accounts"] if line["moved"]}
        sure = q_values({account: of["p_value"] for account, of in moved.items()})
        for account, of in moved.items():
            self.assertAlmostEqual(of["q_value"], sure[account], places=12)


class Page(Readable, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = [FLEET.file(PERIOD, "html")]
        cls.page = opened(cls.chromium, cls.files[0])

    def points(self, difference):
        return f"{100 * difference:+.1f} pp".replace("-", "−")

    def test_outliers_are_listed_with_what_was_to_be_expected(self):
        outliers = [line for line in REPORT["accounts"] if line["peers"] and line["peers"]["outlier"]]
        outliers.sort(key=lambda line: -abs(line["peers"]["difference"]))
        self.assertGreater(len(outliers), 4)
        expected = [[line["name"], self.points(line["peers"]["difference"]), percent(line["peers"]["rate"]),
                     percent(line["peers"]["expected_rate"]), f"{line['peers']['attempts']:,.0f}"] for line in outliers]
        self.assertEqual([line[:5] for line in table(self.page, "outliers")], expected[:50])

    def test_who_moved_is_listed(self):
        compared = [line for line in REPORT["accounts"] if line["moved"]]
        sure = [line for line in compared if line["moved"]["q_value"] <= FALSE_DISCOVERY]
        moved = [line for line in sure if abs(line["moved"]["rate_change"]) >= 0.01]
        moved.sort(key=lambda line: -abs(line["moved"]["rate_change"]))
        self.assertGreater(len(moved), 4)
        expected = [[line["name"], self.points(line["moved"]["rate_change"])] for line in moved]
        self.assertEqual([line[:2] for line in table(self.page, "moved")], expected[:50])

    def test_what_is_not_listed_is_summed_up(self):
        truth = sorted((of for of in FLEET.sums(*WEEK, "account").values()), reverse=True)
        ranking = table(self.page, "account")
        self.assertEqual(len(ranking), 51)
        self.assertEqual([number(line[1]) for line in ranking[:50]], [attempts for attempts, _ in truth[:50]])
        self.assertEqual(ranking[50][0], "10 more accounts")
        self.assertEqual((number(ranking[50][1]), number(ranking[50][3])), tuple(map(sum, zip(*truth[50:]))))


class Workbook(Sheets, unittest.TestCase):
    frozen = {"accounts": "C2"}

    @classmethod
    def setUpClass(cls):
        cls.books = {"fleet": openpyxl.load_workbook(FLEET.file(PERIOD, "xlsx"))}

    def test_each_account_stands_beside_the_others(self):
        found = {line["SID"]: line for line in lines(self.books["fleet"], "accounts")}
        for account in REPORT["accounts"]:
            line, peers = found[account["account_sid"]], account["peers"]
            if peers:
                self.assertAlmostEqual(line["Rate of the others at the same mix"], peers["expected_rate"], places=12)
                self.assertAlmostEqual(line["Difference from the others, points"], 100 * peers["difference"], places=9)
                self.assertEqual(line["Outlier"], "yes" if peers["outlier"] else "no")
            else:
                self.assertIsNone(line["Outlier"])


if __name__ == "__main__":
    unittest.main()
