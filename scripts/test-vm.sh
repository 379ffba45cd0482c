#!/usr/bin/env bash
# Runs tests in a virtual machine that this machine's kernel has no part in: Debian's kernel, systemd as pid 1. The last line
# is "N passed, N failed, N skipped".
#
#   scripts/test-vm.sh [--cgroups v2|hybrid|v1] [--no-build] [--timeout MINUTES] [VITEST ARGUMENT…]
#   scripts/test-vm.sh … -- COMMAND [ARGUMENT…]      runs a command there instead
#
# Without arguments: the integration tests of runtime, cgroups and the systemd driver, on cgroup v2. Without KVM the machine is
# emulated, and about twenty times slower than this one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

cgroups=v2 build=yes minutes=60
while [ $# -gt 0 ]; do
  case $1 in
    --cgroups) cgroups=${2:-} && shift 2 ;;
    --timeout) minutes=${2:-} && shift 2 ;;
    --no-build) build=no && shift ;;
    *) break ;;
  esac
done
# A kernel that is itself in a virtual machine may offer a KVM that does not work: it is not used unless it is asked for.
accel=${GANTRY_VM_ACCEL:-tcg,thread=multi,tb-size=512}
case $cgroups in
  v2) hierarchy="systemd.unified_cgroup_hierarchy=1" ;;
  hybrid) hierarchy="systemd.unified_cgroup_hierarchy=0" ;;
  v1) hierarchy="systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1" ;;
  *) die "--cgroups: v2, hybrid or v1" ;;
esac
arguments=("$@")
# The worker's tests are about deadlines, which are those of a machine that is not emulated, and nothing in them is the kernel's.
[ $# -gt 0 ] || arguments=(test/integration/runtime test/integration/cgroups --exclude "**/worker.test.ts")

if [ $build = yes ]; then bash scripts/build.sh; else bash scripts/bootstrap.sh build; fi
bash scripts/vm-image.sh
# One machine at a time: it takes every processor there is.
take_lock vm
qemu=$(bash scripts/debian-suite.sh bookworm qemu-system-x86)
bash scripts/debian-suite.sh bookworm busybox-static >/dev/null

dir=$PWD/.cache/vm
stage=$dir/repository
trap 'rm -rf "$stage" "$dir/repository.img"' EXIT

# What the tests read, as hard links; compilers and linters are left out. Node of this machine comes along.
say "packing the repository"
rm -rf "$stage"
mkdir -p "$stage/.cache/debian/bookworm" "$stage/.vm/bin" "$stage/.vm/programs" "$stage/node_modules" "$stage/dist"
cp -al src test proto scripts package.json tsconfig.json vitest.config.ts "$stage/"
cp -a "${GANTRY_TEST_BIN:-dist/bin}" "$stage/dist/bin"
for entry in node_modules/* node_modules/.bin; do
  case $entry in node_modules/@biomejs | node_modules/@oven | node_modules/typescript) continue ;; esac
  cp -a --link "$entry" "$stage/node_modules/"
done
cp -al .cache/debian/bookworm/busybox-static "$stage/.cache/debian/bookworm/"
if [ -d .cache/debian/bookworm/containerd ]; then
  cp -al .cache/debian/bookworm/containerd "$stage/.cache/debian/bookworm/"
fi
if [ -d .cache/image ]; then
  cp -al .cache/image "$stage/.cache/"
  cp -a .cache/stamps "$stage/.cache/"
fi
cp "$(node -p process.execPath)" "$stage/.vm/bin/node"
for source in test/integration/*/*.c; do
  gcc -O1 -o "$stage/.vm/programs/$(basename "$source" .c)" "$source"
done
printf '%s\n' "${arguments[@]}" >"$stage/.vm/arguments"
rm -f "$dir/repository.img"
mke2fs -q -t ext4 -O ^has_journal -L repository -d "$stage" "$dir/repository.img" 1500M

say "starting the machine (cgroup $cgroups; its console is in .cache/vm/console.log)"
append="console=ttyS0 quiet loglevel=3 mitigations=off random.trust_cpu=on psi=1 panic=-1 net.ifnames=0"
append+=" systemd.unit=gantry-test.target systemd.show_status=false systemd.log_target=kmsg $hierarchy"
append+=" gantry.repository=$PWD"
QEMU_MODULE_DIR=$qemu/../root/usr/lib/x86_64-linux-gnu/qemu timeout --kill-after=10 "${minutes}m" "$qemu/qemu-system-x86_64" \
  -L "$qemu/../root/usr/share/qemu" -L "$qemu/../root/usr/share/seabios" \
  -machine q35 -accel "$accel" -cpu max -smp 2 -m 2048 \
  -nodefaults -no-user-config -no-reboot -display none -serial stdio \
  -kernel "$dir/vmlinuz" -initrd "$dir/initrd" -append "$append" \
  -drive "file=$dir/base.img,format=raw,if=virtio,cache=unsafe,snapshot=on" \
  -drive "file=$dir/repository.img,format=raw,if=virtio,cache=unsafe,snapshot=on" \
  -device virtio-rng-pci </dev/null | sed -u 's|\r||g' | tee "$dir/console.log" || die "the machine did not end by itself in $minutes minutes"
sums=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$dir/console.log" | tail -n 1) || true
[ "${arguments[0]}" != -- ] || exit 0
[ -n "$sums" ] || die "the machine ended without a result"
echo "$sums"
[[ "$sums" =~ ,\ 0\ failed ]]
