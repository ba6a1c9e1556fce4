# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes small guests for tests of the program: a file tree with an operating system and no
# kernel, as a directory or as a disk. Sourced after lib.sh.

# small_tree DIR [PRETTY_NAME]
small_tree() {
	mkdir -p "$1/etc" "$1/bin" "$1/boot" "$1/usr/lib/modules" "$1/sbin"
	printf 'ID=testos\nVERSION_ID=7\nPRETTY_NAME="%s"\n' "${2:-Test OS 7}" >"$1/etc/os-release"
	printf 'LABEL=small / ext4 defaults 0 1\n' >"$1/etc/fstab"
}

# small_disk FILE [DIR]: an ext4 file system on the bare disk.
small_disk() {
	if [ $# -lt 2 ]; then
		small_tree tree
		set -- "$1" tree
	fi
	truncate -s 8M "$1"
	mke2fs -q -F -t ext4 -L small -d "$2" "$1"
}

# small_initramfs FILE [DIR]: one of initramfs-tools, with udev and without any driver, and the
# files of a folder.
small_initramfs() {
	python3 - "$1" ${2+"$2"} <<-'EOT'
		import gzip, os, sys
		files = {name: b"" for name in ("init", "conf/initramfs.conf", "scripts/functions",
		                                "usr/lib/systemd/systemd-udevd")}
		for folder, _, names in os.walk(sys.argv[2] if len(sys.argv) > 2 else "/nonexistent"):
		    for name in names:
		        path = os.path.join(folder, name)
		        files[os.path.relpath(path, sys.argv[2])] = open(path, "rb").read()
		cpio = b""
		for name, body in sorted(files.items()) + [("TRAILER!!!", b"")]:
		    fields = [0, 0o100755, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(name) + 1, 0]
		    cpio += b"070701" + b"".join(b"%08X" % field for field in fields)
		    cpio += name.encode() + b"\0"
		    cpio += bytes(-len(cpio) % 4) + body
		    cpio += bytes(-len(cpio) % 4)
		open(sys.argv[1], "wb").write(gzip.compress(cpio, mtime=0))
	EOT
}

# old_names_tree DIR: as small_tree, but it starts: a header of a kernel with everything
# built in, an initramfs of nothing, GRUB's menu. fstab and menu have /dev/sda1.
old_names_tree() {
	release=6.1.0-9-amd64
	mkdir -p "$1/etc" "$1/bin" "$1/sbin" "$1/boot/grub" "$1/usr/lib/modules"
	mkdir -p "$1/lib/modules/$release"
	printf 'ID=debian\nVERSION_ID=12\nPRETTY_NAME="Small Debian 12"\n' >"$1/etc/os-release"
	printf '# a comment\n/dev/sda1  /  ext4  defaults 0 1\n' >"$1/etc/fstab"
	printf 'CONFIG_64BIT=y\nCONFIG_VIRTIO_BLK=y\nCONFIG_EXT4_FS=y\n' >"$1/boot/config-$release"
	printf 'kernel/%s.ko\n' virtio_blk virtio_pci virtio_net ext4 \
		>"$1/lib/modules/$release/modules.builtin"
	: >"$1/lib/modules/$release/modules.dep"
	cat >"$1/boot/grub/grub.cfg" <<-EOT
		set default=0
		menuentry 'Small' {
			linux /boot/vmlinuz-$release root=/dev/sda1 ro quiet
			initrd /boot/initrd.img-$release
		}
	EOT
	python3 - "$1/boot" "$release" <<-'EOT'
		import struct, sys
		boot, release = sys.argv[1:]
		image = bytearray(4096)
		image[0x1f1] = 1
		image[0x1fe:0x206] = b"\x55\xaaXXHdrS"
		struct.pack_into("<HIHH", image, 0x206, 0x020c, 0, 0, 0x600 - 0x200)
		image[0x211] = 1
		name = (release + " (test) #1 SMP\0").encode()
		image[0x600:0x600 + len(name)] = name
		open(f"{boot}/vmlinuz-{release}", "wb").write(image)
	EOT
	small_initramfs "$1/boot/initrd.img-$release"
}

# lacking_tree DIR RELEASE...: as old_names_tree, but / is named by its UUID and virtio_blk is a
# module, which no initramfs holds; kernels in the order of the menu, the first one by default.
lacking_tree() {
	old_names_tree "$1"
	tree=$1 first=6.1.0-9-amd64
	shift
	printf 'UUID=%s  /  ext4  defaults 0 1\n' "$SMALL_UUID" >"$tree/etc/fstab"
	mkdir -p "$tree/etc/initramfs-tools"
	echo '# a comment' >"$tree/etc/initramfs-tools/modules"
	for release; do
		folder=$tree/lib/modules/$release
		if [ "$release" != "$first" ]; then
			cp -R "$tree/lib/modules/$first" "$folder"
			cp "$tree/boot/config-$first" "$tree/boot/config-$release"
			cp "$tree/boot/initrd.img-$first" "$tree/boot/initrd.img-$release"
			sed "s/$first/$release/g" "$tree/boot/vmlinuz-$first" >"$tree/boot/vmlinuz-$release"
		fi
		mkdir -p "$folder/kernel"
		printf 'kernel/%s.ko\n' virtio_pci virtio_net ext4 >"$folder/modules.builtin"
		echo 'kernel/virtio_blk.ko:' >"$folder/modules.dep"
		echo 'alias virtio:d00000002v* virtio_blk' >"$folder/modules.alias"
		sed -i 's/VIRTIO_BLK=y/VIRTIO_BLK=m/' "$tree/boot/config-$release"
		python3 "$HERE/make-module.py" "$folder/kernel/virtio_blk.ko" arch=i386 depends= \
			alias='virtio:d00000002v*' vermagic="$release SMP mod_unload "
	done
	for release; do
		cat <<-EOT
			menuentry 'Small with $release' {
				linux /boot/vmlinuz-$release root=UUID=$SMALL_UUID ro
				initrd /boot/initrd.img-$release
			}
		EOT
	done >"$tree/boot/grub/grub.cfg"
}

SMALL_UUID=3b241101-e2bb-4255-8caf-4136c566a962
# Where the file system of grub_disk lies.
SMALL_OFFSET=1048576

# grub_disk FILE DIR: one partition with that tree, and a first sector that says GRUB.
grub_disk() {
	rm -f "$1"
	truncate -s 10M "$1"
	mke2fs -q -F -t ext4 -b 1024 -L small -U "$SMALL_UUID" -d "$2" -E "offset=$SMALL_OFFSET" "$1" 9M
	python3 - "$1" <<-'EOT'
		import struct, sys
		sector = bytearray(512)
		sector[0:2] = b"\xeb\x48"
		sector[384:389] = b"GRUB "
		struct.pack_into("<B3sB3sII", sector, 446, 0x80, b"\0\2\0", 0x83, b"\0\0\0", 2048, 9 * 2048)
		sector[510:512] = b"\x55\xaa"
		with open(sys.argv[1], "r+b") as disk:
		    disk.write(sector)
	EOT
}

# xen_guest DIR: a guest of RHEL 6.1 with Xen's drivers built in: disk.img, data.img with
# /dev/hdb in fstab, and guest.cfg, which has both and a card emulated. On rhel5-xen, fstab and
# guest.cfg change.
xen_guest() {
	old_names_tree "$1"
	release=2.6.32-131.0.15.el6.x86_64
	rm "$1/etc/os-release"
	echo 'Red Hat Enterprise Linux Server release 6.1 (Santiago)' >"$1/etc/redhat-release"
	for file in boot/config- boot/vmlinuz- boot/initrd.img- lib/modules/; do
		mv "$1/${file}6.1.0-9-amd64" "$1/$file$release"
	done
	sed -i "s/6.1.0-9-amd64 (test)/$release (t)/" "$1/boot/vmlinuz-$release"
	sed -i "s/6.1.0-9-amd64/$release/; s,root=/dev/sda1,root=UUID=$SMALL_UUID," \
		"$1/boot/grub/grub.cfg"
	printf 'kernel/%s.ko\n' xen-blkfront xen-netfront xen-platform-pci ata_piix sd_mod ext4 \
		>"$1/lib/modules/$release/modules.builtin"
	printf 'UUID=%s / ext4 defaults 0 1\n/dev/hdb /data ext4 defaults 0 2\n' "$SMALL_UUID" \
		>"$1/etc/fstab"
	grub_disk disk.img "$1"
	truncate -s 2M data.img
	mke2fs -q -F -t ext4 data.img
	cat >guest.cfg <<-EOT
		name = "rhel6"
		builder = "hvm"
		memory = 512
		boot = "c"
		disk = [ 'file:/var/lib/xen/disk.img,hda,w', 'tap:aio:/var/lib/xen/data.img,hdb,w' ]
		vif = [ 'type=ioemu,mac=00:16:3e:2e:c5:a9,bridge=xenbr0' ]
	EOT
}
