#!/usr/bin/env bash
# Leaves every executable in dist/bin/. The TypeScript programs are one file under two names: src/bin/main.ts looks at
# argv[0]. It is gantry-runtime as well, started by a small program of that name (native/engine). A part whose
# inputs have not changed since the last build is not built again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

TYPESCRIPT_NAMES=(gantry-shimd gantry)
NATIVE_NAMES=(gantry-init containerd-shim-gantry-v2 gantry-runtime)

bash scripts/bootstrap.sh build
take_lock build
mkdir -p dist/bin

build_typescript() {
  local bun wanted name
  # The baseline build runs on processors without AVX2.
  case $(uname -m) in
    x86_64) bun=node_modules/@oven/bun-linux-x64-baseline/bin/bun ;;
    aarch64) bun=node_modules/@oven/bun-linux-aarch64/bin/bun ;;
    *) die "no Bun for $(uname -m)" ;;
  esac
  [ -x "$bun" ] || die "$bun is missing: npm was told to leave optional packages out"
  wanted=$(hash_of src package-lock.json scripts/build.sh)
  if is_stamped typescript "$wanted" && [ -x dist/bin/gantry ] && [ -x dist/bin/gantry-shimd ]; then
    return
  fi
  say "compiling TypeScript"
  # Split, so that a program reads and links only what it imports: `state` of an absent container takes 11 ms, in one
  # piece 17. Nothing is read from the working directory at run time: a shim's is the bundle, which a pod author fills.
  env -u NODE_OPTIONS -u BUN_OPTIONS -u BUN_BE_BUN "$bun" build --compile --bytecode --format=esm --splitting --min-chunk-size=65536 \
    --compile-jit-policy=1000 --minify --keep-names \
    --no-compile-autoload-dotenv --no-compile-autoload-bunfig --no-compile-autoload-tsconfig \
    --no-compile-autoload-package-json --outfile dist/gantry-all src/bin/main.ts >&2
  for name in "${TYPESCRIPT_NAMES[@]}"; do
    ln -f dist/gantry-all "dist/bin/.$name.new"
    mv -f "dist/bin/.$name.new" "dist/bin/$name"
    # rename(2) of two links to the same file does nothing at all
    rm -f "dist/bin/.$name.new"
  done
  rm -f dist/gantry-all
  stamp typescript "$wanted"
}

build_native() {
  local wanted name
  wanted=$(hash_of native)
  if is_stamped native "$wanted" && [ -x dist/bin/gantry-init ] && [ -x dist/bin/containerd-shim-gantry-v2 ] && [ -x dist/bin/gantry-runtime ]; then
    return
  fi
  say "compiling native"
  make -s -C native -j"$(nproc)" all >&2
  for name in "${NATIVE_NAMES[@]}"; do
    install -m 755 "native/build/$name" "dist/bin/.$name.new"
    mv -f "dist/bin/.$name.new" "dist/bin/$name"
  done
  stamp native "$wanted"
}

build_native
build_typescript
