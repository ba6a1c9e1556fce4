# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# / on a logical volume, which the command line names for dracut. For the lab.
. "$guests_dir/recipes/debian-lvm.sh"
base=dracut-lvm
dracut_words=rd.lvm.lv=vg0/root

declare -F change_for_lvm >/dev/null || eval "change_for_lvm() $(declare -f change_tree | tail -n +2)"
change_tree() {
	change_for_lvm "$@"
	sed -i "s,root=/dev/mapper/vg0-root,& $dracut_words," "$1/boot/grub/grub.cfg"
}
