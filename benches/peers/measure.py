"""`make bench-peers`: the same questions put to the tools that people use for them, in one run on one machine.

Usage: measure.py BINARY. Writes results.json, from which render.py makes the page's tables and the picture.
Everything is asked of simulated accounts on loopback."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rig import ACCOUNT, BIN, CHANNELS, HERE, PEERS, TOOLS, Contender, Simulator, truth
from tee import Tee

# What each does best with where nothing limits it; singer-sdk asks one question at a time.
FASTEST = {"verify-rollup": 64, "aiohttp": 64, "dlt": 20, "airbyte": 20, "singer": 1}
PACKAGES = {
    "aiohttp": ["aiohttp", "aiolimiter", "pyarrow"],
    "dlt": ["dlt", "requests-ratelimiter", "duckdb"],
    "airbyte": ["airbyte-cdk"],
    "singer": ["singer-sdk", "requests-ratelimiter"],
}
COUNTRIES = "US BR IN GB MX DE CO FR ID ES IT NG PH TR JP AR PL CA AU NL".split()
EVERYONE = ["verify-rollup", *PEERS]
TURNS = 3


def task(address, end, countries, per_minute=0, channels=CHANNELS, days_a_load=28, concurrency=16):
    return {
        "base_url": address, "account": ACCOUNT, "secret": "secret", "start": "2026-09-02", "end": end, "countries": countries,
        "channels": channels, "per_minute": per_minute, "concurrency": concurrency, "days_a_load": days_a_load,
    }  # fmt: skip


def way(name):
    return "exhaustive" if name == "verify-rollup" else "load"


def throughput(folder):
    """No limit: a month of 20 countries; the best of some turns."""
    found = {}
    with Simulator("--requests-per-minute", "0") as address:
        for turn in range(-1, TURNS):
            for name in EVERYONE:
                # The first turn warms the account's days, the peers' compiled modules and the machine's cache.
                end = "2026-09-30" if turn >= 0 else "2026-09-04"
                asked = task(address, end, COUNTRIES, concurrency=FASTEST[name])
                contender = Contender(name, f"{folder}/a-{name}-{turn}", asked, way(name))
                seconds, peak = contender.run()
                if turn < 0:
                    continue
                checked = contender.held_against(truth(folder, asked, COUNTRIES))
                assert checked["wrong"] == checked["missing"] == 0, (name, checked)
                requests = checked["rows"]
                if name == "verify-rollup":
                    requests = json.loads((contender.folder / "log").read_text())["requests"]["sent"]
                best = {"requests": requests, "seconds": seconds, "rate": requests / seconds, "peak_mb": peak}
                found[name] = max(found.get(name, best), best, key=lambda one: one["rate"])
    return found


def at_once(function):
    """Each contender beside the others, before an account of its own; they wait for most of the time."""
    with ThreadPoolExecutor(len(EVERYONE)) as pool:
        return dict(zip(EVERYONE, pool.map(function, EVERYONE)))


def limited(folder):
    """A strict sliding minute of 100, answers of 20 to 80 ms: 220 cells."""
    channels = ["call", "rbm", "sms", "whatsapp"]

    def one(name):
        with Simulator("--requests-per-minute", "100", "--window", "sliding", "--latency", "20ms-80ms") as address:
            tee = Tee(address)
            asked = task(tee.address, "2026-09-07", COUNTRIES[:11], 100, channels)
            contender = Contender(name, f"{folder}/b-{name}", asked, way(name))
            wall, _ = contender.run()
            answered = tee.statuses[200]
            optimum = 60 * ((answered - 1) // 100)
            checked = contender.held_against(truth(contender.folder, asked, COUNTRIES[:11]))
            numbers = {"requests": tee.requests, "refused": tee.statuses[429], "answered": answered, "seconds": tee.seconds}
            return {**numbers, "optimum": optimum, "times_optimum": tee.seconds / optimum, "wall": wall, **checked}

    return at_once(one)


def killed(folder):
    """SIGKILL at 500 of 1,000 questions, then the same command again."""

    def one(name):
        with Simulator("--requests-per-minute", "0", "--latency", "20ms-80ms") as address:
            numbers = {}
            for interrupted in (False, True):
                tee = Tee(address)
                asked = task(tee.address, "2026-09-12", COUNTRIES, days_a_load=1)
                contender = Contender(name, f"{folder}/c-{name}-{interrupted}", asked, way(name))
                if interrupted:
                    contender.run(stop=lambda: tee.requests >= 500)
                    numbers["when_killed"] = tee.requests
                contender.run()
                numbers["killed" if interrupted else "whole"] = tee.requests
            checked = contender.held_against(truth(contender.folder, asked, COUNTRIES))
            return {**numbers, "asked_again": numbers["killed"] - numbers["whole"], **checked}

    return at_once(one)


def month(folder):
    """28 days of every country and channel: requests counted without a limit, the time at the limit reckoned from them."""
    found = {}
    everywhere = sorted({key[1] for key in truth(folder, task("", "2026-09-03", []), "all")})
    ways = [("verify-rollup", "drill-down"), ("verify-rollup", "list"), ("aiohttp", "pages"), *((name, "load") for name in PEERS)]
    with Simulator("--requests-per-minute", "0") as address:
        for name, how in ways:
            tee = Tee(address)
            asked = task(tee.address, "2026-09-30", everywhere, concurrency=FASTEST[name])
            contender = Contender(name, f"{folder}/d-{name}-{how}", asked, how)
            contender.run()
            checked = contender.held_against(truth(folder, asked, everywhere))
            minutes = tee.requests / 100
            found[f"{name} {how}"] = {"requests": tee.requests, "reckoned_minutes": minutes, **checked}
            print(f"  {name} {how}: {tee.requests}", file=sys.stderr)
    return found


def ignored(folder):
    """A filter that the API does not apply, and does not refuse: five days of 20 countries."""
    found = {}
    with Simulator("--requests-per-minute", "0", "--ignore-filter", "Country") as address:
        for name, how in [*((name, way(name)) for name in EVERYONE), ("aiohttp", "pages")]:
            asked = task(address, "2026-09-07", COUNTRIES)
            contender = Contender(name, f"{folder}/e-{name}-{how}", asked, how)
            contender.run()
            found[f"{name} {how}"] = contender.held_against(truth(folder, asked, COUNTRIES))
    return found


def versions():
    def one(name):
        command = [TOOLS / name / "bin/python", "-c", "import importlib.metadata as m, sys; print(*map(m.version, sys.argv[1:]))"]
        numbers = subprocess.run([*command, *PACKAGES[name]], capture_output=True, text=True, check=True).stdout.split()
        return dict(zip(PACKAGES[name], numbers))

    ours = subprocess.run([BIN, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return {"verify-rollup": {"verify-rollup": ours}, **{name: one(name) for name in PEERS}}


def main():
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "fastest": FASTEST, "turns": TURNS, "load_before": os.getloadavg()[0]}
    results = {"machine": machine, "versions": versions()}
    with tempfile.TemporaryDirectory() as folder:
        for question in (throughput, limited, killed, ignored, month):
            print(f"{question.__name__} …", file=sys.stderr)
            results[question.__name__] = question(folder)
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")


main()
