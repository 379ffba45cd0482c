#!/usr/bin/env bash
# Runs in the virtual machine, as a service: the test files that test-vm.sh wrote down, then the sums.
set -uo pipefail
cd "$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")"

# As a person's shell has it; a service has neither.
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH=$PWD/.vm/bin:$PATH TERM=dumb NO_COLOR=1
export GANTRY_TEST_PROGRAMS=$PWD/.vm/programs GANTRY_TEST_CONTAINERD=1.6
# Everything takes some twenty times as long here.
export GANTRY_TEST_STRIDE=9 GANTRY_TEST_SLOWNESS=5
mapfile -t arguments <.vm/arguments
echo "booted in $(cut -d' ' -f1 /proc/uptime) s: $(uname -r), $(systemctl --version | head -n 1)"
mkdir -p /tmp/results
mount -t tmpfs tmp /tmp/results
status=0
if [ "${arguments[0]:-}" = -- ]; then
  "${arguments[@]:1}" || status=$?
  echo "ended with $status"
else
  node node_modules/vitest/vitest.mjs run --project integration --project e2e --passWithNoTests --no-isolate \
    --testTimeout=600000 --hookTimeout=600000 --reporter=verbose --reporter=json \
    --outputFile.json=/tmp/results/vitest.json "${arguments[@]}" 2>&1 | cat
  status=${PIPESTATUS[0]}
  read -r passed failed skipped < <(node scripts/count-tests.mjs /tmp/results/vitest.json $status || echo 0 1 0)
  echo "ran for $(cut -d' ' -f1 /proc/uptime) s"
  echo "$passed passed, $failed failed, $skipped skipped"
fi
