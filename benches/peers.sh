#!/bin/sh
# Gives each peer an environment of its own, pinned, and measures: benches/peers.sh BINARY
set -eu
here=$(dirname "$0")/peers
for list in "$here"/requirements/*.txt; do
  name=$(basename "$list" .txt)
  home=target/tools/peers/$name
  if ! cmp -s "$list" "$home/installed.txt"; then
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list"
    cp "$list" "$home/installed.txt"
  fi
done
python3 "$here/measure.py" "$1"
python3 "$here/render.py"
