#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk that was copied while its guest ran: the journal is replayed for Linux, but a boot loader
# reads what is stored.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3

on='--on kvm:virtio-blk'
release=6.1.0-9-amd64
old_names_tree tree
sed -i "s,/dev/sda1,UUID=$SMALL_UUID," tree/etc/fstab tree/boot/grub/grub.cfg
mkdir inside
python3 -c 'import random; open("inside/large", "wb").write(random.Random(7).randbytes(100000))'
small_initramfs "tree/boot/initrd.img-$release" inside

# file_system FILE
file_system() {
	rm -f "$1"
	truncate -s 9M "$1"
	mke2fs -q -F -t ext4 -b 1024 -J size=1 -L small -U "$SMALL_UUID" -d tree "$1" 9M
}

# debug FILE: commands come by standard input.
debug() {
	debugfs -w -f - "$1" >/dev/null 2>&1
}

# journaled FILE BEFORE AFTER: a disk with BEFORE on it, and in its journal what makes AFTER of it.
journaled() {
	rm -f "$1"
	truncate -s 10M "$1"
	cp "$2" fs.img
	python3 - "$2" "$3" <<-'EOT' >commands
		import sys
		before, after = (open(path, "rb").read() for path in sys.argv[1:])
		differ = [n for n in range(len(after) // 1024)
		          if before[n * 1024:n * 1024 + 1024] != after[n * 1024:n * 1024 + 1024]]
		open("blocks", "wb").write(b"".join(after[n * 1024:n * 1024 + 1024] for n in differ))
		print("jo\njw -b %s blocks\njc" % ",".join(map(str, differ)))
	EOT
	debug fs.img <commands
	grub_disk "$1" tree
	dd if=fs.img of="$1" bs=1M seek=1 conv=notrunc status=none
}

# judged FILE: lines are joined in "told".
judged() {
	# shellcheck disable=SC2086
	run "$PARAVET" check -v $on "$1"
	tr -s ' \n' '  ' <out >told
}

file_system after.img
cp after.img before.img
printf 'set_super_value mtime now\n' | debug before.img
journaled disk.img before.img after.img
judged disk.img
status 'a journal without news of the start' 0
has 'it was replayed' told 'the journal was replayed in memory'
lacks 'and nothing is in it only' told 'is not yet in its place'

cp after.img before.img
printf 'rm /boot/initrd.img-%s\n' "$release" | debug before.img
journaled disk.img before.img after.img
judged disk.img
status 'an initramfs that only the journal has' 3
has 'is told' told "unknown boot-loader /boot/initrd.img-$release is not yet in its place, but in the journal, which GRUB 2 does not read"
has 'with what to do' told 'shut the guest down, or mount that file system once'
run "$PARAVET" inspect --format json disk.img
has 'it is a fact' out "\"unreplayed\":[\"/boot/initrd.img-$release\"]"
dd if=disk.img of=fs.img bs=1M skip=1 status=none
e2fsck -fp fs.img >/dev/null
dd if=fs.img of=disk.img bs=1M seek=1 conv=notrunc status=none
judged disk.img
status 'and after a replay' 0

cp tree/boot/grub/grub.cfg now
sed 's/quiet/quite/' now >then
cp after.img before.img
printf 'rm /boot/grub/grub.cfg\nwrite then /boot/grub/grub.cfg\n' | debug before.img
journaled disk.img before.img after.img
judged disk.img
status 'another menu' 3
has 'is told, too' told '/boot/grub/grub.cfg is not yet in its place'

# data=journal: a large file, of which one block is stored elsewhere.
cp after.img before.img
python3 - before.img "tree/boot/initrd.img-$release" <<-'EOT'
	import sys
	with open(sys.argv[1], "r+b") as image:
	    data, found = image.read(), open(sys.argv[2], "rb").read()[50 * 1024:51 * 1024]
	    image.seek(data.index(found))
	    image.write(bytes(1024))
EOT
journaled disk.img before.img after.img
judged disk.img
status 'one block of the initramfs' 3
has 'is seen' told "/boot/initrd.img-$release is not yet in its place"
finish
