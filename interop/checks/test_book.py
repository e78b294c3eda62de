"""The book that `make book` has built, as a reader sees it, and what the tutorial asks of its table. BIN is the binary."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import duckdb
from support import browser

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "target/book/docs"


class Book(unittest.TestCase):
    def test_every_chapter_fits_a_screen_and_asks_nobody(self):
        chapters = re.findall(r"\]\(([^)]+)\.md\)", (ROOT / "docs/SUMMARY.md").read_text())
        with browser() as chromium:
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            asked, complaints = [], []
            page.on("request", lambda request: asked.append(request.url))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            for chapter in chapters:
                with self.subTest(chapter):
                    page.goto((BOOK / f"{chapter}.html").as_uri())
                    self.assertTrue(page.inner_text("main h1"))
                    # Wide tables and blocks scroll by themselves; the page does not.
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1280)
        self.assertEqual({url.split(":")[0] for url in asked} - {"file", "data"}, set())
        self.assertEqual(complaints, [])

    def test_the_question_of_the_tutorial(self):
        text = (ROOT / "docs/TUTORIAL.md").read_text()
        [job] = re.findall(r"^```toml first.toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        [question] = re.findall(r"^```sql duckdb\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "first.toml").write_text(job)
            as_of = ["--as-of", "2026-11-15T06:30:00Z", "--state-dir", "state", "-q"]
            subprocess.run([os.environ["BIN"], "run", "first.toml", *as_of], cwd=folder, check=True)
            rows = duckdb.sql(question.replace("output/", f"{folder}/output/")).fetchall()
        self.assertEqual(len(rows), 10)
        self.assertTrue(all(0 < percent <= 100 for *_, percent in rows))
