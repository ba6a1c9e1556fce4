#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Encrypted volumes: told what they are without a key, never judged stronger than unknown; read
# like any other with one, judged with all that opens them at the boot, and changed through.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
. "$HERE/crypt-guest.sh"
requires mke2fs debugfs python3 cryptsetup

on='--on kvm:virtio-blk'
# In the order of their lengths: no key is part of a message by chance.
printf 'correct horse' >key
printf 'correct horse\n' >key.newline
printf 'wrong battery' >wrong

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
# To open one is an error of its own: it tells that nobody looked before.
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
for file in socket /dev/null .; do
	judged --key "all:file:$file" crypt.img
	status "$file as a key file" 66
	has 'is seen before it is opened' err 'it is neither a file nor a pipe'
done
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
has 'is told' flat 'neither a crypttab in /boot/initrd.img-6.1.0-9-amd64 nor rd.luks.uuid='
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
