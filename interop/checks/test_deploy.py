"""The files of deploy/ by the tools that read them, and each command line in them, run by the program itself. An image
is built nowhere, and no cluster or init system runs: docs/OPERATING.md says so.

AIRFLOW is the Python that has Airflow, BIN the binary."""

import datetime
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

import kubernetes_validate
import yaml
from croniter import croniter
from deployed import ACCOUNT, DEPLOY, JOB, ROOT, Account, Machine

SYSTEMD = DEPLOY / "systemd"
MISTAKE = 'name = "daily"\nwindow = 1\n'
SLOW = JOB.replace("requests_per_minute = 0", "requests_per_minute = 1")


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


class Cron(Checks):
    def lines(self):
        for line in (DEPLOY / "cron/crontab").read_text().splitlines():
            if line and not line.startswith("#") and not re.match(r"\w+=", line):
                *schedule, command = line.split(maxsplit=5)
                yield " ".join(schedule), command

    def test_the_lines_run_when_and_what_they_say(self):
        self.machine.dotenv()
        lines = list(self.lines())
        self.assertEqual(len(lines), 5)
        start = datetime.datetime(2026, 10, 31, 12)
        for schedule, command in lines:
            self.assertGreater(croniter(schedule, start).get_next(datetime.datetime), start)
            # Cron would read a line end.
            self.assertNotIn("%", command)
            self.assertTrue(command.startswith("cd /srv/verify && "), command)
            with self.subTest(command):
                # Nothing to mail.
                self.assertEqual(self.machine.ends(self.machine.there(command), folder=self.machine.root), (0, ""))
        self.assertEqual(self.machine.manifests(), ["daily", "hourly-watch", "monthly"])
        daily, again, *_, watch = (croniter(schedule, start) for schedule, _ in lines)
        times = [daily, again, again, again, watch]
        self.assertEqual([time.get_next(datetime.datetime).hour for time in times], [5, 6, 7, 8, 12])

    def test_a_line_that_finds_something_says_so(self):
        self.machine.dotenv()
        commands = [self.machine.there(command) for _, command in self.lines()]
        code, said = self.machine.ends(commands[-1])
        self.assertEqual(code, 5)
        self.assertTrue(said)
        self.machine.job("daily", MISTAKE)
        code, said = self.machine.ends(commands[1])
        self.assertEqual(code, 2)
        self.assertIn("window", said)

    def test_what_is_published_is_not_asked_again(self):
        self.machine.dotenv()
        commands = [self.machine.there(command) for _, command in self.lines()]
        self.machine.ends(commands[0])
        before = self.last_run()
        self.assertEqual(self.machine.ends(commands[1]), (0, ""))
        self.assertEqual(self.last_run(), before)

    def last_run(self):
        code, said = self.machine.ends("verify-rollup status jobs/daily.toml --json")
        self.assertEqual(code, 0, said)
        return json.loads(said)["last_run"]


class Kubernetes(Checks):
    def setUp(self):
        super().setUp()
        documents = list(yaml.safe_load_all((DEPLOY / "kubernetes/verify-rollup.yaml").read_text()))
        self.documents = {document["kind"]: document for document in documents}
        self.assertEqual(len(documents), len(self.documents))
        self.job = self.documents["CronJob"]["spec"]["jobTemplate"]["spec"]
        self.pod = self.job["template"]["spec"]
        [self.container] = self.pod["containers"]

    def test_the_api_takes_each_document(self):
        for version in ["1.31", kubernetes_validate.latest_version()]:
            for document in self.documents.values():
                kubernetes_validate.validate(document, version, strict=True)

    def test_a_wrong_word_is_found(self):
        self.container["readOnlyRootFileSystem"] = True
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(self.documents["CronJob"], "1.31", strict=True)

    def test_volumes_and_objects_are_there(self):
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        self.assertEqual(volumes.keys(), {mount["name"] for mount in self.container["volumeMounts"]})
        named = {kind: document["metadata"]["name"] for kind, document in self.documents.items()}
        self.assertEqual(volumes["data"]["persistentVolumeClaim"]["claimName"], named["PersistentVolumeClaim"])
        self.assertEqual(volumes["jobs"]["configMap"]["name"], named["ConfigMap"])
        # Referred to, never written.
        self.assertNotIn("Secret", named)

    def test_the_pod_may_do_little(self):
        context, own = self.pod["securityContext"], self.container["securityContext"]
        self.assertTrue(context["runAsNonRoot"] and own["readOnlyRootFilesystem"])
        self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertEqual((own["allowPrivilegeEscalation"], own["capabilities"]), (False, {"drop": ["ALL"]}))
        self.assertEqual(self.documents["CronJob"]["spec"]["concurrencyPolicy"], "Forbid")

    def test_what_the_container_runs(self):
        machine = self.machine
        for name in ["etc/verify-rollup", "etc/twilio", "var/lib/verify-rollup"]:
            (machine.root / name).mkdir(parents=True)
        [(name, text)] = self.documents["ConfigMap"]["data"].items()
        job = machine.root / "etc/verify-rollup" / name
        job.write_text(machine.there(text))
        self.assertEqual(machine.ends([os.environ["BIN"], "check", str(job)])[0], 0)
        shutil.copy(machine.secret, machine.root / "etc/twilio/auth_token")
        variables = {"TWILIO_ACCOUNT_SID": ACCOUNT}
        for variable in self.container["env"]:
            variables.setdefault(variable["name"], machine.there(variable.get("value", "")))
        arguments = [machine.there(argument) for argument in self.container["args"]]
        command = [os.environ["BIN"], *arguments, "--base-url", self.account.url, "--requests-per-minute", "0"]
        # Nothing but what is mounted is written to.
        before = {path for path in machine.root.rglob("*")}
        code, said = machine.ends(command, folder="/", **variables)
        self.assertEqual(code, 0, said)
        self.assertEqual(json.loads(said.splitlines()[-1])["event"], "run_ended")
        written = {path.relative_to(machine.root).parts[:3] for path in set(machine.root.rglob("*")) - before}
        self.assertEqual(written, {("var", "lib", "verify-rollup")})
        self.assertEqual(machine.manifests(), ["daily-conversion"])
        job.write_text(MISTAKE)
        ends = [rule["onExitCodes"] for rule in self.job["podFailurePolicy"]["rules"] if rule["action"] == "FailJob"]
        self.assertEqual([rule["values"] for rule in ends], [[machine.ends(command, folder="/", **variables)[0]]])


class Airflow(Checks):
    def ends(self):
        machine, home = self.machine, self.machine.root / "airflow"
        command = [os.environ["AIRFLOW"], ROOT / "interop/airflow/run.py", DEPLOY / "airflow/verify_rollup.py"]
        variables = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        code, said = machine.ends([*map(str, command), str(machine.verify)], **variables)
        self.assertEqual(code, 0, said)
        return json.loads((machine.verify / "dag.json").read_text())

    def test_the_tasks_publish_and_watch(self):
        self.machine.dotenv()
        found = self.ends()
        self.assertEqual(found["ends"], {"run": "success", "stands": "success"})
        self.assertEqual(self.machine.manifests(), ["daily"])
        self.assertEqual((found["schedule"], found["catchup"], found["max_active_runs"]), ("17 5 * * *", False, 1))
        self.assertEqual(found["upstream"], {"run": [], "stands": ["run"]})
        self.assertEqual(found["retries"]["run"], 4)

    def test_every_other_exit_code_is_tried_again(self):
        program = self.machine.programs / "verify-rollup"
        program.unlink()
        for code in [2, 3, 4]:
            program.write_text(f"#!/bin/sh\nexit {code}\n")
            program.chmod(0o755)
            for end in self.ends()["ends"].values():
                # Neither failed for good nor skipped.
                self.assertRegex(end, rf"^AirflowException: .*exit code {code}\.")


class Docker(Checks):
    FILE = DEPLOY / "docker/Dockerfile"

    def test_a_linter_has_nothing_to_say(self):
        hadolint = Path(sys.executable).parent / "hadolint"
        self.assertEqual(self.tool(hadolint, "--no-color", self.FILE), "")

    def test_rust_is_the_one_that_is_pinned(self):
        pinned = re.search(r'channel = "(.*)"', (ROOT / "rust-toolchain.toml").read_text())[1]
        self.assertEqual(set(re.findall(r"(?:rust:|TOOLCHAIN=)([\d.]+)", self.FILE.read_text())), {pinned})

    def test_it_ends_as_nobody_with_its_volumes(self):
        last = self.FILE.read_text().split("\nFROM ")[-1]
        user = re.search(r"^USER (\d+):\d+$", last, re.MULTILINE)[1]
        self.assertNotEqual(user, "0")
        volumes = json.loads(re.search(r"^VOLUME (.*)$", last, re.MULTILINE)[1])
        for volume in volumes:
            self.assertRegex(last, rf"--chown={user}:{user} /empty {volume}\n")

    def context(self):
        """What .dockerignore leaves of the sources: all but what it takes back in."""
        lines = (ROOT / ".dockerignore").read_text().splitlines()
        rest, *patterns = [line for line in lines if not line.startswith("#")]
        self.assertEqual(rest, "*")
        for pattern in patterns:
            self.assertTrue(pattern.startswith("!"))
            found = sorted(ROOT.glob(pattern[1:]))
            self.assertTrue(found, pattern)
            for path in found:
                to = self.machine.root / "context" / path.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copytree(path, to) if path.is_dir() else shutil.copy(path, to)
        return self.machine.root / "context"

    def test_the_context_holds_what_cargo_builds_from(self):
        context = self.context()
        options = ["--format-version=1", "--no-deps", "--locked", "--offline"]
        said = self.tool("cargo", "metadata", *options, "--manifest-path", context / "Cargo.toml")
        [package] = json.loads(said)["packages"]
        for target in package["targets"]:
            self.assertTrue(Path(target["src_path"]).exists(), target["name"])
        included = 0
        for path in context.glob("src/**/*.rs"):
            for name in re.findall(r'include_(?:str|bytes)!\("([^"]+)"\)', path.read_text()):
                included += 1
                # Tests are no part of the image.
                of_tests = "tests" in path.parts or "tests/" in name
                self.assertTrue(of_tests or (path.parent / name).exists(), name)
        self.assertGreater(included, 3)
