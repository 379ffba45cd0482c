# What scripts/kind-integration.sh and scripts/minikube-setup-runtime.sh share; sourced.
#
# The caller sets DRY_RUN (true: print each step, do nothing) and KUBECTL (the command and its context, an array).

# need COMMAND WHY: stop unless there is such a program.
need() {
  command -v "$1" >/dev/null || die "\"$1\" is missing: $2"
}

# step COMMAND…: say what is done, and do it.
step() {
  printf '+ %s\n' "$*"
  $DRY_RUN || "$@"
}

on_cluster() { step "${KUBECTL[@]}" "$@"; }

# expect WHAT TEXT COMMAND…: the output has this text.
expect() {
  local what=$1 text=$2 output
  shift 2
  printf '+ %s   (expect: %s)\n' "$*" "$text"
  ! $DRY_RUN || return 0
  output=$("$@") || die "$what: $* failed"
  [[ $output == *"$text"* ]] || die "$what: expected \"$text\", got: $output"
}

build_image() {
  need docker "it builds the installer's image (or set IMAGE_ARCHIVE to one that exists)"
  step npm run --silent build
  step docker build --file Containerfile --tag "$IMAGE" .
}

# The installer's DaemonSet is ready when every node is done.
install_gantry() {
  on_cluster apply --kustomize "kubernetes/overlays/$1"
  on_cluster --namespace gantry-system rollout status daemonset/gantry-installer --timeout=5m
  on_cluster wait --for=condition=Ready nodes --all --timeout=5m
}

# Pods of the handler that needs nothing but an image: logs, exec, a restart.
try_pods() {
  on_cluster apply --filename kubernetes/examples/hello.yaml
  on_cluster wait --for=condition=Ready pod/hello-gantry --timeout=3m
  expect "the log" "hello from hello-gantry" "${KUBECTL[@]}" logs hello-gantry
  expect "exec" "uid=0" "${KUBECTL[@]}" exec hello-gantry -- id
  on_cluster delete --filename kubernetes/examples/hello.yaml --wait --timeout=2m
  on_cluster apply --filename kubernetes/examples/sidecar.yaml
  on_cluster wait --for=condition=Ready pod/sidecar-gantry --timeout=3m
  expect "the other container" "sleep" "${KUBECTL[@]}" logs sidecar-gantry --container watcher
  on_cluster delete --filename kubernetes/examples/sidecar.yaml --wait --timeout=2m
}

uninstall_gantry() {
  on_cluster --namespace gantry-system delete daemonset gantry-installer --wait --timeout=2m
  on_cluster apply --kustomize kubernetes/uninstall
  on_cluster --namespace gantry-system rollout status daemonset/gantry-uninstaller --timeout=5m
  on_cluster delete --kustomize "kubernetes/overlays/$1" --ignore-not-found --wait --timeout=3m
}
