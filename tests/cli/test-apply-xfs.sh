#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# apply changes a guest on XFS within the blocks of its files, undo gives every byte back, and a
# step that would need more is left to people by name.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mkfs.xfs xfs_db xfs_repair python3

on='--on kvm:virtio-blk'

# xfs_disk FILE DIR [OPTION...]: one partition with that tree, and a first sector that says GRUB.
xfs_disk() {
	disk=$1 from=$2
	shift 2
	python3 - "$from" <<-'EOT' >proto
		import os, sys
		def add(folder):
		    for name in sorted(os.listdir(folder)):
		        path = os.path.join(folder, name)
		        if os.path.isdir(path):
		            print(name, "d--755 0 0")
		            add(path)
		            print("$")
		        else:
		            print(name, "---644 0 0", path)
		print("-\n0 0\nd--755 0 0")
		add(sys.argv[1])
		print("$")
	EOT
	rm -f part "$disk"
	truncate -s 20M part
	# mkfs.xfs makes no file system below 300 MiB, unless it is for its own tests.
	TEST_DIR=1 TEST_DEV=1 QA_CHECK_FS=1 mkfs.xfs -q -L small -m "uuid=$SMALL_UUID" "$@" -p proto part
	python3 - "$disk" <<-'EOT'
		import struct, sys
		sector = bytearray(512)
		sector[0:2] = b"\xeb\x48"
		sector[384:389] = b"GRUB "
		struct.pack_into("<B3sB3sII", sector, 446, 0x80, b"\0\2\0", 0x83, b"\0\0\0", 2048, 20 * 2048)
		sector[510:512] = b"\x55\xaa"
		with open("part", "rb") as part, open(sys.argv[1], "wb") as disk:
		    disk.write(sector)
		    disk.seek(1 << 20)
		    disk.write(part.read())
	EOT
}

sum() {
	sha256sum "$1" | cut -d' ' -f1
}

# sound NAME DISK
sound() {
	dd if="$2" of=part bs=1M skip=1 status=none conv=sparse
	run xfs_repair -n -o force_geometry part
	status "$1: xfs_repair finds nothing" 0
}

old_names_tree tree
sed -i 's/ext4/xfs/' tree/etc/fstab
sed -i 's/EXT4/XFS/' tree/boot/config-*
sed -i 's/ext4/xfs/' tree/lib/modules/*/modules.builtin
xfs_disk disk.img tree
before=$(sum disk.img)

# shellcheck disable=SC2086
{
	run "$PARAVET" check $on disk.img
	status 'a guest on XFS is fixable' 1
	run "$PARAVET" apply $on --copy -o copy.img --format json disk.img
	status 'it is copied' 0
	cp out json
	holds 'what is only watched counts as no change' python3 -c 'import json
old, new = (open(name, "rb").read() for name in ("disk.img", "copy.img"))
differ = sum(old[i:i + 4096] != new[i:i + 4096] for i in range(0, len(old), 4096))
told = json.load(open("json"))["applied"]["changes"]["disks"]
assert [disk["bytes"] for disk in told] == [differ * 4096], (told, differ)'
	run "$PARAVET" apply $on --in-place disk.img
	status 'it is changed in place' 0
	has 'the line of fstab grew within its block' out '/etc/fstab: edited, '
	has 'nothing is left to do' out 'with the changes ready: 1 of 1 steps made'
	sound 'in place' disk.img
	run "$PARAVET" check $on disk.img
	status 'it is ready' 0
	run "$PARAVET" apply $on --dry-run disk.img
	has 'a second time there is nothing to do' out 'ready: nothing to do'
	run "$PARAVET" undo disk.img.paravet-undo
	status 'it is undone' 0
	if [ "$(sum disk.img)" = "$before" ]; then pass 'byte for byte'; else fail 'byte for byte'; fi

	# Whoever used the file system since may have left the old inodes in its log.
	rm disk.img.paravet-undo
	run "$PARAVET" apply $on --in-place disk.img
	status 'it is changed once more' 0
	dd if=disk.img of=part bs=1M skip=1 status=none conv=sparse
	run xfs_db -x -c 'logformat -c 5' part
	status 'its log goes on' 0
	dd if=part of=disk.img bs=1M seek=1 status=none conv=notrunc
	used=$(sum disk.img)
	run "$PARAVET" undo disk.img.paravet-undo
	status 'then nothing is undone' 65
	has 'it is said why' err 'shows that the file system was used since it was changed'
	if [ "$(sum disk.img)" = "$used" ]; then pass 'nothing is written'; else fail 'nothing is written'; fi
}

# A menu that fills its only block to the last byte.
python3 - tree/boot/grub/grub.cfg <<'EOT'
import sys
with open(sys.argv[1], "r+b") as f:
    text = f.read()
    f.write(b"#" * (4095 - len(text)) + b"\n")
EOT
xfs_disk full.img tree
before=$(sum full.img)
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place full.img
status 'what would need a block is left to people' 1
has 'it is said why' out 'on xfs a file is changed within its blocks only, which hold 4096'
has 'and what to do' out 'make the change inside the guest'
if [ "$(sum full.img)" = "$before" ]; then pass 'nothing is changed'; else fail 'nothing is changed'; fi
# shellcheck disable=SC2086
run "$PARAVET" plan $on full.img
has 'plan ends with the reason' out 'Not from outside: step 1: '
finish
