"""What thousands of accounts cost: time and memory, what is kept of them, and what more processes on one database bring.
Usage: python3 benches/accounts.py BINARY directory [ACCOUNTS]
       POSTGRES_BIN=/usr/lib/postgresql/15/bin python3 benches/accounts.py BINARY database [ACCOUNTS]

Every load goes to a simulated account on loopback. A first run asks for four weeks, the next ones are a day later each."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "interop/checks"))
from rig import PostgreSql, free_port  # noqa: E402

FIRST = date(2026, 11, 2)
DAYS = 3
JOB = """
name = "many"
[source]
retention = "none"
[accounts]
file = "accounts.csv"
[windows]
range = "last-{days}-days"
[matrix]
countries = ["US", "BR"]
channels = "all"
[limits]
requests_per_minute = {limit}
accounts = {at_once}
[plan]
strategy = "drill-down"
"""


class Account:
    """The simulated accounts at noon of a day; the next day's have the same address."""

    def __init__(self, binary, *flags):
        self.port = free_port()
        self.command = [binary, "simulate", "-q", "--each-account", "--port", str(self.port), *flags]
        self.process = None

    def at(self, day):
        self.close()
        command = [*self.command, "--now", f"{day}T12:00:00Z"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


class Place:
    """A folder with a job of so many accounts, its datasets and, without a database, its state."""

    def __init__(self, binary, folder, accounts, state=None, **job):
        self.binary, self.folder, self.accounts = binary, Path(folder), accounts
        self.state = state or str(self.folder / "state")
        lines = [f"sub {number},AC{number:032},SUB_TOKEN" for number in range(1, accounts + 1)]
        (self.folder / "accounts.csv").write_text("\n".join(["name,sid,auth_token_variable", *lines, ""]))
        self.job(**job)

    def job(self, **job):
        (self.folder / "job.toml").write_text(JOB.format(**{"days": 28, "limit": 0, "at_once": 100, **job}))

    def run(self, account, day, processes=1):
        """(wall seconds, peak MB of the largest, what the longest-lived said)."""
        command = [self.binary, "run", "job.toml", "--json", "-q", "--as-of", f"{day}T12:00:00Z", "--state", self.state]
        command += ["--base-url", f"http://127.0.0.1:{account.port}"]
        began, peak = time.perf_counter(), 0
        with tempfile.TemporaryFile("w+") as out:
            started = [
                subprocess.Popen(command, cwd=self.folder, env={**os.environ, "SUB_TOKEN": "x"}, stdout=out if not number else subprocess.DEVNULL)
                for number in range(processes)
            ]
            for process in started:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode != 0:
                    sys.exit(f"a run ended with {process.returncode}")
                peak = max(peak, usage.ru_maxrss / 1024)
            wall = time.perf_counter() - began
            out.seek(0)
            summary = json.load(out)
        assert summary["accounts"]["complete"] == self.accounts, summary["accounts"]
        return wall, peak, summary

    def report(self):
        """(wall seconds, peak MB, bytes of page and workbook) of the report over all accounts."""
        command = [self.binary, "report", "job.toml", "--month", f"{FIRST - timedelta(2):%Y-%m}", "--json"]
        began = time.perf_counter()
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen(command, cwd=self.folder, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - began
            out.seek(0)
            found = json.load(out)
        assert process.returncode == 0 and len(found["accounts"]) == self.accounts, process.returncode
        return wall, usage.ru_maxrss / 1024, [file["bytes"] for file in found["outputs"]]

    def files(self):
        """Of an account's dataset: files and bytes, as the disk has them."""
        found = [path for path in (self.folder / "output").rglob("*") if path.is_file()]
        return len(found) / self.accounts, sum(path.stat().st_blocks * 512 for path in found) / self.accounts


def cpu_of(pid):
    """CPU seconds of a process and of those of its children that have ended; one that has just ended is its parent's."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def cpu(account, server=None):
    """CPU seconds so far: of the runs that have ended, of the accounts, of the database."""
    # Of a server's process that has just ended nothing is known until its parent has buried it.
    time.sleep(0.5)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    database = sum(map(cpu_of, server.processes())) if server else 0
    return ended.ru_utime + ended.ru_stime, cpu_of(account.process.pid), database


def told(what, place, account, day, server=None, processes=1):
    """Runs, says what that took, and gives accounts a second and the peak in MB."""
    before = cpu(account, server)
    wall, peak, summary = place.run(account, day, processes)
    used = [f"{later - earlier:.0f}" for earlier, later in zip(before, cpu(account, server))]
    sent, rate = summary["requests"]["sent"], place.accounts / wall
    print(
        f"{what:46} {wall:6.1f} s {rate:7.1f} accounts/s {sent:9,} requests {peak:5.0f} MB"
        f"   CPU {used[0]} s, of the API {used[1]} s" + (f", of the database {used[2]} s" if server else ""),
        flush=True,
    )
    return rate, peak, summary


def days(place, account, size, server=None):
    """The days after the first run: what each adds, an account."""
    before, sent = size(), 0
    for number in range(1, DAYS + 1):
        day = FIRST + timedelta(number)
        account.at(day)
        _, _, summary = told(f"  a day later, {place.accounts:,} accounts", place, account, day, server)
        sent += summary["requests"]["sent"]
    grown = [(after - earlier) / place.accounts / DAYS for earlier, after in zip(before, size())]
    print(f"  a day and account: {sent / place.accounts / DAYS:.1f} requests, {size.what(grown)}")
    if not server:
        told("  again in the same hour", place, account, FIRST + timedelta(DAYS))


class LedgerSize:
    """Bytes of a ledger's file, with what is not yet merged into it."""

    def __init__(self, place):
        self.folder = Path(place.state)

    def __call__(self):
        return [sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())]

    @staticmethod
    def what(numbers):
        return f"{numbers[0] / 1000:.2f} kB of state"


class TableSizes:
    """Bytes and rows of the database's tables."""

    def __init__(self, server):
        self.server = server

    def tables(self):
        found = self.server.sql(
            "ANALYZE; SELECT relname, pg_total_relation_size(c.oid), reltuples::BIGINT FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = 'verify_rollup' AND relkind = 'r' ORDER BY 2 DESC"
        )
        return [line.split(",") for line in found.split()]

    def __call__(self):
        tables = self.tables()
        return [sum(int(size) for _, size, _ in tables), sum(int(rows) for _, _, rows in tables)]

    @staticmethod
    def what(numbers):
        return f"{numbers[0] / 1000:.2f} kB in {numbers[1]:.1f} rows of the database"

    def tell(self, accounts):
        for name, size, rows in self.tables():
            print(f"  {name:12} {int(size) / accounts / 1000:8.2f} kB {int(rows) / accounts:8.1f} rows an account")


def tell_kept(place):
    files, size = place.files()
    state = LedgerSize(place)()[0] / place.accounts
    print(f"  an account: {files:.1f} files of {size / 1000:.0f} kB on disk, {state / 1000:.1f} kB of state")


def tell_report(place):
    wall, peak, sizes = place.report()
    sizes = ", ".join(f"{size / 1000:,.0f} kB" for size in sizes)
    print(f"  report over {place.accounts:,} accounts {wall:22.1f} s {place.accounts / wall:7.1f} accounts/s {peak:22.0f} MB   {sizes}")


def directory(binary, most):
    """One process with its state in a directory: a tenth of the accounts, all of them, and a few that are two years old."""
    account, peaks = Account(binary, "--requests-per-minute", "0"), []
    try:
        for accounts in (most // 10, most):
            with tempfile.TemporaryDirectory() as folder:
                place = Place(binary, folder, accounts)
                account.at(FIRST)
                peaks.append(told(f"four weeks of {accounts:,} accounts", place, account, FIRST)[1])
                tell_kept(place)
                tell_report(place)
                if accounts < most:
                    days(place, account, LedgerSize(place))
        with tempfile.TemporaryDirectory() as folder:
            place = Place(binary, folder, max(most // 100, 1), days=730)
            account.at(FIRST)
            told(f"two years of {place.accounts:,} accounts", place, account, FIRST)
            tell_kept(place)
            place.job()
            days(place, account, LedgerSize(place))
    finally:
        account.close()
    print(f"peak of {most:,} accounts{peaks[1] / peaks[0]:26.2f} × that of {most // 10:,}")


def database(binary, most):
    """A state in PostgreSQL: what it costs, then one process and four, bound by waiting as they are in reality."""
    server, account = PostgreSql(), Account(binary, "--requests-per-minute", "0")
    url = "postgres://admin@{}:{}/".format(str(server.folder).replace("/", "%2F"), server.port)
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Place(binary, folder, most, url + "postgres")
            account.at(FIRST)
            told(f"four weeks of {most:,} accounts, in a database", place, account, FIRST, server)
            sizes = TableSizes(server)
            sizes.tell(most)
            days(place, account, sizes, server)
        account.close()
        account, rates = Account(binary, "--latency", "50ms-100ms"), []
        for processes in (1, 4):
            # One that has just begun: of who asks the same again within a minute it would refuse some.
            account.at(FIRST)
            server.sql(f"CREATE DATABASE of_{processes}")
            with tempfile.TemporaryDirectory() as folder:
                place = Place(binary, folder, WAITING, f"{url}of_{processes}", limit=100, days=4, at_once=AT_ONCE)
                what = f"four days of {WAITING}, {AT_ONCE} at once, processes: {processes}"
                rates.append(told(what, place, account, FIRST, server, processes)[0])
        print(f"four processes {rates[1] / rates[0]:36.2f} × one")
    finally:
        account.close()
        server.close()


# Each answer takes 50 to 100 ms, and few accounts at once leave the cores idle: what bounds a process is waiting.
WAITING, AT_ONCE = 80, 2

if __name__ == "__main__":
    program = str(Path(sys.argv[1]).resolve())
    parts = {"directory": (directory, 3000), "database": (database, 300)}
    measure, usual = parts[sys.argv[2]]
    measure(program, int(sys.argv[3]) if len(sys.argv) > 3 else usual)
