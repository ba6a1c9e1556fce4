# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Syslinux from the EFI system partition, which is /boot: kernel, initramfs and menu lie on FAT.
# An initramfs for an IDE disk, root= as such a machine names it. For the lab.
base=cloud
layout=uefi

change_tree() {
	local esp=$1/boot/efi release work=$1/.syslinux
	release=$(ls "$1/lib/modules")
	sed -i 's/^MODULES=.*/MODULES=list/' "$1/etc/initramfs-tools/initramfs.conf"
	printf '%s\n' ata_piix ata_generic sd_mod ext4 >>"$1/etc/initramfs-tools/modules"
	in_tree "$1" mkinitramfs -o "/boot/initrd.img-$release" "$release"
	rm -r "$1/boot/grub" "$esp/EFI"
	mkdir -p "$work" "$esp/EFI/BOOT"
	(cd "$work" && apt-get -q download syslinux-efi syslinux-common >/dev/null 2>&1) ||
		skip "apt-get has no packages syslinux-efi and syslinux-common"
	for package in "$work"/*.deb; do
		dpkg -x "$package" "$work/tree"
	done
	cp "$work/tree/usr/lib/SYSLINUX.EFI/efi64/syslinux.efi" "$esp/EFI/BOOT/BOOTX64.EFI"
	cp "$work/tree/usr/lib/syslinux/modules/efi64/ldlinux.e64" "$esp/EFI/BOOT/"
	rm -r "$work"
	cp "$1/boot/vmlinuz-$release" "$1/boot/initrd.img-$release" "$esp/"
	printf '%s\n' 'DEFAULT l0' 'PROMPT 0' 'APPEND root=/dev/sda2 ro console=ttyS0 quiet' \
		'INCLUDE entries.cfg' >"$esp/EFI/BOOT/syslinux.cfg"
	printf '%s\n' 'LABEL l0' $'\tMENU LABEL Debian GNU/Linux' \
		$'\t'"LINUX /vmlinuz-$release" $'\t'"INITRD ../../initrd.img-$release" \
		'LABEL l0r' $'\tMENU LABEL Debian GNU/Linux (recovery mode)' \
		$'\t'"LINUX /vmlinuz-$release" $'\t'"INITRD ../../initrd.img-$release" \
		$'\tAPPEND root=/dev/sda2 ro single' >"$esp/EFI/BOOT/entries.cfg"
	sed -i 's,/boot/efi,/boot,' "$1/etc/fstab"
}
