# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Initramfs in the forms that their programs make: the files by which init finds and loads drivers.

# pack_archive_as ROOT FILE PROGRAM...
pack_archive_as() {
	local root=$1 file=$2
	shift 2
	(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 --reproducible) |
		"$@" >"$file"
}

# begin_initramfs SUFFIX MODULE... -> REPLY: the folder, with modules in it.
begin_initramfs() {
	local root=$scratch_dir/initramfs
	rm -rf "$root"
	mkdir -p "$root"/{dev,etc,proc,run,sys,usr/bin,usr/sbin,usr/lib}
	ln -s usr/lib "$root/lib"
	ln -s usr/bin "$root/bin"
	ln -s usr/sbin "$root/sbin"
	cp "$scratch_dir/usr/bin/busybox" "$root/usr/bin/"
	[ $# = 1 ] || install_modules "$root" "$@"
	REPLY=$root
}

# inside ROOT PATH LINE...
inside() {
	local file=$1/$2
	mkdir -p "${file%/*}"
	printf '%s\n' "${@:3}" >"$file"
}

# dracut FILE VERSION SUFFIX MODULE...: for this host alone.
dracut() {
	local file=$1 version=$2 root
	begin_initramfs "${@:3}"
	root=$REPLY
	inside "$root" "usr/lib/dracut/dracut-$version"
	inside "$root" usr/lib/dracut/build-parameter.txt " '--hostonly'"
	inside "$root" usr/lib/dracut/hostonly-files /etc/machine-id
	inside "$root" usr/lib/initrd-release 'ID=initrd' "DRACUT_VERSION=\"$version\""
	inside "$root" usr/lib/dracut-lib.sh '# functions'
	mkdir -p "$root/usr/lib/systemd"
	ln "$root/usr/bin/busybox" "$root/usr/lib/systemd/systemd-udevd"
	ln "$root/usr/bin/busybox" "$root/usr/lib/systemd/systemd-modules-load"
	ln "$root/usr/bin/busybox" "$root/usr/bin/kmod"
	ln -s usr/lib/systemd/systemd "$root/init"
	pack_archive_as "$root" "$tree$file" zstd -q -3
}

# mkinitcpio FILE HOOKS SUFFIX MODULE...
mkinitcpio() {
	local file=$1 hooks=$2 root
	begin_initramfs "${@:3}"
	root=$REPLY
	inside "$root" buildconfig 'MODULES=()' "HOOKS=($hooks)"
	inside "$root" config 'MODULES=""' "EARLYHOOKS=\"udev\"" 'HOOKS="udev"'
	inside "$root" VERSION 37.3
	inside "$root" init '#!/usr/bin/ash' '. /init_functions'
	inside "$root" init_functions '# functions'
	inside "$root" hooks/udev '#!/usr/bin/ash'
	mkdir -p "$root/usr/lib/systemd"
	ln "$root/usr/bin/busybox" "$root/usr/lib/systemd/systemd-udevd"
	ln "$root/usr/bin/busybox" "$root/usr/bin/kmod"
	pack_archive_as "$root" "$tree$file" zstd -q -3
}

# mkinitfs FILE SUFFIX MODULE...
mkinitfs() {
	local file=$1 root
	begin_initramfs "${@:2}"
	root=$REPLY
	inside "$root" init '#!/bin/sh' 'VERSION=3.11.1' \
		'modprobe -a $(echo "$KOPT_modules $rootfstype" | tr "," " ") loop squashfs' \
		'nlplug-findfs -p /sbin/mdev $KOPT_root'
	inside "$root" etc/mdev.conf '.* 0:0 660'
	ln "$root/usr/bin/busybox" "$root/usr/sbin/nlplug-findfs"
	pack_archive_as "$root" "$tree$file" gzip -9n
}
