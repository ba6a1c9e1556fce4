#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# / on Linux software RAID, of MD and in LVM: which members count, what is told when some are missing,
# how arrays are named, what the initramfs needs for them, and that apply writes all mirrors or none.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3

on='--on kvm:virtio-blk'
release=6.1.0-9-amd64
START=1048576
SIZE=9437184

# md_tree DIR NAME: / is called NAME in fstab and by the boot loader; everything is built in.
md_tree() {
	rm -rf "$1" inside
	old_names_tree "$1"
	mkdir -p "$1/etc/mdadm" inside/sbin
	sed -i "s,/dev/sda1,$2," "$1/etc/fstab" "$1/boot/grub/grub.cfg"
	printf 'kernel/%s.ko\n' md-mod raid0 raid1 raid10 linear dm-mod \
		>>"$1/lib/modules/$release/modules.builtin"
	echo program >inside/sbin/mdadm
	small_initramfs "$1/boot/initrd.img-$release" inside
}

# partition FILE: one partition of type fd from START on, and GRUB's code.
partition() {
	rm -f "$1"
	truncate -s 10M "$1"
	python3 - "$1" <<-'EOT2'
		import struct, sys
		sector = bytearray(512)
		sector[0:2] = b"\xeb\x48"
		sector[384:389] = b"GRUB "
		struct.pack_into("<B3sB3sII", sector, 446, 0x80, b"\0\2\0", 0xfd, b"\0\0\0", 2048, 9 * 2048)
		sector[510:512] = b"\x55\xaa"
		with open(sys.argv[1], "r+b") as disk:
		    disk.write(sector)
	EOT2
}

# image DIR: its tree as an ext4 file system in fs.img
image() {
	rm -f fs.img
	truncate -s 6M fs.img
	mke2fs -q -F -t ext4 -b 1024 -L small -U "$SMALL_UUID" -d "$1" fs.img
}

# array "DISK..." OPTION...: partitions on these disks as members of one array with fs.img.
array() {
	members=
	for disk in $1; do
		if [ "$disk" = - ]; then
			members="$members -"
		else
			partition "$disk"
			members="$members $disk:$START:$SIZE"
		fi
	done
	shift
	# shellcheck disable=SC2086
	python3 "$HERE/md-array.py" "$@" fs.img $members
}

# judged DISK...: lines are joined in "told".
judged() {
	# shellcheck disable=SC2086
	run "$PARAVET" check -v $on "$@"
	tr -s ' \n' '  ' <out >told
}

md_tree tree /dev/md/root
image tree
for metadata in 1.2 1.1 1.0 0.90; do
	name=/dev/md/root
	if [ "$metadata" = 0.90 ]; then
		md_tree tree /dev/md0
		image tree
		name=/dev/md0
	fi
	array 'a.img b.img' --metadata "$metadata"
	judged a.img b.img
	status "RAID1 with superblocks $metadata, / called $name" 0
	has "$metadata: the array is one volume" told "read in a.img, MD ${name#/dev/}"
	lacks "$metadata: its members are none of their own" told 'two operating systems'
	if command -v mdadm >/dev/null; then
		dd if=b.img of=member bs=1M skip=1 count=9 status=none
		holds "$metadata: mdadm reads such superblocks" mdadm --examine member
		has "$metadata: mdadm finds no fault" out '- correct'
	fi
done

# One name or another.
for name in /dev/md0 /dev/disk/by-id/md-uuid-3aaa0122:29827cfa:5331ad66:ca767371 \
	"UUID=$SMALL_UUID"; do
	md_tree tree "$name"
	image tree
	array 'a.img b.img' --name web01:0
	judged a.img b.img
	status "/ is called $name" 0
done
md_tree tree /dev/md127
image tree
array 'a.img b.img'
judged a.img b.img
status 'a single array without a number is md127' 0
md_tree tree /dev/md5
printf 'DEVICE partitions\narray /dev/md5 metadata=1.2\n  UUID=3AAA0122:29827CFA:5331AD66:CA767371\n' \
	>tree/etc/mdadm/mdadm.conf
image tree
array 'a.img b.img'
judged a.img b.img
status 'mdadm.conf says that it is md5' 0
sed -i 's/md5/md6/' tree/etc/mdadm/mdadm.conf
image tree
array 'a.img b.img'
judged a.img b.img
status 'or another one' 3
has 'which is not there then' told '/ is /dev/md5, which is on none of these disks'
md_tree tree "UUID=$SMALL_UUID"
seq -f 'ARRAY /dev/md/%g' 1100 >tree/etc/mdadm/mdadm.conf
image tree
array 'a.img b.img'
judged a.img b.img
status 'mdadm.conf of more lines than anybody has' 3
has 'which is told' told 'names of disks could not be read: more than 1024 ARRAY lines'

# Members that are missing, or do not count.
md_tree tree /dev/md/root
image tree
array 'a.img b.img'
judged b.img
status 'one mirror is read, but the other one may be newer' 3
has 'which is told' told 'active device 0 of MD md/root is on none of the disks'
has 'with what to do' told 'name that disk, too'
run "$PARAVET" inspect --format json b.img
has 'as a fact' out '"active device 0"'
array 'a.img b.img' --stale 0
judged a.img b.img
status 'a mirror that stayed behind is not read' 0
has 'it is told with its events' told 'it stopped at event 30, the array is at 40'
array 'a.img b.img' --failed 0
judged a.img b.img
status 'nor one that failed' 0
has 'it is told' told 'active device 0 failed before'
array 'a.img b.img' --rebuilding 0
judged a.img b.img
status 'nor one that was being rebuilt' 0
has 'which is told' told 'it was being rebuilt'
array 'a.img b.img' --reshaping
judged a.img b.img
status 'an array that is being reshaped' 3
has 'is refused by name' told 'MD md/root: it was stopped while it was being reshaped'
array 'a.img b.img c.img' --level raid5
judged a.img b.img c.img
status 'RAID5 is not read' 3
has 'it is named' told 'MD md/root: it is raid5, which is not read by this version'
array 'a.img b.img'
printf x | dd of=b.img bs=1 seek=$((START + 4096 + 100)) conv=notrunc status=none
judged a.img b.img
status 'a damaged superblock may be the newer one' 3
has 'and is told' told 'its superblock at byte 4096 has a wrong checksum'

for layout in n2 f2; do
	array 'a.img b.img c.img d.img' --level raid10 --layout "$layout"
	judged a.img b.img c.img d.img
	status "RAID10 $layout" 0
	judged c.img d.img
	status "RAID10 $layout without a pair" 3
	has 'both are told' told 'active device 0 is missing, active device 1 is missing: name the disks that hold them'
done
array 'a.img b.img' --level raid0
judged b.img a.img
status 'RAID0 over two disks, in any order' 0
judged a.img
status 'RAID0 with one of them' 3
has 'says what is missing' told 'MD md/root: active device 1 is missing: name the disk that'
array 'a.img b.img' --level linear --metadata 0.90
judged a.img
has 'superblocks 0.90 know its name' told 'active device 1 (was /dev/sdb1) is missing'

# Whole disks, with a table on the array; and LVM on an array.
partition inner.img
dd if=fs.img of=inner.img bs=1M seek=1 conv=notrunc status=none
for metadata in 1.0 0.90; do
	rm -f a.img b.img
	truncate -s 11M a.img b.img
	python3 "$HERE/md-array.py" --metadata "$metadata" inner.img a.img b.img
	run "$PARAVET" inspect a.img b.img
	status "whole disks, superblocks $metadata" 0
	has "$metadata: a partition of the array" out 'partition 1'
	has "$metadata: what is on it" out 'Small Debian 12 (a.img, MD md'
done
printf '\0\0' | dd of=inner.img bs=1 seek=510 conv=notrunc status=none
rm -f a.img b.img
truncate -s 11M a.img b.img
python3 "$HERE/md-array.py" inner.img a.img b.img
run "$PARAVET" inspect a.img b.img
tr -s ' \n' '  ' <out >told
has 'what is odd in its first sector is told' told \
	'sector 0 has partition entries, but not the boot signature 55 aa: Linux sees no partitions there (a.img, MD md/root)'
python3 "$HERE/volume-group.py" fs.img pv0 pv1
md_tree tree /dev/vg0/root
mkdir -p inside/sbin
echo program >inside/sbin/lvm
small_initramfs "tree/boot/initrd.img-$release" inside
image tree
python3 "$HERE/volume-group.py" fs.img pv0 pv1
for pv in 0 1; do
	partition "a$pv.img"
	partition "b$pv.img"
	cp pv$pv fs.img
	python3 "$HERE/md-array.py" --name "web01:$pv" --uuid "0$pv"000000111111112222222233333333 \
		fs.img "a$pv.img:$START:$SIZE" "b$pv.img:$START:$SIZE"
done
judged a0.img a1.img b0.img b1.img
status 'LVM over two arrays' 0
has 'needs LVM' told 'dm_mod is built into the kernel'
has 'and RAID' told 'raid1 is built into the kernel'

# A stripe over mirrors.
small_tree nested
rm -f fs.img
truncate -s 3M fs.img
mke2fs -q -F -t ext4 -L small -d nested fs.img
truncate -s 2M in0 in1
python3 "$HERE/md-array.py" --level raid0 --name web01:top --uuid 99999999999999999999999999999999 \
	fs.img in0 in1
for pair in 0 1; do
	truncate -s 3M "n$pair" "m$pair"
	python3 "$HERE/md-array.py" --name "web01:$pair" --uuid "0$pair"000000111111112222222233333333 \
		"in$pair" "n$pair" "m$pair"
done
run "$PARAVET" inspect n0 m1
has 'arrays on arrays are read' out 'Test OS 7 (n0, MD md/top'
has 'and what they lack is told' out 'MD md0: it is read without all of its members: active device 1'
run "$PARAVET" inspect n0 m0
has 'one that is missing is missed' out 'MD md/top: active device 1 is missing: name the disk'

# What the initramfs needs.
md_tree tree "UUID=$SMALL_UUID"
rm inside/sbin/mdadm
small_initramfs "tree/boot/initrd.img-$release" inside
image tree
array 'a.img b.img'
judged a.img b.img
status 'without mdadm in the initramfs' 1
has 'the array of / is not found' told 'mdadm, which finds /, is not in'
md_tree tree "UUID=$SMALL_UUID"
sed -i '/raid1\./d' "tree/lib/modules/$release/modules.builtin"
mkdir -p "tree/lib/modules/$release/kernel"
echo 'kernel/raid1.ko:' >"tree/lib/modules/$release/modules.dep"
python3 "$HERE/make-module.py" "tree/lib/modules/$release/kernel/raid1.ko" arch=i386 depends= \
	vermagic="$release SMP mod_unload "
image tree
array 'a.img b.img'
judged a.img b.img
status 'without raid1 in the initramfs' 1
has 'its module is to be added' told 'raid1 is not in'

# What apply writes goes to all mirrors, or to none.
lacking_tree lacking "$release"
printf 'kernel/%s.ko\n' md-mod raid1 >>"lacking/lib/modules/$release/modules.builtin"
mkdir -p inside/sbin
echo program >inside/sbin/mdadm
small_initramfs "lacking/boot/initrd.img-$release" inside
image lacking
array 'a.img b.img'
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place b.img
status 'with a mirror that is not given' 66
has 'nothing is written' err 'MD md/root is not written, since its members would differ: active device 0'
array 'a.img b.img' --failed 1 --bitmap
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place a.img b.img
status 'nor where the bitmap would not know' 66
array 'a.img b.img'
cp a.img a.before
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place a.img b.img
status 'both mirrors are written' 0
dd if=a.img of=a.data bs=1M skip=1 status=none
dd if=b.img of=b.data bs=1M skip=1 status=none
cmp -l a.data b.data | wc -l >differ
dd if=a.img of=fs.a bs=64k skip=17 status=none
dd if=b.img of=fs.b bs=64k skip=17 status=none
same 'they stay the same' fs.a fs.b
holds 'and e2fsck finds nothing' e2fsck -fn fs.a
judged a.img b.img
status 'ready afterwards' 0
run "$PARAVET" undo a.img.paravet-undo
status 'and back' 0
same 'byte for byte' a.img a.before

# Logical volumes on several images.

# group OPTION...: fs.img on vg0/root, of which a.img and b.img have an image each.
group() {
	python3 "$HERE/volume-group.py" "$@" fs.img pv0 pv1
	partition a.img
	partition b.img
	dd if=pv0 of=a.img bs=1M seek=1 conv=notrunc status=none
	dd if=pv1 of=b.img bs=1M seek=1 conv=notrunc status=none
}

# lvm_tree DIR: / is /dev/vg0/root; all but dm-raid and dm-mirror is built in.
lvm_tree() {
	md_tree "$1" /dev/vg0/root
	echo program >inside/sbin/lvm
	small_initramfs "$1/boot/initrd.img-$release" inside
}

lvm_tree tree
printf 'kernel/%s.ko\n' dm-raid dm-mirror >>"tree/lib/modules/$release/modules.builtin"
image tree
group --type raid1
judged b.img a.img
status '/ on a logical volume of type raid1' 0
has 'needs the driver of dm-raid' told 'dm_raid is built into the kernel'
has 'and that of MD' told 'raid1 is built into the kernel'
run "$PARAVET" inspect a.img b.img
has 'its level is shown' out 'raid1, ext4, mounted at /'
judged b.img
status 'one image is read, but the other one may be newer' 3
has 'which is told' told 'image 0 (PV pv0, was /dev/sdb) of LV vg0/root is on none of the disks given'
run "$PARAVET" inspect --format json b.img
has 'as a fact' out '"image 0 (PV pv0, was /dev/sdb)"'
group --type raid1 --failed 0
judged a.img b.img
status 'an image that failed is not read' 0
has 'which is told' told 'LV vg0/root: root_rimage_0 (a.img, partition 1) is not read: the others say that it failed'
judged b.img
status 'nor missed, but the group is not whole' 3
has 'which not all systems start' told 'PV pv0 (was /dev/sdb) of the volume group of LV vg0/root is on none of the disks'
group --type mirror
judged a.img b.img
status '/ on a mirror of LVM' 0
has 'needs its driver' told 'dm_mirror is built into the kernel'
judged b.img
status 'the second image alone, without the log' 3
has 'may be anything' told 'whether the others are the same as that one is not known'
group --type mirror --unclean
judged a.img b.img
status 'after a crash the first image counts' 0
has 'which is told' told 'LV vg0/root: it was not stopped, and its mirrors may differ'
lvm_tree tree
mkdir -p "tree/lib/modules/$release/kernel"
echo 'kernel/dm-raid.ko:' >"tree/lib/modules/$release/modules.dep"
python3 "$HERE/make-module.py" "tree/lib/modules/$release/kernel/dm-raid.ko" arch=i386 depends= \
	vermagic="$release SMP mod_unload "
image tree
group --type raid1
judged a.img b.img
status 'without dm_raid in the initramfs' 1
has 'its module is to be added' told 'dm_raid is not in'

lvm_tree lacking
lacking_tree lacking "$release"
printf 'kernel/%s.ko\n' md-mod raid1 dm-mod dm-raid >>"lacking/lib/modules/$release/modules.builtin"
mkdir -p inside/sbin
echo program >inside/sbin/lvm
small_initramfs "lacking/boot/initrd.img-$release" inside
image lacking
group --type raid1
rm a.img.paravet-undo
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place a.img
status 'with an image that is not given' 66
has 'nothing is written' err 'LV vg0/root is not written, since its members would differ: image 1 (PV pv1, was /dev/sdc)'
cp a.img a.before
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place a.img b.img
status 'both images are written' 0
dd if=a.img of=fs.a bs=1M skip=3 status=none
dd if=b.img of=fs.b bs=1M skip=3 status=none
same 'they stay the same' fs.a fs.b
holds 'and e2fsck finds nothing' e2fsck -fn fs.a
judged a.img b.img
status 'ready afterwards' 0
run "$PARAVET" undo a.img.paravet-undo
status 'and back' 0
same 'byte for byte' a.img a.before
finish
