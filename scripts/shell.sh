#!/bin/sh
# Puts manual pages and completions where man and shells look by themselves: `make install` calls it for the program that
# it installed. Usage: scripts/shell.sh ROOT, the folder that holds bin/verify-rollup
set -eu
root=$1
bin=$root/bin/verify-rollup
data=${XDG_DATA_HOME:-$HOME/.local/share}
# man looks beside each folder of PATH.
"$bin" man "$root/share/man/man1"
put() { # SHELL FILE
  mkdir -p "$(dirname "$2")"
  "$bin" completions "$1" >"$2"
}
put bash "$data/bash-completion/completions/verify-rollup"
put fish "$data/fish/vendor_completions.d/verify-rollup.fish"
put zsh "$data/zsh/site-functions/_verify-rollup"
echo "manual: man verify-rollup; completions for bash and fish, and for zsh once its fpath has $data/zsh/site-functions"
