# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# root= and fstab name /dev/sda1, which is /dev/vda1 on virtio-blk.
base=cloud
layout=mbr-device-names
