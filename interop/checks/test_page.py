"""The page in a browser: numbers against the dataset, and what a person would trip over."""

import functools
import io
import itertools
import unittest

import pypdf
from PIL import Image
from support import CHANNELS, JOBS, PERIODS, WEEKDAYS, browser, hours, number, opened, report, sums

WIDTHS = [1280, 390]
SCHEMES = ["light", "dark"]

# Every text on the page with the colour behind it: the nearest painted background of an element's ancestors, or in a
# drawing the last shape painted before the text around its middle.
TEXTS = """() => {
  const found = [];
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const opaque = text => { const c = channels(text); return c.length < 4 || c[3] > 0; };
  const hidden = node => !node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const behind = element => {
    for (let node = element; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (opaque(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('svg') || hidden(element)) continue;
    found.push([element.textContent.trim().slice(0, 40), getComputedStyle(element).color, behind(element)]);
  }
  for (const svg of document.querySelectorAll('svg.chart')) {
    if (hidden(svg)) continue;
    const shapes = [];
    for (const node of svg.querySelectorAll('rect, text')) {
      const box = node.getBoundingClientRect();
      if (node.tagName === 'rect') {
        shapes.push([box, getComputedStyle(node).fill]);
        continue;
      }
      const x = box.x + box.width / 2, y = box.y + box.height / 2;
      const under = shapes.filter(([b]) => b.left <= x && x <= b.right && b.top <= y && y <= b.bottom).pop();
      found.push([node.textContent, getComputedStyle(node).fill, under ? under[1] : behind(svg)]);
    }
  }
  return found;
}"""

# Texts of a drawing that reach beyond it, or into each other.
COLLISIONS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg.chart')) {
    if (!svg.checkVisibility()) continue;
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map(node => [node.textContent, node.getBoundingClientRect()]);
    for (const [text, box] of texts)
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1 || box.top < frame.top - 2)
        found.push(`${text} leaves the drawing`);
    texts.forEach(([one, a], index) => texts.slice(index + 1).forEach(([other, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 4) found.push(`${one} and ${other} overlap`);
    }));
  }
  return found;
}"""


def luminance(colour):
    parts = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in parts)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def table(page, section):
    """The cells of a section's table, also of one that is folded away."""
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    return page.eval_on_selector_all(f"#{section} table tbody tr", script)


def texts_from_below(sheet):
    """A sheet's texts with how far down they stand, as a part of its height; the lowest first."""
    found = []

    def visit(text, cm, tm, *_):
        if text.strip():
            height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((1 - height / float(sheet.mediabox.height), text.strip()))

    sheet.extract_text(visitor_text=visit)
    return sorted(found, reverse=True)


def every_view(check):
    """Runs a check on each page, in each width and scheme."""

    @functools.wraps(check)
    def run(self):
        for job, width, scheme in itertools.product(JOBS, WIDTHS, SCHEMES):
            with self.subTest(job=job, width=width, scheme=scheme):
                page = opened(self.chromium, job, width, scheme)
                check(self, page)
                page.context.close()

    return run


def unfold(page):
    for details in page.query_selector_all("details"):
        details.evaluate("node => node.open = true")


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chromium = cls.enterClassContext(browser())

    @every_view
    def test_nothing_is_asked_for_and_nothing_complains(self, page):
        page.evaluate("document.fonts.ready")
        others = [url for url in page.asked if not url.startswith(("file:", "data:"))]
        self.assertEqual((page.complaints, others, len(page.asked)), ([], [], 1))
        self.assertTrue(page.title().startswith("October 2026 · "), page.title())
        self.assertEqual(page.evaluate("document.scripts.length"), 0)

    @every_view
    def test_the_page_does_not_scroll_sideways_and_wide_tables_do(self, page):
        unfold(page)
        width = page.viewport_size["width"]
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
        boxes = page.eval_on_selector_all(".scroll", "nodes => nodes.map(n => n.getBoundingClientRect().right)")
        self.assertTrue(boxes and max(boxes) <= width, boxes)

    def test_weeks_and_days_fit_a_phone_too(self):
        for job, period in itertools.product(JOBS, PERIODS):
            with self.subTest(job=job, period=period):
                page = opened(self.chromium, job, 390, period=period)
                unfold(page)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
                self.assertEqual(page.evaluate(COLLISIONS), [])
                page.context.close()

    def test_a_phone_says_that_tables_scroll_and_keeps_their_names_in_sight(self):
        for job in JOBS:
            page = opened(self.chromium, job, 390)
            unfold(page)
            found = page.eval_on_selector_all(
                ".scroll",
                """nodes => nodes.map(node => {
                     node.scrollLeft = 120;
                     const name = node.querySelector('tbody th').getBoundingClientRect();
                     return [node.scrollWidth > node.clientWidth, node.previousElementSibling.checkVisibility(),
                             node.previousElementSibling.textContent, name.left - node.getBoundingClientRect().left];
                   })""",
            )
            for scrolls, is_hinted, hint, left in found:
                self.assertTrue(not scrolls or (is_hinted and "scrolls" in hint), found)
                self.assertAlmostEqual(left, 0, delta=1)
            page.context.close()
            page = opened(self.chromium, job)
            self.assertEqual(page.eval_on_selector_all(".hint", "n => n.filter(h => h.checkVisibility()).length"), 0)
            # On a page of a desk the tables that are not folded away need no scrolling.
            wide = page.eval_on_selector_all(
                ".scroll",
                """nodes => nodes.filter(n => n.checkVisibility() && n.scrollWidth > n.clientWidth)
                              .map(n => n.getAttribute('aria-label'))""",
            )
            self.assertEqual(wide, [])

    @every_view
    def test_keys_stay_within_their_figures(self, page):
        beyond = page.eval_on_selector_all(
            "figcaption span",
            """nodes => nodes.filter(n => n.checkVisibility()).filter(n => {
                 const box = n.getBoundingClientRect(), figure = n.closest('figure').getBoundingClientRect();
                 return box.left < figure.left - 1 || box.right > figure.right + 1 || n.scrollWidth > n.clientWidth + 1;
               }).map(n => n.textContent)""",
        )
        self.assertEqual(beyond, [])

    def test_nothing_of_the_light_scheme_shines_in_the_dark(self):
        for job, width in itertools.product(JOBS, WIDTHS):
            page = opened(self.chromium, job, width, "dark")
            unfold(page)
            shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
            bright = sum(shot.histogram()[225:]) / (shot.width * shot.height)
            self.assertLess(bright, 0.04, (job, width))

    @every_view
    def test_every_text_can_be_read(self, page):
        unfold(page)
        texts = page.evaluate(TEXTS)
        self.assertGreater(len(texts), 300)
        weak = [(text, ink, ground) for text, ink, ground in texts if contrast(ink, ground) < 4.5]
        self.assertEqual(weak, [])

    @every_view
    def test_texts_in_drawings_do_not_collide(self, page):
        self.assertEqual(page.evaluate(COLLISIONS), [])
        sizes = page.eval_on_selector_all(
            "svg.chart text",
            "nodes => nodes.filter(n => n.checkVisibility()).map(n => n.getBoundingClientRect().height)",
        )
        self.assertGreaterEqual(min(sizes), 11, "a text too small to read")

    def test_dark_and_light_differ(self):
        for job in JOBS:
            grounds = [
                opened(self.chromium, job, 1280, scheme).evaluate("getComputedStyle(document.body).backgroundColor")
                for scheme in SCHEMES
            ]
            self.assertGreater(luminance(grounds[0]), 0.8)
            self.assertLess(luminance(grounds[1]), 0.05)

    @every_view
    def test_headings_are_in_order_and_charts_are_named(self, page):
        levels = page.eval_on_selector_all("h1, h2, h3, h4", "nodes => nodes.map(n => +n.tagName[1])")
        self.assertEqual((levels[0], levels.count(1)), (1, 1))
        self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)
        self.assertEqual(page.get_attribute("html", "lang"), "en")
        shown = page.eval_on_selector_all(
            "svg.chart",
            """nodes => nodes.filter(n => n.checkVisibility()).map(n => [n.getAttribute('role'),
                 ...n.getAttribute('aria-labelledby').split(' ').map(id => document.getElementById(id).textContent)])""",
        )
        # The movers have a chart and a table only where something moved.
        self.assertGreaterEqual(len(shown), 4)
        for role, title, description in shown:
            self.assertEqual(role, "img")
            self.assertTrue(len(title) > 20 and len(description) > 40, (title, description))

    def test_totals_are_those_of_the_dataset(self):
        for job in JOBS:
            page = opened(self.chromium, job)
            shown = page.eval_on_selector_all(".tile .number", "nodes => nodes.map(n => n.textContent)")
            attempts, converted = sums(job)[()]
            self.assertEqual((number(shown[0]), number(shown[1])), (attempts, converted))
            self.assertEqual(shown[2], f"{converted / attempts:.1%}".replace("%", " %"))

    def test_days_are_those_of_the_dataset(self):
        for job in JOBS:
            truth = {day: counts for (day,), counts in sums(job, "window_date").items()}
            lines = table(opened(self.chromium, job), "trend")
            self.assertEqual(len(lines), 31)
            shown = {line[0][:10]: (number(line[1]), number(line[2])) for line in lines if line[1] != "–"}
            self.assertEqual(shown, truth)
            missing = {line[0][:10] for line in lines if line[5] == "no data"}
            self.assertEqual(missing, {"2026-10-30", "2026-10-31"} if job == "hourly" else set())

    def test_channels_are_those_of_the_dataset(self):
        for job in JOBS:
            truth = {CHANNELS[channel]: counts for (channel,), counts in sums(job, "channel").items()}
            lines = table(opened(self.chromium, job), "channel")
            self.assertEqual({line[0]: (number(line[1]), number(line[3])) for line in lines}, truth)
            for line in lines:
                attempts, converted = truth[line[0]]
                self.assertEqual(line[4], f"{converted / attempts:.1%}".replace("%", " %"), line)

    def test_countries_and_their_rest_add_up_to_the_dataset(self):
        for job in JOBS:
            lines = table(opened(self.chromium, job), "country")
            shown = [number(line[1]) for line in lines]
            self.assertEqual(sum(shown), sums(job)[()][0])
            truth = sorted((a for (code,), (a, _) in sums(job, "country").items() if code != "ZZ"), reverse=True)
            listed = 15 if job == "daily" else 4
            self.assertEqual(shown[:listed], truth[:listed])
            if job == "daily":
                self.assertIn("more countries", lines[15][0])
                self.assertEqual(shown[15], sum(truth[15:]))

    def test_hours_are_those_of_the_dataset(self):
        lines = table(opened(self.chromium, "hourly"), "hours")
        self.assertEqual(len(lines), 24)
        truth = hours("hourly")
        for hour, line in enumerate(lines):
            for day, mean, rate in zip(WEEKDAYS, line[1::2], line[2::2]):
                times, attempts, converted = truth[(day, hour)]
                self.assertAlmostEqual(float(mean.replace(",", "")), attempts / times, delta=0.51)
                self.assertEqual(rate, f"{converted / attempts:.1%}".replace("%", " %"))

    def test_the_planted_attack_is_told_and_marked_in_the_chart(self):
        page = opened(self.chromium, "daily")
        self.assertIn("Possible SMS pumping: Madagascar", page.inner_text("#attention h3"))
        page.click("#attention summary")
        self.assertIn("destination_prefixes", page.inner_text("#attention pre"))
        self.assertIn("Madagascar", page.inner_html("#trend svg.wide"))

    def test_names_of_users_are_only_names(self):
        page = opened(self.chromium, "hourly")
        names = [line[0] for line in table(page, "service")]
        self.assertIn("<script>document.title = 'owned'</script>", names)
        self.assertIn("<b>Hours</b> of October", page.inner_text("header"))
        self.assertEqual(page.query_selector_all("b b, header b, td script"), [])

    def test_it_needs_no_script_and_stays_below_a_megabyte(self):
        for job in JOBS:
            page = opened(self.chromium, job, script=False)
            self.assertIn("October 2026", page.inner_text("h1"))
            self.assertLess(report(job, "html").stat().st_size, 1_000_000)

    def test_no_table_is_cut_off_on_paper(self):
        # A4 between the style sheet's margins of 14 mm, in CSS pixels.
        paper = int((210 - 2 * 14) / 25.4 * 96)
        for job in JOBS:
            page = opened(self.chromium, job, paper)
            page.emulate_media(media="print")
            unfold(page)
            script = "nodes => nodes.map(n => [n.caption.textContent, n.getBoundingClientRect().right])"
            tables = page.eval_on_selector_all("table", script)
            self.assertGreaterEqual(len(tables), 4)
            self.assertEqual([table for table in tables if table[1] > paper], [])

    def test_no_sheet_of_paper_is_near_empty(self):
        for job, period in itertools.product(JOBS, PERIODS):
            page = opened(self.chromium, job, period=period)
            pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
            sheets = [texts_from_below(sheet) for sheet in pdf.pages]
            filled = [round(texts[0][0], 2) for texts in sheets]
            with self.subTest(job=job, period=period, filled=filled):
                self.assertTrue(all(part >= 0.5 for part in filled[:-1]), "half of a sheet is empty")
                self.assertGreaterEqual(filled[-1], 0.2, "a sheet for a few lines")
                heads = {"Attempts", "Share", "Converted", "Rate", "rate", "State", "95 % interval", "of attempts"}
                for texts in sheets:
                    last = {text for down, text in texts if down > texts[0][0] - 0.005}
                    self.assertFalse(last & heads, "the head of a table without a line")
            page.context.close()

    def test_print_holds_every_section_and_the_folded_tables(self):
        for job in JOBS:
            page = opened(self.chromium, job, scheme="dark")
            page.emulate_media(media="print")
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            self.assertGreater(luminance(ground), 0.8, "paper is white")
            pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
            self.assertTrue(3 <= len(pdf.pages) <= 12, len(pdf.pages))
            text = "".join(sheet.extract_text() for sheet in pdf.pages)
            flat = "".join(text.split())
            for heading in page.eval_on_selector_all("h1, h2", "nodes => nodes.map(n => n.textContent)"):
                self.assertIn("".join(heading.split()), flat)
            # A line of the table that is folded on the screen.
            self.assertIn("2026-10-07Wed", flat)
            wide = {round(float(sheet.mediabox.width)) for sheet in pdf.pages}
            self.assertEqual(wide, {595}, "A4")


if __name__ == "__main__":
    unittest.main()
