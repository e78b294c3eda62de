"""A platform's accounts on loopback, asked once by one job, and the report over all of them; with what its datasets hold,
without our code."""

import csv
import io
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import duckdb
from rig import AS_OF, Server, free_port, job_file


def sid(number):
    return f"AC{number:032x}"


class Fleet:
    """Accounts with these names and the SIDs from 1 on, until it is closed. `output` ends the job file, `simulated` is said
    to the platform, `ends` is the exit code of the run; `changes` are of the job."""

    def __init__(self, names, output, simulated, ends=0, **changes):
        self.folder = Path(tempfile.mkdtemp(prefix="fleet-"))
        rows = io.StringIO()
        table = csv.writer(rows)
        table.writerow(["name", "sid", "auth_token_variable"])
        table.writerows([name, sid(number), "SUB_TOKEN"] for number, name in enumerate(names, 1))
        (self.folder / "accounts.csv").write_text(rows.getvalue())
        output = f'formats = ["csv", "parquet"]\n[accounts]\nfile = "accounts.csv"\n{output}'
        job_file(self.folder, "out", output, name="fleet", **changes)
        port = free_port()
        served = ["simulate", "-q", "--each-account", "--requests-per-minute", "0", "--now", AS_OF, "--port", str(port)]
        platform = Server(lambda _: [os.environ["BIN"], *served, *simulated], port)
        try:
            asked = ["run", "job.toml", "--as-of", AS_OF, "--base-url", f"http://127.0.0.1:{port}", "--state-dir", "state"]
            self.program(*asked, "-q", ends=ends)
        finally:
            platform.close()

    def program(self, *arguments, ends=0):
        """What it says on stdout."""
        own = {**os.environ, "SUB_TOKEN": "hunter2"}
        done = subprocess.run([os.environ["BIN"], *arguments], cwd=self.folder, env=own, capture_output=True, text=True)
        assert done.returncode == ends, (done.returncode, done.stderr[-2000:])
        return done.stdout

    def report(self, *period):
        """Writes it in all forms; the object of `--json`."""
        return json.loads(self.program("report", "job.toml", "--as-of", AS_OF, *period, "--format", "html,xlsx,md", "--json"))

    def file(self, period, form):
        return self.folder / "out/fleet/reports" / f"{period}.{form}"

    def sums(self, first, last, *columns):
        """(attempts, conversions) by columns of the Parquet files; `account` is that of a file's folder."""
        files = str(self.folder / "out/fleet/account=*/parquet/**/*.parquet")
        query = f"""select {"".join(f"{column}::varchar, " for column in columns)}
                           sum(total_attempts)::bigint, sum(total_converted)::bigint
                    from read_parquet(?, hive_partitioning = true)
                    where window_date between ?::date and ?::date and account = account_sid group by all"""
        return {line[:-2]: line[-2:] for line in duckdb.execute(query, [files, first, last]).fetchall()}

    def rows(self):
        """The rows of all accounts, as the CSV datasets have them."""
        for path in sorted((self.folder / "out/fleet").glob("account=*/csv/**/*.csv")):
            with path.open(newline="") as file:
                yield from csv.DictReader(file)

    def close(self):
        shutil.rmtree(self.folder)
