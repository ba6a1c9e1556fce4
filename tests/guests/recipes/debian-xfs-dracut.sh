# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on XFS, /boot on ext2, an initramfs by dracut. For the lab.
. "$guests_dir/recipes/debian-xfs.sh"
base=dracut

# lib.sh reckons with ext4.
kib_of() { echo $(($(du -sk --apparent-size "$1" | cut -f1) * 3 / 2)); }
