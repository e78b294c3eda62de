"""deploy/compose: held against the schema of Compose files, and its commands run at once with the environment that it gives them,
each as a process of this machine. No container is started.

BIN is the binary, POSTGRES_BIN and STORES as elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from deployed import DEPLOY, ROOT, SECRET
from hosts import Hosts
from rig import PROGRAMS


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

    def test_services_are_called_what_they_are(self):
        database, key = self.services["postgres"]["environment"], self.services["store"]["environment"]["AWS_ACCESS_KEY_ID"]
        [state] = [urlsplit(word.split("=", 1)[1]) for word in self.rollup["command"] if word.startswith("--state=")]
        at = (state.username, state.hostname, state.port, state.path, state.query)
        # Neither database nor store has a certificate, and to other hosts neither is reached without unless that is said.
        self.assertEqual(at, (database["POSTGRES_USER"], "postgres", 5432, f"/{database['POSTGRES_DB']}", "sslmode=disable"))
        environment = self.rollup["environment"]
        self.assertEqual((environment["AWS_ACCESS_KEY_ID"], environment["AWS_ALLOW_HTTP"]), (key, "true"))
        [directory] = re.findall('^directory = "s3://(\\w+)/', (self.FILE.parent / "jobs/daily.toml").read_text(), re.MULTILINE)
        made = self.services["bucket"]["entrypoint"][-1]
        self.assertIn(f" {environment['AWS_ENDPOINT_URL']}/{directory} ", made)
        self.assertIn(f'--user "{key}:', made)
        self.assertIn(f":{environment['AWS_REGION']}:s3 ", made)
        self.assertIn("-ip=store", self.services["store"]["command"])
        self.assertEqual(urlsplit(environment["AWS_ENDPOINT_URL"]).hostname, "store")

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
        codes, said = self.ended(self.start(hosts, self.machine.verify, variables))
        self.assert_shared(platform, codes, said)
        # Neither the dataset nor the state is in the container.
        self.assertEqual([path for path in (self.machine.verify / "output").rglob("*") if path.is_file()], [])
