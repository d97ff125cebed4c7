#!/usr/bin/env bash
# Packs what is shipped: target/dist/feedme-VERSION-TARGET.tar.gz with the binary, its manual, completions for shells, and what it is
# deployed with; beside it what all that is made of, and SHA256SUMS. From one commit it packs the same each time, up to what the
# compiler makes. In the end it unpacks it somewhere else and tries it.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=feedme-$version-$target
dist=target/dist
rm -rf "$dist"
mkdir -p "$dist/$name"/{completions,man}

binary=${BINARY:-target/release/feedme}
install -m 755 "$binary" "$dist/$name/feedme"
"$binary" man --out "$dist/$name/man"
for shell in bash zsh fish; do
  "$binary" completions "$shell" >"$dist/$name/completions/feedme.$shell"
done
cp -r deploy "$dist/$name/deploy"
cp README.md CHANGELOG.md LICENSE* docs/OPERATIONS.md "$dist/$name/"

# The time of the commit, no names of people of this machine, and the same order everywhere.
when=$(git log -1 --format=%ct 2>/dev/null || date +%s)
tar --sort=name --mtime="@$when" --owner=0 --group=0 --numeric-owner --mode='u+rwX,go+rX,go-w' \
  -C "$dist" -cf - "$name" | gzip -n9 >"$dist/$name.tar.gz"
rm -rf "${dist:?}/$name"
for list in target/sbom/*.json; do
  cp "$list" "$dist/$name.$(basename "$list" .json).cdx.json"
done
(cd "$dist" && sha256sum -- * >SHA256SUMS)

tried=$(mktemp -d)
trap 'rm -rf "$tried"' EXIT
(cd "$dist" && sha256sum --quiet --check SHA256SUMS)
tar -xzf "$dist/$name.tar.gz" -C "$tried"
[ "$("$tried/$name/feedme" --version)" = "feedme $version" ]
[ "$(find "$tried/$name/man" -name 'feedme*.1' | wc -l)" -gt 10 ]
ls -l "$dist"
