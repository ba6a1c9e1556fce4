# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# systemd-boot from the EFI system partition, which is /boot: kernel, initramfs and entries lie on
# FAT. An initramfs for an IDE disk, root= as such a machine names it. For the lab.
base=cloud
layout=uefi

change_tree() {
	local esp=$1/boot/efi release work=$1/.systemd-boot
	release=$(ls "$1/lib/modules")
	sed -i 's/^MODULES=.*/MODULES=list/' "$1/etc/initramfs-tools/initramfs.conf"
	printf '%s\n' ata_piix ata_generic sd_mod ext4 >>"$1/etc/initramfs-tools/modules"
	in_tree "$1" mkinitramfs -o "/boot/initrd.img-$release" "$release"
	rm -r "$1/boot/grub" "$esp/EFI"
	mkdir -p "$work" "$esp/EFI/BOOT" "$esp/loader/entries"
	(cd "$work" && apt-get -q download systemd-boot-efi >/dev/null 2>&1) ||
		skip "apt-get has no package systemd-boot-efi"
	dpkg -x "$work"/*.deb "$work/tree"
	cp "$work/tree/usr/lib/systemd/boot/efi/systemd-bootx64.efi" "$esp/EFI/BOOT/BOOTX64.EFI"
	rm -r "$work"
	cp "$1/boot/vmlinuz-$release" "$1/boot/initrd.img-$release" "$esp/"
	printf '%s\n' 'default debian*' 'timeout 1' >"$esp/loader/loader.conf"
	printf '%s\n' 'title Debian GNU/Linux' "version $release" "linux /vmlinuz-$release" \
		"initrd /initrd.img-$release" 'options root=/dev/sda2 ro console=ttyS0 quiet' \
		>"$esp/loader/entries/debian-$release.conf"
	sed -i 's,/boot/efi,/boot,' "$1/etc/fstab"
}
