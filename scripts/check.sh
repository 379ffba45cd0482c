#!/usr/bin/env bash
# All that CI runs, in CI's order.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec bash scripts/test.sh "$@"
