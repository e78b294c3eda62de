"""`make bench-table`: how fast 1.26 million rows are written, in turns with pyarrow, Polars and DuckDB, each on one
thread; ours encodes Parquet on two.

The others write the same table from memory, as zstd (level 3) Parquet with dictionaries where they choose them, and as CSV. Ours
forms its rows (keys, rates, intervals) on the way. Medians of seven turns; read the ratios.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.csv
import pyarrow.parquet

BENCH = sys.argv[1]
TURNS = 7


def ours(kind, path):
    printed = subprocess.run([BENCH, kind, path], capture_output=True, text=True, check=True).stdout.split()
    return float(printed[0]), int(printed[2])


def timed(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def main():
    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    with tempfile.TemporaryDirectory() as folder:
        path = {name: str(Path(folder) / name) for name in ("ours", "pyarrow", "polars", "duckdb")}
        ours("parquet", path["ours"])
        arrow = pyarrow.parquet.read_table(path["ours"]).combine_chunks()
        frame = polars.from_arrow(arrow)
        database = duckdb.connect(config={"threads": 1})
        database.execute("SET preserve_insertion_order = true")
        database.execute("CREATE TABLE rows AS SELECT * FROM arrow")
        copy = f"COPY rows TO '{path['duckdb']}'"
        kinds = {
            "parquet": {
                "pyarrow": lambda: pyarrow.parquet.write_table(arrow, path["pyarrow"], compression="zstd", compression_level=3),
                "polars": lambda: frame.write_parquet(path["polars"], compression="zstd", compression_level=3),
                "duckdb": lambda: database.execute(f"{copy} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)"),
            },
            "csv": {
                "pyarrow": lambda: pyarrow.csv.write_csv(arrow, path["pyarrow"]),
                "polars": lambda: frame.write_csv(path["polars"]),
                "duckdb": lambda: database.execute(f"{copy} (FORMAT csv, HEADER)"),
            },
        }
        print(f"{arrow.num_rows} rows, one thread each but for our Parquet, median of {TURNS} turns")
        print("| | seconds | × ours | MB | peak MB |\n| --- | --- | --- | --- | --- |")
        for kind, others in kinds.items():
            seconds = {name: [] for name in ("ours", *others)}
            peak = 0
            for _ in range(TURNS):
                took, resident = ours(kind, path["ours"])
                seconds["ours"].append(took)
                peak = max(peak, resident)
                for name, write in others.items():
                    seconds[name].append(timed(write))
            middle = {name: statistics.median(times) for name, times in seconds.items()}
            for name, value in middle.items():
                size = os.path.getsize(path[name]) / 1e6
                memory = f"{peak / 1024:.0f}" if name == "ours" else ""
                print(f"| {kind}, {name} | {value:.2f} | {value / middle['ours']:.2f} | {size:.1f} | {memory} |")


main()
