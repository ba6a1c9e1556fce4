# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The EFI system partition is /boot: kernel, initramfs and GRUB's menu lie on FAT. The initramfs
# has an IDE disk's drivers only, and root= names the disk as such a machine does.
base=cloud
layout=uefi

change_tree() {
	local esp=$1/boot/efi release dir
	release=$(ls "$1/lib/modules")
	sed -i 's/^MODULES=.*/MODULES=list/' "$1/etc/initramfs-tools/initramfs.conf"
	printf '%s\n' ata_piix ata_generic sd_mod ext4 >>"$1/etc/initramfs-tools/modules"
	in_tree "$1" mkinitramfs -o "/boot/initrd.img-$release" "$release"
	# build.sh wants an initramfs in /boot; what is mounted there hides it.
	cp "$1/boot/initrd.img-$release" "$esp/"
	mv "$1/boot/vmlinuz-$release" "$1/boot/config-$release" "$esp/"
	rm -r "$1/boot/grub/x86_64-efi"
	mv "$1/boot/grub" "$esp/"
	sed -i "s|$ROOT_UUID\$|$ESP_UUID|; s|hd0,gpt2|hd0,gpt1|g
		s|^\(\s*[a-z]\+\s\+\)/boot/|\1/|; s|root=UUID=$ROOT_UUID|root=/dev/sda2|
		s|set timeout=5\$|set timeout=1|" "$esp/grub/grub.cfg"
	for dir in debian BOOT; do
		printf '%s\n' "search.fs_uuid $ESP_UUID root hd0,gpt1 " \
			"set prefix=(\$root)'/grub'" "configfile \$prefix/grub.cfg" \
			>"$esp/EFI/$dir/grub.cfg"
	done
	sed -i 's,/boot/efi,/boot,' "$1/etc/fstab"
}
