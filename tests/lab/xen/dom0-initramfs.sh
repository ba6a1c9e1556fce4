#!/bin/busybox sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# First program of the Xen host's first domain: finds the disk with the root and goes there.
# Nothing but busybox and the modules of that disk is around it.
PATH=/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
release=$(busybox uname -r)
# Some are for features that this machine's processor may lack; they do not matter.
while read -r module; do
	busybox insmod "/lib/modules/$release/$module" 2>/dev/null
done </modules
until [ -b /dev/vda ]; do busybox sleep 0.1; done
busybox mount -t ext4 /dev/vda /root
busybox umount /proc /sys
busybox mount --move /dev /root/dev
exec busybox switch_root /root /sbin/dom0-init
