"""Accounts of a platform on loopback: each answers to its own secret alone, and its questions are counted. Behind them is the
simulated account, which takes whoever comes."""

import base64
import csv
import os
import subprocess
import threading
from collections import Counter

from rig import Between


def listed(text):
    """The rows of a file of accounts."""
    return list(csv.DictReader(text.splitlines()))


def secret(sid):
    """What the account of this SID answers to."""
    return f"hunter2-of-{sid[-8:]}"


class Platform:
    """`sids` answer to their secrets until it is closed; `questions` counts by SID, those of wrong secrets as well."""

    def __init__(self, sids):
        self.questions, self.lock = Counter(), threading.Lock()
        self.known = {base64.b64encode(f"{sid}:{secret(sid)}".encode()).decode(): sid for sid in sids}
        command = [os.environ["BIN"], "simulate", "-q", "--requests-per-minute", "0"]
        self.account = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = self.account.stdout.readline().strip().rsplit(":", 1)[1]
        self.door = Between(int(port), self.refusal).__enter__()
        self.url = self.door.url

    def refusal(self, path, headers):
        word = headers.get("Authorization", "").removeprefix("Basic ")
        with self.lock:
            self.questions[self.known.get(word, base64.b64decode(word).split(b":")[0].decode())] += 1
        return None if word in self.known else 401

    def close(self):
        self.door.__exit__()
        self.account.terminate()
        self.account.communicate(timeout=60)
