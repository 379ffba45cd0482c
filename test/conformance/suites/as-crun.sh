#!/bin/bash
# crun's tests call this as crun: the flags that only crun has become what a runtime with runc's command line understands.
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --cgroup-manager) [ "$2" = cgroupfs ] || arguments+=(--systemd-cgroup) && shift ;;
    --config) [ "$2" = config.json ] || cp "$2" config.json && shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
exec "$GANTRY_CONFORMANCE_RUNTIME" "${arguments[@]}"
