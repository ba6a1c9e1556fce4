#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Files behind an image are opened by policy only, and listed.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs qemu-img

small_disk base.img
mkdir other
cp base.img other/base.img
qemu-img create -q -f qcow2 -b base.img -F raw near.qcow2
qemu-img create -q -f qcow2 -b other/base.img -F raw far.qcow2
qemu-img create -q -f qcow2 -b near.qcow2 -F qcow2 top.qcow2
qemu-img create -q -f qcow2 -b "$PWD/base.img" -F raw absolute.qcow2
ln -s ../base.img other/link.img
qemu-img create -q -f qcow2 -b other/link.img -F raw linked.qcow2

run "$PARAVET" inspect near.qcow2
status 'a backing file beside the image is opened' 0
has 'it is listed' out 'backing base.img (raw)'
has 'the guest is read through it' out 'Test OS 7'
run "$PARAVET" inspect top.qcow2
status 'so is a chain' 0
has 'every file of it is listed' out 'backing near.qcow2 (qcow2)'
run "$PARAVET" inspect absolute.qcow2
status 'an absolute name in the same directory is fine' 0
run "$PARAVET" inspect linked.qcow2
status 'what counts is where the file really lies' 0
run "$PARAVET" inspect far.qcow2
status 'a backing file elsewhere is refused' 66
has 'the way out is shown' err '--backing=any'
run "$PARAVET" inspect --backing=any far.qcow2
status 'unless the user allows it' 0
run "$PARAVET" inspect --backing=refuse near.qcow2
status 'refuse means all' 66
has 'it says which file is needed' err 'base.img'
rm base.img
run "$PARAVET" inspect near.qcow2
status 'a missing backing file is an error' 66
has 'it is told what it is' err 'near.qcow2: its backing file "base.img" is not there: copy it along'
run "$PARAVET" inspect top.qcow2
has 'so is one behind another' err 'top.qcow2: backing file "near.qcow2": its backing file "base.img" is not there'
if qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentFlat extent.vmdk 1M; then
	rm extent-f001.vmdk
	run "$PARAVET" inspect extent.vmdk
	status 'a missing extent' 66
	has 'is told, too' err 'its extent file "extent-f001.vmdk" is not there'
else
	skip 'a missing extent' 'qemu-img makes none'
fi

# What is no disk, and disks that are not the whole guest.
printf 'memory = 512\n' >machine
run "$PARAVET" inspect machine
status 'a description under another name' 65
has 'how it is given is told' err 'named with --machine'
truncate -s 2M data.img
mke2fs -q -F -t ext4 data.img
run "$PARAVET" check data.img --on kvm
has 'a data disk alone' out 'name the guest'
run "$PARAVET" check other/base.img --on kvm
lacks 'a system is no data disk' out 'boot disk, too'
truncate -s 2M blank.img
run "$PARAVET" inspect blank.img
lacks 'no heading stands alone' out 'Kernels'
run "$PARAVET" check blank.img --on kvm
lacks 'nor is what is empty' out 'boot disk, too'
finish
