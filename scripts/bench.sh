#!/usr/bin/env bash
# One table of figures for gantry beside runc's shim with runc (and crun where it applies), measured in one run.
#
#   npm run bench -- [--no-build] [--only ROW,…] [--rounds N] [--containerd 1.6|1.7|2.x] [--json FILE] [--help]
#
# With --no-build, what lies in dist/bin/ is measured as it is.
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

# Bun runs TypeScript as it is, which Node 20 cannot; it is here already, to compile the programs.
# State belongs on a tmpfs, as /run is on every real host; here it may be a disk. The mount is ours alone.
bench() {
  exec unshare --mount --propagation private bash -c 'mount -t tmpfs -o mode=755 tmpfs /run && exec "$@"' bench \
    env -u NODE_OPTIONS -u BUN_OPTIONS -u BUN_BE_BUN GANTRY_TEST_DIR=/run "${bun[0]}" test/bench/main.ts "${arguments[@]}"
}
bun=(node_modules/@oven/bun-linux-*/bin/bun)

[ "$(id -u)" = 0 ] || die "containers need root: run this as root"
[[ " ${arguments[*]} " != *" --help "* ]] || bench
if [ $build = yes ]; then
  bash scripts/bootstrap.sh test
  bash scripts/build.sh
fi
[ -x "${bun[0]}" ] || die "no Bun below node_modules/@oven: npm was told to leave optional packages out"
# In place of this shell, so that Ctrl-C reaches the one process that cleans up.
bench
