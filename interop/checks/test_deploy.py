"""The files of deploy/ for cron, Kubernetes, Airflow and Docker, by the tools that read them, and each command line in them,
run by the program itself. An image is built nowhere, and no cluster runs: docs/OPERATING.md says so.

AIRFLOW is the Python that has Airflow, BIN the binary."""

import datetime
import json
import os
import re
import shutil
import sys
from pathlib import Path

from croniter import croniter
from dags import Dags
from deployed import ACCOUNT, DEPLOY, MISTAKE, ROOT, Checks, crontab
from manifests import Manifests


class Cron(Checks):
    def lines(self):
        return crontab("crontab")

    def test_the_lines_run_when_and_what_they_say(self):
        self.machine.dotenv()
        lines = list(self.lines())
        self.assertEqual(len(lines), 5)
        start = datetime.datetime(2026, 10, 31, 12)
        for schedule, command in lines:
            self.assertGreater(croniter(schedule, start).get_next(datetime.datetime), start)
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


class Kubernetes(Manifests, Checks):
    file = "verify-rollup.yaml"

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
        self.assertEqual(self.policy(machine.ends(command, folder="/", **variables)[0]), "FailJob")


class Airflow(Dags, Checks):
    file = "verify_rollup.py"

    def test_the_tasks_publish_and_watch(self):
        self.machine.dotenv()
        found = self.run_dag()
        self.assertEqual(found["ends"], "success")
        self.assertEqual([(task["task"], task["tries"]) for task in found["tasks"]], [("run", 1), ("stands", 1)])
        self.assertEqual(self.machine.manifests(), ["daily"])
        self.assertEqual((found["schedule"], found["catchup"], found["max_active_runs"]), ("17 5 * * *", False, 1))
        self.assertEqual(found["upstream"], {"run": [], "stands": ["run"]})

    def test_every_other_exit_code_is_tried_again(self):
        for code in [2, 4]:
            self.program(f"exit {code}")
            found = self.run_dag()
            self.assertEqual(found["ends"], "failed")
            ends = [(task["task"], task["state"], task["tries"]) for task in found["tasks"]]
            self.assertEqual(ends, [("run", "failed", 2), ("stands", "upstream_failed", 0)])


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
