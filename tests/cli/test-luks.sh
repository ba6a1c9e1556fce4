#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Encrypted volumes: told what they are without a key, never judged stronger than unknown; read
# like any other with one, judged with all that opens them at the boot, and changed through.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs python3 cryptsetup

on='--on kvm:virtio-blk'
BOOT_UUID=6d1ecb43-6e0f-4f4e-8a25-61c2a46d77a1
ROOT_UUID=5fcfda08-a758-4d83-9937-6bd8df1c0542
LUKS_UUID=0b1f7a3c-9c1e-4d5a-8a41-d0a6a2f0c111
release=6.1.0-9-amd64
# In the order of their lengths: no key is part of a message by chance.
printf 'correct horse' >key
printf 'correct horse\n' >key.newline
printf 'wrong battery' >wrong

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

# crypt_disk FILE DIR [lvm]: /boot on the first partition, / encrypted on the second; or a group of
# volumes encrypted, with / in it.
crypt_disk() {
	rm -rf "$1" "$2.boot" root.img
	small_initramfs "$2/boot/initrd.img-$release" "$2.inside"
	cp -R "$2/boot" "$2.boot"
	truncate -s 96M "$1"
	mke2fs -q -F -t ext4 -b 1024 -U "$BOOT_UUID" -d "$2.boot" -E "offset=$SMALL_OFFSET" "$1" 8M
	if [ $# = 3 ]; then
		truncate -s $((131456 * 512)) root.img
		python3 "$SOURCE/tests/guests/rhel/volume-group.py" root.img 0 $((131456 * 512))
		mke2fs -q -F -t ext4 -U "$ROOT_UUID" -d "$2" -E "offset=$((192 << 10))" root.img 16M
	else
		truncate -s 8M root.img
		mke2fs -q -F -t ext4 -b 1024 -U "$ROOT_UUID" -d "$2" root.img
	fi
	encrypt root.img || return 1
	dd if=root.img of="$1" bs=1M seek=10 conv=notrunc,sparse status=none
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

# judged ARGUMENT...
judged() {
	# shellcheck disable=SC2086
	run "$PARAVET" check -v $on "$@"
}

# quiet NAME: no key is in anything that the last run said.
quiet() {
	lacks "$1: no key in the answer" out 'horse'
	lacks "$1: no key in the errors" err 'horse'
}

crypt_tree tree
run "$PARAVET" inspect --key all:file:key /dev/null
[ "$STATUS" != 69 ] || skip_all 'built without libgcrypt'
crypt_disk crypt.img tree || skip_all 'cryptsetup cannot encrypt a file here'

# --- Without a key ---

judged crypt.img
status 'without the key nothing is known' 3
tr -s ' \n' ' ' <out >flat
has 'what it is' flat 'crypt.img, partition 2 is encrypted (LUKS 2, aes-xts-plain64 with a key of 512 bits'
has 'why' flat 'no kernel was found outside of crypt.img, partition 2, which is encrypted'
has 'what to do' flat "--key $LUKS_UUID:file:FILE"
run "$PARAVET" inspect --format json crypt.img
status 'inspect' 0
has 'the cipher is a fact' out '"cipher":"aes-xts-plain64"'

# --- With it ---

for device in all crypt.img 'partition 2' 'crypt.img, partition 2' "$LUKS_UUID" /dev/sda2 \
	"UUID=$LUKS_UUID" "$(echo "$LUKS_UUID" | tr a-f A-F)"; do
	judged --key "$device:file:key" crypt.img
	status "a key for $device" 0
done
quiet 'a right key'
has '/ lies in it' out 'LUKS in partition 2'
judged --key all:file:key.newline crypt.img
status 'a newline at the end of a key file' 0
judged --key all:file:wrong --key all:file:key crypt.img
status 'one of several keys' 0
run sh -c "\"\$PARAVET\" check $on --key all:file:- crypt.img <key"
OUT=out
status 'standard input' 0
mkfifo pipe
cat key >pipe &
judged --key all:file:pipe crypt.img
status 'a pipe' 0
run "$PARAVET" inspect --format json --key all:file:key crypt.img
quiet inspect
has 'the name that the guest gives it' out '"mapper/root_crypt"'
has 'what it lies on' out '"crypt.img, partition 2"'
run "$PARAVET" plan --on kvm --key all:file:key crypt.img
status plan 0

# --- Keys that do not fit ---

judged --key "$LUKS_UUID:file:wrong" crypt.img
status 'a wrong key' 66
has 'is told' err "crypt.img, partition 2: the key of --key $LUKS_UUID opens none of its 1 key slots"
lacks 'and stays secret' err battery
judged --key all:file:wrong crypt.img
status 'a wrong key for all' 3
tr -s ' \n' ' ' <out >flat
has 'is told, too' flat 'none of the keys that were given opens it'
judged --key all:file:key /dev/null
lacks 'a key for all may have nothing to open' err 'no encrypted volume'
judged --key other:file:key crypt.img
status 'a key for nothing' 64
has 'names what is encrypted' err 'encrypted here: crypt.img, partition 2'
quiet 'a key for nothing'
: >nothing
judged --key all:file:nothing crypt.img
status 'an empty key file' 64
judged --key all:file:/nonexistent crypt.img
status 'no key file' 66
judged --key "all:key:correct horse" crypt.img
status 'a key on the command line' 64
quiet 'a key on the command line'
has 'what to do instead' err 'DEVICE:file:FILE'

# --- A name that only the kernel's command line gives ---

for words in "rd.luks.name=$LUKS_UUID=root_crypt" "cryptdevice=UUID=$LUKS_UUID:root_crypt:allow-discards"; do
	crypt_tree tree
	rm -r tree/etc/crypttab tree.inside/cryptroot
	sed -i "s,root=/dev,$words &," tree/boot/grub/grub.cfg
	crypt_disk words.img tree
	judged --key all:file:key words.img
	status "$words" 0
done
rm words.img
crypt_tree tree

# --- A volume group within ---

sed -i 's,/dev/mapper/root_crypt,/dev/mapper/VolGroup00-LogVol00,' tree/etc/fstab tree/boot/grub/grub.cfg
crypt_disk lvm.img tree lvm
judged --key all:file:key lvm.img
status 'an initramfs without lvm' 1
has 'is told' out 'lvm, which finds /, is not in'
echo program >tree.inside/sbin/lvm
crypt_disk lvm.img tree lvm
judged --key all:file:key lvm.img
status 'a volume group in an encrypted volume' 0
has '/ lies in it' out 'dm_crypt is built into the kernel'
run "$PARAVET" prove $on --key all:file:key lvm.img
status 'it is not booted' 3
has 'as nobody gives the key' out 'its / is encrypted'
rm lvm.img

# --- What the boot needs ---

crypt_tree tree

rm tree.inside/sbin/cryptsetup
crypt_disk lacks.img tree
judged --key all:file:key lacks.img
status 'an initramfs without cryptsetup' 1
has 'is told' out 'cryptsetup, which finds /, is not in'
crypt_tree tree
rm -r tree.inside/cryptroot
crypt_disk lacks.img tree
judged --key all:file:key lacks.img
status 'nothing that tells cryptsetup what to open' 3
tr -s ' \n' ' ' <out >flat
has 'is told' flat 'no crypttab is in /boot/initrd.img-6.1.0-9-amd64'
crypt_tree tree
sed -i '/dm-crypt/d; /xts/d' "tree/lib/modules/$release/modules.builtin"
crypt_disk lacks.img tree
judged --key all:file:key lacks.img
status 'a kernel without dm_crypt' 2
has 'is told' out 'dm_crypt, which / needs, is missing'

# --- Names of the old bus, and a change through the encryption ---

crypt_tree tree
printf 'root_crypt /dev/sda2 none luks\n' >tree/etc/crypttab
crypt_disk names.img tree
judged --key all:file:key names.img
status 'crypttab with a name of the old bus' 1
has 'is told with its line' out '/etc/crypttab:1'
cp names.img before.img
# shellcheck disable=SC2086
run "$PARAVET" apply $on --copy -o new.raw --key all:file:key names.img
status 'apply' 0
same 'the source is as it was' names.img before.img
judged --key all:file:key new.raw
status 'what apply made is ready' 0
quiet 'apply'
# shellcheck disable=SC2086
run "$PARAVET" apply $on --in-place --undo record --key all:file:key names.img
status 'in place' 0
judged --key all:file:key names.img
status 'which is ready, too' 0
run "$PARAVET" undo record
status 'undo needs no key' 0
same 'and makes it as it was, byte for byte' names.img before.img
holds 'nothing of / is there in plain bytes' sh -c '! grep -aq root_crypt.UUID new.raw'

finish
