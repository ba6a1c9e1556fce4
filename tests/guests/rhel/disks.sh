# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# From the tree to disks: a partition table as it was made then (the first partition on the
# second track), ext3, GRUB in the first sectors.

boot_start=63 boot_sectors=16384 root_sectors=49152 swap_sectors=2048
DATA_UUID=d1e2f304-1526-4738-9a4b-5c6d7e8f9021
volume_group_sectors=131456 # two extents of 32 MiB and 192 KiB before them

rhel_fs() { # DISK START_SECTOR SECTORS LABEL UUID TREE
	local type=ext3 inode=128 features=none,has_journal,ext_attr,filetype,sparse_super
	case $rhel in
	4 | 5) features+=,resize_inode,dir_index,large_file ;;
	6)
		type=ext4 inode=256
		features+=,resize_inode,dir_index,large_file,extent,flex_bg,huge_file,uninit_bg
		features+=,dir_nlink,extra_isize
		;;
	esac
	mke2fs -q -F -t "$type" -I "$inode" -O "$features" -L "$4" -U "$5" \
		-d "$6" -E "offset=$(($2 * 512)),root_owner=0:0" "$1" "$(($3 / 2))k" \
		>"$scratch_dir/mke2fs" 2>&1 || die "mke2fs: $(cat "$scratch_dir/mke2fs")"
}

rhel_swap() { # DISK START_SECTOR SECTORS
	local file=$scratch_dir/swap
	local -a label=()
	[[ $swap_spec != LABEL=* ]] || label=(-L "${swap_spec#LABEL=}")
	truncate -s $(($3 * 512)) "$file"
	mkswap -q "${label[@]}" -U "$DISK_UUID" "$file" >/dev/null
	dd if="$file" of="$1" bs=512 seek="$2" conv=notrunc,sparse status=none
	rm "$file"
}

# make_volume_group DISK START_SECTOR: what is written is what LVM's own program reads.
make_volume_group() {
	local head=$scratch_dir/physical-volume
	"$rhel_dir/volume-group.py" "$1" $(($2 * 512)) $((volume_group_sectors * 512))
	if command -v pvck >/dev/null; then
		dd if="$1" of="$head" bs=512 skip="$2" count=384 status=none
		LVM_SUPPRESS_FD_WARNINGS=1 pvck --dump headers "$head" >"$head.log" 2>&1 || true
		grep -q 'vgname VolGroup00 seqno 3' "$head.log" &&
			! grep -q CHECK "$head.log" || die "pvck: $(cat "$head.log")"
	fi
}

make_system_disk() { # DISK GRUB
	local disk=$1 root_start=$((boot_start + boot_sectors)) end table
	mv "$tree/boot" "$scratch_dir/boot"
	mkdir "$tree/boot"
	table="start=$boot_start, size=$boot_sectors, type=83, bootable"
	if [ "$root" = lvm ]; then
		end=$((root_start + volume_group_sectors))
		table+=$'\n'"start=$root_start, size=$volume_group_sectors, type=8e"
	else
		end=$((root_start + root_sectors + swap_sectors))
		table+=$'\n'"start=$root_start, size=$root_sectors, type=83"
		table+=$'\n'"start=$((root_start + root_sectors)), size=$swap_sectors, type=82"
	fi
	truncate -s $((end * 512 + 1048576)) "$disk"
	printf 'label: dos\nlabel-id: 0x5a1e0c7f\n%s\n' "$table" | sfdisk --quiet "$disk"
	install_grub_legacy "$disk" "$2" /grub/stage2
	rhel_fs "$disk" "$boot_start" "$boot_sectors" "$boot_label" "$BOOT_UUID" "$scratch_dir/boot"
	if [ "$root" = lvm ]; then
		make_volume_group "$disk" "$root_start"
		rhel_fs "$disk" $((root_start + 384)) 65536 "" "$ROOT_UUID" "$tree"
		rhel_swap "$disk" $((root_start + 384 + 65536)) 65536
	else
		rhel_fs "$disk" "$root_start" "$root_sectors" "$root_label" "$ROOT_UUID" "$tree"
		rhel_swap "$disk" $((root_start + root_sectors)) "$swap_sectors"
	fi
	mv "$scratch_dir/boot"/* "$tree/boot/"
}

make_data_disk() { # DISK
	local rhel=5
	mkdir "$scratch_dir/data"
	echo "the guest's data" >"$scratch_dir/data/README"
	truncate -s $(((63 + 16384) * 512)) "$1"
	printf 'label: dos\nlabel-id: 0x5a1e0c80\nstart=63, size=16384, type=83\n' |
		sfdisk --quiet "$1"
	rhel_fs "$1" 63 16384 /data "$DATA_UUID" "$scratch_dir/data"
}
