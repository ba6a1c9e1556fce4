# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on XFS, /boot on ext2; the initramfs holds the drivers of most machines. For the lab.
base=cloud
layout=gpt-boot
. "$guests_dir/shapes/disk.sh"

change_tree() {
	sed -i 's/ ext4 errors=remount-ro 0 1/ xfs defaults 0 0/' "$1/etc/fstab"
	scratch_dir=$1.scratch
	mkdir -p "$scratch_dir"
}

# The file system of / is another one than lib.sh makes.
declare -F make_ext >/dev/null || eval "make_ext() $(declare -f make_fs | tail -n +2)"
make_fs() { # DISK START_MIB SIZE_MIB TYPE UUID TREE
	if [ "$4" = ext4 ]; then
		make_xfs "$1" "$2" "$3" "$5" "$6"
	else
		make_ext "$@"
	fi
}
