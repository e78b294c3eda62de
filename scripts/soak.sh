#!/bin/sh
# Long runs, most of an hour: a thousand random worlds and calm months where the tests look at some dozens, thousands of
# kills (a debug build has the fail points), thousands of random liars, then a million requests, a virtual month and the
# order of system calls (a release build). Each prints what it measured.
set -eu
if ! command -v strace >/dev/null; then
  echo "installing strace" >&2
  if [ "$(id -u)" != 0 ]; then echo "strace is missing: apt-get install strace" >&2; exit 1; fi
  apt-get update -qq && apt-get install -qq -y strace >/dev/null
fi
VERIFY_ROLLUP_CASES=${VERIFY_ROLLUP_CASES:-1000} cargo test --locked --lib
VERIFY_ROLLUP_KILLS=${VERIFY_ROLLUP_KILLS:-3000} cargo test --locked --test crash -- --nocapture
VERIFY_ROLLUP_KILLS=${VERIFY_ROLLUP_KILLS:-300} cargo test --locked --test hosts -- --nocapture
VERIFY_ROLLUP_KILLS=${VERIFY_ROLLUP_KILLS:-300} cargo test --locked --test accounts_killed -- --nocapture
VERIFY_ROLLUP_LIARS=${VERIFY_ROLLUP_LIARS:-5000} cargo test --locked --test liars random
exec cargo test --release --locked --test soak -- --nocapture --test-threads 1
