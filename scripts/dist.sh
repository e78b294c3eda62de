#!/bin/sh
# Packs the program with what belongs to it, as `make dist` gives it: an archive to be unpacked over /usr/local, a Debian package,
# a wheel, the list of what is inside, and checksums of them all. The same commit built in the same place gives the same bytes: times
# are the commit's, names are sorted, owners are nobody's. Usage: scripts/dist.sh PROFILE BINARY MATURIN OUT
set -eu
profile=$1
built=$2
maturin=$3
out=$4
umask 022
export LC_ALL=C TZ=UTC
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
name=verify-rollup

for need in dpkg-deb dpkg-shlibdeps; do
  command -v $need >/dev/null || {
    echo "make dist needs $need: apt-get install dpkg-dev" >&2
    exit 1
  }
done
[ -z "$(git status --porcelain 2>/dev/null)" ] || echo "make dist: files differ from the commit that --version names" >&2

mkdir -p "$out"
rm -f "$out"/verify[-_]rollup[-_]* "$out/SHA256SUMS"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$("$built" -V | cut -d ' ' -f 2)
target=$("$built" --version | sed 's/.* build for \(.*\))$/\1/')

# Everything below one folder, as it lies below /usr/local.
top=$name-$version-$target
tree=$work/$top
docs=$tree/share/doc/$name
mkdir -p "$tree/bin" "$tree/lib/systemd/system" "$tree/lib/sysusers.d" "$docs"
if [ "$profile" = release ]; then
  # Stripped as it was linked, and the same in the wheel.
  cp "$built" "$tree/bin/$name"
  level=9
else
  # Packed to be looked at, soon. The wheel has it as it is.
  strip -o "$tree/bin/$name" "$built"
  level=1
fi
XDG_DATA_HOME=$tree/share sh scripts/shell.sh "$tree" >/dev/null
cp deploy/systemd/*.service deploy/systemd/*.timer "$tree/lib/systemd/system"
cp deploy/systemd/sysusers.conf "$tree/lib/sysusers.d/$name.conf"
# Beside each other as in the repository, so that the links between them lead somewhere.
git ls-files README.md CHANGELOG.md 'LICENSE-*' deploy docs jobs ':!.gitignore' ':!**/.gitignore' | xargs cp --parents -t "$docs"
chmod -R u=rwX,go=rX "$tree"

bill=$out/$name-$version.cdx.json
python3 scripts/sbom.py "$tree/bin/$name" >"$bill"
dated() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }
dated "$tree"
tar --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -C "$work" -cf - "$top" | gzip -"$level"n >"$out/$top.tar.gz"

sh scripts/deb.sh "$tree" "$work/deb" "$version"
dated "$work/deb"
arch=$(dpkg --print-architecture)
dpkg-deb --root-owner-group -Zxz -z"$level" --build "$work/deb" "$out/${name}_${version}_$arch.deb" >/dev/null

# Maturin builds nothing that is there already; but C code would be compiled anew for SOURCE_DATE_EPOCH, which is for the packing alone.
printf '#!/bin/sh\nunset SOURCE_DATE_EPOCH\nexec cargo "$@"\n' >"$work/cargo"
chmod +x "$work/cargo"
CARGO=$work/cargo "$maturin" build --quiet --profile "$profile" --sbom-include "$bill" --out "$out" >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}

# Sources that changed meanwhile would give another program.
if [ "$profile" = release ]; then
  python3 -m zipfile -e "$out"/*.whl "$work/wheel"
  cmp "$work"/wheel/*.data/scripts/$name "$tree/bin/$name"
fi

(cd "$out" && sha256sum -- *"$version"* >SHA256SUMS)
printf '%12s  %s\n' "$(wc -c <"$tree/bin/$name")" "the program, stripped"
(cd "$out" && wc -c -- * | awk '$2 != "total" { printf "%12s  %s\n", $1, $2 }')
