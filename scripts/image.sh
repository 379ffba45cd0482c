#!/usr/bin/env bash
# Makes the small test image in .cache/image/ (image.tar, image.json) unless it is there and up to date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

wanted=$(hash_of scripts/make-image.mjs)
if is_stamped image "$wanted" && [ -f .cache/image/image.tar ]; then exit 0; fi
take_lock image
busybox=$(bash scripts/debian-suite.sh bookworm busybox-static)/busybox
say "making the image"
node scripts/make-image.mjs "$busybox" .cache/image
stamp image "$wanted"
