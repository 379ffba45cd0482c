#!/usr/bin/env bash
# Makes a kind cluster, installs gantry on it, runs pods, takes gantry off again, and leaves nothing.
#
#   scripts/kind-integration.sh [--dry-run] [--keep] [--name NAME] [--image NODE-IMAGE]
#
# --dry-run prints every step and does nothing; --keep leaves the cluster for a look. IMAGE_ARCHIVE names a tar of the installer's
# image that exists; otherwise docker builds it. Needs kind, kubectl and docker.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
. scripts/cluster-lib.sh

DRY_RUN=false KEEP=false NAME=gantry NODE_IMAGE=
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) DRY_RUN=true ;;
    --keep) KEEP=true ;;
    --name | --image)
      [ $# -ge 2 ] || die "$1 needs a value"
      case $1 in --name) NAME=$2 ;; *) NODE_IMAGE=$2 ;; esac
      shift
      ;;
    *) die "unknown argument \"$1\"; usage: scripts/kind-integration.sh [--dry-run] [--keep] [--name NAME] [--image NODE-IMAGE]" ;;
  esac
  shift
done
[[ $NAME =~ ^[a-z0-9][a-z0-9.-]*$ ]] || die "--name \"$NAME\": lower case letters, digits, dots and dashes"
IMAGE=ghcr.io/gantry/gantry-installer:$(node -p 'require("./package.json").version')
KUBECTL=(kubectl --context "kind-$NAME")

preflight() {
  need kind "it makes the cluster"
  need kubectl "it talks to the cluster"
  need docker "kind's nodes are its containers"
  docker info >/dev/null 2>&1 || die "docker does not answer: is its daemon running, and may you use it?"
  ! kind get clusters 2>/dev/null | grep -qxF "$NAME" || die "there is a kind cluster \"$NAME\": choose another --name, or kind delete cluster --name $NAME"
  [ -z "${IMAGE_ARCHIVE:-}" ] || [ -r "$IMAGE_ARCHIVE" ] || die "IMAGE_ARCHIVE \"$IMAGE_ARCHIVE\" cannot be read"
}

clean_up() {
  local status=$?
  trap - EXIT
  if [ $status != 0 ] && ! $DRY_RUN; then
    say "what the installer says"
    "${KUBECTL[@]}" --namespace gantry-system logs daemonset/gantry-installer --all-containers --tail=50 >&2 || true
  fi
  if $KEEP; then say "kept: kind delete cluster --name $NAME"; else step kind delete cluster --name "$NAME" || true; fi
  exit $status
}

$DRY_RUN || preflight
if [ -n "${IMAGE_ARCHIVE:-}" ]; then :; else build_image; fi
trap clean_up EXIT
step kind create cluster --name "$NAME" --wait 3m ${NODE_IMAGE:+--image "$NODE_IMAGE"}
if [ -n "${IMAGE_ARCHIVE:-}" ]; then
  step kind load image-archive "$IMAGE_ARCHIVE" --name "$NAME"
else
  step kind load docker-image "$IMAGE" --name "$NAME"
fi
install_gantry kind
expect "the node" "ok" docker exec "$NAME-control-plane" gantry node check
try_pods
# containerd restarts under a pod, and the pod does not notice.
on_cluster apply --filename kubernetes/examples/hello.yaml
on_cluster wait --for=condition=Ready pod/hello-gantry --timeout=3m
step docker exec "$NAME-control-plane" systemctl restart containerd
on_cluster wait --for=condition=Ready node/"$NAME-control-plane" --timeout=3m
expect "exec after the restart" "uid=0" "${KUBECTL[@]}" exec hello-gantry -- id
expect "the restarts of the pod" "0" "${KUBECTL[@]}" get pod hello-gantry --output 'jsonpath={.status.containerStatuses[0].restartCount}'
on_cluster delete --filename kubernetes/examples/hello.yaml --wait --timeout=2m
uninstall_gantry kind
expect "what is left on the node" "nothing" docker exec "$NAME-control-plane" sh -c 'ls /usr/local/bin/gantry /var/lib/gantry 2>/dev/null || echo nothing'
say "kind: everything as it must be"
