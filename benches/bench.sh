#!/bin/sh
# Prepares what benches/compare.py needs (wrk, aiohttp) and runs it.
set -eu
bin=$1
shift
here=$(dirname "$0")
if ! command -v wrk >/dev/null; then
  echo "installing wrk" >&2
  if [ "$(id -u)" != 0 ]; then echo "wrk is missing: apt-get install wrk" >&2; exit 1; fi
  apt-get update -qq && apt-get install -qq -y wrk >/dev/null
fi
python3 -m pip install --quiet --target target/tools/python aiohttp==3.13.2
PYTHONPATH=target/tools/python exec python3 "$here/compare.py" "$bin" "$@"
