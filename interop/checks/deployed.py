"""What the files of deploy/ are made for: a machine with /srv/verify, laid below a folder of its own, and an account on
loopback that takes one secret alone."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
ACCOUNT, SECRET = "AC" + "5" * 32, "hunter2-correct-horse"
JOB = """
name = "{name}"
[source]
base_url = "{url}"
retention = "none"
[windows]
range = "{windows}"
[matrix]
countries = ["CO", "US"]
channels = ["sms"]
[limits]
requests_per_minute = 0
"""
# A job file that is refused.
MISTAKE = 'name = "daily"\nwindow = 1\n'
JOBS = {"daily": "last-3-days", "hourly-watch": "yesterday", "monthly": "last-2-days"}


def crontab(name):
    """Schedule and command of each line."""
    for line in (DEPLOY / "cron" / name).read_text().splitlines():
        if line and not line.startswith("#") and not re.match(r"\w+=", line):
            *schedule, command = line.split(maxsplit=5)
            # Cron would read a line end.
            assert "%" not in command, command
            yield " ".join(schedule), command


class Account:
    """A simulated account, served until it is closed."""

    def __init__(self):
        command = [os.environ["BIN"], "simulate", "-q", "--auth", f"{ACCOUNT}:{SECRET}", "--requests-per-minute", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=60)


class Machine:
    """A file system of which only what matters is there; `paths` are where its absolute paths really are."""

    def __init__(self, account):
        self.root = Path(tempfile.mkdtemp(prefix="deployed-"))
        self.account = account
        self.verify = self.root / "srv/verify"
        self.programs = self.root / "usr/local/bin"
        for folder in [self.verify / "jobs", self.programs, self.root / "etc", self.root / "tmp"]:
            folder.mkdir(parents=True)
        # As docs/OUTPUT.md has it for a warehouse's users.
        output = self.verify / "output"
        output.mkdir()
        output.chmod(0o2750)
        for name, windows in JOBS.items():
            self.job(name, JOB.format(name=name, url=account.url, windows=windows))
        (self.programs / "verify-rollup").symlink_to(os.environ["BIN"])
        self.secret = self.root / "etc/secret"
        self.secret.write_text(SECRET + "\n")

    def job(self, name, text):
        (self.verify / "jobs" / f"{name}.toml").write_text(text)

    def file(self, path, text):
        """Writes one that has an absolute path there, for its owner alone."""
        at = self.root / path.lstrip("/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        at.chmod(0o600)

    def there(self, text):
        """The same with this machine's paths."""
        paths = ["/srv/verify", "/usr/local/bin/verify-rollup", "/var/lib/verify-rollup"]
        paths += ["/etc/verify-rollup", "/etc/twilio", "/etc/postgres", "/etc/store", "/run/secrets", "/run/twilio"]
        for path in paths:
            text = text.replace(path, f"{self.root}{path}")
        return text

    def environment(self, **variables):
        path = f"{self.programs}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.root), "TMPDIR": str(self.root / "tmp"), **variables}

    def ends(self, command, folder=None, **variables):
        """Exit code and all that was said of a command, a list or a line of shell. The secret is never among it."""
        shell = ["sh", "-c", command] if isinstance(command, str) else command
        folder, environment = folder or self.verify, self.environment(**variables)
        done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        said = done.stdout + done.stderr
        assert SECRET not in said
        return done.returncode, said

    def dotenv(self):
        lines = [f"TWILIO_ACCOUNT_SID={ACCOUNT}", f"TWILIO_AUTH_TOKEN_FILE={self.secret}"]
        (self.verify / ".env").write_text("\n".join(lines))

    def manifests(self):
        return sorted(path.parent.name for path in self.root.rglob("_manifest.json"))

    def close(self):
        shutil.rmtree(self.root)


class Checks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.account = Account()
        cls.addClassCleanup(cls.account.close)

    def setUp(self):
        self.machine = Machine(self.account)
        self.addCleanup(self.machine.close)

    def tool(self, *command, **options):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **options)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        return said
