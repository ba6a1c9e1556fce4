#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# / on a logical volume, and LVM's own settings that name its disk: filters and the devices file,
# of the guest and in its initramfs. check names the file and the line, apply mends them.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3

on='--on kvm:virtio-blk'
PVID=rh4PVa000011112222333344445555ab # of volume-group.py
BOOT_UUID=6d1ecb43-6e0f-4f4e-8a25-61c2a46d77a1
release=6.1.0-9-amd64

# lvm_tree DIR: its /boot is DIR.boot, what its initramfs holds DIR.inside.
lvm_tree() {
	rm -rf "$1" "$1.boot" "$1.inside"
	old_names_tree "$1"
	mkdir -p "$1/etc/lvm/devices" "$1.inside/sbin"
	echo program >"$1.inside/sbin/lvm"
	printf '/dev/mapper/VolGroup00-LogVol00 / ext4 defaults 0 1\nUUID=%s /boot ext4 defaults 0 2\n' \
		"$BOOT_UUID" >"$1/etc/fstab"
	sed -i 's,root=/dev/sda1,root=/dev/mapper/VolGroup00-LogVol00,; s,/boot/,/,g' "$1/boot/grub/grub.cfg"
	echo CONFIG_BLK_DEV_DM=y >>"$1/boot/config-$release"
	echo kernel/dm-mod.ko >>"$1/lib/modules/$release/modules.builtin"
}

# lvm_disk FILE DIR
lvm_disk() {
	rm -rf "$1" "$2.boot"
	small_initramfs "$2/boot/initrd.img-$release" "$2.inside"
	cp -R "$2/boot" "$2.boot"
	truncate -s 80M "$1"
	mke2fs -q -F -t ext4 -b 1024 -U "$BOOT_UUID" -d "$2.boot" -E "offset=$SMALL_OFFSET" "$1" 8M
	python3 "$SOURCE/tests/guests/rhel/volume-group.py" "$1" $((10 << 20)) $((131456 * 512))
	mke2fs -q -F -t ext4 -d "$2" -E "offset=$(((10 << 20) + (192 << 10)))" "$1" 32M
	python3 - "$1" <<-'EOT'
		import struct, sys
		sector = bytearray(512)
		sector[0:2] = b"\xeb\x48"
		sector[384:389] = b"GRUB "
		struct.pack_into("<B3sB3sII", sector, 446, 0x80, b"\0\2\0", 0x83, b"\0\0\0", 2048, 8 * 2048)
		struct.pack_into("<B3sB3sII", sector, 462, 0, b"\0\2\0", 0x8e, b"\0\0\0", 20480, 131456)
		sector[510:512] = b"\x55\xaa"
		with open(sys.argv[1], "r+b") as disk:
		    disk.write(sector)
	EOT
}

# now NAME PATH LINE...: what is in a file of / afterwards.
now() {
	name=$1
	debugfs -R "cat $2" "new.raw?offset=$(((10 << 20) + (192 << 10)))" 2>/dev/null >found
	shift 2
	printf '%s\n' "$@" >wanted
	same "$name" found wanted
}

# judged DISK...
judged() {
	# shellcheck disable=SC2086
	run "$PARAVET" check -v $on "$@"
}

apply() {
	rm -f new.raw
	# shellcheck disable=SC2086
	run "$PARAVET" apply $on --copy -o new.raw "$@"
}

# settled NAME
settled() {
	holds "$1: e2fsck finds nothing" e2fsck -fn "new.raw?offset=$(((10 << 20) + (192 << 10)))"
	judged new.raw
	status "$1: ready" 0
	# shellcheck disable=SC2086
	run "$PARAVET" apply $on --copy -o again.raw new.raw
	has "$1: a second time there is nothing to do" out 'nothing to do'
}

lvm_tree tree
lvm_disk good.img tree
judged good.img
status 'a guest without such settings' 0

# Filters that take the new disk, by whatever name, are none of the old bus.
for filter in '"a|^/dev/sda2$|"' '["a|/dev/sda|","a|.*|"]' '[ "a|/dev/vd|", "r|.*|" ]' \
	'[ "a|/dev/disk/by-id/lvm-pv-uuid-.*|", "r|.*|" ]'; do
	printf 'devices {\n\tfilter = %s\n}\n' "$filter" >tree/etc/lvm/lvm.conf
	lvm_disk good.img tree
	judged good.img
	status "a filter that takes it: $filter" 0
done

cat >tree/etc/lvm/lvm.conf <<'EOT'
# filter = [ "r|.*|" ]
devices {
	filter = [ # by hand
		"a|^/dev/sda2$|", 'r|.*|' ]
}
devices/global_filter="r|^/dev/vd|"
EOT
lvm_disk filter.img tree
judged filter.img
status 'a filter that keeps LVM from the new name' 1
has 'is told with its line' out '/etc/lvm/lvm.conf:3: filter keeps LVM from /dev/vda2'
apply filter.img
status 'apply' 0
now 'filters take the partition on any disk of the new bus' /etc/lvm/lvm.conf \
	'# filter = [ "r|.*|" ]' 'devices {' '	filter = [ "a|^/dev/vd[a-z]+2$|", # by hand' \
	"		\"a|^/dev/sda2\$|\", 'r|.*|' ]" '}' \
	'devices/global_filter=[ "a|^/dev/vd[a-z]+2$|", "r|^/dev/vd|" ]'
settled filters

# The devices file; LVM passes over filters then.
printf 'devices {\n\tuse_devicesfile = 1\n\tfilter = "r|.*|"\n}\n' >tree/etc/lvm/lvm.conf
cat >tree/etc/lvm/devices/system.devices <<EOT
# LVM uses devices listed in this file.
VERSION=1.1.2
IDTYPE=sys_wwid IDNAME=t10.ATA_QEMU_HARDDISK_QM00001 DEVNAME=/dev/sda2 PVID=$PVID PART=2
IDTYPE=sys_wwid IDNAME=naa.1 DEVNAME=/dev/sdb PVID=00000000000000000000000000000000
EOT
lvm_disk devices.img tree
judged devices.img
status 'an entry of the devices file' 1
has 'is told with its line' out '/etc/lvm/devices/system.devices:3 has LVM find its'
apply devices.img
status 'apply' 0
now 'an entry finds its volume by the new name' /etc/lvm/devices/system.devices \
	'# LVM uses devices listed in this file.' 'VERSION=1.1.2' \
	"IDTYPE=devname IDNAME=/dev/vda2 DEVNAME=/dev/vda2 PVID=$PVID PART=2" \
	'IDTYPE=sys_wwid IDNAME=naa.1 DEVNAME=/dev/sdb PVID=00000000000000000000000000000000'
settled 'devices file'
truncate -s 1M other.img
apply devices.img other.img
status 'which disk it will be among several' 1
has 'is not guessed' out 'Left to you'
printf 'devices/use_devicesfile = 0\n' >tree/etc/lvm/lvmlocal.conf
printf '\n' >tree/etc/lvm/lvm.conf
lvm_disk devices.img tree
judged devices.img
status 'a devices file that is not used' 0

# What initramfs-tools copied when it made the initramfs counts for /, whatever came after.
rm tree/etc/lvm/lvmlocal.conf tree/etc/lvm/devices/system.devices
mkdir -p tree.inside/etc/lvm/devices
printf 'devices {\n\tfilter = [ "a|^/dev/sda2$|", "r|.*|" ]\n\tuse_devicesfile = 0\n}\n' \
	>tree.inside/etc/lvm/lvm.conf
lvm_disk inside.img tree
judged inside.img
status 'a filter inside of the initramfs' 1
has 'is told as one' out 'etc/lvm/lvm.conf:2 in the initramfs: filter'
apply inside.img
status 'apply' 0
has 'changes the initramfs' out "/boot/initrd.img-$release: 196 bytes appended"
settled 'a copy of lvm.conf'
# shellcheck disable=SC2086
run "$PARAVET" plan $on inside.img
has 'the plan shows the line' out "/boot/initrd.img-$release, in it etc/lvm/lvm.conf:2"
# shellcheck disable=SC2086
run "$PARAVET" plan --script $on inside.img
has 'the script has it made anew' out "initramfs initramfs-tools /boot/initrd.img-$release"
printf 'devices/use_devicesfile = 1\n' >tree.inside/etc/lvm/lvm.conf
echo "IDTYPE=sys_serial IDNAME=1 DEVNAME=/dev/sda2 PVID=$PVID PART=2" \
	>tree.inside/etc/lvm/devices/system.devices
lvm_disk inside.img tree
apply inside.img
status 'a devices file inside of it' 0
settled 'a copy of the devices file'
printf 'devices { filter = [ "a|by-id/lvm-pv-uuid-|", "r|.*|" ] }\n' >tree.inside/etc/lvm/lvm.conf
rm tree.inside/etc/lvm/devices/system.devices
lvm_disk inside.img tree
judged inside.img
status 'a name that udev may not make there' 1
rm tree.inside/etc/lvm/lvm.conf

# Settings that cannot be understood are no evidence.
printf 'devices { filter = [ "a|(|", "r|.*|" ] }\n' >tree/etc/lvm/lvm.conf
lvm_disk bad.img tree
judged bad.img
status 'a pattern that LVM refuses' 3
printf 'devices { filter = [\n' >tree/etc/lvm/lvm.conf
lvm_disk bad.img tree
judged bad.img
status 'a file that has no end' 3
has 'it is named' out '/etc/lvm/lvm.conf: line 2'
finish
