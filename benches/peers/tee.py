"""Counts what arrives at a server on loopback, whoever asks: bytes pass through unchanged, request and status lines are noted."""

import asyncio
import re
import threading
import time
from collections import Counter

REQUEST = re.compile(rb"^GET (/v2/\S+) HTTP/1\.1\r\n", re.M)
# A body ends without a line end, so that the next answer begins in the midst of a line.
STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) [^\r\n]*\r\n")


class Tee:
    """One port before a server's; `address` is what a client is told. Counts may be read at any time."""

    def __init__(self, target):
        self.host, self.port = target.removeprefix("http://").split(":")
        self.requests, self.statuses = 0, Counter()
        self.first = self.last = None
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(ready)), daemon=True).start()
        ready.wait()

    async def serve(self, ready):
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0, backlog=512)
        self.address = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def connection(self, reader, writer):
        there, back = await asyncio.open_connection(self.host, self.port)
        await asyncio.gather(self.pump(reader, back, self.asked), self.pump(there, writer, self.answered))

    async def pump(self, reader, writer, note):
        rest = b""
        try:
            while data := await reader.read(65536):
                writer.write(data)
                rest = note(rest + data)
                await writer.drain()
        except ConnectionError:
            pass  # A killed client; what it had asked is counted.
        writer.close()

    def asked(self, text):
        found = len(REQUEST.findall(text))
        self.requests += found
        if found:
            self.first = self.first or time.monotonic()
        return text[text.rfind(b"\n") + 1 :]

    def answered(self, text):
        found = STATUS.findall(text)
        self.statuses.update(int(status) for status in found)
        if found:
            self.last = time.monotonic()
        return text[text.rfind(b"\n") + 1 :]

    @property
    def seconds(self):
        return self.last - self.first
