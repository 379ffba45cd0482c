#!/usr/bin/env bash
# Leaves in dist/release/ what a release consists of: a tarball for this machine's architecture, its bill of materials, the npm
# package, and SHA256SUMS. The same sources, tools and SOURCE_DATE_EPOCH (else: the time of the last commit) give the same bytes.
#
#   scripts/release.sh
#
# The tarball is unpacked in /: usr/local/{bin,share}, etc/gantry/config.toml.example. For another architecture run this on a
# machine of it: Bun's executable and the static libraries are those of the machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

[ $# -eq 0 ] || die "unknown argument \"$1\"; usage: scripts/release.sh"
case $(uname -m) in
  x86_64) architecture=amd64 other=arm64 ;;
  aarch64) architecture=arm64 other=amd64 ;;
  *) die "no Bun for $(uname -m)" ;;
esac
bash scripts/build.sh
bash scripts/npm-package.sh
take_lock release

version=$(node -p 'require("./package.json").version')
name=gantry-$version-linux-$architecture
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
[[ $epoch =~ ^[0-9]+$ ]] || die "SOURCE_DATE_EPOCH must be seconds, got \"$epoch\""
out=dist/release
stage=dist/.release-stage
new=dist/.release-new
rm -rf "$stage" "$new"
trap 'rm -rf "$stage" "$new"' EXIT
mkdir -p "$new" "$stage"/usr/local/{bin,share/doc/gantry} "$stage/etc/gantry"

say "packing $name.tar.gz"
# Hard links: gantry and gantry-shimd are one file in the tarball, too.
for program in containerd-shim-gantry-v2 gantry gantry-init gantry-runtime gantry-shimd; do
  ln "dist/bin/$program" "$stage/usr/local/bin/$program"
done
bun=(node_modules/@oven/bun-linux-*/bin/bun)
env -u NODE_OPTIONS -u BUN_OPTIONS -u BUN_BE_BUN "${bun[0]}" scripts/command-line/main.ts "$stage/usr/local/share"
cp README.md LICENSE "$stage/usr/local/share/doc/gantry/"
cp examples/config.toml "$stage/etc/gantry/config.toml.example"
node scripts/sbom.mjs >"$new/$name.cdx.json"
cp "$new/$name.cdx.json" "$stage/usr/local/share/doc/gantry/sbom.cdx.json"
pack_tree "$stage" "$new/$name.tar.gz" "$epoch"
# Its prepack has been done.
npm pack --ignore-scripts --silent --pack-destination "$new" >/dev/null </dev/null
(cd "$new" && sha256sum -- * >SHA256SUMS)
rm -rf "$out"
mv "$new" "$out"
say "$out: $(cd "$out" && echo *)"
say "not for linux-$other: run this on such a machine"
