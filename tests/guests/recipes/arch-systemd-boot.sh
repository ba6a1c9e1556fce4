# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Arch Linux as many install it on a virtual machine of VMware: systemd-boot on the EFI system
# partition, which is /boot; one initramfs for this host and one for all; pacman's database.
. "$guests_dir/shapes/lib.sh"
shape() {
	local dir=/usr/lib/modules/$release options
	needs mkfs.fat mcopy
	[ -e /usr/lib/systemd/boot/efi/systemd-bootx64.efi ] || skip 'systemd-boot-efi is not installed'
	system arch rolling 'Arch Linux' usr
	# Arch Linux keeps the configuration inside of its kernels only, and this one has none.
	kernel zst "$dir/vmlinuz" "$dir/config" vfat nls_ascii
	rm "$tree$dir/config"
	echo linux >"$tree$dir/pkgbase"
	cp "$tree$dir/vmlinuz" "$tree/boot/vmlinuz-linux"
	initramfs=/boot/initramfs-linux.img
	mkinitcpio "$initramfs" 'base udev autodetect modconf block filesystems' zst vmw_pvscsi sd_mod
	mkinitcpio /boot/initramfs-linux-fallback.img 'base udev modconf block filesystems' zst \
		vmw_pvscsi sd_mod ata_piix virtio_pci virtio_blk virtio_scsi xen-blkfront
	for name in systemd/systemd-bootx64 BOOT/BOOTX64; do
		install -D /usr/lib/systemd/boot/efi/systemd-bootx64.efi "$tree/boot/EFI/$name.efi"
	done
	lines /boot/loader/loader.conf 'default arch.conf' 'timeout 3'
	options="options root=UUID=$ROOT_UUID rw"
	lines /boot/loader/entries/arch.conf 'title Arch Linux' 'linux /vmlinuz-linux' \
		'initrd /initramfs-linux.img' "$options"
	lines /boot/loader/entries/arch-fallback.conf 'title Arch Linux (fallback initramfs)' \
		'linux /vmlinuz-linux' 'initrd /initramfs-linux-fallback.img' "$options"
	lines /etc/fstab "UUID=$ROOT_UUID / ext4 rw,relatime 0 1" \
		"UUID=$ESP_UUID /boot vfat rw,relatime,fmask=0022 0 2"
	lines /etc/mkinitcpio.conf 'MODULES=()' 'HOOKS=(base udev autodetect modconf block filesystems)'
	lines /etc/systemd/network/20-wired.network '[Match]' 'Name=en* eth*' '[Network]' 'DHCP=yes'
	pacman_package linux 6.1.0.arch1-56 "$dir"
	mkdir -p "$tree$dir/build"
	pacman_package linux-headers 6.1.0.arch1-56 "$dir/build"
	pacman_package filesystem 2023.09.18-1 /usr/lib/os-release
	disk "$1"
}

disk() {
	local boot_mib root_mib
	mv "$tree/boot" "$scratch_dir/fs-boot"
	mkdir "$tree/boot"
	boot_mib=$(mib_of "$scratch_dir/fs-boot" 24)
	root_mib=$(mib_of "$tree" 24)
	make_gpt "$1" "$boot_mib $type_esp" "$root_mib $type_linux"
	make_esp "$1" 1 "$boot_mib" "$scratch_dir/fs-boot"
	make_fs "$1" $((boot_mib + 1)) "$root_mib" ext4 "$ROOT_UUID" "$tree"
	rmdir "$tree/boot"
	mv "$scratch_dir/fs-boot" "$tree/boot"
}
