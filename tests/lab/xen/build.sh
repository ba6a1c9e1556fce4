#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.sh OUTDIR: builds a small Xen host that runs inside QEMU's emulation, without root,
# from the packages of this machine's Debian suite, and prints OUTDIR. What is up to date is
# left alone. Exit status 77: this machine lacks something, said on stderr. It leaves there
#   xen             the hypervisor, as QEMU's -kernel takes it
#   vmlinux.dom0    the kernel of the host's first domain, unpacked: under emulation its own
#                   unpacking would take most of a minute
#   dom0-initrd.gz  finds the disk with the first domain's root
#   dom0.img        that disk: xl, the device model, and dom0-init.sh, which runs one guest
#   versions        the packages all this was made from
set -euo pipefail
xen_dir=$(cd "$(dirname "$0")" && pwd)
. "$xen_dir/../../guests/lib.sh"
# shellcheck disable=SC2034  # read by say()
speaker=xen-lab

[ $# -ge 1 ] || die "usage: build.sh OUTDIR"
export PATH=$PATH:/usr/sbin:/sbin
made='xen vmlinux.dom0 dom0-initrd.gz dom0.img versions'
packages=xen-system-amd64,xen-utils-common,xenstore-utils,qemu-system-xen,seabios,ipxe-qemu
packages=$packages,busybox-static,iproute2,bridge-utils,kmod,procps,mount,util-linux,python3-minimal
first_modules='virtio_pci virtio_blk ext4'
more_modules='xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback
	loop tun bridge nbd'

# The kernel's package is unpacked and not installed: its scripts would make an initramfs.
# Runs in mmdebstrap with the tree as $1, so that the archive and its keys are the tree's.
# shellcheck disable=SC2016  # the tree's shell expands it
fetch_kernel='set -eu
	mkdir "$1/.kernel"
	cd "$1/.kernel"
	export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
	name=$(apt-cache depends linux-image-amd64 | sed -n "s/^ *Depends: \(linux-image-\)/\1/p")
	apt-get download "$name"
	for package in *.deb; do dpkg-deb -x "$package" .; done
	dpkg-query --admindir="$1/var/lib/dpkg" --show >../versions
	for package in *.deb; do
		dpkg-deb --show "$package" >>../versions
	done
	rm ./*.deb'

lab_key() {
	{
		cat "$xen_dir"/build.sh "$xen_dir"/dom0-* "$guests_dir/lib.sh"
		suite
		dpkg --print-architecture
	} | sha256sum | cut -c1-16
}

# number FILE OFFSET SIZE: a little-endian number (that of the machines this runs on).
number() { od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }

# unpack_kernel VMLINUZ: its ELF file. The header says where the packed one lies
# (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length).
unpack_kernel() {
	local offset length magic
	offset=$((($(number "$1" $((0x1f1)) 1) + 1) * 512 + $(number "$1" $((0x248)) 4)))
	length=$(number "$1" $((0x24c)) 4)
	magic=$(od -An -v -t x1 -j "$offset" -N 4 "$1" | tr -d ' ')
	# Behind all but gzip's stream stands the unpacked size, four bytes no program expects.
	case $magic in
	1f8b*) set -- "$1" gzip ;;
	fd377a58) set -- "$1" xz; length=$((length - 4)) ;;
	28b52ffd) set -- "$1" zstd; length=$((length - 4)) ;;
	02214c18) set -- "$1" lz4; length=$((length - 4)) ;;
	*) die "the kernel is packed in a way build.sh does not know ($magic)" ;;
	esac
	command -v "$2" >/dev/null || skip "$2 is not installed"
	dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count="$length" status=none |
		"$2" -dc
}

# copy_modules FROM TO RELEASE NAME...: these modules and what they need, unpacked, with an
# index. TO/modules lists them in the order of loading.
copy_modules() {
	local from=$1 to=$2 release=$3 file
	shift 3
	mkdir -p "$to/lib/modules/$release"
	modprobe -d "$from" -S "$release" --show-depends -a "$@" |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$to/modules.from"
	while IFS= read -r file; do
		cp "$file" "$to/lib/modules/$release/"
		case $file in *.xz) xz -d "$to/lib/modules/$release/${file##*/}" ;; esac
	done <"$to/modules.from"
	sed 's,.*/,,; s,\.xz$,,' "$to/modules.from" >"$to/modules"
	rm "$to/modules.from"
	cp "$from/lib/modules/$release"/modules.{order,builtin*} "$to/lib/modules/$release/"
	depmod -b "$to" "$release"
}

make_initrd() { # TREE RELEASE INITRD
	local root=$1/.initrd
	mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/root"
	cp "$1/bin/busybox" "$root/bin/"
	cp "$xen_dir/dom0-initramfs.sh" "$root/init"
	# shellcheck disable=SC2086  # a list of names
	copy_modules "$1/.kernel" "$root" "$2" $first_modules
	(cd "$root" && find . | cpio --quiet -o -H newc) | gzip -1 >"$3"
}

# Runs with the owners kept: everything between the tarball and the files of the lab.
pack_lab() {
	local work=$1 tree=$1/tree release size
	mkdir "$tree"
	tar -xf "$work/tree.tar" -C "$tree" --exclude='./dev/*'
	rm "$work/tree.tar"
	# Newer packages keep their modules in /usr/lib, where modprobe -d does not look.
	[ -d "$tree/.kernel/lib" ] || ln -s usr/lib "$tree/.kernel/lib"
	release=$(ls "$tree/.kernel/lib/modules")
	gzip -dc "$tree"/boot/xen-[0-9]*.gz >"$work/xen"
	unpack_kernel "$tree/.kernel/boot/vmlinuz-$release" >"$work/vmlinux.dom0"
	depmod -b "$tree/.kernel" "$release"
	make_initrd "$tree" "$release" "$work/dom0-initrd.gz"
	# shellcheck disable=SC2086  # a list of names
	copy_modules "$tree/.kernel" "$tree" "$release" $more_modules
	cp "$xen_dir/dom0-init.sh" "$tree/sbin/dom0-init"
	cp "$xen_dir/dom0-frames.py" "$tree/sbin/dom0-frames"
	mv "$tree/versions" "$work/versions"
	rm -r "$tree/.kernel" "$tree/.initrd" "${tree:?}/boot"
	size=$(($(kib_of "$tree") * 115 / 102400 + 48))
	truncate -s "${size}M" "$work/dom0.img"
	mke2fs -q -F -t ext4 -d "$tree" -E root_owner=0:0 -m 0 "$work/dom0.img"
}

build_lab() {
	local key start=$SECONDS work file program
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
		skip "the Xen host is made from amd64 packages on an amd64 Debian"
	key=$(lab_key)
	[ "$(cat "$out/key" 2>/dev/null)" != "$key" ] || return 0
	for program in cpio modprobe depmod mke2fs xz; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
	rm -f "$out/key"
	work=$(mktemp -d "$out/work.XXXXXX")
	remove_at_exit "$work"
	debian_tree "$work" Xen "$packages" --customize-hook="$fetch_kernel"
	with_owners "$xen_dir/build.sh" --pack "$work"
	for file in $made; do mv "$work/$file" "$out/$file"; done
	rm -rf "$work"
	echo "$key" >"$out/key"
	say "built in $((SECONDS - start)) s"
}

if [ "$1" = --pack ]; then
	pack_lab "$2"
	exit
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
export TMPDIR=$out
build_lab
echo "$out"
