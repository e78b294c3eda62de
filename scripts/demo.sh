#!/bin/sh
# Runs the quickstart job on the simulated account and shows what it wrote. No network, no credentials.
set -eu
bin=$1
"$bin" run jobs/quickstart.toml
csv=$(find output/quickstart/csv -name '*.csv' | sort | head -n 1)
echo
echo "The busiest cells of $csv:"
echo
{
  echo "date,country,channel,attempts,converted,rate"
  tail -n +2 "$csv" | awk -F, '{ printf "%s,%s,%s,%d,%d,%.3f\n", $4, $7, $8, $10, $11, $13 }' | sort -t, -k4,4nr | head -n 12
} | awk -F, '{ printf "  %-12s %-8s %-10s %10s %10s %8s\n", $1, $2, $3, $4, $5, $6 }'
