"""The manual pages by the program that shows them. BIN is the binary."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path


class Man(unittest.TestCase):
    def test_groff_has_nothing_to_warn_of(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.environ["BIN"], "man", folder], check=True)
            pages = sorted(Path(folder).iterdir())
            self.assertGreater(len(pages), 10)
            for page in pages:
                with self.subTest(page.name):
                    shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True)
                    self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                    self.assertGreater(len(shown.stdout.splitlines()), 10)
