#!/usr/bin/env bash
# From a fresh clone to a running container: installs what is missing, builds, starts a private containerd, runs a
# container on io.containerd.gantry.v2, shows its state and cleans up, whatever happens.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

[ "$(id -u)" = 0 ] || die "containers need root: run this as root"

bash scripts/bootstrap.sh demo
bash scripts/build.sh
bash scripts/image.sh
tools=$(bash scripts/debian-suite.sh bookworm containerd)
image=$(node -p 'JSON.parse(require("fs").readFileSync(".cache/image/image.json")).name')

# A short name: the path of a unix socket may have 107 bytes only.
dir=$(mktemp -d /tmp/gd-XXXXXX)
namespace=demo-${dir##*-}
namespace=${namespace,,}
id=hello
containerd_pid=
ctr=("$tools/ctr" --address "$dir/c.sock" --namespace "$namespace")

cleanup() {
  local status=$? target
  trap - EXIT INT TERM
  say "cleaning up"
  if [ -n "$containerd_pid" ]; then
    "${ctr[@]}" task rm --force "$id" >/dev/null 2>&1 || true
    "${ctr[@]}" container rm "$id" >/dev/null 2>&1 || true
    kill "$containerd_pid" 2>/dev/null || true
    wait "$containerd_pid" 2>/dev/null || true
  fi
  [ "$status" = 0 ] || ! [ -s "$dir/log" ] || grep -E 'level=(warning|error)' "$dir/log" | tail -n 20 >&2 || true
  while read -r target; do
    umount -l "$target" 2>/dev/null || true
  done < <(awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | tac)
  find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$namespace" -exec rmdir {} + 2>/dev/null || true
  rm -rf "$dir" "/run/gantry/$namespace"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$dir/fifo"
cat >"$dir/config.toml" <<CONFIG
version = 2
root = "$dir/root"
state = "$dir/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "$dir/c.sock"
[ttrpc]
  address = "$dir/c.sock.ttrpc"
CONFIG

say "starting a private containerd ($("$tools/containerd" --version | awk '{ print $3 }')) in $dir"
PATH=$PWD/dist/bin:$tools:/usr/sbin:/usr/bin:/sbin:/bin \
  "$tools/containerd" --config "$dir/config.toml" >"$dir/log" 2>&1 </dev/null &
containerd_pid=$!
for _ in $(seq 200); do
  "${ctr[@]}" version >/dev/null 2>&1 && break
  kill -0 "$containerd_pid" 2>/dev/null || die "containerd ended: $(tail -n 5 "$dir/log")"
  sleep 0.05
done
"${ctr[@]}" version >/dev/null || die "containerd does not answer"
"${ctr[@]}" images import .cache/image/image.tar >/dev/null

say "running a container on io.containerd.gantry.v2"
mkfifo "$dir/gate"
read -r -d '' program <<'PROGRAM' || true
  read -r _ name _ < /proc/self/stat 2>/dev/null
  limit=$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null)
  echo "  I am process $$ on host \"$(hostname)\", user $(id -un)."
  echo "  I see $(ls -d /proc/[0-9]* | wc -l) processes, $(wc -l < /proc/self/mountinfo) mounts and the network devices: $(ls /sys/class/net | xargs)."
  echo "  I may use $((limit / 1048576)) MiB of memory."
  cat > /dev/null
PROGRAM
{
  # Held open until the state below was shown: the end of its input ends the container.
  exec 4<"$dir/gate"
  cat <&4
} | "${ctr[@]}" run --rm --runtime io.containerd.gantry.v2 --fifo-dir "$dir/fifo" --memory-limit $((64 << 20)) \
  --mount type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=ro:nosuid:noexec:nodev \
  "$image" "$id" sh -c "$program" &
run_pid=$!
exec 5>"$dir/gate"

state=/run/gantry/$namespace/$id/state.json
for _ in $(seq 200); do
  "${ctr[@]}" task ls 2>/dev/null | grep -q "^$id .*RUNNING" && break
  kill -0 "$run_pid" 2>/dev/null || break
  sleep 0.05
done
"${ctr[@]}" task ls
say "what gantry knows about it: $state"
node -e '
  const state = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  for (const [key, value] of Object.entries(state)) {
    const text = JSON.stringify(value);
    console.log(`  ${key}: ${text.length > 140 ? `${text.slice(0, 140)}…` : text}`);
  }' "$state"
say "a second process in it (ctr task exec)"
"${ctr[@]}" task exec --fifo-dir "$dir/fifo" --exec-id second "$id" ps

exec 5>&-
wait "$run_pid" || die "the container ended with exit code $?"
[ ! -e "$state" ] || die "$state is still there"
say "it ended with exit code 0 and left nothing behind"
