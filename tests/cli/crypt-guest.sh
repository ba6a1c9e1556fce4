# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Guests with an encrypted /. Sourced after small-guest.sh; the key is in the file "key".

BOOT_UUID=6d1ecb43-6e0f-4f4e-8a25-61c2a46d77a1
ROOT_UUID=5fcfda08-a758-4d83-9937-6bd8df1c0542
LUKS_UUID=0b1f7a3c-9c1e-4d5a-8a41-d0a6a2f0c111
release=6.1.0-9-amd64

# crypt_tree DIR: its /boot is a partition of its own, what its initramfs holds DIR.inside.
crypt_tree() {
	rm -rf "$1" "$1.boot" "$1.inside"
	old_names_tree "$1"
	mkdir -p "$1.inside/sbin"
	echo program >"$1.inside/sbin/cryptsetup"
	printf '/dev/mapper/root_crypt / ext4 defaults 0 1\nUUID=%s /boot ext4 defaults 0 2\n' \
		"$BOOT_UUID" >"$1/etc/fstab"
	printf '# a comment\nroot_crypt UUID=%s none luks,discard\n' "$LUKS_UUID" >"$1/etc/crypttab"
	mkdir "$1.inside/cryptroot"
	cp "$1/etc/crypttab" "$1.inside/cryptroot/crypttab"
	sed -i 's,root=/dev/sda1,root=/dev/mapper/root_crypt,; s,/boot/,/,g' "$1/boot/grub/grub.cfg"
	printf 'kernel/%s.ko\n' dm-mod dm-crypt aes_generic xts >>"$1/lib/modules/$release/modules.builtin"
}

# encrypt FILE: cryptsetup encrypts what is in it, in place, and puts a header before.
encrypt() {
	truncate -s +4M "$1"
	cryptsetup reencrypt --encrypt --type luks2 --reduce-device-size 4M --force-offline-reencrypt \
		--luks2-metadata-size 16k --luks2-keyslots-size 1m --uuid "$LUKS_UUID" \
		-c aes-xts-plain64 -s 512 --pbkdf argon2id --pbkdf-memory 32 \
		--pbkdf-force-iterations 4 --pbkdf-parallel 1 --key-file key -q "$1" >/dev/null 2>&1
}

# crypt_root DIR [lvm]: / encrypted in root.img; or a group of volumes encrypted, with / in it.
crypt_root() {
	rm -f root.img
	if [ $# = 2 ]; then
		truncate -s $((131456 * 512)) root.img
		python3 "$SOURCE/tests/guests/rhel/volume-group.py" root.img 0 $((131456 * 512))
		mke2fs -q -F -t ext4 -U "$ROOT_UUID" -d "$1" -E "offset=$((192 << 10))" root.img 16M
	else
		truncate -s 8M root.img
		mke2fs -q -F -t ext4 -b 1024 -U "$ROOT_UUID" -d "$1" root.img
	fi
	encrypt root.img
}

# boot_disk FILE DIR: its first partition is made anew, with /boot of DIR.boot and the initramfs.
boot_disk() {
	small_initramfs "$2.boot/initrd.img-$release" "$2.inside"
	mke2fs -q -F -t ext4 -b 1024 -U "$BOOT_UUID" -d "$2.boot" -E "offset=$SMALL_OFFSET" "$1" 8M
}

# crypt_frame FILE DIR: /boot on the first partition, and nothing on the second, from 10 MiB on.
crypt_frame() {
	rm -rf "$1" "$2.boot"
	cp -R "$2/boot" "$2.boot"
	truncate -s 96M "$1"
	boot_disk "$1" "$2"
	python3 - "$1" <<-'EOT'
		import struct, sys
		sector = bytearray(512)
		sector[0:2] = b"\xeb\x48"
		sector[384:389] = b"GRUB "
		struct.pack_into("<B3sB3sII", sector, 446, 0x80, b"\0\2\0", 0x83, b"\0\0\0", 2048, 8 * 2048)
		struct.pack_into("<B3sB3sII", sector, 462, 0, b"\0\2\0", 0x83, b"\0\0\0", 20480, 80 * 2048)
		sector[510:512] = b"\x55\xaa"
		with open(sys.argv[1], "r+b") as disk:
		    disk.write(sector)
	EOT
}

# crypt_disk FILE DIR [lvm]: /boot on the first partition, root.img on the second.
crypt_disk() {
	file=$1
	shift
	small_initramfs "$1/boot/initrd.img-$release" "$1.inside"
	crypt_root "$@" || return 1
	crypt_frame "$file" "$1"
	dd if=root.img of="$file" bs=1M seek=10 conv=notrunc,sparse status=none
}
