#!/bin/sh
# Holds the crates of Cargo.lock against RustSec's list of weaknesses, and those withdrawn by their makers. Where the list cannot be fetched, one
# that was fetched before serves, and its age is told. Exit 3: there is none, and nothing was checked.
# Usage: scripts/advisories.sh CARGO_DENY
set -eu
deny=$1
lists=${CARGO_HOME:-$HOME/.cargo}/advisory-dbs

offline=
if ! said=$("$deny" fetch db 2>&1); then
  printf '%s\n' "$said" >&2
  offline=--offline
fi
list=$(find "$lists" -maxdepth 1 -name 'advisory-db-*' 2>/dev/null)
if [ -z "$list" ]; then
  echo "ADVISORIES WERE NOT CHECKED: their list cannot be fetched, and none was before" >&2
  exit 3
fi
# shellcheck disable=SC2086 # none or one word
"$deny" $offline --all-features check advisories
echo "advisories: none for the crates of Cargo.lock, by the list of $(git -C "$list" log -1 --format=%cs)${offline:+, fetched before}"
