#!/usr/bin/env bash
# Runs test suites that others wrote for their own runtimes against ours. They come from Debian's source packages; nothing of them is
# in this repository.
#
#   scripts/conformance.sh [runc|crun|runtime-tools] [--version V] [--runtime PATH] [FILE…]
#
# Without a suite: all three, in their default versions. FILE is a file of the suite (exec.bats, test_exec.py) or a program of
# runtime-tools' validation (hooks). Failures are compared with test/conformance/suites/known-failures.txt; the exit code is 0 when there are none
# but these. Everything runs in mount and pid namespaces of its own, as root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

here=$PWD
own=$here/test/conformance/suites
cache=$here/.cache/conformance
TIME_LIMIT_S=${GANTRY_TEST_SLOWNESS:-1}00

usage() { die "usage: scripts/conformance.sh [runc|crun|runtime-tools] [--version V] [--runtime PATH] [FILE…]"; }

suite= version= runtime=
files=()
while [ $# -gt 0 ]; do
  case $1 in
    --version | --runtime)
      [ $# -ge 2 ] || usage
      declare "${1#--}=$2"
      shift
      ;;
    -*) usage ;;
    runc | crun | runtime-tools) if [ -z "$suite" ]; then suite=$1; else files+=("$1"); fi ;;
    *) files+=("$1") ;;
  esac
  shift
done
[ -n "$suite" ] || [ -z "$version${files[*]}" ] || usage
[ "$(id -u)" = 0 ] || die "run as root: the suites make containers and cgroups"

# The versions that Debian has, the default first: version, suite of Debian, source package.
versions_of() {
  case $1 in
    runc) printf '%s\n' "1.1.5 bookworm runc" "1.1.15 trixie runc" "1.3.6 sid runc" ;;
    crun) printf '%s\n' "1.21 trixie crun" "1.8.1 bookworm crun" ;;
    runtime-tools) echo "0.9.0.109.ge931285 trixie golang-github-opencontainers-runtime-tools" ;;
  esac
}

# fetch SUITE VERSION: the sources in $tree, once; $debian is where they came from.
fetch() {
  local line package source
  line=$(versions_of "$1" | awk -v v="$2" 'v == "" || $1 == v' | head -n 1)
  [ -n "$line" ] || die "no $1 $2: there are $(versions_of "$1" | cut -d' ' -f1 | tr '\n' ' ')"
  read -r version debian package <<<"$line"
  tree=$cache/$1-$version
  [ ! -f "$tree/.complete" ] || return 0
  source=$(bash scripts/debian-suite.sh --source "$debian" "$package" | tail -n 1)
  [ "$(cat "$source/../version")" = "$version" ] ||
    die "Debian $debian has $package $(cat "$source/../version") by now: put it into versions_of in scripts/conformance.sh"
  rm -rf "$tree"
  mkdir -p "$cache"
  cp -r "$source" "$tree"
}

bin_of() { bash scripts/debian-suite.sh "$@" | tail -n 1; }

# go_with SUITE PACKAGE…: sets $go to this suite's Go, with these libraries instead of modules from the network.
go_with() {
  local libraries
  libraries=$(bin_of "$@" golang-go)/../root
  GOROOT=$(echo "$libraries"/usr/lib/go-1.*)
  export GOROOT GOPATH=$tree.go:$libraries/usr/share/gocode GOCACHE=$cache/go-build GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local
  go=$GOROOT/bin/go
}

RUNC_LIBRARIES=(golang-dbus-dev golang-github-cilium-ebpf-dev golang-github-containerd-console-dev golang-github-coreos-go-systemd-dev
  golang-github-cyphar-filepath-securejoin-dev golang-github-docker-go-units-dev golang-github-moby-sys-dev
  golang-github-mrunalp-fileutils-dev golang-github-opencontainers-selinux-dev golang-github-opencontainers-specs-dev
  golang-github-seccomp-libseccomp-golang-dev golang-github-sirupsen-logrus-dev golang-github-urfave-cli-dev
  golang-github-vishvananda-netlink-dev golang-gocapability-dev golang-golang-x-net-dev golang-google-protobuf-dev)

# What runc's tests download otherwise: a busybox and a small Debian.
images() {
  local root=$cache/busybox busybox mmdebstrap applet
  [ ! -f "$cache/debian.tar.xz" ] || return 0
  say "making the images (two minutes, once)"
  busybox=$(bin_of bookworm busybox-static)/busybox
  rm -rf "$root"
  mkdir -p "$root"/{bin,dev,etc,home,lib,proc,root,sys,tmp,usr/bin,usr/lib,usr/sbin,var/spool/mail,var/www}
  chmod 1777 "$root/tmp"
  ln -s lib "$root/lib64"
  cp -L "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list | grep -vx busybox); do ln "$root/bin/busybox" "$root/bin/$applet"; done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1:daemon:/usr/sbin:/bin/false \
    nobody:x:65534:65534:nobody:/home:/bin/false >"$root/etc/passwd"
  printf '%s\n' root:x:0: daemon:x:1: tty:x:5: nogroup:x:65534: >"$root/etc/group"
  tar -c -z -f "$cache/busybox.tar.xz" -C "$root" --owner=0 --group=0 .
  rm -rf "$root"
  mmdebstrap=$(bin_of bookworm mmdebstrap)
  apt-config dump Acquire >"$cache/apt.conf"
  PATH=$PATH:$mmdebstrap unshare --mount --propagation private perl "$mmdebstrap/mmdebstrap" --quiet --mode=root \
    --variant=essential --aptopt="$cache/apt.conf" --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm - \
    "$(cat .cache/debian/bookworm/apt/etc/sources.list)" 2>"$cache/mmdebstrap.log" | gzip -1 >"$cache/debian.tar.new" || {
    tail -n 20 "$cache/mmdebstrap.log" >&2
    die "mmdebstrap could not make the Debian image"
  }
  mv "$cache/debian.tar.new" "$cache/debian.tar.xz"
}

prepare_runc() {
  local program images_dir=$tree/tests/integration/testdata arch
  images
  go_with "$debian" "${RUNC_LIBRARIES[@]}"
  PATH=$PATH:$GOROOT/bin:$(bin_of bookworm bats):$(bin_of bookworm gawk):$(bin_of bookworm jq):$(bin_of forky criu)
  export PATH
  [ ! -f "$tree/.complete" ] || return 0
  say "building the helpers of runc $version's tests"
  mkdir -p "$tree.go/src/github.com/opencontainers"
  ln -sfn "$tree" "$tree.go/src/github.com/opencontainers/runc"
  arch=$("$go" env GOARCH)
  ln -sf "$cache/busybox.tar.xz" "$images_dir/busybox-$arch.tar.xz"
  ln -sf "$cache/debian.tar.xz" "$images_dir/debian-$arch.tar.xz"
  cd "$tree.go/src/github.com/opencontainers/runc"
  # Up to 1.1 beside their sources, later in one directory.
  for program in contrib/cmd/{recvtty,sd-helper,seccompagent}; do
    [ ! -d "$program" ] || "$go" build -tags seccomp -o "$program/" "./$program"
  done
  if [ -d tests/cmd ]; then
    mkdir -p tests/cmd/_bin
    for program in tests/cmd/[a-z]*/; do "$go" build -tags seccomp -o tests/cmd/_bin/ "./$program"; done
  fi
  cd "$here"
}

prepare_crun() {
  PATH=$PATH:$(bin_of forky criu)
  export PATH
  [ ! -f "$tree/.complete" ] || return 0
  command -v python3 >/dev/null || die "install python3"
  printf '#define %s 1\n' HAVE_SECCOMP HAVE_LINUX_IOPRIO_H >"$tree/tests/config.h"
  gcc -w -static -I "$tree/tests" -o "$tree/tests/init" "$tree/tests/init.c" -lseccomp
}

prepare_runtime-tools() {
  [ ! -f "$tree/.complete" ] || return 0
  go_with "$debian" golang-github-google-uuid-dev golang-github-blang-semver-dev golang-github-hashicorp-go-multierror-dev \
    golang-github-mrunalp-fileutils-dev golang-github-opencontainers-selinux-dev golang-github-opencontainers-specs-dev \
    golang-github-sirupsen-logrus-dev golang-github-urfave-cli-dev golang-github-xeipuuv-gojsonschema-dev \
    golang-gocapability-dev golang-golang-x-sys-dev
  say "building runtime-tools' validation"
  mkdir -p "$tree.go/src/github.com"/{opencontainers,mndrix} "$tree/bin"
  ln -sfn "$tree" "$tree.go/src/github.com/opencontainers/runtime-tools"
  rm -rf "$tree.go/src/github.com/mndrix/tap-go"
  cp -r "$own/tap" "$tree.go/src/github.com/mndrix/tap-go"
  cd "$tree.go/src/github.com/opencontainers/runtime-tools"
  CGO_ENABLED=0 "$go" build -tags 'netgo osusergo' -o runtimetest ./cmd/runtimetest
  # shellcheck disable=SC2046
  CGO_ENABLED=0 "$go" build -o bin/ $(printf '%s\n' ./validation/*/ | grep -v /util/)
  cd "$here"
}

# One file of a suite, its results in a file. runc's tests need a terminal, and one whose input does not end.
run_runc() {
  mkfifo "$TMPDIR/input"
  (cd "$tree" && RUNC=$runtime TERM=xterm BATS_TEST_TIMEOUT=$TIME_LIMIT_S \
    script -qec "bats -t tests/integration/$1 >$2 2>&1" /dev/null <>"$TMPDIR/input" >/dev/null)
}
list_runc() { (cd "$tree/tests/integration" && echo *.bats); }

run_crun() {
  (cd "$tree" && GANTRY_CONFORMANCE_RUNTIME=$runtime OCI_RUNTIME=$own/as-crun.sh INIT=$tree/tests/init PYTHONPATH=$own \
    PYTHONDONTWRITEBYTECODE=1 python3 "tests/$1") >"$2" 2>"$2.err" </dev/null
}
list_crun() { (cd "$tree/tests" && echo test_*.py); }

# The validation calls the runtime without --root.
run_runtime-tools() {
  printf '#!/bin/sh\nexec %q --root %q "$@"\n' "$runtime" "$TMPDIR/state" >"$TMPDIR/runtime"
  chmod 755 "$TMPDIR/runtime"
  (cd "$tree" && RUNTIME=$TMPDIR/runtime "bin/$1") >"$2" 2>"$2.err" </dev/null
}
list_runtime-tools() { (cd "$tree/bin" && echo *); }

# Inside the namespaces: whatever a file leaves running or mounted ends with them.
run_inside() {
  local file limit status outcome
  mkdir -p "$results"
  for file in "${files[@]}"; do
    TMPDIR=$(mktemp -d /tmp/conformance.XXXX)
    chmod 755 "$TMPDIR" # for containers whose root is somebody else
    export TMPDIR
    export -f "run_$suite"
    export tree runtime own TIME_LIMIT_S
    limit=$TIME_LIMIT_S
    [ "$suite" != runc ] || limit=${TIME_LIMIT_S}0 # each of its cases has a limit
    timeout --kill-after=5 "$limit" bash -c "run_$suite \"\$@\"" - "$file" "$results/$file" && status=0 || status=$?
    # Some say nothing but by how they end.
    [ $status = 0 ] && outcome=ok || outcome="not ok"
    grep -qE '^(not )?ok ' "$results/$file" || echo "$outcome 1 - ends with $status" >>"$results/$file"
    echo "$file: $(grep -c '^ok' "$results/$file") ok, $(grep -c '^not ok' "$results/$file") not ok" >&2
    umount --recursive --lazy "$TMPDIR"/*/ 2>/dev/null || true
    rm -rf --one-file-system "$TMPDIR" || true
  done
}

# Where a controller is no version 1 hierarchy, runc's tests and the validation make its directory all the same.
remove_directories() {
  local dir
  for dir in /sys/fs/cgroup/*/; do
    [[ " $1 " == *" $dir "* ]] || mountpoint -q "$dir" || { find "$dir" -type f -delete; find "$dir" -depth -type d -delete; } 2>/dev/null || true
  done
}

run_suite() {
  local before file
  suite=$1
  fetch "$suite" "$2"
  "prepare_$suite"
  touch "$tree/.complete"
  results=$cache/results/$suite-$version
  rm -rf "$results"
  [ ${#files[@]} -gt 0 ] || read -r -a files <<<"$("list_$suite")"
  for file in "${files[@]}"; do
    [[ " $("list_$suite") " == *" $file "* ]] || die "$suite $version has no $file: $("list_$suite")"
  done
  say "$suite $version against $runtime"
  before=$(echo /sys/fs/cgroup/*/)
  export -f run_inside
  export suite results here cache
  take_lock "conformance-$suite" # its containers have fixed names
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc bash -c "
    $(declare -p files); $(declare -f run_inside "run_$suite"); tree=$(printf %q "$tree") own=$(printf %q "$own") runtime=$(printf %q "$runtime") TIME_LIMIT_S=$TIME_LIMIT_S; run_inside"
  remove_directories "$before"
  node scripts/conformance-report.mjs "$suite" "$version" "$results" "$own/known-failures.txt" "${files[@]}"
}

if [ -z "$runtime" ]; then
  bash scripts/build.sh
  runtime=$here/dist/bin/gantry-runtime
fi
[ -x "$runtime" ] || die "--runtime: $runtime is no program"
runtime=$(realpath "$runtime")
if [ -n "$suite" ]; then
  run_suite "$suite" "$version"
  exit
fi
status=0
for one in runc crun runtime-tools; do bash "$0" "$one" --runtime "$runtime" || status=1; done
exit $status
