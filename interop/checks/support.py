"""What the checks share: the sample reports, their dataset summed without our code, and a browser."""

import csv
import datetime
import os
import re
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import sync_playwright

WORK = Path("target/interop/work").resolve()
OUT = WORK / "out"
JOBS = ["daily", "hourly"]
PERIODS = ["2026-10", "2026-W43", "2026-10-25"]
ZONE = ZoneInfo("America/Bogota")
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def report(job, form, period="2026-10"):
    return OUT / job / "reports" / f"{period}.{form}"


def rows(job):
    """The rows of October, as the CSV dataset has them."""
    found = []
    for path in sorted((OUT / job / "csv").rglob("*.csv")):
        with path.open(newline="") as file:
            found += [row for row in csv.DictReader(file) if row["window_date"].startswith("2026-10")]
    assert found, f"no rows of {job}"
    return found


def sums(job, *keys):
    """(attempts, conversions) of October by columns."""
    totals = defaultdict(lambda: [0, 0])
    for row in rows(job):
        total = totals[tuple(row[key] for key in keys)]
        total[0] += int(row["total_attempts"])
        total[1] += int(row["total_converted"])
    return {key: tuple(total) for key, total in totals.items()}


def hours(job):
    """How often each (weekday, hour) is there in October, with its attempts and conversions."""
    found = {}
    for row in rows(job):
        start = datetime.datetime.fromisoformat(row["window_start"].replace("Z", "+00:00")).astimezone(ZONE)
        cell = found.setdefault((f"{start:%a}", start.hour), [set(), 0, 0])
        cell[0].add(start)
        cell[1] += int(row["total_attempts"])
        cell[2] += int(row["total_converted"])
    return {key: (len(starts), attempts, converted) for key, (starts, attempts, converted) in found.items()}


def number(text):
    return int(re.sub(r"[,\s]", "", text))


def percent(rate):
    """A rate as the reports show it."""
    return f"{rate:.1%}".replace("%", " %")


CHANNELS = {"call": "Call", "email": "E-mail", "rbm": "RBM", "sms": "SMS", "whatsapp": "WhatsApp"}


@contextmanager
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()
