"""The files of deploy/ for many accounts on many hosts: Kubernetes, Docker Compose and Airflow, by what reads them, and their
commands as they stand, by processes of this machine, with a PostgreSQL, an S3 that heeds conditions, and a platform of which
each account answers to its own secret alone.

BIN is the binary, POSTGRES_BIN, STORES and AIRFLOW as elsewhere."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pyarrow.fs
import yaml
from dags import Dags
from deployed import DEPLOY, JOB, ROOT, SECRET, Checks
from manifests import Manifests
from rig import PROGRAMS, PostgreSql, moto
from subaccounts import Platform, listed, secret

KEY = "verify-rollup"
PAGE = (ROOT / "docs/OPERATING.md").read_text().split("## Many accounts", 1)[1].split("\n## ", 1)[0]
# Of each row of the page's table: the exit codes, what Kubernetes and what Airflow do about them.
ENDS = [
    ([int(code) for code in codes.split(",")], kubernetes, airflow)
    for codes, kubernetes, airflow in re.findall(r"^\| ([\d, ]+) \|[^|]*\| `?(\w+)`? \| (\w+) \|$", PAGE, re.MULTILINE)
]


class Hosts(Checks):
    """A machine with a state and a store that hosts share, and accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = PostgreSql()
        cls.addClassCleanup(cls.server.close)
        cls.store = moto()
        cls.addClassCleanup(cls.store.close)
        cls.server.sql(f"CREATE ROLE verify_rollup LOGIN PASSWORD '{SECRET}'")
        cls.files = pyarrow.fs.S3FileSystem(
            access_key=KEY, secret_key=SECRET, endpoint_override=f"127.0.0.1:{cls.store.port}", scheme="http",
            region="us-east-1", allow_bucket_creation=True, allow_bucket_deletion=True,
        )

    def setUp(self):
        super().setUp()
        self.server.sql("DROP DATABASE IF EXISTS verify_rollup WITH (FORCE)")
        self.server.sql("CREATE DATABASE verify_rollup OWNER verify_rollup")

    def serve(self, csv):
        """The accounts of a file, each with its secret where the file says."""
        rows = listed(csv)
        self.assertGreater(len(rows), 3)
        for row in rows:
            self.machine.file(row["auth_token_file"], secret(row["sid"]))
        platform = Platform(row["sid"] for row in rows)
        self.addCleanup(platform.close)
        return platform

    def here(self, text):
        """The same with this machine's paths, database and store."""
        for host in ["postgres.example", "postgres"]:
            text = text.replace(f"@{host}:5432/", f"@localhost:{self.server.port}/")
        for url in ["https://store.example", "http://store:8333"]:
            text = text.replace(url, f"http://127.0.0.1:{self.store.port}")
        return self.machine.there(text)

    def at_once(self, commands, folder, variables):
        """How each command ends, all of them begun together, and all that they said."""
        hosts = [
            subprocess.Popen(
                command, cwd=folder, env=self.machine.environment(**variables), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            for command in commands
        ]
        said = [host.communicate(timeout=300)[0] for host in hosts]
        self.assertNotIn("hunter2", "".join(said))
        return [host.returncode for host in hosts], "".join(said)

    def published(self, below):
        """The accounts that have a dataset in the store, below a folder of the bucket."""
        found = self.files.get_file_info(pyarrow.fs.FileSelector(f"verify/{below}", recursive=True))
        named = [re.fullmatch(rf"verify/{below}/daily-conversion/account=(AC\w{{32}})/.*_manifest\.json", info.path) for info in found]
        return sorted(match[1] for match in named if match)


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

    def pods(self, arguments, **more):
        """All pods of the Job, at once."""
        commands = []
        for index in range(self.job["parallelism"]):
            own = [self.here(argument).replace("$(JOB_COMPLETION_INDEX)", str(index)) for argument in arguments]
            commands.append([os.environ["BIN"], *own, "--base-url", self.platform.url, "--requests-per-minute", "0"])
        return self.at_once(commands, "/", {**self.variables, **more})

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
        codes, said = self.pods(self.container["args"])
        self.assertEqual(set(codes), {0}, said[-2000:])
        self.assertEqual(self.published("conversion"), sorted(self.platform.questions))
        # No account was asked twice.
        counts = self.platform.questions.values()
        self.assertLess(max(counts), 2 * min(counts))

    def test_an_account_that_fails_fails_its_index_and_no_other_account(self):
        wrong = listed(self.jobs["accounts.csv"])[0]
        self.machine.file(wrong["auth_token_file"], "hunter2-wrong")
        codes, said = self.pods(self.container["args"])
        self.assertEqual({self.policy(code) for code in codes if code}, {"FailIndex"}, said[-2000:])
        self.assertTrue(wrong["name"] in said)
        others = sorted(row["sid"] for row in listed(self.jobs["accounts.csv"]) if row != wrong)
        self.assertEqual(self.published("conversion"), others)

    def test_a_mistake_fails_the_job(self):
        self.machine.file("/etc/verify-rollup/accounts.csv", "name,sid\nnorth,AC1\n")
        codes, said = self.pods(self.container["args"])
        self.assertEqual({self.policy(code) for code in codes}, {"FailJob"}, said[-2000:])

    def test_shares_without_a_database_are_all_accounts(self):
        text = (DEPLOY / "kubernetes/accounts.yaml").read_text()
        instead = re.findall(r"^ +# - (--.*)$", text, re.MULTILINE)
        self.assertEqual([option.split("=")[0] for option in instead], ["--shard", "--state-dir"])
        self.assertTrue(instead[0].endswith(f"/{self.job['completions']}"))
        kept = [argument for argument in self.container["args"] if not argument.startswith("--state=")]
        codes, said = self.pods([*kept, *instead], PGPASSWORD_FILE="")
        self.assertEqual(set(codes), {0}, said[-2000:])
        self.assertEqual(self.published("conversion"), sorted(self.platform.questions))
        counts = self.platform.questions.values()
        self.assertLess(max(counts), 2 * min(counts))
        states = sorted(path.name for path in (self.machine.root / "var/lib/verify-rollup").iterdir())
        self.assertEqual(states, [str(index) for index in range(self.job["completions"])])

    def tearDown(self):
        self.files.delete_dir("verify")
        super().tearDown()


class Compose(Hosts):
    FILE = DEPLOY / "compose/compose.yaml"

    def setUp(self):
        super().setUp()
        self.compose = yaml.safe_load(self.FILE.read_text())
        self.services = self.compose["services"]
        self.rollup = self.services["rollup"]

    def schema(self, file):
        tool = Path(sys.executable).parent / "check-jsonschema"
        return subprocess.run([tool, "--builtin-schema", "vendor.compose-spec", file], capture_output=True, text=True)

    def test_the_schema_of_compose_files_takes_it(self):
        done = self.schema(self.FILE)
        self.assertEqual(done.returncode, 0, done.stdout)
        wrong = self.machine.root / "compose.yaml"
        wrong.write_text(self.FILE.read_text().replace("read_only:", "readonly:"))
        self.assertEqual(self.schema(wrong).returncode, 1)

    def test_what_is_named_is_there(self):
        folder = self.FILE.parent
        made = set(re.findall(r"secrets/\w+", "".join(re.findall(r"^#   .*$", self.FILE.read_text(), re.MULTILINE))))
        files = {secret["file"] for secret in self.compose["secrets"].values()}
        self.assertEqual(made, files | {"secrets/twilio"})
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertLessEqual(set(service["networks"]), self.compose["networks"].keys())
                secrets = set(service.get("secrets", []))
                self.assertLessEqual(secrets, self.compose["secrets"].keys())
                self.assertEqual(secrets, set(re.findall(r"/run/secrets/(\w+)", str(service))))
                for volume in service.get("volumes", []):
                    source = volume.split(":")[0]
                    there = (folder / source).is_dir() if source == "./jobs" else source[2:] in made
                    self.assertTrue(there or source in self.compose["volumes"], source)
                for other, when in service.get("depends_on", {}).items():
                    self.assertEqual("healthcheck" in self.services[other], when["condition"] == "service_healthy")
                # A version, so that tomorrow's is the same.
                self.assertRegex(service["image"], r":\d+(\.\d+)+$")
        self.assertEqual(self.services["store"]["image"], self.services["bucket"]["image"])
        self.assertEqual((folder / self.rollup["build"]["context"]).resolve(), ROOT)
        self.assertTrue((ROOT / self.rollup["build"]["dockerfile"]).exists())

    def test_the_container_may_do_little(self):
        self.assertEqual((self.rollup["read_only"], self.rollup["cap_drop"]), (True, ["ALL"]))
        image = (DEPLOY / "docker/Dockerfile").read_text()
        # What the image declares as a volume would otherwise be one of each container's, and stay.
        self.assertLessEqual(set(re.findall(r'"(/[^"]*)"', re.search("VOLUME (.*)", image)[1])), set(self.rollup["tmpfs"]))
        # Only who asks the API has a way out.
        self.assertEqual([name for name, service in self.services.items() if "outside" in service["networks"]], ["rollup"])
        self.assertTrue(self.compose["networks"]["inside"]["internal"])

    def shell(self, service):
        """Runs what a service gives to a shell."""
        program, option, script = [word.replace("$$", "$") for word in self.services[service]["entrypoint"]]
        return self.tool(program, option, self.here(script))

    def test_the_database_is_healthy_when_it_answers(self):
        kind, program, *arguments = self.services["postgres"]["healthcheck"]["test"]
        self.assertEqual(kind, "CMD")
        self.tool(PROGRAMS / program, *arguments, env={"PGPORT": str(self.server.port)})

    def test_containers_share_the_accounts(self):
        for name in ["postgres_password", "store_secret"]:
            self.machine.file(f"/run/secrets/{name}", SECRET)
        for path in (self.FILE.parent / "jobs").iterdir():
            self.machine.file(f"/srv/verify/jobs/{path.name}", self.here(path.read_text()))
        platform = self.serve((self.FILE.parent / "jobs/accounts.csv").read_text())
        # A bucket that is there stays.
        self.shell("bucket")
        self.shell("bucket")
        variables = {name: self.here(value) for name, value in self.rollup["environment"].items()}
        command = [os.environ["BIN"], *map(self.here, self.rollup["command"]), "--base-url", platform.url]
        hosts = [[*command, "--requests-per-minute", "0"]] * self.rollup["scale"]
        codes, said = self.at_once(hosts, self.machine.verify, variables)
        self.assertEqual(codes, [0, 0], said[-2000:])
        self.assertEqual(self.published("conversion"), sorted(platform.questions))
        counts = platform.questions.values()
        self.assertLess(max(counts), 2 * min(counts))
        # Neither the dataset nor the state is in the container.
        self.assertEqual([path for path in (self.machine.verify / "output").rglob("*") if path.is_file()], [])


class Airflow(Dags, Checks):
    file = "verify_rollup_accounts.py"

    def accounts(self, *names):
        """Writes accounts.csv."""
        lines = [f"{name},AC{number:032x},/etc/twilio/{number}" for number, name in enumerate(names, 1)]
        (self.machine.verify / "accounts.csv").write_text("name,sid,auth_token_file\n" + "\n".join(lines) + "\n")

    def instances(self, found):
        return {task["name"]: (task["state"], task["tries"]) for task in found["tasks"] if task["task"] == "run"}

    def ends(self, found):
        return {task["task"]: task["state"] for task in found["tasks"] if task["task"] != "run"}

    def test_exit_codes_are_met_as_the_page_says(self):
        codes = {code: again for codes, _, again in ENDS for code in codes}
        self.accounts(*map(str, codes), "0")
        cases = "".join(f"*{number:032x}*) exit {code};; " for number, code in enumerate(codes, 1))
        self.program(f'case "$*" in {cases} esac')
        found = self.run_dag()
        expected = {str(code): ("failed", {"again": 2, "fails": 1}[again]) for code, again in codes.items()}
        self.assertEqual(self.instances(found), {**expected, "0": ("success", 1)})
        # One account that failed fails the run, though its last task is a watch that finds nothing.
        self.assertEqual(self.ends(found), {"accounts": "success", "all_complete": "upstream_failed", "stands": "success"})
        self.assertEqual(found["ends"], "failed")

    def test_each_account_is_a_task_with_its_instant(self):
        self.accounts("north", "the east", "south")
        self.program(f'echo "$PWD" "$@" >> {self.machine.root}/calls')
        found = self.run_dag()
        self.assertEqual(self.instances(found), {name: ("success", 1) for name in ["north", "the east", "south"]})
        self.assertEqual((found["ends"], found["schedule"], found["catchup"]), ("success", "17 5 * * *", False))
        calls = (self.machine.root / "calls").read_text().splitlines()
        words = [shlex.split(call) for call in calls]
        self.assertEqual({call[0] for call in words}, {str(self.machine.verify)})
        runs = [call for call in words if call[1] == "run"]
        self.assertEqual(sorted(call[call.index("--account") + 1] for call in runs), [f"AC{n:032x}" for n in [1, 2, 3]])
        self.assertEqual(len({call[call.index("--as-of") + 1] for call in runs}), 1)
        self.assertEqual(len(words), len(runs) + 1)

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
        folders = self.machine.verify.glob("output/daily/account=*/**/_manifest.json")
        self.assertEqual(sorted(re.search(r"account=(\w+)", str(path))[1] for path in folders), sids)
