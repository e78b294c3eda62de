"""singer-sdk: a tap with one sorted, incremental stream; the paginator hands out the questions, day by day.

The SDK retries (429, 5xx, broken connections), here as Retry-After says; it asks one question at a time and has no rate
limiter, so requests-ratelimiter is the session. The bookmark is the day, told after every day.
Usage: singer_peer.py --config task.json [--state state.json]"""

from datetime import date, timedelta
from functools import cached_property

from requests_ratelimiter import LimiterSession
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.pagination import BaseAPIPaginator
from task import COLUMNS, bounds, row


class Questions(BaseAPIPaginator):
    def __init__(self, cells):
        self.cells = iter(cells)
        super().__init__(next(self.cells))

    def get_next(self, response):
        return next(self.cells, None)


class Summary(RESTStream):
    name = "summary"
    path = "/v2/Attempts/Summary"
    primary_keys = COLUMNS[:3]
    replication_key = "day"
    is_sorted = True
    words = [th.Property(name, th.StringType) for name in COLUMNS[:3]]
    schema = th.PropertiesList(*words, *(th.Property(name, th.IntegerType) for name in COLUMNS[3:])).to_dict()

    @property
    def url_base(self):
        return self.config["base_url"]

    @cached_property
    def authenticator(self):
        return BasicAuthenticator(username=self.config["account"], password=self.config["secret"])

    def __init__(self, tap):
        super().__init__(tap)
        self.STATE_MSG_FREQUENCY = len(self.config["countries"]) * len(self.config["channels"])
        per_minute = self.config["per_minute"]
        self._requests_session = LimiterSession(per_minute=per_minute) if per_minute else self.requests_session

    def get_new_paginator(self):
        first = date.fromisoformat(self.get_starting_replication_key_value(None) or self.config["start"])
        days = (date.fromisoformat(self.config["end"]) - first).days
        every = [str(first + timedelta(n)) for n in range(days)]
        return Questions(
            (day, country, channel) for day in every for country in self.config["countries"] for channel in self.config["channels"]
        )

    def get_url_params(self, context, cell):
        self.asked = cell
        return {**bounds(cell[0]), "Country": cell[1], "Channel": cell[2]}

    def parse_response(self, response):
        yield row(*self.asked, response.json())

    def backoff_wait_generator(self):
        return self.backoff_runtime(value=lambda error: float(error.response.headers.get("Retry-After", 5)))

    def backoff_max_tries(self):
        return 20


class Attempts(Tap):
    name = "tap-attempts"
    config_jsonschema = th.PropertiesList(th.Property("base_url", th.StringType, required=True)).to_dict()

    def discover_streams(self):
        return [Summary(self)]


Attempts.cli()
