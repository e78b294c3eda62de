"""What docs/OPERATING.md says of backups and of another machine: its own command beside a run, and what a run asks
after the loss of ledger or dataset.

BIN is the binary, POSTGRES_BIN where PostgreSQL's programs are."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing

from deployed import ACCOUNT, JOB, ROOT, SECRET, Checks
from rig import PostgreSql

PAGE = ROOT / "docs/OPERATING.md"
AS_OF = "2026-10-08T00:00:00Z"


def answers(folder):
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        return ledger.execute("SELECT * FROM answers ORDER BY id").fetchall()


class State(Checks):
    def setUp(self):
        super().setUp()
        text = JOB.format(name="daily", url=self.account.url, windows="")
        days = 'start = "2026-10-01"\nend = "2026-10-04"'
        self.machine.job("daily", text.replace('range = ""', days))
        self.state = self.machine.root / "var/lib/verify-rollup"
        self.variables = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": SECRET}
        self.command = [os.environ["BIN"], "run", "jobs/daily.toml", "--as-of", AS_OF]

    def run_with(self, state, *more, **variables):
        """Exit code, and the object of --json with it."""
        command = [*self.command, "--json", "-q", "--state-dir", str(state), *more]
        code, said = self.machine.ends(command, **self.variables, **variables)
        return code, json.loads(said) if said.startswith("{") else said

    def sent(self, state, *more, **variables):
        code, said = self.run_with(state, *more, **variables)
        self.assertEqual((code, said["status"], said["windows_published"]), (0, "complete", 3))
        return said["requests"]["sent"]

    def test_a_backup_beside_a_run_is_whole(self):
        limited = ["--state-dir", str(self.state), "--requests-per-minute", "3", "--log-format", "json", "-v"]
        process = subprocess.Popen(
            [*self.command, *limited],
            cwd=self.machine.verify,
            env=self.machine.environment(**self.variables),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        with process:
            # Progress is told as asking begins, and again after ten seconds, with the limit's three answers there.
            told = (json.loads(line) for line in process.stderr)
            next(line for line in told if line["event"] == "progress" and line["done"])
            self.assertTrue((self.state / "ledger.sqlite-wal").stat().st_size)
            [backup] = re.findall(r"^sqlite3 .*$", PAGE.read_text(), re.MULTILINE)
            folder = self.machine.root / "srv/backup"
            folder.mkdir()
            here = self.machine.there(backup).replace("/srv/backup", str(folder))
            self.assertEqual(self.machine.ends(here), (0, ""))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)
        kept = answers(folder)
        self.assertEqual((kept, bool(kept)), (answers(self.state), True))
        code, said = self.run_with(folder, "--requests-per-minute", "0", "--output", str(folder / "output"))
        self.assertEqual((code, said["status"]), (0, "complete"))
        self.assertGreater(said["answered_from_ledger"], 0)

    def test_a_database_is_reached_by_tls_and_only_if_its_certificate_is_right(self):
        server = PostgreSql()
        self.addCleanup(server.close)
        server.sql(f"CREATE ROLE runner LOGIN PASSWORD '{SECRET}'")
        server.sql("CREATE DATABASE state OWNER runner")
        for host, ca, ends in [("localhost", "other", 1), ("127.0.0.1", "ca", 1), ("localhost", "ca", 0)]:
            with self.subTest(host=host, ca=ca):
                url = f"postgres://runner@{host}:{server.port}/state?sslrootcert={server.folder}/{ca}.pem"
                command = [*self.command, "-q", "--state", url]
                code, said = self.machine.ends(command, **self.variables, PGPASSWORD=SECRET)
                self.assertEqual((code, "certificate" in said), (ends, bool(ends)), said)
                self.assertNotIn(SECRET, said)

    def test_little_is_asked_without_the_ledger_and_nothing_without_the_dataset(self):
        first = self.sent(self.state)
        self.assertEqual(self.sent(self.state), 0)
        shutil.rmtree(self.machine.verify / "output/daily")
        self.assertEqual(self.sent(self.state), 0)
        shutil.rmtree(self.state)
        self.assertEqual(self.sent(self.state), 0)
        shutil.rmtree(self.machine.verify / "output/daily")
        shutil.rmtree(self.state)
        self.assertEqual(self.sent(self.state), first)

    def test_a_copy_with_its_times_is_free_at_once(self):
        self.sent(self.state)
        kept, new = self.machine.root / "kept", self.machine.root / "new"
        # The debug build takes the machine's name from here.
        other = {"VERIFY_ROLLUP_MACHINE": "other/00000000-0000-4000-8000-000000000000"}
        shutil.copytree(self.state, kept)
        self.assertEqual(self.sent(kept, **other), 0)
        shutil.copytree(self.state, new, copy_function=shutil.copyfile)
        code, said = self.run_with(new, **other)
        self.assertEqual(code, 4)
        self.assertIn("held by another machine", said)
