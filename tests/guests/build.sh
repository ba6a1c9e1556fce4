#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.sh NAME... OUTDIR: builds the sample guests of tests/guests/recipes/NAME.sh into
# OUTDIR, without root, and prints each disk's path.  What is up to date is left alone.  Exit
# status 77: this machine lacks something, said on stderr.
#
# A recipe sets family=rhel and defines what rhel/lib.sh asks for, or is one of Debian's own
# packages and sets
#   base=       the tree: a file of bases/
#   initramfs=  default (what the packages made) or a kind of inside.sh
#   layout=     gpt, mbr, mbr-device-names, gpt-boot or uefi (the base then has GRUB for it)
#   format=     raw, qcow2 or dir (a plain directory)
#   backing=    instead of all these: a qcow2 overlay over that recipe's disk
# and may define change_tree DIR, which alters the tree before it becomes a disk.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rhel/lib.sh"

[ $# -ge 2 ] || die "usage: build.sh NAME... OUTDIR"
out=${!#}
names=("${@:1:$#-1}")
mkdir -p "$out"
out=$(cd "$out" && pwd)
export PATH=$PATH:/usr/sbin:/sbin TMPDIR=$out

recipe_key() {
	{
		cat "$guests_dir/lib.sh" "$guests_dir/build.sh" "$guests_dir/recipes/$1.sh"
		if [ "$family" = rhel ]; then
			cat "$rhel_dir"/*
		elif [ -n "$backing" ]; then
			cat "$guests_dir/recipes/$backing.sh"
		else
			load_base "$base"
			base_key
		fi
	} | sha256sum | cut -c1-16
}

# Runs with the owners kept: everything between the tarball and the disk.
make_guest() {
	local tree=$1 disk=$2 tarball=$3
	extract_tree "$tarball" "$tree" "$initramfs" "$layout"
	change_tree "$tree"
	# For make bench, which times other programs on it.
	cp "$tree"/boot/initrd.img-* "$out/${names[1]}.initrd"
	[ "$format" = dir ] || make_disk "$layout" "$tree" "$disk"
}

load_recipe() {
	[ -f "$guests_dir/recipes/$1.sh" ] || die "no recipe $1"
	family=debian base='' initramfs=default layout=gpt format=raw backing=
	change_tree() { :; }
	. "$guests_dir/recipes/$1.sh"
}

# build_debian NAME DISK
build_debian() {
	local name=$1 disk=$2 work tarball
	if [ -n "$backing" ]; then
		"$guests_dir/build.sh" "$backing" "$out" >/dev/null
		cp "$out/$backing.initrd" "$out/$name.initrd"
		qemu-img create -q -f qcow2 -b "$backing.img" -F raw "$disk"
		return
	fi
	load_base "$base"
	tarball=$(build_base "$base" "$out")
	work=$(mktemp -d "$out/$name.XXXXXX")
	remove_at_exit "$work"
	with_owners "$guests_dir/build.sh" --make-guest "$name" "$tarball" "$work" "$out"
	case $format in
	raw) mv "$work/disk" "$disk" ;;
	qcow2) qemu-img convert -f raw -O qcow2 "$work/disk" "$disk" ;;
	dir) mv "$work/tree" "$disk" ;;
	esac
	rm -rf "$work"
}

# build_rhel NAME
build_rhel() {
	local name=$1 work grub
	rhel_check_tools
	grub=$(grub_legacy "$out")
	work=$(mktemp -d "$out/$name.XXXXXX")
	remove_at_exit "$work"
	with_owners "$guests_dir/build.sh" --make-guest "$name" "$grub" "$work" "$out"
	mv "$work/$name"* "$out/"
	rm -rf "$work"
}

build_one() {
	local name=$1 key start=$SECONDS
	local -a disks
	load_recipe "$name"
	case $family.$format in
	rhel.*) disks=("$out/$name-system.img" "$out/$name-data.img") ;;
	debian.raw) disks=("$out/$name.img") ;;
	debian.qcow2) disks=("$out/$name.qcow2") ;;
	debian.dir) disks=("$out/$name.dir") ;;
	*) die "recipe $name: unknown family $family or format $format" ;;
	esac
	if [ "$family" = debian ]; then
		[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
			skip "the sample guests are made from amd64 packages on an amd64 Debian"
	fi
	[ "$format" != qcow2 ] || command -v qemu-img >/dev/null || skip "qemu-img is not installed"
	[ "$layout" != uefi ] || { command -v mkfs.fat && command -v mcopy; } >/dev/null ||
		skip "mkfs.fat or mcopy (dosfstools, mtools) is not installed"
	key=$(recipe_key "$name")
	if [ -e "${disks[0]}" ] && [ "$(cat "$out/$name.key" 2>/dev/null)" = "$key" ]; then
		printf '%s\n' "${disks[@]}"
		return
	fi
	rm -rf "${disks[@]}" "$out/$name.key"
	"build_$family" "$name" "${disks[0]}"
	echo "$key" >"$out/$name.key"
	say "$name built in $((SECONDS - start)) s"
	printf '%s\n' "${disks[@]}"
}

if [ "${names[0]}" = --make-guest ]; then
	load_recipe "${names[1]}"
	case $family in
	rhel) rhel_make_guest "${names[1]}" "${names[3]}" "${names[2]}" ;;
	*) make_guest "${names[3]}/tree" "${names[3]}/disk" "${names[2]}" ;;
	esac
	exit
fi
for name in "${names[@]}"; do
	build_one "$name"
done
