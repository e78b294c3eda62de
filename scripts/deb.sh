#!/bin/sh
# Lays out a Debian package from the tree of `scripts/dist.sh`, as `dpkg-deb` takes it: the program in /usr/bin, units that start it there
# and that nobody enables, what Debian's policy wants of pages and licences. What it depends on is read from the program.
# Nothing of the user's is removed with it, be it purged. Usage: scripts/deb.sh TREE OUT VERSION
set -eu
tree=$1
deb=$2
version=$3
name=verify-rollup
from="$name maintainers <maintainers@$name.example>"
field() { sed -n "s/^$1 = \"\(.*\)\"/\1/p" Cargo.toml; }

mkdir -p "$deb/DEBIAN"
cp -R "$tree" "$deb/usr"
docs=$deb/usr/share/doc/$name
mkdir -p "$deb/usr/share/zsh"
mv "$deb/usr/share/zsh/site-functions" "$deb/usr/share/zsh/vendor-completions"
sed -i 's|/usr/local/bin/|/usr/bin/|' "$deb"/usr/lib/systemd/system/*.service
find "$deb/usr/share/man" -name '*.1' -exec gzip -9n {} +
{
  echo "$name ($version) unstable; urgency=medium"
  printf '\n  * CHANGELOG.md beside this file says what changed.\n\n'
  echo " -- $from  $(date -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$docs/changelog.gz"
{
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n'
  printf 'Files: *\nCopyright: %s\nLicense: Expat or Apache-2.0\n\n' "$(sed -n 's/^Copyright (c) //p' LICENSE-MIT)"
  echo "License: Expat"
  sed -n '/^Permission/,$ { s/^$/./; s/^/ /p }' LICENSE-MIT
  printf '\nLicense: Apache-2.0\n The text is in /usr/share/common-licenses/Apache-2.0.\n'
} >"$docs/copyright"
rm "$docs"/LICENSE-*

# dpkg-shlibdeps wants to stand in the sources of a package.
mkdir -p "$deb.shlibs/debian"
: >"$deb.shlibs/debian/control"
libraries=$(cd "$deb.shlibs" && dpkg-shlibdeps -O "$deb/usr/bin/$name" | sed -n 's/^shlibs:Depends=//p')
cat >"$deb/DEBIAN/control" <<EOF
Package: $name
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $from
Installed-Size: $(find "$deb/usr" -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
Depends: $libraries, ca-certificates
Section: utils
Priority: optional
Description: reconciled table of a Twilio Verify account
$(echo "$(field description)." | fold -s -w 76 | sed 's/^/ /; s/ *$//')
 .
 Units of systemd are installed and not enabled: docs/OPERATING.md in
 /usr/share/doc/$name says how they are used.
EOF
cat >"$deb/DEBIAN/postinst" <<'EOF'
#!/bin/sh
set -e
if [ "$1" = configure ] && command -v systemd-sysusers >/dev/null; then
  systemd-sysusers ${DPKG_ROOT:+--root="$DPKG_ROOT"} verify-rollup.conf
fi
if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
EOF
chmod 755 "$deb/DEBIAN/postinst"
(cd "$deb" && find usr -type f | sort | xargs md5sum >DEBIAN/md5sums)
