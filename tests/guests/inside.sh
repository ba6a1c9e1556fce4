#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs inside a freshly installed guest tree (build.sh calls it through mmdebstrap) and lets
# the guest's own programs make what a recipe may choose from:
#   /.parts/initramfs-KIND/...   the initramfs of that kind, with the settings that ask for it
#   /.parts/layout-NAME/...      grub.cfg, grubenv, GRUB's modules and core image, fstab
# A recipe's image is the tree plus one of each.  A chroot has no real disk to ask, so while
# grub-mkconfig runs, grub-probe is a stand-in that answers for the layout being made.
set -eu

. /.build/uuids.sh
release=$(ls /lib/modules)
parts=/.parts

new_part() {
	part=$parts/$1
	mkdir -p "$part/boot" "$part/etc"
}

# MODULES=list as an administrator of a machine with an IDE disk writes it: what that
# machine needs and nothing else.
initramfs_list_ide() {
	new_part initramfs-list-ide
	cp -a /etc/initramfs-tools "$part/etc/"
	sed -i 's/^MODULES=.*/MODULES=list/' "$part/etc/initramfs-tools/initramfs.conf"
	printf '%s\n' ata_piix ata_generic sd_mod ext4 >>"$part/etc/initramfs-tools/modules"
	mkinitramfs -d "$part/etc/initramfs-tools" -o "$part/boot/initrd.img-$release" "$release"
}

# A host-only initramfs depends on the machine that makes it.  The drivers are therefore
# named here, so that each build machine makes the initramfs of a machine with an IDE disk.
initramfs_dracut_hostonly() {
	new_part initramfs-dracut-hostonly
	mkdir -p "$part/etc/dracut.conf.d"
	echo 'hostonly="yes"' >"$part/etc/dracut.conf.d/50-hostonly.conf"
	dracut --force --quiet --hostonly --no-hostonly-cmdline --no-hostonly-default-device \
		--omit 'qemu qemu-net virtiofs' --drivers 'ata_piix ata_generic sd_mod ext4' \
		--omit-drivers 'virtio_pci virtio_blk virtio_scsi virtio_net' --zstd \
		--kver "$release" "$part/boot/initrd.img-$release"
}

# The programs of GRUB that look at the disk, answering from the environment.
stand_in_for_grub_probe() {
	cat <<'STUB'
#!/bin/sh
target= where=root
while [ $# -gt 0 ]; do
	case $1 in
	--target=*) target=${1#--target=} ;;
	-t) target=$2; shift ;;
	--device | -d | -0 | -v) ;;
	"$ROOT_DEVICE") where=root ;;
	"$BOOT_DEVICE" | /boot*) where=boot ;;
	/usr/share/* | /) where=root ;;
	esac
	shift
done
[ "$BOOT_DEVICE" != "$ROOT_DEVICE" ] || where=root
case $where in
root) device=$ROOT_DEVICE uuid=$ROOT_UUID ;;
boot) device=$BOOT_DEVICE uuid=$BOOT_UUID ;;
esac
grub_name="hd0,$GRUB_TABLE${device#/dev/sda}"
case $target in
device) echo "$device" ;;
disk) echo /dev/sda ;;
fs) echo ext2 ;;
fs_uuid) echo "$uuid" ;;
partmap) case $GRUB_TABLE in gpt) echo gpt ;; *) echo msdos ;; esac ;;
abstraction | partuuid | fs_label) ;;
drive | compatibility_hint) echo "$grub_name" ;;
hints_string)
	echo "--hint-bios=$grub_name --hint-efi=$grub_name --hint-baremetal=ahci0,${grub_name#hd0,} " ;;
*) echo "grub-probe: no answer to $target" >&2; exit 1 ;;
esac
STUB
}

stand_in_for_grub_mkrelpath() {
	cat <<'STUB'
#!/bin/sh
case $1 in -*) shift ;; esac
if [ "$BOOT_DEVICE" != "$ROOT_DEVICE" ]; then
	case $1 in /boot | /boot/) echo ""; exit ;; /boot/*) echo "${1#/boot}"; exit ;; esac
fi
case $1 in /) echo "" ;; *) echo "$1" ;; esac
STUB
}

# What grub-install leaves on a machine with a BIOS.
grub_for_bios() {
	mkdir -p "$grub_dir/i386-pc"
	cp /usr/lib/grub/i386-pc/*.mod /usr/lib/grub/i386-pc/*.lst "$grub_dir/i386-pc/"
	cp /usr/lib/grub/i386-pc/boot.img "$grub_dir/i386-pc/"
	case $BOOT_DEVICE in "$ROOT_DEVICE") prefix=/boot/grub ;; *) prefix=/grub ;; esac
	table_module=part_gpt
	[ "$GRUB_TABLE" = gpt ] || table_module=part_msdos
	grub-mkimage -O i386-pc -p "(,$GRUB_TABLE${BOOT_DEVICE#/dev/sda})$prefix" \
		-o "$grub_dir/i386-pc/core.img" biosdisk "$table_module" ext2
}

# And on one with UEFI: Debian's ready-made image, which reads the grub.cfg beside it, on
# the EFI system partition, also under the name that firmware without settings looks for.
grub_for_uefi() {
	esp=$part/boot/efi/EFI
	mkdir -p "$grub_dir/x86_64-efi" "$esp/debian" "$esp/BOOT"
	cp /usr/lib/grub/x86_64-efi/*.mod /usr/lib/grub/x86_64-efi/*.lst "$grub_dir/x86_64-efi/"
	cp /usr/lib/grub/x86_64-efi/monolithic/grubx64.efi "$esp/debian/grubx64.efi"
	cp "$esp/debian/grubx64.efi" "$esp/BOOT/BOOTX64.EFI"
	for dir in debian BOOT; do
		printf '%s\n' "search.fs_uuid $ROOT_UUID root hd0,gpt2 " \
			"set prefix=(\$root)'/boot/grub'" \
			"configfile \$prefix/grub.cfg" >"$esp/$dir/grub.cfg"
	done
}

# layout NAME TABLE ROOT_DEVICE BOOT_DEVICE by-uuid|by-device [uefi]
layout() {
	new_part "layout-$1"
	export GRUB_TABLE=$2 ROOT_DEVICE=$3 BOOT_DEVICE=$4 ROOT_UUID BOOT_UUID
	grub_dir=$part/boot/grub
	mkdir -p "$grub_dir/fonts"
	"grub_for_${6-bios}"
	grub-editenv "$grub_dir/grubenv" create
	grub-mkconfig -o "$grub_dir/grub.cfg"
	root_name=$ROOT_DEVICE boot_name=$BOOT_DEVICE
	if [ "$5" = by-uuid ]; then
		root_name=UUID=$ROOT_UUID boot_name=UUID=$BOOT_UUID
		# grub-mkconfig writes the UUID only where udev shows it, and there is no udev.
		sed -i "s,root=$ROOT_DEVICE ,root=$root_name ," "$grub_dir/grub.cfg"
	fi
	{
		echo "# /etc/fstab: static file system information."
		echo "# <file system> <mount point> <type> <options> <dump> <pass>"
		echo "$root_name / ext4 errors=remount-ro 0 1"
		[ "$BOOT_DEVICE" = "$ROOT_DEVICE" ] ||
			echo "$boot_name /boot ext2 defaults 0 2"
		[ "${6-bios}" = bios ] || echo "UUID=$ESP_UUID /boot/efi vfat umask=0077 0 1"
	} >"$part/etc/fstab"
}

grub_layouts() {
	mkdir -p /boot/grub
	cp /usr/share/grub/default/grub /etc/default/grub
	sed -i "s/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX=\"$kernel_words\"/" /etc/default/grub
	for program in /usr/sbin/grub-probe /usr/bin/grub-mkrelpath; do
		mv "$program" "$program.real"
	done
	stand_in_for_grub_probe >/usr/sbin/grub-probe
	stand_in_for_grub_mkrelpath >/usr/bin/grub-mkrelpath
	chmod +x /usr/sbin/grub-probe /usr/bin/grub-mkrelpath

	layout gpt gpt /dev/sda2 /dev/sda2 by-uuid
	layout mbr msdos /dev/sda1 /dev/sda1 by-uuid
	layout mbr-device-names msdos /dev/sda1 /dev/sda1 by-device
	layout gpt-boot gpt /dev/sda3 /dev/sda2 by-uuid
	if [ -d /usr/lib/grub/x86_64-efi ]; then
		layout uefi gpt /dev/sda2 /dev/sda2 by-uuid uefi
	fi

	mv /usr/sbin/grub-probe.real /usr/sbin/grub-probe
	mv /usr/bin/grub-mkrelpath.real /usr/bin/grub-mkrelpath
}

# A card of any name asks for an address as soon as it is there.
network() {
	printf '%s\n' '[Match]' 'Name=en* eth*' '' '[Network]' 'DHCP=yes' \
		>/etc/systemd/network/80-dhcp.network
	systemctl enable systemd-networkd.service
}

# What the first start of an installed system leaves, so that no later one is slowed by it.
started_before() {
	echo "$DISK_UUID" | tr -d - >/etc/machine-id
	touch /etc/.updated /var/.updated
}

# A start that fails says why on the serial line, and does not wait for minutes first; 20 s
# are too few for a disk on a busy machine under emulation.
kernel_words=console=ttyS0
if command -v dracut >/dev/null; then
	kernel_words="$kernel_words rd.retry=45 rd.timeout=45"
fi
network
grub_layouts
for kind in "$@"; do
	"initramfs_$(echo "$kind" | tr - _)"
done
echo paravet-guest >/etc/hostname
started_before
