# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on a logical volume of type raid1, with an image in each of two partitions. For the lab.
. "$guests_dir/recipes/debian-lvm.sh"

# All of it, what LVM writes, and an extent for the superblock of the image.
half_of() { echo $((${1} + 2)); }

make_fs() { # DISK START_MIB SIZE_MIB TYPE UUID TREE
	local half image=$scratch_dir/root
	if [ "$4" != ext4 ]; then
		make_ext "$@"
		return
	fi
	half=$(half_of "$3")
	truncate -s "$3M" "$image"
	make_ext "$image" 0 "${@:3}"
	python3 "$guests_dir/../cli/volume-group.py" --type raid1 "$image" "$scratch_dir/pv0" \
		"$scratch_dir/pv1"
	put_part "$1" "$2" "$scratch_dir/pv0"
	put_part "$1" $(($2 + half)) "$scratch_dir/pv1"
}
