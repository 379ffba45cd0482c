#!/usr/bin/env bash
# Containers come and go at full speed while server, warm runtime and containerd are killed at random; at the end nothing may
# be wrong, lost or left.
#
#   npm run soak -- [--no-build] [--minutes N] [--containerd 1.6|1.7|2.x] [--seed S] [--lanes N] [--help]
#
# With --no-build, what lies in dist/bin/ is tested as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

build=yes
arguments=()
for argument in "$@"; do
  case $argument in
    --no-build) build=no ;;
    *) arguments+=("$argument") ;;
  esac
done

bun=(node_modules/@oven/bun-linux-*/bin/bun)
# State belongs on a tmpfs, as /run is on every real host; here it may be a disk. The mount is ours alone, and what others leave
# in /run is not taken for ours.
soak() {
  exec unshare --mount --propagation private bash -c 'mount -t tmpfs -o mode=755 tmpfs /run && exec "$@"' soak \
    env -u NODE_OPTIONS -u BUN_OPTIONS -u BUN_BE_BUN GANTRY_TEST_DIR=/run GANTRY_TEST_SHARED=1 \
    "${bun[0]}" test/soak/main.ts "${arguments[@]}"
}

[ "$(id -u)" = 0 ] || die "containers need root: run this as root"
if [ $build = yes ]; then
  bash scripts/bootstrap.sh test
  bash scripts/build.sh
fi
[ -x "${bun[0]}" ] || die "no Bun below node_modules/@oven: npm was told to leave optional packages out"
soak
