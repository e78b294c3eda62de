"""docs/notebook.ipynb as it stands: it runs, its numbers are the account's truth, and git has none of its outputs. BIN is
the binary."""

import csv
import json
import os
import re
import subprocess
import tempfile
import unittest
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs/notebook.ipynb"
# In the past, so that every window has settled on the simulated account's clock.
AS_OF = ["--as-of", "2026-11-15T06:30:00Z"]
# What is asked of the notebook's own variables once it has run.
LOOK = """
import json
print(json.dumps({"rates": rates.values.tolist(), "days": days.astype({"day": str}).values.tolist(),
                  "costs": costs.astype({"cost": str}).values.tolist()}))
"""


class Notebook(unittest.TestCase):
    def setUp(self):
        self.notebook = nbformat.read(NOTEBOOK, as_version=4)
        nbformat.validate(self.notebook)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_no_output_is_kept(self):
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                self.assertEqual((cell.outputs, cell.execution_count), ([], None))

    def program(self, *arguments):
        command = [os.environ["BIN"], *arguments, *AS_OF]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def test_its_numbers_are_the_truth(self):
        [job] = re.findall(r"^```toml notebook.toml\n(.*?)^```$", self.notebook.cells[0].source, re.MULTILINE | re.DOTALL)
        (self.folder / "notebook.toml").write_text(job)
        self.program("run", "notebook.toml", "--state-dir", "state", "--format", "parquet", "--format", "csv", "-q")
        self.notebook.cells.append(nbformat.v4.new_code_cell(LOOK))
        environment = {"IPYTHONDIR": str(self.folder / "ipython"), "MPLCONFIGDIR": str(self.folder / "mpl")}
        client = NotebookClient(self.notebook, timeout=120, resources={"metadata": {"path": str(self.folder)}})
        client.execute(env={**os.environ, **environment})
        *cells, last = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        found = json.loads(last.outputs[0].text)
        charts = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
        self.assertEqual(len(charts), 2)

        truth = list(csv.DictReader(self.program("simulate", "--truth", "notebook.toml").splitlines()))
        self.assertEqual(len(truth), 28 * 7 * 5)
        for name, key in [("rates", ["country", "channel"]), ("days", ["window_date", "channel"])]:
            sums = defaultdict(lambda: [0, 0])
            # A trend leaves out what may still change.
            for row in truth if name == "rates" else (row for row in truth if row["is_final"] == "true"):
                total = sums[tuple(row[column] for column in key)]
                total[0] += int(row["total_attempts"])
                total[1] += int(row["total_converted"])
            there = {(one[:10], two): [attempts, converted] for one, two, attempts, converted, *_ in found[name]}
            self.assertEqual(there, {key: total for key, total in sums.items() if total[0]})
        self.intervals(found["rates"])
        self.costs(found["costs"])

    def rows(self):
        files = sorted(self.folder.glob("output/notebook/csv/*/*.csv"))
        return [row for path in files for row in csv.DictReader(path.read_text().splitlines())]

    def intervals(self, rates):
        """Each end is where the score test of the rate has z."""
        for _, _, attempts, converted, rate, low, high in rates:
            self.assertAlmostEqual(rate, converted / attempts)
            self.assertTrue(0 <= low <= rate <= high <= 1)
            for end in (low, high):
                if 0 < end < 1:
                    self.assertAlmostEqual(abs(rate - end) / (end * (1 - end) / attempts) ** 0.5, 1.959963984540054, 6)

    def costs(self, costs):
        sums = defaultdict(lambda: [Decimal(0), 0])
        for row in self.rows():
            if row["cost_currency"]:
                total = sums[row["cost_currency"], row["channel"]]
                total[0] += Decimal(row["channel_cost"])
                total[1] += int(row["priced_attempts"])
        self.assertGreater(len(sums), 2)
        attempts = defaultdict(int)
        for row in self.rows():
            attempts[row["channel"]] += int(row["total_attempts"])
        for _, channel, _, _, of_channel, _ in costs:
            self.assertEqual(of_channel, attempts[channel])
        there = {(currency, channel): (float(cost), priced) for currency, channel, cost, priced, *_ in costs}
        self.assertEqual(there, {key: (float(cost), priced) for key, (cost, priced) in sums.items()})
