"""`make advisories` against a list of its own, in the form of RustSec's, which git takes for that one: nothing is asked of the network."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = "https://github.com/RustSec/advisory-db"
ADVISORY = """```toml
[advisory]
id = "RUSTSEC-2026-9999"
package = "ring"
date = "2026-01-01"

[versions]
patched = [{patched}]
```

# Made up
"""


class Advisories(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["make", "--silent", "target/tools/bin/cargo-deny"], cwd=ROOT, check=True, capture_output=True)

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="advisories-"))
        self.addCleanup(shutil.rmtree, self.folder)
        # Cargo's own downloads, and no list that somebody fetched.
        home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
        self.home = self.folder / "home"
        self.home.mkdir()
        (self.home / "registry").symlink_to(home / "registry")
        self.list = self.folder / "list"

    def publish(self, patched):
        file = self.list / "crates/ring/RUSTSEC-2026-9999.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ADVISORY.format(patched=patched))
        for command in [["init", "-q"], ["checkout", "-q", "-B", "main"], ["add", "."], ["commit", "-q", "-m", "An advisory"]]:
            identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
            subprocess.run(["git", *identity, *command], cwd=self.list, check=True)

    def ends(self):
        variables = {
            "CARGO_HOME": str(self.home),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.list.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": LIST,
        }
        command = ["sh", "scripts/advisories.sh", "target/tools/bin/cargo-deny"]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def test_it_says_what_it_went_by(self):
        code, said = self.ends()
        self.assertEqual(code, 3, said)
        self.assertIn("ADVISORIES WERE NOT CHECKED", said)
        self.publish('"*"')
        code, said = self.ends()
        self.assertEqual(code, 0, said)
        self.assertIn("advisories: none for the crates of Cargo.lock", said)
        self.assertNotIn("fetched before", said)
        self.publish("")
        code, said = self.ends()
        self.assertEqual(code, 1, said)
        self.assertIn("RUSTSEC-2026-9999", said)
        # What was fetched before serves, and is told to be old.
        self.publish('"*"')
        self.assertEqual(self.ends()[0], 0)
        shutil.rmtree(self.list)
        code, said = self.ends()
        self.assertEqual(code, 0, said)
        self.assertIn(", fetched before", said)
