#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# lvm-linux.sh first|second: how lvm-linux.xz was made, which oracle-lvm.py reads. A virtual machine of
# Debian 12 (Linux 6.1, LVM 2.03.16) ran "first" with four empty disks of 5 MiB, and "second" without
# /dev/vdb; the file holds the four disks behind one another. It is not run by any test: LVM makes
# mirrored volumes only where the kernel has the device mapper.
set -eu

# fill VOLUME WORD: each sector says what it is of.
fill() {
	i=0
	while [ "$i" -lt 256 ]; do
		printf '%-511s\n' "$1 $i $2"
		i=$((i + 1))
	done | dd of="/dev/vg0/$1" bs=64k conv=fsync
}

create() {
	lvcreate -Wn -Zn -y -L 128k "$@"
}

case $1 in
first)
	vgcreate -s 64k vg0 /dev/vda /dev/vdb /dev/vdc /dev/vdd
	create -R 32k --type raid1 -m1 -n r1 vg0 /dev/vda /dev/vdb
	create -R 32k --type mirror -m1 --mirrorlog core -n mc vg0 /dev/vda /dev/vdb
	create -R 32k --type mirror -m1 --mirrorlog disk -n md vg0 /dev/vda /dev/vdb /dev/vdc
	create -R 32k --type raid10 -m1 -i 2 -I 16k -n r10 vg0
	create --type raid0 -i 2 -I 16k -n r0 vg0
	create --type raid0_meta -i 2 -I 16k -n r0m vg0
	create -R 32k --type raid1 -m2 -n r3 vg0 /dev/vda /dev/vdb /dev/vdc
	create -R 32k --type raid1 -m1 -n wm vg0 /dev/vda /dev/vdb
	create -R 32k --type raid1 -m1 -n t1 vg0 /dev/vdc /dev/vdd
	create -R 32k --type raid1 -m1 --nosync -n ns vg0 /dev/vdc /dev/vdd
	create -R 32k --type raid5 -i 2 -I 16k -n r5 vg0
	sleep 10 # till all are in step
	for name in r1 mc md r10 r0 r0m r3 wm t1 ns r5; do
		fill "$name" first
	done
	lvchange -y --writemostly /dev/vda vg0/wm
	lvconvert -y --splitmirrors 1 --trackchanges vg0/t1
	fill t1 second
	;;
second)
	vgchange -ay vg0
	fill r1 second
	fill r10 second
	;;
esac
vgchange -an vg0
