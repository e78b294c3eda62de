"""The table of a PostgreSQL server follows the dataset: loaded, changed, refused, and killed half way.

Each check has a database of its own on one server. POSTGRES_BIN is the folder of the server's programs, BIN the binary."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from contextlib import contextmanager
from pathlib import Path

from rig import AS_OF, PostgreSql, job_file

OURS = os.environ["BIN"]
SECRET = "hunter2-correct-horse"
TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
MICROS = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
FORMS = {
    "window_start": TIME,
    "window_end": TIME,
    "asked_at": MICROS,
    "published_at": MICROS,
    "is_final": "CASE WHEN {} THEN 'true' ELSE 'false' END",
}


class Postgres(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = PostgreSql()
        cls.server.sql(f"CREATE ROLE loader LOGIN PASSWORD '{SECRET}'")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.home = Path(tempfile.mkdtemp(prefix="vr-"))
        self.addCleanup(shutil.rmtree, self.home, True)
        self.database = f"d{time.monotonic_ns()}"
        self.server.sql(f"CREATE DATABASE {self.database} OWNER admin")
        self.table = "verify_attempts"
        self.socket = f"postgres://admin@{str(self.server.folder).replace('/', '%2F')}:{self.server.port}/{self.database}"
        self.loopback = f"postgres://loader@127.0.0.1:{self.server.port}/{self.database}"

    def sql(self, text):
        return self.server.sql(text, self.database)

    def job(self, url=None, output="out", **changes):
        more = f'formats = ["csv"]\npostgres = "{url or self.socket}"\npostgres_table = "{self.table}"'
        return job_file(self.home, self.home / output, more, **{"name": "sample", "list": "true", **changes})

    def command(self, job, *arguments, state="state"):
        return [OURS, "run", str(job), "--as-of", AS_OF, "--state-dir", str(self.home / state), "--json", *arguments]

    def env(self, **variables):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), **variables}

    def run_job(self, job, *arguments, code=0, state="state", **variables):
        done = subprocess.run(self.command(job, *arguments, state=state), capture_output=True, text=True, env=self.env(**variables), cwd=self.home)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return done

    def files(self, name="sample", output="out"):
        rows = []
        for path in sorted((self.home / output / name / "csv").rglob("*.csv")):
            with path.open(newline="") as file:
                rows += list(csv.DictReader(file))
        return rows

    def there(self):
        rows = self.files() or self.fail("no files")
        names = list(rows[0])
        columns = ", ".join(FORMS.get(name, "{}").format(name) + f" AS {name}" for name in names)
        text = self.sql(f"SELECT {columns} FROM {self.table} ORDER BY row_key COLLATE \"C\"")
        return [dict(zip(names, row)) for row in csv.reader(io.StringIO(text))]

    def assert_same(self, **of):
        plain = lambda row: {k: float(v) if k.startswith("conversion_rate") and v else v for k, v in row.items()}
        key = lambda row: row["row_key"]
        self.assertEqual([plain(r) for r in sorted(self.there(), key=key)], [plain(r) for r in sorted(self.files(**of), key=key)])

    def test_the_first_run_makes_the_table_and_the_second_writes_nothing(self):
        done = json.loads(self.run_job(self.job()).stdout)
        self.assert_same()
        output = [each for each in done["outputs"] if each["format"] == "postgres"]
        self.assertEqual([(each["path"], each["rows"]) for each in output],
                         [(f"postgres://admin@{self.server.folder}:{self.server.port}/{self.database}/verify_attempts", len(self.files()))])
        types = dict(csv.reader(io.StringIO(self.sql(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'verify_attempts'"))))
        self.assertEqual((types["row_key"], types["window_start"], types["window_date"], types["total_attempts"], types["channel_cost"]),
                         ("text", "timestamp with time zone", "date", "bigint", "numeric"))
        self.assertIn("row_key", self.sql("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%UNIQUE%'"))
        self.assertIn("Dataset: ", self.sql("SELECT obj_description('verify_attempts'::regclass)"))
        self.assertEqual(int(self.sql("SELECT count(*) FROM pg_attribute a WHERE attrelid = 'verify_attempts'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL")), 0)
        before = self.sql("SELECT xmin, ctid, row_key FROM verify_attempts ORDER BY 3")
        self.run_job(self.job())
        self.assertEqual(self.sql("SELECT xmin, ctid, row_key FROM verify_attempts ORDER BY 3"), before)

    def test_the_table_follows_what_is_published(self):
        with self.subTest("grows"):
            self.run_job(self.job())
            self.run_job(self.job(end="2026-10-12"))
            self.assert_same()
        with self.subTest("a country is left out"):
            self.run_job(self.job(end="2026-10-12", countries='["US", "PE"]'))
            self.assertNotIn("CO", {row["country"] for row in self.there()})
            self.assert_same()
        with self.subTest("a cut day becomes a whole one, and a provisional one final"):
            for as_of in ["2026-11-03T12:00:00Z", "2026-11-05T12:00:00Z"]:
                path = self.job(end=as_of)
                text = path.read_text().replace('start = "2026-10-01"', 'range = "this-month"')
                path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("end =")))
                self.run_at(path, as_of)
                self.assert_same()
        with self.subTest("what was changed by hand is put right"):
            self.sql("DELETE FROM verify_attempts WHERE window_date = '2026-10-02' AND country = 'US'; UPDATE verify_attempts SET conversion_rate = 0 WHERE window_date = '2026-10-03'; UPDATE verify_attempts SET window_start = '2020-01-01', window_end = '2020-01-02' WHERE window_date = '2026-10-04'")
            self.run_job(self.job(end="2026-10-12", countries='["US", "PE"]'))
            self.assert_same()

    def run_at(self, job, as_of):
        command = self.command(job)
        command[command.index("--as-of") + 1] = as_of
        done = subprocess.run(command, capture_output=True, text=True, env=self.env(), cwd=self.home)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_rows_stay_when_the_files_are_lost(self):
        self.run_job(self.job())
        shutil.rmtree(self.home / "out")
        done = self.run_job(self.job(start="2026-10-04"))
        self.assertEqual(int(self.sql("SELECT count(DISTINCT window_start) FROM verify_attempts")), 5)
        self.assertIn("windows that the dataset does not", done.stderr + done.stdout)
        self.run_job(self.job(start="2026-10-04"), "--accept-loss")
        self.assert_same()

    def test_a_role_that_may_only_read_and_write(self):
        self.run_job(self.job())
        self.sql("GRANT SELECT, INSERT, DELETE ON verify_attempts TO loader")
        self.run_job(self.job(url=self.loopback, end="2026-10-09"), PGPASSWORD=SECRET)
        self.assert_same()
        passwords = self.home / "passwords"
        passwords.write_text(f"127.0.0.1:*:*:loader:{SECRET}\n")
        passwords.chmod(0o600)
        self.run_job(self.job(url=self.loopback, end="2026-10-10"), PGPASSFILE=str(passwords))
        (self.home / "one").write_text(SECRET + "\n")
        self.run_job(self.job(url=self.loopback, end="2026-10-11"), PGPASSWORD_FILE=str(self.home / "one"))
        self.assert_same()

    def test_who_is_not_let_in(self):
        done = self.run_job(self.job(url=self.loopback), code=1, PGPASSWORD=SECRET + "x")
        self.assertIn("password authentication failed", done.stderr)
        self.assertEqual(json.loads(done.stdout)["status"], "failed")
        self.assertTrue(self.files())
        bad = self.job(url=self.loopback.replace("loader@", f"loader:{SECRET}@"))
        self.assertIn("PGPASSWORD", self.run_job(bad, code=2).stderr)
        self.assertIn("password", self.run_job(self.job(url=self.loopback + f"?password={SECRET}"), code=2).stderr)

    def test_doctor_tells_who_is_not_let_in(self):
        job = self.job(url=self.loopback)
        for password, code, state, words in [
            (SECRET, 0, "ok", f"/{self.database}/{self.table}"),
            (SECRET + "x", 1, "problem", "see that it is up, and that role, password and pg_hba.conf let the run in"),
        ]:
            command = [OURS, "doctor", str(job), "--state-dir", str(self.home / "state"), "--json"]
            done = subprocess.run(command, capture_output=True, text=True, env=self.env(PGPASSWORD=password), cwd=self.home)
            self.assertEqual(done.returncode, code, done.stderr + done.stdout)
            self.assertNotIn(SECRET, done.stdout + done.stderr)
            [found] = [check for check in json.loads(done.stdout)["checks"] if check["check"] == "database"]
            self.assertEqual(found["state"], state)
            self.assertIn(words, found["found"])
        self.assertIn("password authentication failed", found["found"])
        self.assertEqual(self.sql("SELECT count(*) FROM pg_class WHERE relname = 'verify_attempts'").strip(), "0")

    def test_a_table_of_something_else(self):
        self.run_job(self.job())
        kept = self.sql("SELECT count(*) FROM verify_attempts")
        for other in [self.job(name="other"), self.job(every="hour", name="sample2")]:
            self.assertIn("holds another dataset", self.run_job(other, code=2).stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM verify_attempts"), kept)
        self.sql("CREATE TABLE strange (row_key text)")
        self.table = "strange"
        self.assertIn("is no table of this tool's", self.run_job(self.job(name="third"), code=2).stderr)

    def test_later_columns_are_added(self):
        self.run_job(self.job())
        self.sql("ALTER TABLE verify_attempts DROP COLUMN channel_cost, DROP COLUMN cost_currency")
        self.run_job(self.job())
        self.assert_same()

    def test_a_server_that_is_down(self):
        self.run_job(self.job())
        self.server.stop()
        try:
            done = self.run_job(self.job(end="2026-10-09"), code=1)
        finally:
            self.server.start()
        self.assertIn("cannot connect", done.stderr)
        self.assertEqual(len({row["window_start"] for row in self.files()}), 8)
        self.run_job(self.job(end="2026-10-09"))
        self.assert_same()

    @contextmanager
    def held(self, statement):
        """A session that keeps others waiting."""
        psql = self.server.psql(self.database)
        with subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as holder:
            holder.stdin.write(f"{statement};\n\\echo held\n")
            holder.stdin.flush()
            self.assertIn("held\n", iter(holder.stdout.readline, ""))
            yield
            holder.stdin.close()

    def until(self, count, condition):
        """Waits until so many sessions of the program are so."""
        of_ours = f"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'verify-rollup/%' AND {condition}"
        for _ in range(600):
            if int(self.sql(of_ours)) == count:
                return
            time.sleep(0.1)
        self.fail(self.sql("SELECT application_name, state, wait_event_type, query FROM pg_stat_activity"))

    def test_cut_off_half_way(self):
        """Whoever is cut off, and wherever: the table is as it was, and the next run mends all."""
        job = self.job()
        self.run_job(job)
        self.sql("""CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END';
                    CREATE TRIGGER wait AFTER INSERT ON verify_attempts EXECUTE FUNCTION wait()""")
        inside = "backend_xid IS NOT NULL AND query LIKE"
        for where, lock, waits in [
            ("before anything is asked", "BEGIN; LOCK TABLE verify_attempts", "query LIKE 'SELECT account_sid%'"),
            ("all rows are staged", "BEGIN; LOCK TABLE verify_attempts IN SHARE MODE", f"{inside} '%unnest(%'"),
            ("all rows are in their place", "SELECT pg_advisory_lock(7)", f"{inside} '%INSERT INTO%'"),
        ]:
            for how, code in [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143), ("the server", 1)]:
                with self.subTest(where, how=how):
                    if where == "before anything is asked":
                        # It asks the rows whose they are, where the table does not say.
                        self.sql("COMMENT ON TABLE verify_attempts IS NULL")
                    self.sql("UPDATE verify_attempts SET run_id = 'x'")
                    with self.held(lock):
                        running = subprocess.Popen(self.command(job), env=self.env(), cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        self.addCleanup(running.kill)
                        self.until(1, f"wait_event_type = 'Lock' AND {waits}")
                        if how == "the server":
                            self.server.kill()
                        else:
                            running.send_signal(how)
                        self.assertEqual(running.wait(timeout=60), code)
                    if how == "the server":
                        self.server.start()
                    self.until(0, "true")
                    self.assertEqual(self.sql("SELECT DISTINCT run_id FROM verify_attempts").split(), ["x"])
                    self.run_job(job)
                    self.assert_same()

    def test_two_at_once(self):
        runs = []
        for output in ["out", "two"]:
            path = self.job(output=output)
            path = path.rename(self.home / f"{output}.toml")
            runs.append(subprocess.Popen(self.command(path, state=output), env=self.env(), cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        for each in runs:
            said = each.communicate()[1]
            self.assertEqual(each.returncode, 0, said)
        self.assertIn(len(self.there()), [len(self.files())])
        self.run_job(self.home / "out.toml", state="out")
        self.assert_same()

    def test_tls(self):
        self.run_job(self.job())
        self.sql("GRANT SELECT, INSERT, DELETE ON verify_attempts TO loader")
        for host, ca, code in [("localhost", "ca", 0), ("localhost", "other", 1), ("127.0.0.1", "ca", 1)]:
            url = f"postgres://loader@{host}:{self.server.port}/{self.database}?sslrootcert={self.server.folder}/{ca}.pem"
            with self.subTest(url):
                done = self.run_job(self.job(url=url), code=code, PGPASSWORD=SECRET)
                if code:
                    self.assertIn("certificate", done.stderr)


if __name__ == "__main__":
    unittest.main()
