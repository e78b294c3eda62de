"""Hosts that share the accounts of a job, as processes of this machine: a state in a PostgreSQL, an S3 that heeds conditions, and
a platform of which each account answers to its own secret alone."""

import re
import subprocess

import pyarrow.fs
import pyarrow.parquet
from deployed import SECRET, Checks
from rig import PostgreSql, moto
from subaccounts import Platform, listed, secret

KEY = "verify-rollup"


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

    def start(self, commands, folder, variables):
        """Begins each command, all of them together."""
        environment = self.machine.environment(**variables)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return [subprocess.Popen(command, cwd=folder, env=environment, **pipes) for command in commands]

    def ended(self, hosts):
        """How each ends, and all that they said, which is no secret."""
        said = "".join(host.communicate(timeout=300)[0] for host in hosts)
        self.assertNotIn("hunter2", said)
        return [host.returncode for host in hosts], said

    def assert_shared(self, platform, codes, said):
        """All ended well, each account has its dataset, and none was asked by two."""
        self.assertEqual(set(codes), {0}, said[-2000:])
        self.assertEqual(self.published(), sorted(platform.questions))
        counts = platform.questions.values()
        self.assertLess(max(counts), 2 * min(counts))
        for sid in platform.questions:
            folder = f"verify/conversion/daily-conversion/account={sid}/parquet"
            rows = pyarrow.parquet.read_table(folder, filesystem=self.files, columns=["account_sid"], partitioning=None)
            self.assertEqual(set(rows["account_sid"].to_pylist()), {sid})

    def published(self):
        """The accounts that have a dataset in the store."""
        found = self.files.get_file_info(pyarrow.fs.FileSelector("verify/conversion", recursive=True))
        name = re.compile(r"verify/conversion/daily-conversion/account=(AC\w{32})/_manifest\.json")
        return sorted(match[1] for info in found if (match := name.fullmatch(info.path)))
