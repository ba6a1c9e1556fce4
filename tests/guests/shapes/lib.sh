# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Sample guests in the shape of other distributions. Nothing of theirs is in them: kernel and
# drivers are Debian's, of a base that other guests are made of, and around them lie the files that
# such a distribution keeps, made by the tools that make such files.
#
# A recipe reads this file and defines shape DISK, which fills $tree with what follows and makes the
# disk of it. Shared by the parts: tree and scratch_dir (folders), release (of the kernel), initramfs
# (path in the tree of the one that starts).

base=cloud layout=gpt arch=x86_64
shapes_dir=$guests_dir/shapes
. "$shapes_dir/kernel.sh"
. "$shapes_dir/initramfs.sh"
. "$shapes_dir/disk.sh"

# What is made depends on this folder, too.
if ! declare -F key_of_recipe >/dev/null; then
	eval "key_of_recipe() $(declare -f recipe_key | tail -n +2)"
	recipe_key() {
		{
			key_of_recipe "$1"
			! grep -q '/shapes/' "$guests_dir/recipes/$1.sh" || cat "$shapes_dir"/*
		} | sha256sum | cut -c1-16
	}
fi

needs() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# In place of build.sh's own, which unpacks all of a Debian.
make_guest() {
	tree=$1 scratch_dir=$1.scratch
	needs cpio depmod modprobe gzip xz zstd sfdisk python3
	mkdir -p "$tree" "$scratch_dir"
	tar -I zstd -xf "$3" -C "$scratch_dir" ./boot ./usr/lib/modules ./usr/bin/busybox \
		./.parts/layout-gpt/boot/grub/i386-pc/boot.img \
		./.parts/layout-gpt/boot/grub/i386-pc/core.img
	ln -s usr/lib "$scratch_dir/lib"
	release=$(ls "$scratch_dir/lib/modules")
	shape "$2"
	cp "$tree$initramfs" "$out/${names[1]}.initrd"
}

# system ID VERSION NAME [usr]: what every guest has; "usr": with /bin and /lib as links into it.
system() {
	local dir
	mkdir -p "$tree"/{boot,dev,etc,home,proc,root,run,sys,tmp,usr/lib,usr/bin,usr/sbin,var/lib}
	if [ "${4-}" = usr ]; then
		for dir in bin sbin lib; do ln -s "usr/$dir" "$tree/$dir"; done
	else
		mkdir -p "$tree"/{bin,sbin,lib}
	fi
	cp "$scratch_dir/usr/bin/busybox" "$tree/bin/"
	ln -s busybox "$tree/bin/sh"
	ln -s ../bin/busybox "$tree/sbin/init"
	printf '%s\n' "NAME=\"${3% *}\"" "ID=$1" "VERSION_ID=\"$2\"" "PRETTY_NAME=\"$3\"" \
		>"$tree/usr/lib/os-release"
	ln -s ../usr/lib/os-release "$tree/etc/os-release"
	echo "$DISK_UUID" | tr -d - >"$tree/etc/machine-id"
	echo "$1-guest" >"$tree/etc/hostname"
}

# lines FILE LINE...: a text of the tree.
lines() {
	local file=$tree$1
	shift
	mkdir -p "${file%/*}"
	printf '%s\n' "$@" >"$file"
}
