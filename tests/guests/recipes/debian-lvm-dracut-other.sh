# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on a logical volume, where the command line has dracut look for another one. For the lab.
. "$guests_dir/recipes/debian-lvm-dracut.sh"
dracut_words=rd.lvm.lv=vg0/srv
