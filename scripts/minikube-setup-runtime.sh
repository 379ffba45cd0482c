#!/usr/bin/env bash
# Installs gantry on a running minikube (--container-runtime=containerd), and with --uninstall takes it off again.
#
#   scripts/minikube-setup-runtime.sh [--dry-run] [--uninstall] [--profile NAME] [--skip-pods]
#
# Prints every step; with --dry-run does nothing. IMAGE_ARCHIVE names a tar of the installer's image that exists; otherwise
# docker builds it. Needs minikube and kubectl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
. scripts/cluster-lib.sh

DRY_RUN=false UNINSTALL=false PODS=true PROFILE=minikube
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) DRY_RUN=true ;;
    --uninstall) UNINSTALL=true ;;
    --skip-pods) PODS=false ;;
    --profile)
      [ $# -ge 2 ] || die "--profile needs a value"
      PROFILE=$2
      shift
      ;;
    *) die "unknown argument \"$1\"; usage: scripts/minikube-setup-runtime.sh [--dry-run] [--uninstall] [--profile NAME] [--skip-pods]" ;;
  esac
  shift
done
IMAGE=ghcr.io/gantry/gantry-installer:$(node -p 'require("./package.json").version')
KUBECTL=(kubectl --context "$PROFILE")

preflight() {
  local runtime
  need minikube "it runs the cluster"
  need kubectl "it talks to the cluster"
  minikube status --profile "$PROFILE" >/dev/null 2>&1 ||
    die "minikube \"$PROFILE\" does not run: minikube start --profile $PROFILE --container-runtime=containerd"
  runtime=$(node_runtime)
  [[ $runtime == containerd://* ]] ||
    die "minikube \"$PROFILE\" runs ${runtime:-no known runtime}: gantry needs --container-runtime=containerd"
  [ -z "${IMAGE_ARCHIVE:-}" ] || [ -r "$IMAGE_ARCHIVE" ] || die "IMAGE_ARCHIVE \"$IMAGE_ARCHIVE\" cannot be read"
}

node_runtime() {
  kubectl --context "$PROFILE" get nodes --output 'jsonpath={.items[0].status.nodeInfo.containerRuntimeVersion}'
}

$DRY_RUN || preflight
if $UNINSTALL; then
  uninstall_gantry minikube
  say "minikube: gantry is gone"
  exit 0
fi
if [ -n "${IMAGE_ARCHIVE:-}" ]; then
  step minikube image load --profile "$PROFILE" "$IMAGE_ARCHIVE"
else
  build_image
  step minikube image load --profile "$PROFILE" "$IMAGE"
fi
install_gantry minikube
! $PODS || try_pods
say "minikube: gantry is installed"
