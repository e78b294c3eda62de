#!/usr/bin/env bash
# What cargo and pip have not: each program that is named, from the system, or as root from apt. Nothing is skipped: what
# cannot be had ends it. Usage: scripts/needs.sh PROGRAM...
set -euo pipefail

has() {
  case $1 in
    chromium) [ -n "${CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    systemd) command -v systemd-analyze ;;
    php) [ "$(php -r 'echo extension_loaded("curl");' 2>/dev/null)" = 1 ] ;;
    postgres) command -v psql && compgen -G '/usr/lib/postgresql/*/bin/initdb' ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

packages() {
  case $1 in
    chromium) echo chromium fonts-dejavu-core ;;
    postgres) echo postgresql ;;
    javac) echo default-jdk-headless ;;
    go) echo golang-go ;;
    php) echo php-cli php-curl ;;
    npm) echo nodejs npm ;;
    groff) echo groff-base ;;
    dpkg-shlibdeps) echo dpkg-dev ;;
    *) echo "$1" ;;
  esac
}

updated=
for program in "$@"; do
  read -ra wanted <<<"$(packages "$program")"
  if ! has "$program" && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    [ -n "$updated" ] || apt-get update -qq
    updated=yes
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${wanted[@]}" >/dev/null
  fi
  if ! has "$program"; then
    echo "this needs $program: apt-get install ${wanted[*]}" >&2
    exit 1
  fi
done
