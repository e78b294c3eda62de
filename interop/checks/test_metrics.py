"""The file of `run --metrics-file` by those who read it: the client library's parser of OpenMetrics, and the node exporter that serves
such files. What it tells is the table. BIN is the binary."""

import csv
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as of_openmetrics
from prometheus_client.parser import text_string_to_metric_families as of_text
from rig import free_port, job_file

# The last of five days has just ended, and is provisional.
AS_OF = "2026-10-06T05:00:00Z"


def values(families):
    """(name, other labels) -> value, of our job."""
    found = {}
    for family in families:
        for sample in family.samples:
            if sample.name.startswith("verify_rollup_"):
                labels = dict(sample.labels)
                assert labels.pop("job") == "daily", sample
                found[sample.name.removeprefix("verify_rollup_"), *labels.values()] = sample.value
    return found


class Metrics(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="metrics-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = self.folder / "collected/daily.prom"
        self.file.parent.mkdir()
        job = job_file(self.folder, self.folder / "output", 'formats = ["csv"]')
        state = self.folder / "state"
        command = [os.environ["BIN"], "run", job, "--as-of", AS_OF, "--state-dir", state, "--metrics-file", self.file, "--quiet"]
        subprocess.run(list(map(str, command)), check=True)

    def test_the_parser_reads_what_the_table_says(self):
        families = list(of_openmetrics(self.file.read_text()))
        self.assertEqual({family.type for family in families}, {"gauge"})
        self.assertTrue(all(family.documentation for family in families))
        days = defaultdict(lambda: [0, 0])
        states = defaultdict(int)
        for path in (self.folder / "output").rglob("*.csv"):
            with path.open(newline="") as file:
                for row in csv.DictReader(file):
                    states[row["is_final"]] += 1
                    for place, column in enumerate(["total_attempts", "total_converted"]):
                        days[row["window_date"]][place] += int(row[column])
        told = values(families)
        self.assertEqual(told["windows", "published"], len(days))
        self.assertEqual((told["last_day_attempts",], told["last_day_converted",]), tuple(days["2026-10-05"]))
        self.assertEqual((told["rows", "final"], told["rows", "provisional"]), (states["true"], states["false"]))
        self.assertGreater(min(states.values()), 0)
        self.assertEqual(told["exit_code",], 0)
        self.assertEqual(told["last_success_timestamp_seconds",], told["last_run_timestamp_seconds",])

    def served(self, port):
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
                    return answer.read().decode()
            except urllib.error.URLError:
                time.sleep(0.05)
        raise AssertionError("nothing is served")

    def test_the_node_exporter_serves_it(self):
        port = free_port()
        collector = ["--collector.disable-defaults", "--collector.textfile", f"--collector.textfile.directory={self.file.parent}"]
        command = ["prometheus-node-exporter", *collector, f"--web.listen-address=127.0.0.1:{port}"]
        exporter = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.addCleanup(exporter.communicate)
        self.addCleanup(exporter.kill)
        text = self.served(port)
        self.assertIn("\nnode_textfile_scrape_error 0\n", text)
        self.assertEqual(values(of_text(text)), values(of_openmetrics(self.file.read_text())))
        # That it would say so.
        self.file.write_text("verify_rollup_exit_code{job=daily} 0\n")
        self.assertIn("\nnode_textfile_scrape_error 1\n", self.served(port))
