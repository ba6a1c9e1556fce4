#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A whole guest on Btrfs: its subvolumes are put together as fstab says, snapshots are no systems of
# their own, two disks are one file system, and apply refuses it by name.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires python3
maker=$SOURCE/tests/unit/fs/btrfs_maker.py
python3 "$maker" --help >/dev/null 2>&1 || skip_all 'the maker of images lacks a library'

on='--on kvm:virtio-blk'

# btrfs_disk FILE ARGUMENT...: one partition with what the maker makes of the arguments, and a first
# sector that says GRUB.
btrfs_disk() {
	disk=$1
	shift
	python3 "$maker" --uuid "$SMALL_UUID" "$@" || exit 99
	part_to_disk part "$disk"
}

# part_to_disk PARTITION FILE
part_to_disk() {
	python3 - "$1" "$2" <<-'EOT'
		import os, struct, sys
		sector = bytearray(512)
		sector[0:2] = b"\xeb\x48"
		sector[384:389] = b"GRUB "
		size = os.path.getsize(sys.argv[1])
		struct.pack_into("<B3sB3sII", sector, 446, 0x80, b"\0\2\0", 0x83, b"\0\0\0", 2048, size // 512)
		sector[510:512] = b"\x55\xaa"
		with open(sys.argv[1], "rb") as part, open(sys.argv[2], "wb") as disk:
		    disk.write(sector)
		    disk.seek(1 << 20)
		    disk.write(part.read())
	EOT
}

# btrfs_tree DIR FSTAB GRUB-PREFIX COMMAND-LINE: as old_names_tree, on Btrfs.
btrfs_tree() {
	old_names_tree "$1"
	printf '%s\n' "$2" >"$1/etc/fstab"
	echo 'CONFIG_BTRFS_FS=y' >>"$1/boot/config-$release"
	echo 'kernel/btrfs.ko' >>"$1/lib/modules/$release/modules.builtin"
	cat >"$1/boot/grub/grub.cfg" <<-EOT
		search --no-floppy --fs-uuid --set=root $SMALL_UUID
		menuentry 'Small' {
			linux $3/vmlinuz-$release root=UUID=$SMALL_UUID ro $4
			initrd $3/initrd.img-$release
		}
	EOT
}

# --- @, @home and a subvolume of its own for /boot, as Ubuntu and others have them ---

btrfs_tree at "UUID=$SMALL_UUID / btrfs defaults,subvol=@ 0 0
UUID=$SMALL_UUID /home btrfs defaults,subvol=/@home 0 0
UUID=$SMALL_UUID /var/log btrfs subvol=@log 0 0" /@/boot rootflags=subvol=@
mkdir -p home boot log at/home at/var/log
mv at/boot/* boot
echo mine >home/file
# Snapshots beside them, of which one looks the same.
cp -R at old
btrfs_disk sub.raw --pack zlib part 24 @=at @home=home @/boot=boot @log=log timeshift=old @old=old

# shellcheck disable=SC2086
run "$PARAVET" check $on sub.raw
status 'a guest in subvolumes is ready' 0
run "$PARAVET" inspect sub.raw
has 'what is mounted where, from which subvolume' out \
	'btrfs, mounted at / (subvolume @), /home (subvolume @home), /var/log (subvolume @log)'
has 'its system' out 'Small Debian 12'
has 'the path of the kernel begins with the subvolume' out '/boot/vmlinuz-6.1.0-9-amd64'
lacks 'snapshots are no systems' out 'operating systems,'

sed -i 's/CONFIG_BTRFS_FS=y/CONFIG_BTRFS_FS=m/' boot/config-*
sed -i '/btrfs/d' "at/lib/modules/$release/modules.builtin"
mkdir -p "at/lib/modules/$release/kernel"
python3 "$HERE/make-module.py" "at/lib/modules/$release/kernel/btrfs.ko" arch=i386 depends= \
	vermagic="$release SMP mod_unload "
echo 'kernel/btrfs.ko:' >"at/lib/modules/$release/modules.dep"
btrfs_disk lacking.raw --pack lzo part 24 @=at @home=home @/boot=boot @log=log
# shellcheck disable=SC2086
run "$PARAVET" check $on lacking.raw
status 'without the module btrfs in its initramfs it does not start' 1
has 'the module is named' out btrfs

# --- apply ---

before=$(sha256sum lacking.raw)
# shellcheck disable=SC2086
run "$PARAVET" apply $on -o new.qcow2 lacking.raw
status 'apply refuses Btrfs' 66
has 'by its name' err 'btrfs'
has 'with the script offered' err 'paravet plan --script'
if [ "$before" = "$(sha256sum lacking.raw)" ] && [ ! -e new.qcow2 ]; then
	pass 'nothing was written'
else
	fail 'nothing was written'
fi
# shellcheck disable=SC2086
run "$PARAVET" plan $on --script lacking.raw
status 'the script is there' 1
has 'it is one for a shell' out '#!/bin/sh'

# --- what is not there ---

sed -i 's/subvol=@log/subvol=@none/; s,/var/log,/usr,' at/etc/fstab
btrfs_disk none.raw part 24 @=at @/boot=boot
run "$PARAVET" inspect none.raw
has 'a subvolume that is not there is named' out 'subvol=@none: no such file or directory'

# --- damage beside it ---

python3 - "$SOURCE/tests/unit/fs" "$SMALL_UUID" <<'EOT' || exit 99
import sys, uuid
sys.path.insert(0, sys.argv[1])
from btrfs_maker import FS_TREE, Image, MIB, ROOT_DIR
image = Image(24 * MIB, fsid=uuid.UUID(sys.argv[2]).bytes)
at = image.subvolume(FS_TREE, ROOT_DIR, b"@")
at.copy_in("at")
image.subvolume(at.id, ROOT_DIR, b"boot").copy_in("boot")
bad = image.subvolume(FS_TREE, ROOT_DIR, b"bad")
whole = image.root_item
image.root_item = lambda at, level, *more: whole(at, 9 if image.current == bad.id else level, *more)
image.current, put = None, image.put_tree
def put_tree(owner, items, *kind):
    image.current = owner
    return put(owner, items, *kind)
image.put_tree = put_tree
image.write("part")
EOT
part_to_disk part bad.raw
run "$PARAVET" inspect bad.raw
status 'a subvolume that is damaged beside the root' 0
has 'is told' out 'is not possible'
has 'and the root is found' out 'Small Debian 12'

# --- openSUSE's way: the default subvolume is a snapshot, and fstab names none for / ---

btrfs_tree suse "UUID=$SMALL_UUID / btrfs defaults 0 0
UUID=$SMALL_UUID /.snapshots btrfs subvol=/@/.snapshots 0 0" /boot ''
mkdir -p empty/.snapshots snapshots/1 suse/.snapshots
btrfs_disk suse.raw --default @/.snapshots/1 part 24 @=empty @/.snapshots=snapshots @/.snapshots/1=suse
# shellcheck disable=SC2086
run "$PARAVET" check $on suse.raw
status 'a default subvolume that is a snapshot' 0
run "$PARAVET" inspect suse.raw
has 'its path' out '/ (subvolume @/.snapshots/1)'

# --- two disks ---

btrfs_tree both "UUID=$SMALL_UUID / btrfs defaults,subvol=@ 0 0" /@/boot rootflags=subvol=@
python3 "$maker" --uuid "$SMALL_UUID" --data raid1 --metadata raid1 part,second.raw 20 @=both || exit 99
part_to_disk part first.raw
# shellcheck disable=SC2086
run "$PARAVET" check $on first.raw second.raw
status 'a file system over two disks' 0
run "$PARAVET" inspect --format json second.raw first.raw
cp out json
holds 'both disks are named' python3 -c 'import json
facts = json.load(open("json"))
facts = facts.get("facts", facts)
roots = [v for v in facts["volumes"] if "/" in v["mounted_at"]]
assert len(roots) == 1 and roots[0]["disks"] == ["second.raw", "first.raw"], roots
assert sorted(v["device"] for v in facts["volumes"]) == [1, 2], facts["volumes"]'
# shellcheck disable=SC2086
run "$PARAVET" check $on first.raw
status 'one of them alone is not ready' 3
has 'the other one is named as missing' out 'device 2 of 2 of the file system at / is'
cp first.raw copy.raw
run "$PARAVET" inspect first.raw copy.raw second.raw
has 'a copy of a disk beside it' out 'two of the disks given say that they are its device 1'

finish
