#!/usr/bin/env bash
# Report and table as people and other programs see them: sample jobs on the simulated account, their reports in a browser
# and a spreadsheet library, their datasets in the engines of docs/WAREHOUSES.md, in deploy/dbt and in object stores; the other
# files of deploy/; the vendor's clients on the simulated account; what `make dist` packs. Packages go below target/interop; the
# other programs come from the system, or from apt where that is possible. Usage: interop/run.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath "$1")
home=target/interop
work=$home/work

bash scripts/needs.sh chromium sqlite3 postgres javac go php ruby npm systemd strace openssl curl groff dpkg-shlibdeps lintian \
  prometheus-node-exporter
browser() { echo "${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}"; }

if ! cmp -s interop/requirements.txt $home/installed.txt; then
  rm -rf $home/venv
  python3 -m venv $home/venv
  $home/venv/bin/python -m pip install --quiet --disable-pip-version-check -r interop/requirements.txt
  cp interop/requirements.txt $home/installed.txt
fi

# What does not fit with those above has an environment of its own, and its Node packages beside it.
own() { # NAME
  local from=interop/$1 to=$home/$1 file
  for file in requirements.txt package-lock.json; do
    if [ -f "$from/$file" ] && ! cmp -s "$from/$file" "$to/$file"; then
      rm -rf "$to"
    fi
  done
  [ ! -d "$to" ] || return 0
  python3 -m venv "$to"
  "$to/bin/python" -m pip install --quiet --disable-pip-version-check -r "$from/requirements.txt"
  if [ -f "$from/package.json" ]; then
    cp "$from"/package*.json "$to"
    npm ci --prefix "$to" --ignore-scripts --no-audit --no-fund --silent
  fi
  # Last: what was cut short is begun anew.
  cp "$from/requirements.txt" "$to"
}
own stores
own clients
own airflow
STORES=$(realpath $home/stores)
CLIENTS=$(realpath $home/clients)
AIRFLOW=$PWD/$home/airflow/bin/python
export STORES CLIENTS AIRFLOW

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

POSTGRES_BIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
export POSTGRES_BIN
BIN=$bin CHROMIUM=$(browser) exec $home/venv/bin/python interop/checks/run.py
