# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on a logical volume, striped over two partitions; /boot on ext2. For the lab.
base=lvm
layout=gpt-boot
. "$guests_dir/shapes/disk.sh"

change_tree() {
	sed -i "s,^UUID=$ROOT_UUID ,/dev/mapper/vg0-root ," "$1/etc/fstab"
	sed -i "s,root=UUID=$ROOT_UUID,root=/dev/mapper/vg0-root," "$1/boot/grub/grub.cfg"
	scratch_dir=$1.scratch
	mkdir -p "$scratch_dir"
}

# Two physical volumes in place of the partition of /, with room for what LVM writes.
half_of() { echo $((($1 + 1) / 2 + 1)); }
declare -F make_table >/dev/null || eval "make_table() $(declare -f make_gpt | tail -n +2)"
make_gpt() { # DISK "SIZE_MIB TYPE"...
	local half
	half=$(half_of "${4%% *}")
	make_table "$1" "$2" "$3" "$half $type_lvm" "$half $type_lvm"
}
type_lvm=E6D6D379-F507-44C2-A23C-238F2A3DF928

declare -F make_ext >/dev/null || eval "make_ext() $(declare -f make_fs | tail -n +2)"
make_fs() { # DISK START_MIB SIZE_MIB TYPE UUID TREE
	local half image=$scratch_dir/root
	if [ "$4" != ext4 ]; then
		make_ext "$@"
		return
	fi
	half=$(half_of "$3")
	truncate -s $(((half - 1) * 2))M "$image"
	make_ext "$image" 0 $(((half - 1) * 2)) "${@:4}"
	python3 "$guests_dir/../cli/volume-group.py" "$image" "$scratch_dir/pv0" "$scratch_dir/pv1"
	put_part "$1" "$2" "$scratch_dir/pv0"
	put_part "$1" $(($2 + half)) "$scratch_dir/pv1"
}
