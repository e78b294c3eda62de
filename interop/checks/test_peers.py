"""The comparison with other tools: its page and picture are those of the results that were measured."""

import subprocess
import sys
import unittest
from pathlib import Path

RENDER = Path(__file__).resolve().parents[2] / "benches/peers/render.py"


class Peers(unittest.TestCase):
    def test_page_and_picture_are_those_of_the_results(self):
        check = subprocess.run([sys.executable, RENDER, "--check"], capture_output=True, text=True)
        self.assertEqual(check.returncode, 0, check.stderr)
