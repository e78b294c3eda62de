"""A careful script: asyncio, aiohttp, aiolimiter, pyarrow. A day that is whole becomes a Parquet file and is not asked again.

Requests are evenly paced, as aiolimiter's documentation advises where bursts hurt; a bucket of 100 lets 200 through in the
first minute. 429 waits for Retry-After and costs no try, 5xx and broken connections back off.
Usage: aiohttp_peer.py FOLDER load|pages|rows"""

import asyncio
import collections
import contextlib
import os
import random
import sys

import aiohttp
import pyarrow
import pyarrow.parquet
from aiolimiter import AsyncLimiter
from task import COLUMNS, Task, bounds, parameters, row, show

TRIES = 6


async def get(session, limiter, url, query):
    tries = 0
    while True:
        async with limiter:
            pass
        wait = None
        try:
            async with session.get(url, params=query) as response:
                if response.status == 429:
                    wait = float(response.headers.get("Retry-After", 60))
                elif response.status < 500:
                    response.raise_for_status()
                    return await response.json()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, asyncio.TimeoutError):
            pass
        if wait is None:
            tries += 1
            if tries == TRIES:
                raise RuntimeError(f"no answer to {query}")
            wait = min(60, 2**tries) * random.uniform(0.5, 1)
        await asyncio.sleep(wait)


async def cells_of(day, task, get):
    async def one(cell):
        return row(*cell, await get(task.summary, parameters(*cell)))

    return await asyncio.gather(*(one(cell) for cell in task.cells([day])))


async def pages_of(day, task, get):
    """The same rows from the list of attempts, a thousand a page."""
    attempts, converted = collections.Counter(), collections.Counter()
    url, query = f"{task.base_url}/v2/Attempts", {**bounds(day), "PageSize": 1000}
    while url:
        page = await get(url, query)
        for attempt in page["attempts"]:
            key = attempt["channel_data"].get("country"), attempt["channel"]
            attempts[key] += 1
            converted[key] += attempt["conversion_status"] == "converted"
        url, query = page["meta"]["next_page_url"], None
    cells = ((country, channel) for country in task.countries for channel in task.channels)
    return [dict(zip(COLUMNS, [day, *key, attempts[key], converted[key]])) for key in cells]


async def load(task, rows_of):
    limiter = AsyncLimiter(1, 60 / task.per_minute) if task.per_minute else contextlib.nullcontext()
    connector = aiohttp.TCPConnector(limit=task.concurrency)
    identity = {"Authorization": aiohttp.encode_basic_auth(task.account, task.secret)}
    timeout = aiohttp.ClientTimeout(sock_connect=10, sock_read=20)
    async with aiohttp.ClientSession(connector=connector, headers=identity, timeout=timeout) as session:
        for day in task.days():
            path = task.folder / f"{day}.parquet"
            if not path.exists():
                rows = await rows_of(day, task, lambda url, query: get(session, limiter, url, query))
                pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), f"{path}.new", compression="zstd")
                os.replace(f"{path}.new", path)


task = Task(sys.argv[1])
if sys.argv[2] == "rows":
    show(line for path in sorted(task.folder.glob("*.parquet")) for line in pyarrow.parquet.read_table(path).to_pylist())
else:
    asyncio.run(load(task, pages_of if sys.argv[2] == "pages" else cells_of))
