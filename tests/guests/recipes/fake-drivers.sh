# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# A guest that only looks right by its file names: the drivers are no modules, the
# initramfs is empty and so is the kernel.
base=cloud
layout=gpt
change_tree() {
	find "$1"/usr/lib/modules -name '*.ko' ! -name 'virtio*' -delete
	find "$1"/usr/lib/modules -name 'virtio*.ko' | while IFS= read -r module; do
		echo 'not a module' >"$module"
	done
	for file in "$1"/boot/initrd.img-* "$1"/boot/vmlinuz-*; do
		: >"$file"
	done
	rm -rf "$1"/usr/share "$1"/usr/lib/x86_64-linux-gnu "$1"/usr/lib/grub
}
