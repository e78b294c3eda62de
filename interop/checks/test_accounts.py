"""The files of deploy/ for many accounts on many hosts, by what reads them, and their commands as they stand, by processes of
this machine: cron, Kubernetes and Airflow.

BIN is the binary, POSTGRES_BIN, STORES and AIRFLOW as elsewhere."""

import datetime
import os
import re
import shlex
import signal
import time
from pathlib import Path

from croniter import croniter
from dags import Dags
from deployed import DEPLOY, JOB, ROOT, SECRET, Checks, crontab
from hosts import KEY, Hosts
from manifests import Manifests
from subaccounts import Platform, listed, secret

PAGE = (ROOT / "docs/OPERATING.md").read_text().split("## Many accounts", 1)[1].split("\n## ", 1)[0]
# Of each row of the page's table: the exit codes, what Kubernetes and what Airflow do about them.
ENDS = [
    ([int(code) for code in codes.split(",")], kubernetes, airflow)
    for codes, kubernetes, airflow in re.findall(r"^\| ([\d, ]+) \|[^|]*\| `?(\w+)`? \| (\w+) \|$", PAGE, re.MULTILINE)
]


class Cron(Hosts):
    ACCOUNTS = "name,sid,auth_token_file\n" + "".join(f"a{n},AC{n:032x},/etc/twilio/a{n}\n" for n in range(1, 5))

    def test_the_line_of_two_hosts_shares_the_accounts(self):
        [(schedule, command)] = crontab("accounts")
        start = croniter(schedule, datetime.datetime(2026, 10, 31, 12))
        self.assertEqual([start.get_next(datetime.datetime).hour for _ in range(5)], [5, 6, 7, 8, 5])
        platform = self.serve(self.ACCOUNTS)
        self.machine.file("/srv/verify/jobs/accounts.csv", self.here(self.ACCOUNTS))
        job = JOB.format(name="daily", url=platform.url, windows="last-3-days")
        self.machine.job("daily", job + '[accounts]\nfile = "jobs/accounts.csv"\n')
        self.machine.file("/etc/postgres/password", SECRET)
        state = self.here("postgres://verify_rollup@postgres:5432/verify_rollup")
        password = self.machine.there("/etc/postgres/password")
        (self.machine.verify / ".env").write_text(f"VERIFY_ROLLUP_STATE={state}\nPGPASSWORD_FILE={password}\n")
        codes, said = self.ended(self.start([["sh", "-c", self.here(command)]] * 2, "/", {}))
        # Nothing to mail.
        self.assertEqual((codes, said), ([0, 0], ""))
        folders = (self.machine.verify / "output/daily").glob("account=*/_manifest.json")
        self.assertEqual(sorted(path.parent.name[8:] for path in folders), sorted(platform.questions))


class Kubernetes(Manifests, Hosts):
    file = "accounts.yaml"

    def setUp(self):
        super().setUp()
        self.jobs = self.documents["ConfigMap"]["data"]
        self.platform = self.serve(self.jobs["accounts.csv"])
        self.files.create_dir("verify")
        for name, text in self.jobs.items():
            self.machine.file(f"/etc/verify-rollup/{name}", self.here(text))
        self.machine.file("/etc/postgres/password", SECRET)
        self.machine.file("/etc/store/secret_access_key", SECRET)
        self.machine.file("/etc/postgres/ca.crt", (self.server.folder / "ca.pem").read_text())
        self.variables = {"AWS_ACCESS_KEY_ID": KEY}
        for variable in self.container["env"]:
            self.variables.setdefault(variable["name"], self.here(variable.get("value", "")))

    def pods(self, arguments, indexes=None, **more):
        """Pods of the Job, all or those of some indexes, begun at once."""
        commands = []
        for index in indexes or range(self.job["parallelism"]):
            own = [self.here(argument).replace("$(JOB_COMPLETION_INDEX)", str(index)) for argument in arguments]
            commands.append([os.environ["BIN"], *own, "--base-url", self.platform.url, "--requests-per-minute", "0"])
        return self.start(commands, "/", {**self.variables, **more})

    def test_exit_codes_are_met_as_the_page_says(self):
        self.assertEqual(sorted(code for codes, *_ in ENDS for code in codes), [1, 2, 3, 4, 137])
        for codes, action, _ in ENDS:
            for code in codes:
                self.assertEqual(self.policy(code), action, code)
        ignored = [rule["onPodConditions"] for rule in self.job["podFailurePolicy"]["rules"] if rule["action"] == "Ignore"]
        self.assertEqual(ignored, [[{"type": "DisruptionTarget", "status": "True"}]])

    def test_every_pod_has_an_index_and_tries_of_its_own(self):
        self.assertEqual(self.job["completionMode"], "Indexed")
        self.assertEqual(self.job["completions"], self.job["parallelism"])
        self.assertGreater(self.job["backoffLimitPerIndex"], 0)
        [spread] = self.pod["topologySpreadConstraints"]
        self.assertEqual(spread["labelSelector"]["matchLabels"], self.job["template"]["metadata"]["labels"])
        # A run ends in order before the Job is ended.
        [hours] = [int(argument[13:-1]) for argument in self.container["args"] if argument.startswith("--stop-after=")]
        self.assertLess(hours * 3600, self.job["activeDeadlineSeconds"])

    def test_what_is_named_is_mounted(self):
        mounts = {mount["mountPath"]: mount["name"] for mount in self.container["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        rows = listed(self.jobs["accounts.csv"])
        paths = [variable["value"] for variable in self.container["env"] if variable["name"].endswith("_FILE")]
        paths += [row["auth_token_file"] for row in rows]
        paths += re.findall(r"/etc/[^\s&\"]+", " ".join([*self.container["args"], *self.jobs.values()]))
        for path in map(Path, paths):
            volume = volumes[mounts[str(path.parent)]]
            if "configMap" in volume:
                self.assertIn(path.name, self.jobs)
            elif "secret" in volume:
                self.assertIn(path.name, [item["path"] for item in volume["secret"]["items"]])
            else:
                # `--from-file=DIR`: a key for each account, by its name.
                self.assertIn(path.name, [row["name"] for row in rows])
                self.assertEqual([list(source) for source in volume["projected"]["sources"]], [["secret"]])
        text = (DEPLOY / "kubernetes/accounts.yaml").read_text()
        made = dict(re.findall(r"^#   kubectl create secret generic (\S+) (.*)", text, re.MULTILINE))
        for secret_, options in made.items():
            keys = re.findall(r"--from-\w+=([\w.]+)=", options)
            for volume in self.pod["volumes"]:
                if volume.get("secret", {}).get("secretName") == secret_:
                    self.assertLessEqual({item["key"] for item in volume["secret"]["items"]}, set(keys))
        self.assertEqual(text.count("secretName: ") + 1, len(made))

    def test_pods_share_the_accounts(self):
        codes, said = self.ended(self.pods(self.container["args"]))
        self.assert_shared(self.platform, codes, said)

    def test_a_pod_that_is_killed_is_replaced(self):
        [lost] = self.pods(self.container["args"], [0])
        while self.platform.questions.total() < 100 and lost.poll() is None:
            time.sleep(0.01)
        others = self.pods(self.container["args"], [1, 2, 3])
        lost.kill()
        lost.communicate(timeout=60)
        codes, said = self.ended(others)
        self.assertEqual((lost.returncode, codes), (-signal.SIGKILL, [0, 0, 0]), said[-2000:])
        self.assertEqual(self.published(), sorted(self.platform.questions))
        # Who comes in its place, when all is done, asks about provisional days alone.
        before = self.platform.questions.total()
        codes, said = self.ended(self.pods(self.container["args"], [0]))
        self.assertEqual(codes, [0], said[-2000:])
        self.assertLess(self.platform.questions.total(), before * 1.1)

    def test_an_account_that_fails_fails_its_index_and_no_other_account(self):
        wrong = listed(self.jobs["accounts.csv"])[0]
        self.machine.file(wrong["auth_token_file"], "hunter2-wrong")
        codes, said = self.ended(self.pods(self.container["args"]))
        self.assertEqual({self.policy(code) for code in codes if code}, {"FailIndex"}, said[-2000:])
        self.assertTrue(wrong["name"] in said)
        others = sorted(row["sid"] for row in listed(self.jobs["accounts.csv"]) if row != wrong)
        self.assertEqual(self.published(), others)

    def test_a_mistake_fails_the_job(self):
        self.machine.file("/etc/verify-rollup/accounts.csv", "name,sid\nnorth,AC1\n")
        codes, said = self.ended(self.pods(self.container["args"]))
        self.assertEqual({self.policy(code) for code in codes}, {"FailJob"}, said[-2000:])

    def test_shares_without_a_database_are_all_accounts(self):
        text = (DEPLOY / "kubernetes/accounts.yaml").read_text()
        instead = re.findall(r"^ +# - (--.*)$", text, re.MULTILINE)
        self.assertEqual([option.split("=")[0] for option in instead], ["--shard", "--state-dir"])
        self.assertTrue(instead[0].endswith(f"/{self.job['completions']}"))
        kept = [argument for argument in self.container["args"] if not argument.startswith("--state=")]
        codes, said = self.ended(self.pods([*kept, *instead], PGPASSWORD_FILE=""))
        self.assert_shared(self.platform, codes, said)
        states = sorted(path.name for path in (self.machine.root / "var/lib/verify-rollup").iterdir())
        self.assertEqual(states, [str(index) for index in range(self.job["completions"])])

    def tearDown(self):
        self.files.delete_dir("verify")
        super().tearDown()


class Airflow(Dags, Checks):
    file = "verify_rollup_accounts.py"

    def accounts(self, *names):
        """Writes accounts.csv."""
        lines = [f"{name},AC{number:032x},/etc/twilio/{number}" for number, name in enumerate(names, 1)]
        (self.machine.verify / "accounts.csv").write_text("name,sid,auth_token_file\n" + "\n".join(lines) + "\n")

    def of(self, task, found):
        """State and tries of a task, by the names of its instances."""
        return {each["name"]: (each["state"], each["tries"]) for each in found["tasks"] if each["task"] == task}

    def test_exit_codes_are_met_as_the_page_says(self):
        codes = {code: again for codes, _, again in ENDS for code in codes}
        self.accounts(*map(str, codes), "0")
        cases = "".join(f"run*{number:032x}*) exit {code};; " for number, code in enumerate(codes, 1))
        self.program(f'case "$*" in {cases} esac')
        found = self.run_dag()
        expected = {str(code): ("failed", {"again": 2, "fails": 1}[again]) for code, again in codes.items()}
        self.assertEqual(self.of("run", found), {**expected, "0": ("success", 1)})
        # One account that failed fails it all, though the watch, which looks all the same, finds nothing.
        self.assertEqual(set(self.of("stands", found).values()), {("success", 1)})
        self.assertEqual(self.of("all_complete", found), {None: ("upstream_failed", 0)})
        self.assertEqual(found["ends"], "failed")

    def test_each_account_is_a_task_with_its_instant(self):
        self.accounts("north", "the east", "south")
        self.program(f'echo "$PWD" "$@" >> {self.machine.root}/calls')
        found = self.run_dag()
        for task in ["run", "stands"]:
            self.assertEqual(self.of(task, found), {name: ("success", 1) for name in ["north", "the east", "south"]})
        self.assertEqual((found["ends"], found["schedule"], found["catchup"]), ("success", "17 5 * * *", False))
        calls = (self.machine.root / "calls").read_text().splitlines()
        words = [shlex.split(call) for call in calls]
        self.assertEqual({call[0] for call in words}, {str(self.machine.verify)})
        for command in ["run", "status"]:
            named = [call[call.index("--account") + 1] for call in words if call[1] == command]
            self.assertEqual(sorted(named), [f"AC{number:032x}" for number in [1, 2, 3]])
        self.assertEqual(len({call[call.index("--as-of") + 1] for call in words if call[1] == "run"}), 1)

    def test_the_tasks_publish_and_watch(self):
        sids = [f"AC{number:032x}" for number in [1, 2, 3]]
        self.accounts("north", "east", "south")
        platform = Platform(sids)
        self.addCleanup(platform.close)
        rows = (self.machine.verify / "accounts.csv").read_text()
        (self.machine.verify / "accounts.csv").write_text(self.machine.there(rows))
        for row in listed(rows):
            self.machine.file(row["auth_token_file"], secret(row["sid"]))
        job = JOB.format(name="daily", url=platform.url, windows="last-3-days")
        self.machine.job("daily", job + '[accounts]\nfile = "accounts.csv"\n')
        found = self.run_dag()
        self.assertEqual(found["ends"], "success", found)
        self.assertEqual(sorted(platform.questions), sids)
        folders = (self.machine.verify / "output/daily").glob("account=*/_manifest.json")
        self.assertEqual(sorted(path.parent.name[8:] for path in folders), sids)
