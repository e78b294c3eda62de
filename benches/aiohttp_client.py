"""The yardstick: a good asyncio + aiohttp script that asks the same questions with 64 connections and keeps totals."""

import asyncio
import base64
import itertools
import json
import sys
import time
from datetime import date, timedelta

import aiohttp

CHANNELS = ["call", "email", "rbm", "sms", "whatsapp"]


async def worker(session, url, questions, totals):
    for day, country, channel in questions:
        parameters = {
            "DateCreatedAfter": f"{day}T00:00:00Z",
            "DateCreatedBefore": f"{day + timedelta(days=1)}T00:00:00Z",
            "Country": country,
            "Channel": channel,
        }
        async with session.get(url, params=parameters) as response:
            body = json.loads(await response.read())
        totals[0] += body["total_attempts"]
        totals[1] += 1


async def main(base_url, start, days, countries):
    url = f"{base_url}/v2/Attempts/Summary"
    every_day = [date.fromisoformat(start) + timedelta(days=n) for n in range(days)]
    questions = itertools.product(every_day, countries.split(","), CHANNELS)
    secret = base64.b64encode(b"AC" + b"0" * 32 + b":secret").decode()
    totals = [0, 0]
    connector = aiohttp.TCPConnector(limit=64)
    began = time.perf_counter()
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Basic {secret}"}) as session:
        await asyncio.gather(*(worker(session, url, questions, totals) for _ in range(64)))
    elapsed = time.perf_counter() - began
    print(json.dumps({"requests": totals[1], "attempts": totals[0], "seconds": elapsed}))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
