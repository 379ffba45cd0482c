#!/usr/bin/env bash
# Makes a fresh clone ready: npm packages, and the Debian packages that a level needs. Quick when nothing is missing.
#
#   scripts/bootstrap.sh build    what compiles (the default)
#   scripts/bootstrap.sh demo     and a private containerd with its tools
#   scripts/bootstrap.sh test     and every containerd the tests run against, and Go with Debian's ttrpc
#
# containerd, runc, crun, docker, podman and busybox are unpacked below .cache/, never installed: the host's own stay as
# they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

level=${1:-build}
case $level in build | demo | test) ;; *) die "unknown level \"$level\": build, demo or test" ;; esac

# Suites by the containerd they carry; test/helpers/containerd.ts knows the same names.
SUITE_1_6=bookworm SUITE_1_7=trixie SUITE_2_X=forky

check_host() {
  local tool
  [ "$(uname -s)" = Linux ] || die "gantry needs Linux"
  for tool in node npm gcc make git flock; do
    command -v "$tool" >/dev/null || die "\"$tool\" is missing: install it first"
  done
  [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || die "Node 20 or newer is needed, found $(node --version)"
}

npm_packages() {
  local wanted
  wanted=$(hash_of package-lock.json)
  if [ -d node_modules ] && [ "$(cat node_modules/.gantry-lock 2>/dev/null)" = "$wanted" ]; then return; fi
  take_lock npm
  if [ -d node_modules ] && [ "$(cat node_modules/.gantry-lock 2>/dev/null)" = "$wanted" ]; then return; fi
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error </dev/null >&2
  echo "$wanted" >node_modules/.gantry-lock
}

# Debian's maintainer scripts ask this file before they start a service; 101 means: do not.
POLICY=/usr/sbin/policy-rc.d
forbid_services() {
  [ ! -e "$POLICY" ] || return 0
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
  trap 'rm -f "$POLICY"' EXIT
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -q=2 -o DPkg::Lock::Timeout=900 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
    install -y --no-install-recommends "$@" </dev/null >.cache/apt.log 2>&1
}

debian_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "install these by hand: ${missing[*]}"
  [ "$(id -u)" = 0 ] || die "run as root to install: ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  mkdir -p .cache
  forbid_services
  apt_install "${missing[@]}" && return
  say "refreshing the package lists"
  # A foreign archive that cannot be reached must not stop us: the next install tells whether ours could be read.
  apt-get -q=2 -o Acquire::Retries=3 update </dev/null >.cache/apt-update.log 2>&1 || cat .cache/apt-update.log >&2
  apt_install "${missing[@]}" || {
    tail -n 30 .cache/apt.log >&2
    die "apt-get could not install ${missing[*]}"
  }
}

check_host
npm_packages
debian_packages libc6-dev libseccomp-dev musl-tools pkg-config
[ "$level" != build ] || exit 0

bash scripts/debian-suite.sh $SUITE_1_6 containerd >/dev/null
bash scripts/debian-suite.sh $SUITE_1_6 busybox-static >/dev/null
[ "$level" != demo ] || exit 0

bash scripts/debian-suite.sh $SUITE_1_7 containerd >/dev/null
bash scripts/debian-suite.sh $SUITE_2_X containerd >/dev/null
bash scripts/debian-suite.sh $SUITE_1_6 crun >/dev/null
# Docker 20.10 and 26.1 (runtimeType), with one client; podman with what it needs to be called by an ordinary user.
bash scripts/debian-suite.sh $SUITE_1_6 docker.io >/dev/null
bash scripts/debian-suite.sh $SUITE_1_7 docker.io >/dev/null
bash scripts/debian-suite.sh $SUITE_1_6 podman conmon catatonit uidmap >/dev/null
# Networks of pods.
bash scripts/debian-suite.sh $SUITE_1_6 containernetworking-plugins >/dev/null
# kubectl, for its kustomize.
bash scripts/debian-suite.sh $SUITE_1_7 kubernetes-client >/dev/null
debian_packages shellcheck mmdebstrap buildah golang-go golang-github-containerd-ttrpc-dev golang-github-containerd-containerd-dev \
  golang-github-containerd-cgroups-dev
