#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Names of the old bus in the copies of crypttab and mdadm.conf that an initramfs holds, by which
# an encrypted / or one on an array is not found any more: check names file and line, apply mends
# them, and then the guest is ready. Also where several layers lie below /.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
. "$HERE/crypt-guest.sh"
requires mke2fs debugfs python3 cryptsetup

on='--on kvm:virtio-blk'
printf 'correct horse' >key

# judged ARGUMENT...: lines are joined in "told".
judged() {
	# shellcheck disable=SC2086
	run "$PARAVET" check -v $on --key all:file:key "$@"
	tr -s ' \n' '  ' <out >told
}

# settled NAME TEXT DISK...: apply makes them ready; TEXT is among the facts then.
settled() {
	name=$1 text=$2
	shift 2
	rm -f record
	# shellcheck disable=SC2086
	run "$PARAVET" apply $on --in-place --undo record --key all:file:key "$@"
	status "$name: apply" 0
	judged "$@"
	status "$name: ready then" 0
	run "$PARAVET" inspect --format json --key all:file:key "$@"
	has "$name: as planned" out "$text"
}

# mended NAME WHERE TEXT
mended() {
	boot_disk copies.img tree
	judged copies.img
	status "$1: a name of the old bus" 1
	has "$1: is told with its line" told "$2 in the initramfs has /dev/sda2, but disks are named /dev/vd... here"
	settled "$1" "$3" copies.img
}

# --- crypttab ---

crypt_tree tree
run "$PARAVET" inspect --key all:file:key /dev/null
[ "$STATUS" != 69 ] || skip_all 'built without libgcrypt'
crypt_disk copies.img tree || skip_all 'cryptsetup cannot encrypt a file here'
printf '# a comment\nroot_crypt\t/dev/sda2 none luks,discard\n' >tree.inside/cryptroot/crypttab
mended 'crypttab of initramfs-tools' cryptroot/crypttab:2 "\"spec\":\"UUID=$LUKS_UUID\""
mkdir -p tree.inside/etc tree.inside/conf/conf.d
mv tree.inside/cryptroot/crypttab tree.inside/etc/crypttab
mended 'crypttab of dracut' etc/crypttab:2 "\"spec\":\"UUID=$LUKS_UUID\""
rm -r tree.inside/cryptroot tree.inside/etc
echo 'target=root_crypt,source=/dev/sda2,key=none,rootdev' >tree.inside/conf/conf.d/cryptroot
mended 'cryptroot of before' conf/conf.d/cryptroot:1 \
	"target=root_crypt,source=UUID=$LUKS_UUID,key=none,rootdev"
echo 'target=root_crypt,source=UUID=11111111-9c1e-4d5a-8a41-d0a6a2f0c111,key=none' >tree.inside/conf/conf.d/cryptroot
boot_disk copies.img tree
judged copies.img
status 'a copy that names another volume' 3

# dracut has a part of the command line inside.
rm -r tree.inside/conf
mkdir -p tree.inside/etc/cmdline.d
printf 'rd.luks.uuid=luks-%s\nresume=/dev/sda2\n' "$LUKS_UUID" >tree.inside/etc/cmdline.d/x.conf
boot_disk copies.img tree
judged copies.img
status 'rd.luks.uuid= inside opens /' 0
has 'resume= inside is waited for' told 'etc/cmdline.d/x.conf:2 in the initramfs has /dev/sda2, but disks are named /dev/vd... here: the start waits for it'
rm copies.img

# --- mdadm.conf ---

# md_tree DIR: as crypt_tree, but / is on an array; MEMBERS are /dev/sda2 and /dev/sdb2.
md_tree() {
	crypt_tree "$1"
	sed -i "s,/dev/mapper/root_crypt,UUID=$ROOT_UUID," "$1/etc/fstab" "$1/boot/grub/grub.cfg"
	rm -r "$1/etc/crypttab" "$1.inside/cryptroot"
	md_programs "$1"
}

# md_programs DIR
md_programs() {
	mkdir -p "$1/etc/mdadm" "$1.inside/etc/mdadm"
	printf 'DEVICE partitions\nARRAY /dev/md0 UUID=%s\n' "$MD_UUID" >"$1/etc/mdadm/mdadm.conf"
	printf 'DEVICE /dev/sda2\t/dev/sdb2\nARRAY /dev/md0 UUID=%s\n' "$MD_UUID" \
		>"$1.inside/etc/mdadm/mdadm.conf"
	echo program >"$1.inside/sbin/mdadm"
	printf 'kernel/%s.ko\n' md-mod raid1 >>"$1/lib/modules/$release/modules.builtin"
}

# md_disks DIR: root.img on the second partitions of a.img, which starts, and b.img.
md_disks() {
	crypt_frame a.img "$1"
	cp a.img b.img
	dd if=/dev/zero of=b.img bs=440 count=1 conv=notrunc status=none
	dd if=/dev/zero of=b.img bs=1M seek=1 count=8 conv=notrunc status=none
	python3 "$HERE/md-array.py" --name web01:0 root.img a.img:10485760:20971520 b.img:10485760:20971520
}

MD_UUID=3aaa0122:29827cfa:5331ad66:ca767371
md_tree tree
rm -f root.img
truncate -s 8M root.img
mke2fs -q -F -t ext4 -b 1024 -U "$ROOT_UUID" -d tree root.img
md_disks tree
judged a.img b.img
status 'mdadm looks for the array of / on disks of the old bus' 1
has 'which is told with its line' told 'etc/mdadm/mdadm.conf:1 in the initramfs has /dev/sda2'

settled 'an array' '"names":[],"words":[],"source"' a.img b.img

# --- Several layers ---

# old_names DIR: crypttab has a name of the old bus, in the initramfs, too.
old_names() {
	printf 'root_crypt\t%s none luks,discard\n' "$2" >"$1/etc/crypttab"
	cp "$1/etc/crypttab" "$1.inside/cryptroot/crypttab"
}

crypt_tree tree
echo program >tree.inside/sbin/lvm
old_names tree /dev/sda2
sed -i 's,/dev/mapper/root_crypt,/dev/mapper/VolGroup00-LogVol00,' tree/etc/fstab tree/boot/grub/grub.cfg
crypt_disk lvm.img tree lvm
judged lvm.img
status 'a group of volumes in an encrypted partition' 1
settled 'a group of volumes' "\"spec\":\"UUID=$LUKS_UUID\"" lvm.img
lacks 'no crypttab has the old name' out '"spec":"/dev/sda2"'
rm lvm.img

crypt_tree tree
md_programs tree
old_names tree /dev/md0
crypt_root tree
md_disks tree
judged a.img b.img
status 'an encrypted volume on an array' 1
has 'it is the name of its member that changes' told 'mdadm.conf:1 in the initramfs has /dev/sda2'
settled 'an encrypted volume on an array' '"spec":"/dev/md0"' a.img b.img
finish
