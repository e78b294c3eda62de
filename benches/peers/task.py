"""What a peer is asked to do, as `task.json` says it: every day × country × channel of a range, from a base URL."""

import itertools
import json
import sys
from datetime import date, timedelta
from pathlib import Path

COLUMNS = ["day", "country", "channel", "attempts", "converted"]


class Task:
    def __init__(self, folder):
        self.folder = Path(folder)
        for name, value in json.loads((self.folder / "task.json").read_text()).items():
            setattr(self, name, value)
        self.summary = f"{self.base_url}/v2/Attempts/Summary"

    def days(self):
        first, end = date.fromisoformat(self.start), date.fromisoformat(self.end)
        return [str(first + timedelta(n)) for n in range((end - first).days)]

    def cells(self, days):
        return itertools.product(days, self.countries, self.channels)


def parameters(day, country, channel):
    return {**bounds(day), "Country": country, "Channel": channel}


def bounds(day):
    after = str(date.fromisoformat(day) + timedelta(1))
    return {"DateCreatedAfter": f"{day}T00:00:00Z", "DateCreatedBefore": f"{after}T00:00:00Z"}


def row(day, country, channel, body):
    return dict(zip(COLUMNS, [day, country, channel, body["total_attempts"], body["total_converted"]]))


def show(rows):
    """The table as it stands, for the comparison with the truth."""
    json.dump([[line[name] for name in COLUMNS] for line in rows], sys.stdout)
