#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Several operating systems on one disk: all are told, --os chooses, and without it the one is read
# that the boot menus start.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3

A=11111111-1111-1111-1111-111111111111 B=22222222-2222-2222-2222-222222222222

# system DIR NAME UUID [STARTS]: with a boot menu that starts the root of that UUID.
system() {
	rm -rf "$1"
	small_tree "$1" "$2"
	echo "UUID=$3 / ext4 defaults 0 1" >"$1/etc/fstab"
	[ $# -eq 4 ] || return 0
	mkdir -p "$1/boot/grub"
	printf 'menuentry "x" {\n linux /boot/vmlinuz root=UUID=%s ro\n}\nmenuentry "other" {\n linux /boot/vmlinuz root=/dev/sdz9\n}\n' \
		"$4" >"$1/boot/grub/grub.cfg"
}

# disk FILE: partitions of 8 MiB with a and b.
disk() {
	rm -f "$1"
	truncate -s 18M "$1"
	mke2fs -q -F -t ext4 -b 1024 -U $A -L first -d a -E offset=1048576 "$1" 8M
	mke2fs -q -F -t ext4 -b 1024 -U $B -d b -E offset=9437184 "$1" 8M
	python3 - "$1" <<-'EOT'
		import struct, sys
		sector = bytearray(512)
		for i in range(2):
		    struct.pack_into("<B3sB3sII", sector, 446 + 16 * i, 0, b"", 0x83, b"", 2048 + 16384 * i, 16384)
		sector[510:512] = b"\x55\xaa"
		with open(sys.argv[1], "r+b") as disk:
		    disk.write(sector)
	EOT
}

system a 'Test OS A' $A
system b 'Test OS B' $B
disk none.img
run "$PARAVET" inspect none.img
status 'two systems without a boot menu' 0
has 'neither is taken' out '2 operating systems, and their boot menus do not tell which one'
has 'both are told' out '1 Test OS A (none.img, partition 1)'
run "$PARAVET" check none.img --on kvm
status 'and nothing is known' 3
has 'with what to do' out 'choose with --os: 1 Test OS A (none.img, partition 1), 2 Test'
for wanted in 2 'partition 2' 'none.img, partition 2' UUID=$B /dev/sda2; do
	run "$PARAVET" inspect --os "$wanted" none.img
	has "--os $wanted" out 'none.img: Test OS B (none.img, partition 2, /etc/os-release)'
done
run "$PARAVET" inspect --os LABEL=first none.img
has '--os with a label' out 'none.img: Test OS A'
for wanted in 3 0 'partition 3' nonsense; do
	run "$PARAVET" inspect --os "$wanted" none.img
	status "--os $wanted" 64
	has 'tells what there is' err "--os $wanted means none of the operating systems: 1 Test OS A"
done
small_disk only.img
run "$PARAVET" check --os 5 only.img
status 'a number beyond the only system' 64
has 'that one has its name' err 'none of the operating systems: 1 Test OS 7 (only.img)'
run "$PARAVET" check --os 1 only.img --on kvm
has 'its own number takes it' out 'only.img: Test OS 7'
run "$PARAVET" check --os 1 none.img --on kvm
has 'the report tells of the other' out 'Other operating systems are there: --os 2: Test OS B on none.img, partition 2'
has 'the next command chooses, too' out 'paravet check -v none.img --os 1 --on kvm'
run "$PARAVET" inspect --os 2 --format json none.img
cp out facts.json
holds 'the facts list both' python3 -c '
import json
f = json.load(open("facts.json"))
s = f["systems"]
assert [(x["number"], x["name"], x["volume"], x["chosen"]) for x in s] == [
    (1, "Test OS A", "partition 1", False), (2, "Test OS B", "partition 2", True)], s
assert f["os"]["name"] == "Test OS B", f["os"]
assert [v["mounted_at"] for v in f["volumes"]] == [[], ["/"]], f["volumes"]
assert not [p for p in f["problems"] if p["about"] == "os"], f["problems"]'

system b 'Test OS B' $B $B
disk one.img
run "$PARAVET" inspect one.img
has 'the only boot menu starts its own system' out 'one.img: Test OS B'
system a 'Test OS A' $A $B
disk one.img
run "$PARAVET" inspect one.img
has 'two that start the same one' out 'one.img: Test OS B'
system a 'Test OS A' $A $A
disk one.img
run "$PARAVET" inspect one.img
has 'two that do not agree' out 'do not tell which one'
system b 'Test OS B' $B
disk one.img
run "$PARAVET" check one.img --on kvm
has 'the other one' out 'one.img: Test OS A'
has 'is told' out '--os 2: Test OS B on one.img, partition 2'
system a 'Test OS A' $A 33333333-3333-3333-3333-333333333333
disk one.img
run "$PARAVET" inspect one.img
has 'a menu that starts what is not there' out 'do not tell which one'

# The first system's menu alone counts, unless the second one's cannot be read.
system a 'Test OS A' $A $A
system b 'Test OS B' $B
echo 'UUID=44444444-4444-4444-4444-444444444444 /boot ext4 defaults 0 2' >>b/etc/fstab
disk one.img
run "$PARAVET" inspect one.img
has 'a menu may lie on a disk that was not given' out 'do not tell which one'

small_disk single.img
run "$PARAVET" inspect single.img --format json
has 'one system is no list' out '"systems":[]'
run "$PARAVET" inspect --os 1 single.img
has 'but can be named' out 'single.img: Test OS 7'
run "$PARAVET" inspect --os 2 single.img
status 'there is no other' 64
finish
