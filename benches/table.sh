#!/bin/sh
# Prepares what benches/table.py needs (pyarrow, polars, duckdb) and runs it on the built benchmark.
set -eu
here=$(dirname "$0")
python3 -m pip install --quiet --target target/tools/tables pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.0
bench=$(cargo bench --locked --bench table --no-run --message-format=json 2>/dev/null \
  | sed -n 's/.*"executable":"\([^"]*table-[^"]*\)".*/\1/p')
PYTHONPATH=target/tools/tables exec python3 "$here/table.py" "$bench"
