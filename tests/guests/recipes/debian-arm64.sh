# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# A Debian for arm64, whose programs cannot run where it is made. Its initramfs has the layout
# of initramfs-tools and the drivers of a machine with NVMe, as update-initramfs there made it.
base=arm64
layout=uefi
initramfs=default

# The tree is fetched once; without the package archive there is nothing to look at.
archive_answers() {
	local kind uri name rest
	read -r kind uri name rest < <(apt_sources "$(suite)" arm64) || return 0
	/usr/lib/apt/apt-helper download-file "${uri%/}/dists/$name/InRelease" "$out/InRelease" \
		>/dev/null 2>&1 && rm "$out/InRelease"
}
compgen -G "$out/base-arm64-*.tar.zst" >/dev/null || archive_answers ||
	skip "the archive of Debian's packages for arm64 cannot be reached"

write_initramfs() { # TREE RELEASE WORK
	local share=$1/usr/share/initramfs-tools program
	mkdir -p "$3"/{bin,sbin,conf/conf.d,etc/modprobe.d,lib/{modprobe.d,systemd}} \
		"$3/lib/modules/$2/kernel/fs"
	cp -a "$share/init" "$share/scripts" "$3/"
	for program in bin/busybox bin/kmod bin/udevadm lib/systemd/systemd-udevd; do
		cp -a "$1/$program" "$3/$program"
	done
	ln -s /bin/kmod "$3/sbin/modprobe"
	cp -a "$1/etc/initramfs-tools/initramfs.conf" "$3/conf/"
	echo "DPKG_ARCH=arm64" >"$3/conf/arch.conf"
	cp -a "$1/lib/modules/$2"/modules.{order,builtin,builtin.modinfo} "$3/lib/modules/$2/"
	cp -a "$1/lib/modules/$2/kernel/fs/isofs" "$3/lib/modules/$2/kernel/fs/"
	depmod -b "$3" "$2"
}

write_menu() { # TREE RELEASE
	local esp=$1/boot/efi/EFI dir
	mkdir -p "$1/boot/grub" "$esp/debian" "$esp/BOOT"
	printf '%s\n' 'set default="0"' 'set timeout=5' "menuentry 'Debian GNU/Linux' {" \
		$'\tinsmod part_gpt' $'\tinsmod ext2' \
		$'\t'"search --no-floppy --fs-uuid --set=root $ROOT_UUID" \
		$'\t'"linux /boot/vmlinuz-$2 root=UUID=$ROOT_UUID ro console=ttyAMA0" \
		$'\t'"initrd /boot/initrd.img-$2" '}' >"$1/boot/grub/grub.cfg"
	cp "$1/usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed" "$esp/debian/grubaa64.efi"
	cp "$esp/debian/grubaa64.efi" "$esp/BOOT/BOOTAA64.EFI"
	for dir in debian BOOT; do
		printf '%s\n' "search.fs_uuid $ROOT_UUID root hd0,gpt2 " \
			"set prefix=(\$root)'/boot/grub'" \
			"configfile \$prefix/grub.cfg" >"$esp/$dir/grub.cfg"
	done
}

change_tree() {
	local tree=$1 release
	release=$(ls "$tree/lib/modules")
	depmod -b "$tree" "$release"
	sed -i 's/^MODULES=.*/MODULES=dep/' "$tree/etc/initramfs-tools/initramfs.conf"
	cp "$tree/usr/share/initramfs-tools/modules" "$tree/etc/initramfs-tools/modules"
	write_initramfs "$tree" "$release" "$tree/.initramfs"
	(cd "$tree/.initramfs" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) |
		zstd -q -1 >"$tree/boot/initrd.img-$release"
	rm -r "$tree/.initramfs"
	write_menu "$tree" "$release"
	printf '%s\n' "UUID=$ROOT_UUID / ext4 errors=remount-ro 0 1" \
		"UUID=$ESP_UUID /boot/efi vfat umask=0077 0 1" >"$tree/etc/fstab"
}
