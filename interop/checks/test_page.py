"""The page in a browser: numbers against the dataset, and what a person would trip over."""

import unittest

from pages import Readable, opened, table
from support import CHANNELS, JOBS, PERIODS, WEEKDAYS, hours, number, percent, report, sums


class Page(Readable, unittest.TestCase):
    files = [report(job, "html") for job in JOBS]
    others = [report(job, "html", period) for job in JOBS for period in PERIODS[1:]]

    def opened(self, job):
        return opened(self.chromium, report(job, "html"))

    def test_totals_are_those_of_the_dataset(self):
        for job in JOBS:
            page = self.opened(job)
            self.assertEqual(page.inner_text("h1"), "October 2026")
            shown = page.eval_on_selector_all(".tile .number", "nodes => nodes.map(n => n.textContent)")
            attempts, converted = sums(job)[()]
            self.assertEqual((number(shown[0]), number(shown[1])), (attempts, converted))
            self.assertEqual(shown[2], percent(converted / attempts))

    def test_days_are_those_of_the_dataset(self):
        for job in JOBS:
            truth = {day: counts for (day,), counts in sums(job, "window_date").items()}
            lines = table(self.opened(job), "trend")
            self.assertEqual(len(lines), 31)
            shown = {line[0][:10]: (number(line[1]), number(line[2])) for line in lines if line[1] != "–"}
            self.assertEqual(shown, truth)
            missing = {line[0][:10] for line in lines if line[5] == "no data"}
            self.assertEqual(missing, {"2026-10-30", "2026-10-31"} if job == "hourly" else set())

    def test_channels_are_those_of_the_dataset(self):
        for job in JOBS:
            truth = {CHANNELS[channel]: counts for (channel,), counts in sums(job, "channel").items()}
            lines = table(self.opened(job), "channel")
            self.assertEqual({line[0]: (number(line[1]), number(line[3])) for line in lines}, truth)
            for line in lines:
                attempts, converted = truth[line[0]]
                self.assertEqual(line[4], percent(converted / attempts), line)

    def test_countries_and_their_rest_add_up_to_the_dataset(self):
        for job in JOBS:
            lines = table(self.opened(job), "country")
            shown = [number(line[1]) for line in lines]
            self.assertEqual(sum(shown), sums(job)[()][0])
            truth = sorted((a for (code,), (a, _) in sums(job, "country").items() if code != "ZZ"), reverse=True)
            listed = 15 if job == "daily" else 4
            self.assertEqual(shown[:listed], truth[:listed])
            if job == "daily":
                self.assertIn("more countries", lines[15][0])
                self.assertEqual(shown[15], sum(truth[15:]))

    def test_hours_are_those_of_the_dataset(self):
        lines = table(self.opened("hourly"), "hours")
        self.assertEqual(len(lines), 24)
        truth = hours("hourly")
        for hour, line in enumerate(lines):
            for day, mean, rate in zip(WEEKDAYS, line[1::2], line[2::2]):
                times, attempts, converted = truth[(day, hour)]
                self.assertAlmostEqual(float(mean.replace(",", "")), attempts / times, delta=0.51)
                self.assertEqual(rate, percent(converted / attempts))

    def test_the_planted_attack_is_told_and_marked_in_the_chart(self):
        page = self.opened("daily")
        self.assertIn("Possible SMS pumping: Madagascar", page.inner_text("#attention h3"))
        page.click("#attention summary")
        self.assertIn("destination_prefixes", page.inner_text("#attention pre"))
        self.assertIn("Madagascar", page.inner_html("#trend svg.wide"))

    def test_names_of_users_are_only_names(self):
        page = self.opened("hourly")
        names = [line[0] for line in table(page, "service")]
        self.assertIn("<script>document.title = 'owned'</script>", names)
        self.assertIn("<b>Hours</b> of October", page.inner_text("header"))
        self.assertEqual(page.query_selector_all("b b, header b, td script"), [])


if __name__ == "__main__":
    unittest.main()
