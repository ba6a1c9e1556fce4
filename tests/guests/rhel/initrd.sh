# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The initial RAM disk, as the release's own program makes it: an ext2 image with a script
# for nash (RHEL 3), a cpio archive with such a script (4, 5), dracut's archive (6).

initrd_name() { # UNAME
	case $rhel in 6) echo "initramfs-$1.img" ;; *) echo "initrd-$1.img" ;; esac
}

# What mkinitrd puts in for an IDE disk, in the order in which it is loaded.
initrd_modules() {
	[ "$rhel" = 3 ] || echo ehci-hcd
	[ "$rhel" != 5 ] || echo uhci-hcd
	[[ " ${modprobe_lines[*]} " != *" scsi_hostadapter ata_piix "* ]] ||
		printf '%s\n' scsi_mod sd_mod libata ata_piix
	[ "$root" != lvm ] || printf '%s\n' dm-mod dm-mirror dm-zero dm-snapshot
	printf '%s\n' jbd ext3
}

write_nash_script() { # SUFFIX
	local module
	printf '#!/bin/nash\n\n'
	[ "$rhel" = 3 ] || printf 'mount -t proc /proc /proc\nsetquiet\n'
	[ "$rhel" != 4 ] || printf 'mount -t sysfs none /sys\nmkdir /dev/pts\n'
	for module in $(initrd_modules); do
		printf 'echo "Loading %s.%s module"\ninsmod /lib/%s.%s \n' \
			"$module" "$1" "$module" "$1"
	done
	if [ "$rhel" = 3 ]; then
		printf 'echo Mounting /proc filesystem\nmount -t proc /proc /proc\n'
		printf 'echo Creating block devices\nmkdevices /dev\necho Creating root device\n'
		printf 'mkrootdev /dev/root\necho 0x0100 > /proc/sys/kernel/real-root-dev\n'
		printf 'mount -o defaults --ro -t ext3 /dev/root /sysroot\npivot_root /sysroot /sysroot/initrd\n'
		return
	fi
	if [ "$root" = lvm ]; then
		printf 'lvm vgscan --ignorelockingfailure\n'
		printf 'lvm vgchange -ay --ignorelockingfailure VolGroup00\n'
	fi
	printf 'mkrootdev -t ext3 -o defaults,ro %s\nmount /sysroot\n' "$root_spec"
	printf 'setuproot\nswitchroot\n'
}

module_file() { # UNAME MODULE
	find "$tree/lib/modules/$1/kernel" -name "$2.*o"
}

pack_archive() { # DIR FILE
	(cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) | gzip -9nc >"$2"
}

write_initrd() { # UNAME
	local dir=$scratch_dir/initrd file
	file=$tree/boot/$(initrd_name "$1")
	rm -rf "$dir"
	mkdir -p "$dir"/{bin,dev,etc,lib,proc,sys,sysroot}
	case $rhel in
	6) write_dracut "$1" "$dir" ;;
	*) write_mkinitrd "$1" "$dir" ;;
	esac
	if [ "$rhel" = 3 ]; then
		truncate -s 600K "$scratch_dir/initrd.img"
		mke2fs -q -F -t ext2 -I 128 -d "$dir" "$scratch_dir/initrd.img" \
			>"$scratch_dir/mke2fs" 2>&1 || die "mke2fs: $(cat "$scratch_dir/mke2fs")"
		gzip -9nc "$scratch_dir/initrd.img" >"$file"
		rm "$scratch_dir/initrd.img"
	else
		pack_archive "$dir" "$file"
	fi
}

write_mkinitrd() { # UNAME DIR
	local module suffix=ko script=init
	[ "$rhel" != 3 ] || suffix=o script=linuxrc
	ln -s bin "$2/sbin"
	write_program "$2/bin/nash"
	write_program "$2/bin/insmod"
	[ "$root" != lvm ] || write_program "$2/bin/lvm"
	ln -s /sbin/nash "$2/bin/modprobe"
	for module in $(initrd_modules); do
		cp "$(module_file "$1" "$module")" "$2/lib/"
	done
	write_nash_script "$suffix" >"$2/$script"
	chmod +x "$2/$script"
}

write_dracut() { # UNAME DIR
	local dir=$2/lib/modules/$1 module file
	write_program "$2/sbin/udevd"
	write_program "$2/sbin/modprobe"
	write_program "$2/bin/dash"
	mkdir -p "$2/etc/modprobe.d" "$2/lib/udev/rules.d"
	: >"$2/dracut-004-32.el6"
	printf '#!/bin/sh\n. /lib/dracut-lib.sh\nudevd --daemon\n' >"$2/init"
	printf '# functions\n' >"$2/lib/dracut-lib.sh"
	chmod +x "$2/init"
	for module in mbcache jbd2 ext4 crc-t10dif sd_mod ata_piix ata_generic dm-mod dm-mirror \
		dm-snapshot ehci-hcd xen-blkfront virtio virtio_ring virtio_pci virtio_blk; do
		file=$(module_file "$1" "$module")
		install -D -m 644 "$file" "$dir/${file#"$tree/lib/modules/$1/"}"
	done
	run_depmod "$2" "$1"
}
