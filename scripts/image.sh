#!/usr/bin/env bash
# Makes the small test images in .cache/image/ (image.tar, image.json, pause.tar, pause.json) unless they are there and up to date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

wanted=$(hash_of scripts/make-image.mjs scripts/pause.c)
if is_stamped image "$wanted" && [ -f .cache/image/image.tar ] && [ -f .cache/image/pause.tar ]; then exit 0; fi
take_lock image
busybox=$(bash scripts/debian-suite.sh bookworm busybox-static)/busybox
say "making the images"
mkdir -p .cache/image
gcc -std=c11 -Wall -Wextra -Werror -D_GNU_SOURCE -Os -static -s -o .cache/image/pause scripts/pause.c
node scripts/make-image.mjs "$busybox" .cache/image/pause .cache/image
stamp image "$wanted"
