# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# As openSUSE installs itself: everything on one Btrfs, / the snapshot that its default subvolume is,
# dracut for this host (an IDE disk), packages in NDB form below /usr.
. "$guests_dir/shapes/lib.sh"
shape() {
	local dir=/usr/lib/modules/$release
	system opensuse-tumbleweed 20231218 'openSUSE Tumbleweed' usr
	kernel zst "$dir/vmlinuz" "$dir/config" btrfs
	ln -s "../..$dir/config" "$tree/boot/config-$release"
	ln -s "..$dir/vmlinuz" "$tree/boot/vmlinuz-$release"
	ln -s "vmlinuz-$release" "$tree/boot/vmlinuz"
	initramfs=/boot/initrd-$release
	dracut "$initramfs" 059+suse.491 zst btrfs sd_mod ata_piix
	ln -s "initrd-$release" "$tree/boot/initrd"
	lines /boot/grub2/grub.cfg 'set btrfs_relative_path="y"' 'export btrfs_relative_path' \
		'if [ -f ${config_directory}/grubenv ]; then' \
		'  load_env -f ${config_directory}/grubenv' 'elif [ -s $prefix/grubenv ]; then' \
		'  load_env' 'fi' 'set default="${saved_entry}"' \
		"menuentry 'openSUSE Tumbleweed' --class opensuse --id 'opensuse-simple' {" \
		"	insmod part_gpt" "	insmod btrfs" "	search --no-floppy --fs-uuid --set=root $ROOT_UUID" \
		"	linux /boot/vmlinuz-$release root=UUID=$ROOT_UUID splash=silent quiet" \
		"	initrd /boot/initrd-$release" '}'
	grub_environment /boot/grub2/grubenv saved_entry=opensuse-simple
	lines /etc/fstab "UUID=$ROOT_UUID / btrfs defaults 0 0" \
		"UUID=$ROOT_UUID /var btrfs subvol=/@/var 0 0" \
		"UUID=$ROOT_UUID /home btrfs subvol=/@/home 0 0" \
		"UUID=$ROOT_UUID /boot/grub2/i386-pc btrfs subvol=/@/boot/grub2/i386-pc 0 0" \
		"UUID=$ROOT_UUID /.snapshots btrfs subvol=/@/.snapshots 0 0"
	rpm_ndb kernel-default 6.6.7-1 "$dir" "/boot/vmlinuz-$release" "/boot/config-$release"
	disk "$1"
}

disk() {
	local at=$scratch_dir/at snapshots=$scratch_dir/snapshots root_mib part
	mkdir -p "$tree/.snapshots" "$tree/boot/grub2/i386-pc" "$at"/{.snapshots,home,var} \
		"$at/boot/grub2/i386-pc" "$snapshots/1/snapshot" "$snapshots/2/snapshot"
	lines "/../tree.scratch/snapshots/1/info.xml" '<snapshot><num>1</num></snapshot>'
	for part in home var boot/grub2/i386-pc; do
		mkdir -p "$scratch_dir/sub/$part"
	done
	mv "$tree/var"/* "$scratch_dir/sub/var/"
	cp "$scratch_dir/.parts/layout-gpt/boot/grub/i386-pc"/* "$scratch_dir/sub/boot/grub2/i386-pc/"
	root_mib=$(mib_of "$tree" 64)
	make_gpt "$1" "1 $type_bios_boot" "$root_mib $type_linux"
	grub_code "$1" 2048
	make_btrfs "$1" 2 "$root_mib" "$ROOT_UUID" --default '@/.snapshots/1/snapshot' \
		"$scratch_dir/part" "$root_mib" @="$at" @/.snapshots="$snapshots" \
		@/.snapshots/1/snapshot="$tree" @/.snapshots/2/snapshot="$tree/etc" \
		@/home="$scratch_dir/sub/home" @/var="$scratch_dir/sub/var" \
		@/boot/grub2/i386-pc="$scratch_dir/sub/boot/grub2/i386-pc"
}
