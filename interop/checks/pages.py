"""What a person would trip over on a page in a browser, whatever report it is of."""

import functools
import io
import itertools

import pypdf
from PIL import Image
from support import browser

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
    """Runs a check on each of `files`, in each width and scheme."""

    @functools.wraps(check)
    def run(self):
        for file, width, scheme in itertools.product(self.files, WIDTHS, SCHEMES):
            with self.subTest(file=file, width=width, scheme=scheme):
                page = opened(self.chromium, file, width, scheme)
                check(self, page)
                page.context.close()

    return run


def unfold(page):
    for details in page.query_selector_all("details"):
        details.evaluate("node => node.open = true")


def opened(chromium, file, width=1280, scheme="light", script=True):
    """The page of a file, with everything that went wrong on the way in `page.complaints`."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
    )
    page = context.new_page()
    page.complaints = []
    page.asked = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(file.as_uri())
    page.emulate_media(color_scheme=scheme)
    return page


class Readable:
    """A case's checks of its `files`; of `others` on a phone and on paper alone."""

    files, others = [], []

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chromium = cls.enterClassContext(browser())

    @every_view
    def test_nothing_is_asked_for_and_nothing_complains(self, page):
        page.evaluate("document.fonts.ready")
        others = [url for url in page.asked if not url.startswith(("file:", "data:"))]
        self.assertEqual((page.complaints, others, len(page.asked)), ([], [], 1))
        self.assertTrue(page.title().startswith(f"{page.inner_text('h1')} · "), page.title())
        self.assertEqual(page.evaluate("document.scripts.length"), 0)

    @every_view
    def test_the_page_does_not_scroll_sideways_and_wide_tables_do(self, page):
        unfold(page)
        width = page.viewport_size["width"]
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
        boxes = page.eval_on_selector_all(".scroll", "nodes => nodes.map(n => n.getBoundingClientRect().right)")
        self.assertTrue(boxes and max(boxes) <= width, boxes)

    def test_all_fit_a_phone(self):
        for file in [*self.files, *self.others]:
            with self.subTest(file=file):
                page = opened(self.chromium, file, 390)
                unfold(page)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
                self.assertEqual(page.evaluate(COLLISIONS), [])
                page.context.close()

    def test_a_phone_says_that_tables_scroll_and_keeps_their_names_in_sight(self):
        for file in self.files:
            page = opened(self.chromium, file, 390)
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
            page = opened(self.chromium, file)
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
        for file, width in itertools.product(self.files, WIDTHS):
            page = opened(self.chromium, file, width, "dark")
            unfold(page)
            shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
            bright = sum(shot.histogram()[225:]) / (shot.width * shot.height)
            self.assertLess(bright, 0.04, (file, width))

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
        for file in self.files:
            grounds = [
                opened(self.chromium, file, 1280, scheme).evaluate("getComputedStyle(document.body).backgroundColor")
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

    def test_it_needs_no_script_and_stays_below_a_megabyte(self):
        for file in self.files:
            page = opened(self.chromium, file, script=False)
            self.assertTrue(page.inner_text("h1"))
            self.assertLess(file.stat().st_size, 1_000_000)

    def test_no_table_is_cut_off_on_paper(self):
        # A4 between the style sheet's margins of 14 mm, in CSS pixels.
        paper = int((210 - 2 * 14) / 25.4 * 96)
        for file in self.files:
            page = opened(self.chromium, file, paper)
            page.emulate_media(media="print")
            unfold(page)
            script = "nodes => nodes.map(n => [n.caption.textContent, n.getBoundingClientRect().right])"
            tables = page.eval_on_selector_all("table", script)
            self.assertGreaterEqual(len(tables), 4)
            self.assertEqual([table for table in tables if table[1] > paper], [])

    def test_no_sheet_of_paper_is_near_empty(self):
        for file in [*self.files, *self.others]:
            page = opened(self.chromium, file)
            pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
            sheets = [texts_from_below(sheet) for sheet in pdf.pages]
            filled = [round(texts[0][0], 2) for texts in sheets]
            with self.subTest(file=file, filled=filled):
                self.assertTrue(all(part >= 0.5 for part in filled[:-1]), "half of a sheet is empty")
                self.assertGreaterEqual(filled[-1], 0.2, "a sheet for a few lines")
                heads = {"Attempts", "Share", "Converted", "Rate", "rate", "State", "95 % interval", "of attempts"}
                for texts in sheets:
                    last = {text for down, text in texts if down > texts[0][0] - 0.005}
                    self.assertFalse(last & heads, "the head of a table without a line")
            page.context.close()

    def test_print_holds_every_section_and_the_folded_tables(self):
        for file in self.files:
            page = opened(self.chromium, file, scheme="dark")
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
            self.assertIn("".join(table(page, "trend")[6][0].split()), flat)
            wide = {round(float(sheet.mediabox.width)) for sheet in pdf.pages}
            self.assertEqual(wide, {595}, "A4")
