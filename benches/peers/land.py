"""Stands where a destination stands: appends the records of Airbyte's or Singer's messages on stdin to `records.jsonl`, and keeps
the newest state, written once the records before it are. Usage: land.py FOLDER"""

import json
import os
import sys
from pathlib import Path

folder = Path(sys.argv[1])
with open(folder / "records.jsonl", "a") as records:
    for line in sys.stdin:
        if '"RECORD"' in line[:40]:
            message = json.loads(line)
            # Airbyte wraps the record once more.
            data = message["record"].get("data", message["record"])
            records.write(json.dumps(data) + "\n")
        elif '"STATE"' in line[:40]:
            message = json.loads(line)
            records.flush()
            new = folder / "state.new"
            new.write_text(json.dumps([message["state"]] if "state" in message else message["value"]))
            os.replace(new, folder / "state.json")
