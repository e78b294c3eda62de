#!/usr/bin/env bash
# The report as people and other programs see it: sample jobs on the simulated account, their reports in a browser, in a
# spreadsheet library and in DuckDB. Installs what it needs below target/interop; Chromium comes from the system, and is
# installed by apt where that is possible. Usage: interop/run.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath "$1")
home=target/interop
work=$home/work

chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
  chromium=$(command -v chromium || true)
fi
if [ -z "$chromium" ]; then
  echo "make interop needs Chromium: install it (apt-get install chromium), or name it in CHROMIUM" >&2
  exit 1
fi

if ! cmp -s interop/requirements.txt $home/installed.txt; then
  rm -rf $home/venv
  python3 -m venv $home/venv
  $home/venv/bin/python -m pip install --quiet --disable-pip-version-check -r interop/requirements.txt
  cp interop/requirements.txt $home/installed.txt
fi

rm -rf $work
mkdir -p $work
# A run refers to an instant, so the days that are final, provisional and missing are always the same.
report() { # JOB AS_OF FOLDER
  "$bin" run "interop/jobs/$1.toml" --as-of "$2" --output "$work/$3" --state-dir "$work/state" --quiet
  for period in "--month 2026-10" "--week 2026-W43" "--day 2026-10-25"; do
    # shellcheck disable=SC2086 # two words
    "$bin" report "interop/jobs/$1.toml" $period --as-of "$2" --output "$work/$3" --quiet
  done
}
report daily 2026-11-03T12:00:00Z out
report hourly 2026-10-29T15:00:00Z out
# Again, later: the same bytes.
mkdir -p $work/first
cp $work/out/daily/reports/* $work/first
sleep 1.1
"$bin" report interop/jobs/daily.toml --month 2026-10 --as-of 2026-11-03T12:00:00Z --output $work/out --quiet

CHROMIUM=$chromium exec $home/venv/bin/python interop/checks/run.py
