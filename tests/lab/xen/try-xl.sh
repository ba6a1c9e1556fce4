#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# try-xl.sh XEN-LAB PROGRAM DISK WORD...: runs "paravet prove WORD... DISK" (--on xen --timeout
# 1500) where a machine is a Xen host itself and its own xl runs the guest: in the first domain
# of the Xen host that "make xen-lab" has built in XEN-LAB. PROGRAM is a paravet without
# sanitizers, DISK a raw image; a WORD that is a file here is one there. What is printed is the
# first domain's console. After the end, and of boots that are ended by SIGINT while xl makes the
# guest and by SIGKILL while that starts, nothing may be left: exit status 1 otherwise. Takes 20
# minutes.
set -euo pipefail
[ $# -gt 3 ] || { echo 'usage: try-xl.sh XEN-LAB PROGRAM DISK WORD...' >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
lab=$1 program=$2 disk=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/tree"/{bin,lib,tmp}
cp "$program" "$work/tree/bin/paravet"
ldd "$program" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:blank:]]*\(\/[^ ]*\) (.*/\1/p' |
	while read -r library; do cp "$library" "$work/tree/lib/"; done
cp -r "$here/../../../platforms" "$work/tree/"
for word; do
	if [ -f "$word" ]; then
		cp "$word" "$work/tree/"
		word=${word##*/}
	fi
	printf '%s ' "$word"
done >"$work/tree/words"
cp "$here/try-xl-run.sh" "$work/tree/run"
chmod +x "$work/tree/run"
truncate -s 1G "$work/disk.img"
mke2fs -q -F -t ext4 -d "$work/tree" "$work/disk.img"

# As src/prove/qemu.c starts it, with a first domain that has room for a program.
qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -machine pc,accel=tcg \
	-cpu qemu64,+svm,+npt,+nx -smp 2 -m 2304 -kernel "$lab/xen" \
	-append 'console=com1 noreboot dom0_mem=1024M,max:1024M' \
	-initrd "$lab/vmlinux.dom0 console=hvc0 quiet paravet.mark=TRY paravet.program=vdb,$lab/dom0-initrd.gz" \
	-serial stdio \
	-drive "file=$lab/dom0.img,format=raw,if=virtio,snapshot=on" \
	-drive "file=$work/disk.img,format=raw,if=virtio,snapshot=on" \
	-drive "file=$disk,format=raw,if=virtio,snapshot=on" </dev/null |
	tee "$work/console"
grep -q '^TRY program ended 0' "$work/console"
