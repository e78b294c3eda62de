"""Runs every check, and ends with a line of counts that the continuous integration adds up."""

import sys
import unittest
from pathlib import Path

suite = unittest.defaultTestLoader.discover(str(Path(__file__).parent))
result = unittest.TextTestRunner(verbosity=2, buffer=True).run(suite)
# A check with subtests may fail several times; it is one check all the same.
failed = {problem[0].id().split(" ")[0] for problem in result.failures + result.errors}
skipped = len(result.skipped)
print(f"interop: {result.testsRun - len(failed) - skipped} passed; {len(failed)} failed; {skipped} skipped")
sys.exit(bool(failed) or result.testsRun == 0)
