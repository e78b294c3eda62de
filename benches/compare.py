"""`make bench`: speed and size of verify-rollup, as ratios from one run on one machine.

Every load goes to a simulated account on loopback and is bounded in count and time.
"""

import base64
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import history

BIN = str(Path(sys.argv[1]).resolve())
HERE = Path(__file__).resolve().parent
ACCOUNT = "AC" + "0" * 32
ENVIRONMENT = {**os.environ, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "secret"}
CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG "
    "CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL "
    "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA"
).split()


def job(folder, name, start, end, countries, every="day"):
    path = Path(folder) / f"{name}.toml"
    path.write_text(
        f'name = "{name}"\n[source]\nretention = "none"\n[windows]\nstart = "{start}"\nend = "{end}"\nevery = "{every}"\n'
        f"[matrix]\ncountries = {json.dumps(countries)}\nchannels = \"all\"\n"
        "[limits]\nrequests_per_minute = 0\nconcurrency = 64\n[plan]\nstrategy = \"exhaustive\"\n"
    )
    return str(path)


def timed(arguments, cwd, expect=0):
    """Runs a process; returns (wall seconds, peak MB, stdout)."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(arguments, cwd=cwd, env=ENVIRONMENT, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    if process.returncode != expect:
        sys.exit(f"{arguments} ended with {process.returncode}:\n{text[:2000]}")
    return wall, usage.ru_maxrss / 1024, text


def asked(summary):
    """Requests, and seconds while asking, from the summary."""
    sent, seconds = re.search(r"requests +([0-9,]+) sent in ([0-9.]+) s", summary).groups()
    return int(sent.replace(",", "")), float(seconds)


def cpu(server):
    """CPU seconds so far: of the server, and of the clients that have ended."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), ended.ru_utime + ended.ru_stime


def best(runs, function):
    return min((function() for _ in range(runs)), key=lambda result: result[0])


def wrk(base_url, seconds):
    """Requests a second of one question, and how many there were."""
    token = base64.b64encode(f"{ACCOUNT}:secret".encode()).decode()
    query = "DateCreatedAfter=2026-09-03T00:00:00Z&DateCreatedBefore=2026-09-04T00:00:00Z&Country=CO&Channel=sms"
    said = subprocess.run(
        ["wrk", "-t2", "-c64", f"-d{seconds}s", "-H", f"Authorization: Basic {token}", f"{base_url}/v2/Attempts/Summary?{query}"],
        capture_output=True, text=True, check=True, timeout=30,
    ).stdout
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", said)[1]), int(re.search(r"([0-9]+) requests in", said)[1])


def disk(server, base_url, run):
    """The same run with its state and output on disk and in memory, and wrk, in turns: the fastest of five each."""
    places = {"on disk": None, "in memory": "/dev/shm"}
    fastest = dict.fromkeys(places, (0, 0))
    wrk_rate = 0
    for _ in range(5):
        for name, root in places.items():
            with tempfile.TemporaryDirectory(dir=root) as place:
                before = cpu(server)
                _, _, text = run("ten", place)
                after = cpu(server)
            sent, asking = asked(text)
            used = sum(after) - sum(before)
            fastest[name] = max(fastest[name], (sent / asking, used / sent * 1e6))
        wrk_rate = max(wrk_rate, wrk(base_url, 1)[0])
    for name, (rate, used) in fastest.items():
        print(f"answers kept {name:22}{rate:10.0f} requests/s   = {rate / wrk_rate:.2f} × wrk, {used:.0f} µs of CPU, the server's included")


def main():
    server = subprocess.Popen([BIN, "simulate", "-q", "--requests-per-minute", "0"], stdout=subprocess.PIPE, text=True)
    try:
        base_url = re.search(r"http://\S+", server.stdout.readline())[0]
        with tempfile.TemporaryDirectory() as folder:
            measure(server, base_url, folder)
    finally:
        server.terminate()
        server.wait()


def measure(server, base_url, folder):
    countries = CODES[:100]
    start, days = "2026-09-01", 40
    job(folder, "twenty", start, "2026-10-11", countries)
    job(folder, "ten", start, "2026-09-21", countries)

    def run(name, place):
        arguments = [BIN, "run", str(Path(folder) / f"{name}.toml"), "--base-url", base_url]
        arguments += ["--output", str(Path(folder) / place / "out"), "--state-dir", str(Path(folder) / place / "state")]
        return timed(arguments, folder)

    # Warm the world's days, so that every client meets the same server.
    run("twenty", "warm")

    marks = [cpu(server)]
    wrk_rate, wrk_sent = wrk(base_url, 5)
    marks.append(cpu(server))

    wall, peak, text = run("twenty", "cold")
    marks.append(cpu(server))
    sent, asking = asked(text)
    rate = sent / asking
    rerun_wall, _, rerun = run("twenty", "cold")
    resent, _ = asked(rerun)
    assert resent == 0, "a settled rerun asked something"

    script = [sys.executable, str(HERE / "aiohttp_client.py"), base_url, start, "8", ",".join(countries)]
    python = json.loads(subprocess.run(script, capture_output=True, text=True, check=True, timeout=120).stdout)
    python_rate = python["requests"] / python["seconds"]

    print(f"wrk, 64 connections                 {wrk_rate:10.0f} requests/s")
    print(f"verify-rollup run, 20,000 cells     {rate:10.0f} requests/s   = {rate / wrk_rate:.2f} × wrk (while asking, answers durable)")
    for name, count, before, after in [("wrk", wrk_sent, *marks[:2]), ("verify-rollup", sent, *marks[1:])]:
        served, client = ((later - earlier) / count * 1e6 for earlier, later in zip(before, after))
        print(f"CPU a request, {name:21}{client:10.0f} µs, and {served:.0f} µs of the server's")
    disk(server, base_url, run)
    print(f"asyncio + aiohttp, 64 connections   {python_rate:10.0f} requests/s   verify-rollup = {rate / python_rate:.1f} ×")
    print(f"peak memory, 20,000 cells           {peak:10.0f} MB")
    print(f"rerun, everything settled           {rerun_wall:10.2f} s, {resent} requests")

    forty = job(folder, "forty", "2026-07-01", "2026-09-19", countries)
    check, _, _ = best(5, lambda: timed([BIN, "check", forty], folder))
    plan, _, _ = best(5, lambda: timed([BIN, "plan", forty, "--json", "--state-dir", str(Path(folder) / "none")], folder))
    print(f"check, 40,000 cells                 {check * 1000:10.0f} ms")
    print(f"plan, 40,000 cells                  {plan * 1000:10.0f} ms")

    # A year of days over every country and channel: 450,000 rows and the remainders.
    year = Path(folder) / "year.toml"
    year.write_text(
        'name = "year"\n[source]\nbase_url = "simulator"\nretention = "none"\n'
        '[windows]\nstart = "2025-10-01"\nend = "2026-10-01"\n[matrix]\ncountries = "all"\nchannels = "all"\n'
        '[limits]\nrequests_per_minute = 0\nconcurrency = 64\n[plan]\nstrategy = "drill-down"\n'
        '[report.attention]\nhistory = "335d"\n'
    )
    place = ["--output", str(Path(folder) / "year")]
    timed([BIN, "run", str(year), "--state-dir", str(Path(folder) / "year-state"), *place], folder)
    month, peak, text = best(3, lambda: timed([BIN, "report", str(year), "--month", "2026-09", "--json", *place], folder))
    rows = 365 * 251 * 5
    print(f"report, {rows:,} rows               {month:10.2f} s, {peak:.0f} MB")

    history.measure(BIN, folder, (2_600_000, 10_000_000) if "--million" in sys.argv else (2_600_000,))

    if "--million" in sys.argv:
        job(folder, "million", "2026-08-01", "2026-10-22T08:00:00Z", CODES[:102], every="hour")
        wall, peak, text = run("million", "million")
        sent, asking = asked(text)
        print(f"{sent:,} requests for a million cells: peak {peak:.0f} MB, {wall:.0f} s, {sent / asking:.0f} requests/s")


main()
