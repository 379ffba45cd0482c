#!/usr/bin/env bash
# Runs the suites of those who call us against our shim and runtime: containerd's tests of its Go client, its tests of the CRI,
# podman's system tests. They come from Debian's source packages; nothing of them is in this repository.
#
#   scripts/conformance-containerd.sh [client|cri|podman] [--version V] [--runtime gantry|runc] [NAME…]
#
# Without a suite: all three. V is the release of the engine: 1.6 (the default), 1.7 or 2.1 for containerd, 4.3 for podman. With
# `--runtime runc` Debian's runc and its shim are tested instead: what fails there, the machine cannot do. NAME is a test (client, cri) or
# a file (podman: 030-run.bats). Failures are compared with test/conformance/suites/known-failures-containerd.txt; the exit code is
# 0 when there are none but these. Everything runs as root, in process, mount and network namespaces of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

here=$PWD
own=$here/test/conformance/suites
cache=$here/.cache/conformance
TIME_LIMIT_S=$((${GANTRY_TEST_SLOWNESS:-1} * 900))

# Not about containers: images, what is stored, what only the daemon does. The rest of these need programs that containerd
# builds for them: shims and network plugins that fail on purpose, NRI plugins.
# TestBindLowPortNonOpt waits for ever for a busybox that SIGTERM ends though it is process 1.
LEFT_OUT_client='^Test(Image|Export|Import|Convert|Content|Snapshot|Lease|ParseSignal|Transfer|CRI|BindLowPortNonOpt)'
LEFT_OUT_cri='^Test(ImageLoad|ImageFSInfo|CRIImagePull|ContainerdImage|RunPodSandboxWith(Setup|Shim)|RunPodSandboxAndTeardownCNISlow|Issue7496|Nri|.*Windows)'
PODMAN_FILES=(030-run 032-sig-proxy 035-logs 045-start 050-stop 055-rm 065-cp 075-exec 080-pause 090-events 130-kill 170-run-userns
  180-blkio 190-run-ipcns 200-pod 220-healthcheck 260-sdnotify 280-update 420-cgroups 450-interactive 520-checkpoint)

usage() { die "usage: scripts/conformance-containerd.sh [client|cri|podman] [--version V] [--runtime gantry|runc] [NAME…]"; }

suite= version= runtime=gantry
names=()
while [ $# -gt 0 ]; do
  case $1 in
    --version | --runtime)
      [ $# -ge 2 ] || usage
      declare "${1#--}=$2"
      shift
      ;;
    -*) usage ;;
    client | cri | podman) if [ -z "$suite" ]; then suite=$1; else names+=("$1"); fi ;;
    *) names+=("$1") ;;
  esac
  shift
done
[ -n "$suite" ] || [ -z "$version${names[*]}" ] || usage
case $runtime in gantry | runc) ;; *) die "--runtime: \"$runtime\" is neither gantry nor runc" ;; esac
[ "$(id -u)" = 0 ] || die "run as root: the suites make containers and cgroups"

bin_of() { bash scripts/debian-suite.sh "$@" | tail -n 1; }

# fetch SUITE PACKAGE NAME: the sources in $tree, with Debian's patches, once: they fit the libraries that Debian has.
fetch() {
  local source release uri hash patch
  tree=$cache/$3
  [ ! -d "$tree" ] || return 0
  source=$(bin_of --source "$1" "$2")
  rm -rf "$tree.new"
  mkdir -p "$(dirname "$tree")"
  cp -r "$source" "$tree.new"
  export APT_CONFIG=.cache/debian/$1/apt-source/apt.conf
  # A mirror may lack what its lists name: the newest that it has.
  for release in $(apt-cache showsrc --only-source "$2" | sed -n 's/^Version: //p' | sort -uVr); do
    read -r uri _ _ hash < <(apt-get -q=2 source --print-uris "$2=$release" | grep -E '\.debian\.tar\.' | tr -d "'")
    ! /usr/lib/apt/apt-helper download-file "$uri" "$tree.debian" "$hash" >/dev/null 2>&1 || break
  done
  unset APT_CONFIG
  [ -f "$tree.debian" ] || die "Debian $1 has no patches for $2"
  tar -x -f "$tree.debian" -C "$tree.new"
  while read -r patch; do patch -s -p1 -d "$tree.new" <"$tree.new/debian/patches/$patch"; done <"$tree.new/debian/patches/series"
  rm "$tree.debian"
  mv "$tree.new" "$tree"
}

# What Debian builds these sources with: libraries instead of modules from the network.
go_libraries() {
  grep -oE 'golang-[a-z0-9.-]+-dev' <(sed -n '/^Build-Depends:/,/^[^ ]*:/p' "$tree/debian/control") | grep -v testify | LC_ALL=C sort -u
}

# prepare_containerd DIRECTORY: $program is its test program; built once.
prepare_containerd() {
  local debian root package=src/github.com/containerd/containerd
  case ${version:=1.6} in
    1.6) debian=bookworm ;;
    1.7) debian=trixie ;;
    2.1) debian=forky package=$package/v2 ;;
    *) die "no containerd $version: 1.6, 1.7 or 2.1" ;;
  esac
  containerd=$(bin_of "$debian" containerd)
  fetch "$debian" containerd "go-$version/$package"
  program=$cache/$suite-$version.test
  [ ! -x "$program" ] || return 0
  # As Debian's own build of 2.x has it: its API is no part of v2, and what no package has came with the patches.
  [ ! -d "$tree/api" ] || [ "$debian" != forky ] || mv "$tree/api" "$tree/.."
  [ ! -d "$tree/debian/vendor" ] || ln -sfn "$tree/debian/vendor" "$cache/go-$version/src/vendor"
  say "building containerd $version's tests"
  # shellcheck disable=SC2046
  root=$(bin_of "$debian" golang-github-stretchr-testify-dev golang-go $(go_libraries))/../root
  GOROOT=$(realpath "$root"/usr/lib/go-1.*)
  (cd "$tree" && GOROOT=$GOROOT GOPATH=$cache/go-$version:$(realpath "$root")/usr/share/gocode GOCACHE=$cache/go-build GOFLAGS= \
    GO111MODULE=off GOTOOLCHAIN=local "$GOROOT/bin/go" test -c -o "$program" "./$1")
}

# Names of the tests in a directory of Go sources, as a pattern for -test.run.
tests_in() {
  local pattern
  if [ ${#names[@]} -gt 0 ]; then
    pattern=$(printf '%s|' "${names[@]}")
  else
    pattern=$(find "$1" -maxdepth 1 -name '*_test.go' ! -name '*windows*' -exec grep -hoE '^func Test[A-Za-z0-9_]+' {} + |
      cut -d' ' -f2 | grep -vE "^TestMain$|$2" | LC_ALL=C sort -u | paste -sd'|')
  fi
  printf '^(%s)$' "${pattern%|}"
}

# The shims and runtimes below $dir/bin, under runc's names too: some tests name them.
put_programs() {
  local name
  mkdir -p "$dir/bin"
  if [ "$runtime" = runc ]; then
    for name in "$containerd"/containerd-shim-*; do ln -s "$name" "$dir/bin/"; done
    ln -s "$(bin_of bookworm containerd)/runc" "$dir/bin/runc"
    runtime_type=io.containerd.runc.v2
    return
  fi
  cp dist/bin/* "$dir/bin/"
  for name in containerd-shim-runc-v1 containerd-shim-runc-v2; do ln "$dir/bin/containerd-shim-gantry-v2" "$dir/bin/$name"; done
  printf '#!/bin/sh\nexec %s "$@"\n' "$dir/bin/gantry-runtime" >"$dir/bin/runc"
  chmod 755 "$dir/bin/runc"
  runtime_type=io.containerd.gantry.v2
}

run_client() {
  prepare_containerd integration/client
  put_programs
  ln -s "$containerd/containerd" "$containerd/ctr" "$dir/bin/"
  # Runtime v1's shim: one test wants to see its message.
  ln -s "$(bin_of bookworm containerd)/containerd-shim" "$dir/bin/"
  cat >"$dir/run" <<RUN
cd "$tree/integration/client"
TEST_RUNTIME=$runtime_type exec "$program" -test.v -test.root -no-criu -test.timeout ${TIME_LIMIT_S}s \
  -test.run '$(tests_in "$tree/integration/client" "$LEFT_OUT_client")'
RUN
  in_sandbox "$tree/integration" >"$dir/output" 2>&1 || true
  go_results
}

run_cri() {
  local pause
  prepare_containerd integration
  put_programs
  ln -s "$containerd/containerd" "$containerd/ctr" "$dir/bin/"
  mkdir "$dir/cni" "$dir/net.d"
  cp -L "$(bin_of bookworm podman conmon catatonit uidmap)"/../root/usr/lib/cni/* "$dir/cni/"
  pause=$(grep -rhoE '"[a-z0-9.]+/pause:[0-9.]+"' "$tree/integration" | LC_ALL=C sort | uniq -c | LC_ALL=C sort -rn | awk 'NR == 1 { print $2 }')
  cat >"$dir/config.toml" <<CONFIG
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  drain_exec_sync_io_timeout = "10s"
  sandbox_image = $pause
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$dir/cni"
  conf_dir = "$dir/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "$runtime_type"
[plugins."io.containerd.nri.v1.nri"]
  disable = true
CONFIG
  cat >"$dir/net.d/10-bridge.conflist" <<CONFIG
{"cniVersion":"1.0.0","name":"suite","plugins":[{"type":"bridge","bridge":"cni0","isGateway":true,"promiscMode":true,
"ipam":{"type":"host-local","ranges":[[{"subnet":"10.88.0.0/16"}],[{"subnet":"2001:db8:4860::/64"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}
CONFIG
  # The tests kill containerd and look every second whether it has gone, then whether it is back.
  cat >"$dir/run" <<RUN
(while :; do containerd --config "$dir/config.toml" --log-level debug >>"$dir/containerd.log" 2>&1; sleep 2.5; done) &
until ctr version >/dev/null 2>&1; do sleep 0.1; done
cd "$tree/integration"
exec "$program" -cri-endpoint unix:///run/containerd/containerd.sock -containerd-bin containerd -test.v -test.timeout ${TIME_LIMIT_S}s \
  -test.run '$(tests_in "$tree/integration" "$LEFT_OUT_cri")'
RUN
  in_sandbox "$tree/integration" >"$dir/output" 2>&1 || true
  go_results
}

run_podman() {
  local root tools program library missing
  case ${version:=4.3} in 4.3) ;; *) die "no podman $version: 4.3" ;; esac
  fetch bookworm libpod "podman-$version"
  root=$(realpath "$(bin_of bookworm podman conmon catatonit uidmap)/../root")
  tools=$(realpath "$(bin_of bookworm socat bats jq ncat skopeo)/../root")
  containerd=$(bin_of bookworm containerd)
  put_programs
  mkdir -p "$dir"/{lib,net.d,home/.config/containers}
  for program in podman conmon catatonit; do ln -s "$root/usr/bin/$program" "$dir/bin/"; done
  for program in socat jq ncat skopeo; do ln -s "$tools/usr/bin/$program" "$dir/bin/"; done
  # podman starts itself again: it cannot be run through another dynamic linker. It gets the libraries that the host lacks.
  for program in podman skopeo jq ncat socat; do
    while missing=$(LD_LIBRARY_PATH=$dir/lib ldd "$dir/bin/$program" 2>/dev/null | awk '/not found/ { print $1; exit }') && [ -n "$missing" ]; do
      library=$(find "$root" "$tools" -name "$missing" | head -n 1)
      [ -n "$library" ] || die "$missing is missing"
      ln -s "$library" "$dir/lib/$missing"
    done
  done
  cp "$root/etc/containers/policy.json" "$dir/home/.config/containers/"
  printf '[storage]\ndriver = "overlay"\nrunroot = "%s"\ngraphroot = "%s"\n' "$dir/r" "$dir/s" >"$dir/storage.conf"
  # No default ulimits: the machine may not let us raise any.
  cat >"$dir/containers.conf" <<CONFIG
[containers]
default_ulimits = []
seccomp_profile = "$root/usr/share/containers/seccomp.json"
log_driver = "k8s-file"
[engine]
runtime = "tested"
runtime_supports_json = ["tested"]
cgroup_manager = "cgroupfs"
events_logger = "file"
events_logfile_path = "$dir/events"
conmon_path = ["$dir/bin/conmon"]
conmon_env_vars = ["PATH=$dir/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH=$dir/lib", "CONTAINERS_CONF=$dir/containers.conf", "CONTAINERS_STORAGE_CONF=$dir/storage.conf", "HOME=$dir/home"]
helper_binaries_dir = ["$dir/bin"]
init_path = "$dir/bin/catatonit"
lock_type = "file"
tmp_dir = "/run/libpod"
[engine.runtimes]
tested = ["$dir/bin/$([ "$runtime" = runc ] && echo runc || echo gantry-runtime)"]
[network]
network_backend = "cni"
cni_plugin_dirs = ["$root/usr/lib/cni"]
network_config_dir = "$dir/net.d"
CONFIG
  [ ${#names[@]} -gt 0 ] || names=("${PODMAN_FILES[@]/%/.bats}")
  cat >"$dir/run" <<RUN
export LD_LIBRARY_PATH=$dir/lib HOME=$dir/home CONTAINERS_CONF=$dir/containers.conf CONTAINERS_STORAGE_CONF=$dir/storage.conf
export PODMAN=$dir/bin/podman
hostname sandbox
cd "$tree"
for file in ${names[*]}; do
  timeout --kill-after=5 $TIME_LIMIT_S "$tools/usr/bin/bats" --tap "test/system/\$file" >"$results/\$file" 2>&1 </dev/null
  echo "\$file: \$(grep -c '^ok' "$results/\$file") ok, \$(grep -c '^not ok' "$results/\$file") not ok" >&2
done
RUN
  in_sandbox "$tree/test/system" || true
  files=("${names[@]}")
}

# Results of Go's tests as TAP: one case per test of the highest level; one that began and has no result has failed.
go_results() {
  awk '
    /^=== RUN / && $3 !~ "/" { if (!($3 in result)) { order[++n] = $3; result[$3] = "none" } }
    /^--- (PASS|FAIL|SKIP): / { result[$3] = $2 }
    END { for (i = 1; i <= n; i++) { r = result[order[i]]
      printf "%s %d - %s%s\n", (r == "PASS:" || r == "SKIP:") ? "ok" : "not ok", i, order[i], r == "SKIP:" ? " # SKIP" : "" }
      print "1.." n }' "$dir/output" >"$results/tests"
  cp "$dir/output" "$results/output"
  files=(tests)
}

# in_sandbox SOURCES: $dir/run where nothing of the host's is met. Every registry that the sources name is one of ours, on loopback.
in_sandbox() {
  local hosts
  hosts=$(grep -rhoE '[a-z0-9-]+(\.[a-z0-9-]+)*\.(io|com|org)/[a-z0-9_-]+' "$1" | cut -d/ -f1 | grep -vE '^(github|golang)\.' | LC_ALL=C sort -u)
  # docker.io is the one name that is not the host's.
  hosts="localhost registry-1.docker.io $(echo "$hosts" | tr '\n' ' ')"
  printf '127.0.0.1 %s\n' sandbox $hosts >"$dir/hosts"
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=suite -keyout "$dir/key.pem" -out "$dir/cert.pem" \
    -addext "subjectAltName=$(printf 'DNS:%s\n' $hosts | paste -sd,)" 2>/dev/null
  mkdir -p "$dir/lib-of-daemons"
  cat >"$dir/init" <<INIT
set -e
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind "$dir/lib-of-daemons" /var/lib
mount --bind "$dir/hosts" /etc/hosts
# Read-only, as systemd mounts it: where a controller is no hierarchy of its own, tests and podman make a directory in its place.
if [ "\$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ]; then
  mkdir "$dir/cgroup"
  mount --rbind /sys/fs/cgroup "$dir/cgroup"
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for hierarchy in "$dir"/cgroup/*; do
    ! mountpoint -q "\$hierarchy" || { mkdir "/sys/fs/cgroup/\${hierarchy##*/}"; mount --move "\$hierarchy" "/sys/fs/cgroup/\${hierarchy##*/}"; }
  done
  umount --recursive "$dir/cgroup"
  mount -o remount,ro /sys/fs/cgroup
fi
ip link set lo up
node "$own/registry.mjs" "$busybox" "$dir/key.pem" "$dir/cert.pem" >"$dir/registry.log" 2>&1 &
until grep -q ready "$dir/registry.log"; do kill -0 \$!; sleep 0.1; done
set +e
export PATH=$dir/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=$dir/cert.pem
timeout --kill-after=5 $((TIME_LIMIT_S * 2)) bash "$dir/run"
INIT
  env -i PATH="$PATH" TMPDIR="$dir/tmp" TERM=xterm \
    unshare --pid --mount --net --ipc --uts --fork --kill-child --propagation private bash "$dir/init" </dev/null
}

# What the suites leave; nothing else is called so.
remove_cgroups() {
  local hierarchy name
  declare -A left=([client]="testing containerd" [cri]=k8s.io [podman]=libpod_parent)
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    for name in ${left[$suite]}; do
      [ ! -d "$hierarchy/$name" ] || find "$hierarchy/$name" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
  done
  [ "$suite" != client ] || rm -rf /tmp/runc-test
}

run_suite() {
  local dir results files busybox
  take_lock "conformance-$suite" # the tests' containers have fixed names
  bash scripts/bootstrap.sh test
  bash scripts/build.sh
  busybox=$(bin_of bookworm busybox-static)/busybox
  dir=$(mktemp -d /tmp/suite.XXXX)
  # shellcheck disable=SC2064
  trap "remove_cgroups; rm -rf --one-file-system '$dir'" EXIT
  remove_cgroups
  mkdir "$dir/tmp"
  chmod 755 "$dir"
  chmod 1777 "$dir/tmp"
  results=$cache/results/$suite-$runtime
  rm -rf "$results"
  mkdir -p "$results"
  say "$suite against $runtime"
  "run_$suite"
  node scripts/conformance-report.mjs "$suite" "$version" "$results" "$own/known-failures-containerd.txt" "${files[@]}"
}

if [ -n "$suite" ]; then
  run_suite
  exit
fi
status=0
for one in client cri podman; do bash "$0" "$one" --runtime "$runtime" || status=1; done
exit $status
