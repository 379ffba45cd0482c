#!/usr/bin/env bash
# Makes the system that the tests in a virtual machine run on, unless it is there and up to date: .cache/vm/base.img (a small
# Debian with systemd), .cache/vm/vmlinuz and .cache/vm/initrd. Nothing is installed on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

# Debian 12: its systemd can be told to use any version of cgroups, and its containerd is the oldest we support.
SUITE=bookworm
# The cloud kernel has the same cgroup controllers in a third of the size.
KERNEL=linux-image-cloud-amd64
PACKAGES=systemd-sysv,dbus,e2fsprogs,iproute2,dbus-user-session,libpam-systemd,kmod,procps,libstdc++6
# What the initrd loads, in this order, and what containers may need later.
BOOT_MODULES=(virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk)
MODULES=(overlay loop dummy veth bridge fuse squashfs erofs bfq autofs4)

[ "$(uname -m)" = x86_64 ] || die "the virtual machine is made for x86_64 only"
[ "$(id -u)" = 0 ] || die "run as root: a Debian system is unpacked with its owners"
for tool in mke2fs perl unshare gzip; do
  command -v "$tool" >/dev/null || die "\"$tool\" is missing: install it first"
done

dir=$PWD/.cache/vm
wanted=$(hash_of scripts/vm-image.sh test/vm/init test/vm/units)
if is_stamped vm-image "$wanted" && [ -f "$dir/base.img" ]; then exit 0; fi
take_lock vm-image
if is_stamped vm-image "$wanted" && [ -f "$dir/base.img" ]; then exit 0; fi

busybox=$(bash scripts/debian-suite.sh $SUITE busybox-static)/busybox
mmdebstrap=$(bash scripts/debian-suite.sh $SUITE mmdebstrap)
kernel=$(bash scripts/debian-suite.sh $SUITE $KERNEL)/../root
version=$(basename "$(echo "$kernel"/lib/modules/*)")
mkdir -p "$dir"

# A Debian system without documentation. debian-suite.sh has found out about the archive; its line is used again.
debian() {
  say "making a Debian $SUITE system (about two minutes)"
  rm -rf "$dir/root"
  apt-config dump Acquire >"$dir/apt.conf"
  PATH=$PATH:$mmdebstrap unshare --mount --propagation private perl "$mmdebstrap/mmdebstrap" \
    --quiet --mode=root --variant=essential --include=$PACKAGES --aptopt="$dir/apt.conf" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/i18n/*' \
    $SUITE "$dir/root" "$(cat ".cache/debian/$SUITE/apt/etc/sources.list")" >"$dir/mmdebstrap.log" 2>&1 || {
    tail -n 20 "$dir/mmdebstrap.log" >&2
    die "mmdebstrap could not make the system"
  }
  rm -f "$dir/root/etc/apt/apt.conf.d/99mmdebstrap"
}

# modules_of NAME…: paths below lib/modules/VERSION/ of these modules and all they need, needed ones first.
modules_of() {
  local name line path
  for name in "$@"; do
    line=$(grep -E "/${name//_/[_-]}\.ko:" "$dir/root/lib/modules/$version/modules.dep") || die "the kernel has no module $name"
    for path in $(echo "${line#*:}" | tr ' ' '\n' | tac) "${line%%:*}"; do echo "$path"; done
  done | awk '!seen[$0]++'
}

copy_modules() {
  local target=$dir/root/lib/modules/$version path
  rm -rf "$dir/modules"
  mkdir -p "$target" "$dir/modules"
  cp -r "$kernel/lib/modules/$version/." "$target/"
  chroot "$dir/root" depmod "$version"
  modules_of "${BOOT_MODULES[@]}" "${MODULES[@]}" >"$dir/modules.list"
  modules_of "${BOOT_MODULES[@]}" >"$dir/modules.boot"
  while read -r path; do install -D -m 644 "$target/$path" "$dir/modules/$path"; done <"$dir/modules.list"
  rm -rf "$target/kernel"
  cp -r "$dir/modules/kernel" "$target/"
  chroot "$dir/root" depmod "$version"
}

# /init loads what the disk needs, mounts it and hands over to systemd.
initrd() {
  local tree=$dir/initrd.tree path
  rm -rf "$tree"
  mkdir -p "$tree"/{bin,dev,proc,root,modules}
  cp "$busybox" "$tree/bin/busybox"
  install -m 755 test/vm/init "$tree/init"
  while read -r path; do
    cp "$dir/modules/$path" "$tree/modules/"
    echo "${path##*/}" >>"$tree/modules/order"
  done <"$dir/modules.boot"
  (cd "$tree" && find . | "$busybox" cpio -o -H newc 2>/dev/null) | gzip -1 >"$dir/initrd"
}

configure() {
  local root=$dir/root
  # A fixed identity, no first-boot questions, nothing that waits for a network or a person.
  echo 11111111111111111111111111111111 >"$root/etc/machine-id"
  echo gantry-vm >"$root/etc/hostname"
  : >"$root/etc/fstab"
  cp test/vm/units/* "$root/etc/systemd/system/"
  chroot "$root" useradd --uid 1000 --create-home --shell /bin/sh user
  rm -rf "$root"/var/cache/apt "$root"/var/lib/apt "$root"/usr/share/{doc,man,locale,zoneinfo,bash-completion}
}

debian
copy_modules
initrd
configure
cp "$kernel/boot/vmlinuz-$version" "$dir/vmlinuz"
rm -f "$dir/base.img"
mke2fs -q -t ext4 -O ^has_journal -L base -d "$dir/root" "$dir/base.img" 1G
rm -rf "$dir/root" "$dir/modules" "$dir/initrd.tree"
stamp vm-image "$wanted"
