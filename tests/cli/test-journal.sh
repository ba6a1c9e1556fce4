#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk that was copied while its guest ran: the journal is replayed for Linux, but a boot loader
# reads what is stored. apply replays it into its result.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3 qemu-img

on='--on kvm:virtio-blk'
release=6.1.0-9-amd64
tree=tree # of the disks that are made
old_names_tree tree
sed -i "s,/dev/sda1,UUID=$SMALL_UUID," tree/etc/fstab tree/boot/grub/grub.cfg
mkdir inside
python3 -c 'import random; open("inside/large", "wb").write(random.Random(7).randbytes(100000))'
small_initramfs "tree/boot/initrd.img-$release" inside

# file_system FILE
file_system() {
	rm -f "$1"
	truncate -s 9M "$1"
	mke2fs -q -F -t ext4 -b 1024 -J size=1 -L small -U "$SMALL_UUID" -d "$tree" "$1" 9M
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
	grub_disk "$1" "$tree"
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

# A line that only the journal has is to be changed.
tree=old
old_names_tree old
echo later >old/etc/later
file_system after.img
cp after.img before.img
echo '/dev/sdz1 / ext4 defaults 0 1' >then
printf 'rm /etc/later\nrm /etc/fstab\nwrite then /etc/fstab\n' | debug before.img
journaled dirty.img before.img after.img
sum=$(sha256sum dirty.img)

# untouched NAME
untouched() {
	if [ "$(sha256sum dirty.img)" = "$sum" ]; then pass "$1"; else fail "$1"; fi
}

# written NAME FILE: what apply wrote has the changes, and nothing is left in its journal.
written() {
	run qemu-img convert -O raw "$2" raw.img
	status "$1: is read by QEMU" 0
	run e2fsck -fn "raw.img?offset=$SMALL_OFFSET"
	status "$1: e2fsck finds nothing" 0
	debugfs -R features "raw.img?offset=$SMALL_OFFSET" >features 2>&1
	lacks "$1: nothing is to be replayed" features needs_recovery
	debugfs -R 'cat /etc/fstab' "raw.img?offset=$SMALL_OFFSET" >fstab 2>/dev/null
	sed "s,/dev/sda1,UUID=$SMALL_UUID," old/etc/fstab >wanted
	same "$1: the line is changed" fstab wanted
	debugfs -R 'cat /etc/later' "raw.img?offset=$SMALL_OFFSET" >later 2>/dev/null
	same "$1: what the journal had is there" later old/etc/later
	judged "$2"
	status "$1: check says ready" 0
	untouched "$1: the disk is as it was"
}

replayed='dirty.img: partition 1: its journal was replayed first, as a start of the guest would'
# shellcheck disable=SC2086
run "$PARAVET" plan $on dirty.img
status 'a plan for a dirty journal' 1
tr -s ' \n' '  ' <out >told
has 'tells that it is replayed' told 'dirty.img: partition 1: it was not unmounted cleanly: apply replays its journal first'
has 'and what comes of it' told '(ready then): paravet apply'
lacks 'and does not ask for a clean one' told 'is clean'
# shellcheck disable=SC2086
run "$PARAVET" plan $on --format markdown dirty.img
has 'as Markdown' out 'apply replays its journal first'
# shellcheck disable=SC2086
run "$PARAVET" plan $on --format json dirty.img
has 'as JSON' out '"replays":[{"disk":"dirty.img","volume":"partition 1"}]'
# shellcheck disable=SC2086
run "$PARAVET" apply $on --dry-run dirty.img
status 'a dry run' 0
tr -s ' \n' '  ' <out >told
has 'tells it, too' told "$replayed"
untouched 'and writes nothing'
# shellcheck disable=SC2086
run "$PARAVET" apply $on -o new.qcow2 dirty.img
status 'an overlay' 0
tr -s ' \n' '  ' <out >told
has 'says that the journal was replayed' told "$replayed"
written overlay new.qcow2
# shellcheck disable=SC2086
run "$PARAVET" apply $on --format json --copy -o new.raw dirty.img
status 'a copy' 0
cp out json
holds 'says so as JSON' python3 -c '
import json, sys
document = json.load(open("json"))
for part in ("changes", "plan"):
    assert document["applied"][part]["replays"] == [{"disk": "dirty.img", "volume": "partition 1"}], part
try:
    import jsonschema
    jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(document)
except ImportError:
    pass' "$SOURCE/schema/apply.schema.json"
written copy new.raw
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place dirty.img
status 'in place it is refused' 66
has 'with the reason' err 'partition 1: ext4: feature needs_recovery: it is mounted, or was not unmounted cleanly'
untouched 'and nothing is written'
if [ -e dirty.img.paravet-undo ]; then fail 'nor a record'; else pass 'nor a record'; fi

# A file that was deleted while a program had it open: a kernel frees it, apply leaves it alone.
printf 'write blocks gone\n' | debug after.img
gone=$(echo 'stat gone' | debugfs -f - after.img 2>/dev/null | sed -n 's/^Inode: \([0-9]*\).*/\1/p')
printf '%s\n' 'unlink gone' "sif <$gone> links_count 0" "sif <$gone> dtime 0" "ssv last_orphan $gone" | debug after.img
journaled dirty.img before.img after.img
sum=$(sha256sum dirty.img)
# shellcheck disable=SC2086
run "$PARAVET" apply $on -o orphan.qcow2 dirty.img
status 'a deleted file that is still to be freed' 0
qemu-img convert -O raw orphan.qcow2 orphan.img
dd if=orphan.img of=fs.img bs=1M skip=1 status=none
echo "stat <$gone>" | debugfs -f - fs.img >out 2>&1
has 'stays as it is' out 'Links: 0'
e2fsck -fp fs.img >out 2>&1 || [ $? = 1 ]
has 'for who mounts it next' out "rphan"
run e2fsck -fn fs.img
status 'and nothing else is wrong' 0
untouched 'and the source is as it was'
finish
