"""The units of deploy/systemd as systemd reads them, and what they start, run by the program itself and traced. No init
system starts them here.

BIN is the binary."""

import datetime
import json
import os
import re
import shlex
import shutil
import signal
import subprocess

from deployed import ACCOUNT, DEPLOY, JOB, MISTAKE, Checks

SYSTEMD = DEPLOY / "systemd"
SLOW = JOB.replace("requests_per_minute = 0", "requests_per_minute = 1")


def unit(*paths):
    """Settings of a unit and its drop-ins, in their order; an empty one forgets those before."""
    settings = {}
    for path in paths:
        for line in path.read_text().splitlines():
            if not line.startswith("#") and "=" in line:
                key, value = line.split("=", 1)
                settings[key] = [*settings.get(key, []), value] if value else []
    return settings


class Systemd(Checks):
    def as_installed(self):
        """The units where their binary is the one at hand, the hourly ones for an instance of that name."""
        folder = self.machine.root / "units"
        folder.mkdir()
        for path in [*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")]:
            (folder / path.name).write_text(self.machine.there(path.read_text()))
        for kind in ["service", "timer"]:
            dropped = folder / f"verify-rollup@hourly-watch.{kind}.d/hourly.conf"
            dropped.parent.mkdir()
            dropped.write_text(self.machine.there((SYSTEMD / f"hourly/{kind}.conf").read_text()))
            shutil.copy(folder / f"verify-rollup@.{kind}", folder / f"verify-rollup@hourly-watch.{kind}")
        return folder

    def test_systemd_takes_the_units(self):
        units = sorted(path for path in self.as_installed().iterdir() if path.is_file())
        self.assertEqual(len(units), 6)
        for path in units:
            # What it does not know is a warning only.
            self.assertEqual(self.tool("systemd-analyze", "verify", "--man=no", path), "", path.name)

    def test_the_user_can_be_made(self):
        root = self.machine.root
        self.tool("systemd-sysusers", f"--root={root}", SYSTEMD / "sysusers.conf")
        made = {line.split(":")[0] for line in (root / "etc/passwd").read_text().splitlines()}
        for path in SYSTEMD.glob("*.service"):
            self.assertEqual(set(unit(path)["User"]), made)

    def test_little_is_exposed(self):
        for path in self.as_installed().glob("*@.service"):
            self.tool("systemd-analyze", "security", "--offline=true", "--threshold=20", path)

    def test_timers_come_as_they_say(self):
        for conf, expected in [([], 24 * 60), ([SYSTEMD / "hourly/timer.conf"], 60)]:
            [calendar] = unit(SYSTEMD / "verify-rollup@.timer", *conf)["OnCalendar"]
            said = self.tool("systemd-analyze", "calendar", "--iterations=2", calendar, env={**os.environ, "TZ": "UTC"})
            times = re.findall(r"(?:elapse|#2): \w+ (\S+ \S+) UTC", said)
            first, second = (datetime.datetime.fromisoformat(found) for found in times)
            self.assertEqual((second - first).total_seconds() / 60, expected)

    def started(self, settings, job="daily", **options):
        """What systemd would start, as a list and with its variables."""
        machine = self.machine
        [command], [state] = settings["ExecStart"], settings["StateDirectory"]
        self.assertEqual(settings["WorkingDirectory"], ["/srv/verify"])
        variables = {"TWILIO_ACCOUNT_SID": ACCOUNT, "STATE_DIRECTORY": str(machine.root / "var/lib" / state)}
        for line in settings.get("Environment", []):
            name, value = line.split("=")
            # The unit's folder of credentials, in which the file has the name that LoadCredential gives it.
            [credential] = settings["LoadCredential"]
            self.assertEqual(value, "%d/" + credential.split(":")[0])
            variables[name] = str(machine.secret)
        return shlex.split(machine.there(command.replace("%i", job))), variables

    def ends(self, settings, job="daily"):
        command, variables = self.started(settings, job)
        return self.machine.ends(command, **variables)

    def test_what_the_units_start_publishes_and_watches(self):
        run, watch = unit(SYSTEMD / "verify-rollup@.service"), unit(SYSTEMD / "verify-rollup-watch@.service")
        hourly = unit(SYSTEMD / "verify-rollup@.service", SYSTEMD / "hourly/service.conf")
        self.assertEqual(self.ends(watch)[0], 5)
        self.assertEqual(self.ends(run)[0], 0)
        code, said = self.ends(watch)
        # Yesterday has ended less than a day ago, and is provisional.
        self.assertEqual((code, said), (0, ""))
        self.assertEqual(self.ends(hourly, "hourly-watch")[0], 0)
        self.assertEqual(self.machine.manifests(), ["daily", "hourly-watch"])
        self.assertTrue((self.machine.root / "var/lib/verify-rollup/ledger.sqlite").exists())
        # The group of output may read the table.
        [table] = (self.machine.verify / "output/daily").rglob("*.parquet")
        self.assertEqual(table.stat().st_mode & 0o777, 0o640)

    def test_exit_codes_are_what_the_unit_takes_them_for(self):
        settings = unit(SYSTEMD / "verify-rollup@.service")
        self.assertEqual(settings["Restart"], ["on-failure"])
        self.machine.job("daily", MISTAKE)
        code, _ = self.ends(settings)
        self.assertEqual([str(code)], settings["RestartPreventExitStatus"])
        # As systemctl stop, where the limit leaves something to wait for.
        self.machine.job("daily", SLOW.format(name="daily", url=self.account.url, windows="last-3-days"))
        command, variables = self.started(settings)
        process = subprocess.Popen(
            [*command, "--log-format", "json"],
            cwd=self.machine.verify,
            env=self.machine.environment(**variables),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        with process:
            for line in process.stderr:
                if json.loads(line)["event"] == "progress":
                    break
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)
        self.assertEqual([str(process.returncode)], settings["SuccessExitStatus"])
        # A run that --stop-after ends is tried again.
        code, _ = self.machine.ends([*command[:-1], "1s"], **variables)
        self.assertEqual(code, 3)
        self.assertNotIn("3", settings["SuccessExitStatus"])

    def test_only_what_does_not_go_on_comes_to_an_end(self):
        settings = unit(SYSTEMD / "verify-rollup@.service")

        def seconds(text):
            return int(re.search(r"[μu]s: (\d+)", self.tool("systemd-analyze", "timespan", text))[1]) / 1e6

        names = ["StartLimitIntervalSec", "RestartSec", "TimeoutStartSec"]
        interval, pause, longest = (seconds(settings[name][0]) for name in names)
        wait, stop = (seconds(time) for time in re.findall(r"(?:wait|stop-after) (\w+)", settings["ExecStart"][0]))
        tries = int(settings["StartLimitBurst"][0])
        # A run whose server is down gives up after retry_for, ten minutes.
        self.assertLess(tries * (10 * 60 + pause), interval)
        self.assertGreater(tries * (stop + pause), interval)
        self.assertGreater(longest, wait + stop)

    def allowed(self, filters):
        sets, name = {}, None
        for line in self.tool("systemd-analyze", "syscall-filter", "--no-pager").splitlines():
            if line.startswith("@"):
                name = line.strip()
                sets[name] = set()
            elif name and line.startswith("    ") and not line.strip().startswith("#"):
                sets[name].add(line.strip())

        def members(word):
            return set().union(*map(members, sets[word])) if word in sets else {word}

        calls = set()
        for line in filters:
            named = set().union(*map(members, line.lstrip("~").split()))
            calls = calls - named if line.startswith("~") else calls | named
        return calls

    def test_the_filter_lets_pass_what_a_run_calls(self):
        settings = unit(SYSTEMD / "verify-rollup@.service")
        command, variables = self.started(settings)
        trace = self.machine.root / "trace"
        traced = ["strace", "-f", "-qq", "-o", str(trace), *command]
        self.assertEqual(self.machine.ends(traced, **variables)[0], 0)
        # Folders are made anew.
        text = JOB.format(name="daily", url=self.account.url, windows="last-3-days") + '[output]\npartition = "day"\n'
        self.machine.job("daily", text)
        first = trace.read_text()
        self.assertEqual(self.machine.ends(traced, **variables)[0], 0)
        seen = first + trace.read_text()
        calls = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", seen, re.MULTILINE))
        self.assertGreater(len(calls), 40)
        self.assertEqual(calls - self.allowed(settings["SystemCallFilter"]) - {"execve"}, set())
        families = set(re.findall(r"socket\((AF_\w+)", seen))
        self.assertLessEqual(families, set(settings["RestrictAddressFamilies"][0].split()))
        # Why two settings are left out.
        self.assertRegex(seen, r"f?chmod(at)?\([^)]*\b02750")
        self.assertIn("/proc/sys/kernel/random/boot_id", seen)
