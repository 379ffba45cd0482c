#!/bin/bash
# Write src/gen/ (or the directory given as $1) from proto/: one protobufjs static module per use, so that a program
# loads only the messages it speaks. 64-bit fields are Long everywhere: metrics, timeouts and times pass 2^53.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$(realpath -m "${1:-$repository/src/gen}")
cd "$repository"
mkdir -p "$out"

# module NAME PROTO...: the messages of these files and of those they import. Each module has a protobufjs root of its
# own, because two modules with one root would overwrite each other's packages.
module() {
  local name=$1
  shift
  node_modules/.bin/pbjs --target static-module --wrap esm --root "gantry-$name" --path proto \
    --no-verify --no-convert --no-delimited --no-typeurl --no-service --force-long \
    --dts --out "$out/$name.js" "$@"
  node scripts/generate-tidy.mjs "$out/$name.js" "$out/$name.d.ts"
}

module ttrpc ttrpc/ttrpc.proto google/empty.proto google/timestamp.proto
module task containerd/task/v2.proto
module events containerd/events.proto containerd/events-forward.proto
module options containerd/runc-options.proto containerd/linux-runc-options.proto containerd/runtimeoptions.proto
module metrics cgroups/v1.proto cgroups/v2.proto
module bootstrap containerd/bootstrap.proto containerd/types/runtime.proto
module sandbox containerd/sandbox.proto containerd/types/sandbox.proto
module cri kubernetes/sandbox-config.proto
module streaming containerd/streaming.proto containerd/transfer.proto
module mounts containerd/types/mount.proto
module runtime gantry/runtime/v1/runtime.proto
