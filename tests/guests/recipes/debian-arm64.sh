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

# copy_program TREE INITRAMFS PATH: with the libraries that its ELF header names.
copy_program() {
	local name library
	mkdir -p "$2/${3%/*}"
	cp -L "$1/$3" "$2/$3"
	for name in $(readelf -d "$1/$3" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		for library in lib/$name {,usr/}lib/aarch64-linux-gnu/$name; do
			[ -e "$2/$library" ] || [ ! -e "$1/$library" ] ||
				copy_program "$1" "$2" "$library"
		done
	done
}

# What scripts/functions runs of a folder, one behind the other.
order_scripts() { # INITRAMFS FOLDER SCRIPT...
	local script dir=$1/scripts/$2
	for script in "${@:3}"; do
		printf '/scripts/%s/%s "$@"\n[ -e /conf/param.conf ] && . /conf/param.conf\n' \
			"$2" "$script"
	done >"$dir/ORDER"
}

write_initramfs() { # TREE RELEASE INITRAMFS
	local share=$1/usr/share/initramfs-tools program
	mkdir -p "$3"/{bin,run,sbin,conf/conf.d,etc/{modprobe.d,udev},lib/systemd,lib/udev/rules.d} \
		"$3/lib/modules/$2/kernel/fs"
	cp -a "$share/init" "$share/scripts" "$3/"
	order_scripts "$3" init-top all_generic_ide blacklist udev
	order_scripts "$3" init-bottom udev
	rm -r "$3/scripts/local-premount"
	cp -a "$1"/usr/lib/klibc/bin/* "$3/bin/"
	cp -a "$1"/lib/klibc-*.so "$3/lib/"
	for program in bin/kmod bin/udevadm sbin/blkid; do
		copy_program "$1" "$3" "$program"
	done
	ln -s /bin/udevadm "$3/lib/systemd/systemd-udevd"
	ln -s /bin/kmod "$3/sbin/modprobe"
	cp -a "$1/etc/udev/udev.conf" "$3/etc/udev/"
	cp -a "$1"/lib/udev/rules.d/{50-udev-default,60-block,60-persistent-storage,80-drivers}.rules \
		"$3/lib/udev/rules.d/"
	cp -a "$1/etc/initramfs-tools/initramfs.conf" "$3/conf/"
	echo "DPKG_ARCH=arm64" >"$3/conf/arch.conf"
	cp -a "$1/lib/modules/$2"/modules.{order,builtin,builtin.modinfo} "$3/lib/modules/$2/"
	cp -a "$1/lib/modules/$2/kernel/fs/isofs" "$3/lib/modules/$2/kernel/fs/"
	depmod -b "$3" "$2"
}

write_menu() { # TREE RELEASE
	local esp=$1/boot/efi/EFI dir
	mkdir -p "$1/boot/grub" "$esp/debian" "$esp/BOOT"
	printf '%s\n' 'set default="0"' 'set timeout=1' "menuentry 'Debian GNU/Linux' {" \
		$'\tinsmod part_gpt' $'\tinsmod ext2' \
		$'\t'"search --no-floppy --fs-uuid --set=root $ROOT_UUID" \
		$'\t'"linux /boot/vmlinuz-$2 root=UUID=$ROOT_UUID ro console=ttyAMA0 quiet" \
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
	echo "$DISK_UUID" | tr -d - >"$tree/etc/machine-id"
	cp "$tree/usr/share/initramfs-tools/modules" "$tree/etc/initramfs-tools/modules"
	write_initramfs "$tree" "$release" "$tree/.initramfs"
	(cd "$tree/.initramfs" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) |
		zstd -q -1 >"$tree/boot/initrd.img-$release"
	rm -r "$tree/.initramfs"
	write_menu "$tree" "$release"
	printf '%s\n' "UUID=$ROOT_UUID / ext4 errors=remount-ro 0 1" \
		"UUID=$ESP_UUID /boot/efi vfat umask=0077 0 1" >"$tree/etc/fstab"
}
