#!/bin/sh
# Runs the quickstart job on the simulated account and shows what it wrote. No network, no credentials.
set -eu
bin=$1
"$bin" run jobs/quickstart.toml
csv=$(find output/quickstart/csv -name '*.csv' | sort)
echo
echo "Countries of the table (ZZ = all others), by attempts:"
echo
printf '  %-8s %10s %10s %8s\n' country attempts converted rate
# shellcheck disable=SC2086 # one word per file
awk -F, 'FNR > 1 { attempts[$7] += $10; converted[$7] += $11 }
  END { for (code in attempts) printf "  %-8s %10d %10d %8.3f\n", code, attempts[code], converted[code], converted[code] / attempts[code] }' $csv |
  sort -k2,2nr
echo
echo "For an account of your own: make install, then verify-rollup init"
