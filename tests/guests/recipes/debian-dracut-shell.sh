# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# An initramfs with an IDE disk's drivers only, whose /init is dracut's own shell script, as
# it was before dracut used systemd. The lab boots it; it is no sample guest of `make check`.
base=dracut
layout=mbr

change_tree() {
	local release
	release=$(ls "$1/lib/modules")
	echo 'omit_dracutmodules+=" systemd systemd-initrd dracut-systemd crypt "' \
		>"$1/etc/dracut.conf.d/50-shell.conf"
	in_tree "$1" dracut --force --quiet --tmpdir /tmp --no-hostonly --gzip \
		--omit 'qemu qemu-net virtiofs' --drivers 'ata_piix ata_generic sd_mod ext4' \
		--omit-drivers 'virtio_pci virtio_blk virtio_scsi virtio_net' \
		"/boot/initrd.img-$release" "$release"
}
