#!/usr/bin/env bash
# Builds the installer's image with buildah and no registry, as an OCI archive: .cache/installer-image/image.tar (and its size).
#
#   scripts/installer-image.sh [--tag NAME]
#
# The base is made with mmdebstrap from Debian: the C library that gantry needs, busybox for chroot, util-linux for flock. Needs root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

tag=ghcr.io/gantry/gantry-installer:$(node -p 'require("./package.json").version')
if [ "${1:-}" = --tag ]; then
  [ $# -eq 2 ] || die "--tag needs a name"
  tag=$2
elif [ $# -gt 0 ]; then
  die "unknown argument \"$1\"; usage: scripts/installer-image.sh [--tag NAME]"
fi
for tool in mmdebstrap buildah; do
  command -v "$tool" >/dev/null || die "\"$tool\" is missing: apt-get install --no-install-recommends $tool"
done
bash scripts/build.sh
out=$PWD/.cache/installer-image
mkdir -p "$out"
take_lock installer-image
wanted=$(hash_of dist/bin Containerfile scripts/installer-image.sh)-$tag
if is_stamped installer-image "$wanted" && [ -f "$out/image.tar" ]; then exit 0; fi

base=$out/base
if ! is_stamped installer-base "$(hash_of scripts/installer-image.sh)" || [ ! -d "$base" ]; then
  say "making the base"
  rm -rf "$base" "$out/base.tar"
  # Unpacked, not installed: nothing in it needs to be set up.
  mmdebstrap --quiet --mode=root --variant=extract --include=libc6,busybox-static,base-files,util-linux bookworm "$out/base.tar"
  mkdir "$base"
  tar -x -C "$base" -f "$out/base.tar" --exclude='./dev/*'
  rm -f "$out/base.tar"
  rm -rf "$base"/usr/share/{doc,man,locale,lintian,common-licenses} "$base"/usr/lib/*/gconv "$base"/var/{cache,lib}/apt
  for name in sh sleep chroot; do ln -sf /bin/busybox "$base/bin/$name"; done
  stamp installer-base "$(hash_of scripts/installer-image.sh)"
fi

say "building $tag"
storage=(--root "$out/storage" --runroot "$out/run" --storage-driver vfs)
trap 'buildah "${storage[@]}" rm --all >/dev/null 2>&1 || true; rm -rf "$out/storage" "$out/run"' EXIT
container=$(buildah "${storage[@]}" from scratch)
buildah "${storage[@]}" add --quiet "$container" "$base" / >/dev/null
buildah "${storage[@]}" commit --quiet --format oci "$container" localhost/gantry-base >/dev/null
# --isolation chroot: there is no RUN, so nothing is executed.
buildah "${storage[@]}" build --quiet --isolation chroot --layers=false --pull=false --build-arg BASE=localhost/gantry-base \
  --tag "$tag" --file Containerfile . >/dev/null
rm -f "$out/image.tar"
buildah "${storage[@]}" push --quiet "$tag" "oci-archive:$out/image.tar:$tag"
stamp installer-image "$wanted"
say "$out/image.tar: $(($(stat -c %s "$out/image.tar") / 1000000)) MB"
