# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes small guests for tests of the program: a file tree with an operating system and no
# kernel, as a directory or as a disk. Sourced after lib.sh.

# small_tree DIR [PRETTY_NAME]
small_tree() {
	mkdir -p "$1/etc" "$1/bin" "$1/boot" "$1/usr/lib/modules" "$1/sbin"
	printf 'ID=testos\nVERSION_ID=7\nPRETTY_NAME="%s"\n' "${2:-Test OS 7}" >"$1/etc/os-release"
	printf 'LABEL=small / ext4 defaults 0 1\n' >"$1/etc/fstab"
}

# small_disk FILE [DIR]: an ext4 file system on the bare disk.
small_disk() {
	if [ $# -lt 2 ]; then
		small_tree tree
		set -- "$1" tree
	fi
	truncate -s 8M "$1"
	mke2fs -q -F -t ext4 -L small -d "$2" "$1"
}
