# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Arch Linux with a unified kernel image: systemd's own stub with kernel, initramfs and command line
# in it, on an EFI system partition at /efi, and systemd-boot, which finds it there. The initramfs is
# for a machine of VMware.
. "$guests_dir/shapes/lib.sh"
shape() {
	local dir=/usr/lib/modules/$release name
	needs mkfs.fat mcopy objcopy objdump
	[ -e "$stubs/linuxx64.efi.stub" ] || skip 'systemd-boot-efi is not installed'
	system arch rolling 'Arch Linux' usr
	echo 'BUILD_ID=rolling' >>"$tree/usr/lib/os-release"
	kernel zst "$dir/vmlinuz" "$dir/config" vfat nls_ascii
	echo linux >"$tree$dir/pkgbase"
	initramfs=/boot/initramfs-linux.img
	mkinitcpio "$initramfs" 'base udev autodetect modconf block filesystems' zst vmw_pvscsi sd_mod
	lines /etc/kernel/cmdline "root=UUID=$ROOT_UUID rw quiet"
	mkdir -p "$tree/efi/EFI/Linux"
	unified "$tree/efi/EFI/Linux/arch-linux.efi" "$tree$dir/vmlinuz"
	for name in systemd/systemd-bootx64 BOOT/BOOTX64; do
		install -D "$stubs/systemd-bootx64.efi" "$tree/efi/EFI/$name.efi"
	done
	lines /efi/loader/loader.conf 'timeout 3'
	lines /etc/fstab "UUID=$ROOT_UUID / ext4 rw,relatime 0 1" \
		"UUID=$ESP_UUID /efi vfat rw,relatime,fmask=0077 0 2"
	lines /etc/systemd/network/20-wired.network '[Match]' 'Name=en* eth*' '[Network]' 'DHCP=yes'
	pacman_package linux 6.1.0.arch1-56 "$dir"
	disk "$1"
}

stubs=/usr/lib/systemd/boot/efi

# unified FILE KERNEL: sections behind those of the stub, as systemd-stub(7) has it done.
unified() {
	local stub=$stubs/linuxx64.efi.stub at section file align=4096
	local -a options=()
	echo -n "$release" >"$scratch_dir/uname"
	at=$(objdump -h "$stub" | awk 'NF == 7 { size = $3; at = $4 } END { print at, size }')
	at=$(((16#${at% *} + 16#${at#* } + align - 1) / align * align))
	while read -r section file; do
		options+=(--add-section ".$section=$file" --change-section-vma ".$section=$at")
		at=$((at + ($(stat -c %s "$file") + align - 1) / align * align))
	done <<-SECTIONS
		osrel $tree/usr/lib/os-release
		cmdline $tree/etc/kernel/cmdline
		uname $scratch_dir/uname
		initrd $tree$initramfs
		linux $2
	SECTIONS
	objcopy "${options[@]}" "$stub" "$1"
}

disk() {
	local boot_mib root_mib
	mv "$tree/efi" "$scratch_dir/fs-efi"
	mkdir "$tree/efi"
	mv "$tree$initramfs" "$scratch_dir/"
	boot_mib=$(mib_of "$scratch_dir/fs-efi" 24)
	root_mib=$(mib_of "$tree" 24)
	make_gpt "$1" "$boot_mib $type_esp" "$root_mib $type_linux"
	make_esp "$1" 1 "$boot_mib" "$scratch_dir/fs-efi"
	make_fs "$1" $((boot_mib + 1)) "$root_mib" ext4 "$ROOT_UUID" "$tree"
	mv "$scratch_dir/${initramfs##*/}" "$tree$initramfs"
}
