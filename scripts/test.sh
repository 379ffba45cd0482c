#!/usr/bin/env bash
# Every check there is, from a fresh clone. The last line is "N passed, N failed, N skipped".
#
#   scripts/test.sh [--only STAGE,…]     stages: lint types graph unit native conformance integration e2e
#
# GANTRY_TEST_CONTAINERD=1.6,1.7,2.x chooses what the end-to-end tests run against.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

ALL=(lint types graph unit native conformance integration e2e)
stages=("${ALL[@]}")
while [ $# -gt 0 ]; do
  case $1 in
    --only)
      [ $# -ge 2 ] || die "--only needs a list of stages: ${ALL[*]}"
      IFS=, read -r -a stages <<<"$2"
      shift 2
      ;;
    *) die "unknown argument \"$1\"; usage: scripts/test.sh [--only STAGE,…] with stages: ${ALL[*]}" ;;
  esac
done
for stage in "${stages[@]}"; do
  [[ " ${ALL[*]} " == *" $stage "* ]] || die "unknown stage \"$stage\": ${ALL[*]}"
done

results=$PWD/.cache/results
rm -rf "$results"
mkdir -p "$results"

needs() {
  local stage
  for stage in "${stages[@]}"; do [[ " $* " != *" $stage "* ]] || return 0; done
  return 1
}

# record STAGE PASSED FAILED SKIPPED
record() { echo "$2 $3 $4" >"$results/$1.count"; }

# A stage that is one check: it passed or it did not.
check() {
  local name=$1
  shift
  say "$name: $*"
  if "$@"; then record "$name" 1 0 0; else record "$name" 0 1 0; fi
}

vitest() {
  local name=$1
  say "$name"
  npx --no-install vitest run --project "$name" --passWithNoTests --reporter=default --reporter=./scripts/skip-reporter.mjs \
    --reporter=json     --outputFile.json="$results/$name.json" </dev/null
  local status=$?
  node scripts/count-tests.mjs "$results/$name.json" "$status" >"$results/$name.count" || record "$name" 0 1 0
}

# The native tests print one line "N passed, N failed" per program.
native() {
  say "native: make -C native test"
  make -s -C native test </dev/null 2>&1 | tee "$results/native.log"
  local status=${PIPESTATUS[0]}
  local passed failed skipped
  passed=$(sed -nE 's/.*\b([0-9]+) passed.*/\1/p' "$results/native.log" | awk '{ n += $1 } END { print n + 0 }')
  failed=$(sed -nE 's/.*\b([0-9]+) failed.*/\1/p' "$results/native.log" | awk '{ n += $1 } END { print n + 0 }')
  skipped=$(sed -nE 's/^([0-9]+) skipped$/\1/p' "$results/native.log" | awk '{ n += $1 } END { print n + 0 }')
  if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
  if [ "$status" = 0 ] && [ "$passed" = 0 ]; then passed=1; fi
  record native "$passed" "$failed" "$skipped"
}

finish() {
  local passed=0 failed=0 skipped=0 p f s file
  printf '\n'
  for file in "$results"/*.count; do
    [ -f "$file" ] || continue
    read -r p f s <"$file"
    printf '%-12s %4d passed, %d failed, %d skipped\n' "$(basename "$file" .count)" "$p" "$f" "$s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

if needs conformance e2e; then level=test; else level=build; fi
started=$SECONDS
bash scripts/bootstrap.sh "$level" || { record bootstrap 0 1 0; finish; exit 1; }
if needs unit native conformance integration e2e; then
  bash scripts/build.sh || record build 0 1 0
fi
# The two longest stages wait for other processes most of the time: they share the machine, and know it.
side=
for stage in "${stages[@]}"; do
  case $stage in
    integration)
      if [[ " ${stages[*]} " == *" e2e "* ]]; then
        export GANTRY_TEST_SHARED=1 GANTRY_TEST_SLOWNESS="${GANTRY_TEST_SLOWNESS:-2}"
        vitest integration >"$results/integration.log" 2>&1 &
        side=$!
      else
        vitest integration
      fi
      ;;
    lint) check lint npx --no-install biome check . ;;
    types) check types npx --no-install tsc --noEmit ;;
    graph) check graph node scripts/graph.mjs ;;
    native)
      native
      vitest stub
      ;;
    *) vitest "$stage" ;;
  esac
done
if [ -n "$side" ]; then
  wait "$side"
  cat "$results/integration.log"
fi
say "took $((SECONDS - started)) s"
finish
