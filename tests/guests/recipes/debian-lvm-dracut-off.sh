# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on a logical volume, which the command line has dracut leave alone. For the lab.
. "$guests_dir/recipes/debian-lvm-dracut.sh"
dracut_words='rd.lvm.lv=vg0/root rd.lvm=0'
