# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# As Fedora installs itself: / and /home on subvolumes of one Btrfs, /boot on ext4, entries of the
# Boot Loader Specification, dracut for this host, packages in SQLite below /usr.
. "$guests_dir/shapes/lib.sh"
shape() {
	local dir=/usr/lib/modules/$release id
	id=$(echo "$DISK_UUID" | tr -d -)
	system fedora 39 'Fedora Linux 39' usr
	kernel xz "$dir/vmlinuz" "$dir/config" btrfs
	cp "$tree$dir/vmlinuz" "$tree/boot/vmlinuz-$release"
	cp "$tree$dir/config" "$tree/boot/config-$release"
	initramfs=/boot/initramfs-$release.img
	dracut "$initramfs" 059-16.fc39 xz btrfs virtio_pci virtio_blk virtio_net
	dracut "/boot/initramfs-0-rescue-$id.img" 059-16.fc39 xz btrfs sd_mod ata_piix
	cp "$tree/boot/vmlinuz-$release" "$tree/boot/vmlinuz-0-rescue-$id"
	local words="root=UUID=$ROOT_UUID ro rootflags=subvol=root rhgb quiet"
	lines "/boot/loader/entries/$id-$release.conf" "title Fedora Linux ($release) 39" \
		"version $release" "linux /vmlinuz-$release" "initrd /initramfs-$release.img" \
		"options $words" 'grub_users $grub_users' 'grub_arg --unrestricted' 'grub_class fedora'
	lines "/boot/loader/entries/$id-0-rescue.conf" "title Fedora Linux (0-rescue-$id) 39" \
		"version 0-rescue-$id" "linux /vmlinuz-0-rescue-$id" \
		"initrd /initramfs-0-rescue-$id.img" "options $words"
	mkdir -p "$tree/boot/grub2"
	lines /boot/grub2/grub.cfg 'if [ -f ${config_directory}/grubenv ]; then' \
		'  load_env -f ${config_directory}/grubenv' 'elif [ -s $prefix/grubenv ]; then' \
		'  load_env' 'fi' 'set default="${saved_entry}"' 'insmod part_gpt' 'insmod ext2' \
		"search --no-floppy --fs-uuid --set=root $BOOT_UUID" \
		"set boot=\$root" 'insmod blscfg' 'blscfg'
	grub_environment /boot/grub2/grubenv "saved_entry=$id-$release" menu_auto_hide=1
	lines /etc/fstab "UUID=$ROOT_UUID / btrfs subvol=root,compress=zstd:1 0 0" \
		"UUID=$BOOT_UUID /boot ext4 defaults 1 2" \
		"UUID=$ROOT_UUID /home btrfs subvol=home,compress=zstd:1 0 0"
	lines /etc/kernel/cmdline "$words"
	rpm_sqlite "kernel-core:6.6.8-200.fc39:$dir,/boot/vmlinuz-$release" \
		"fedora-release:39-34:/usr/lib/os-release"
	disk "$1"
}

disk() {
	local boot_mib root_mib
	mv "$tree/boot" "$scratch_dir/fs-boot"
	mkdir "$tree/boot"
	mv "$tree/home" "$scratch_dir/fs-home"
	mkdir "$tree/home"
	boot_mib=$(mib_of "$scratch_dir/fs-boot" 24)
	root_mib=$(($(mib_of "$tree" 48)))
	make_gpt "$1" "1 $type_bios_boot" "$boot_mib $type_linux" "$root_mib $type_linux"
	grub_code "$1" 2048
	make_fs "$1" 2 "$boot_mib" ext4 "$BOOT_UUID" "$scratch_dir/fs-boot"
	make_btrfs "$1" $((boot_mib + 2)) "$root_mib" "$ROOT_UUID" --pack zstd "$scratch_dir/part" \
		"$root_mib" root="$tree" home="$scratch_dir/fs-home"
	rmdir "$tree/boot"
	mv "$scratch_dir/fs-boot" "$tree/boot"
}
