#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Names of disks that end with the bus, in every file that may hold one: check names the file
# and the line, apply writes what the superblocks say, and then nothing is left to do. What
# cannot be known is left to people.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3

on='--on kvm:virtio-blk'
LUKS=0f4cf1aa-7ab6-4f0b-9a43-8fd0d0e0c0de
SWAP=5d5a1a53-3c9e-41a5-b1a7-3b1d3c0f7a11
MD=3aaa0122-2982-7cfa-5331-ad66ca767371

# parted_disk FILE DIR: as grub_disk, with three more partitions: LUKS, swap space, a member of
# an array; and one that holds nothing.
parted_disk() {
	grub_disk "$1" "$2"
	truncate -s 16M "$1"
	python3 - "$1" "$LUKS" "$SWAP" "$MD" <<-'EOT'
		import struct, sys, uuid
		name, luks, swap, md = sys.argv[1:]
		mebibyte = 1 << 20
		with open(name, "r+b") as disk:
		    disk.seek(440)
		    disk.write(struct.pack("<I", 0x11223344))
		    for n, (at, kind) in enumerate(((10, 0x83), (11, 0x82), (12, 0x5))):
		        disk.seek(446 + 16 * (n + 1))
		        size = 4 if kind == 0x5 else 1
		        disk.write(struct.pack("<B3sB3sII", 0, b"\0\2\0", kind, b"\0\0\0", at * 2048, size * 2048))
		    # two logical ones
		    for at, rest in ((12, 2), (14, 0)):
		        disk.seek(at * mebibyte + 446)
		        disk.write(struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xfd, b"\0\0\0", 2048, 2048))
		        disk.write(struct.pack("<B3sB3sII", 0, b"\0\2\0", 0x5 if rest else 0, b"\0\0\0",
		                               rest * 2048, 2 * 2048 if rest else 0))
		        disk.seek(at * mebibyte + 510)
		        disk.write(b"\x55\xaa")
		    disk.seek(10 * mebibyte)
		    disk.write(b"LUKS\xba\xbe\0\1" + bytes(160) + luks.encode())
		    disk.seek(11 * mebibyte + 1024)
		    disk.write(struct.pack("<III", 1, 255, 0) + uuid.UUID(swap).bytes)
		    disk.seek(11 * mebibyte + 4086)
		    disk.write(b"SWAPSPACE2")
		    disk.seek(13 * mebibyte + 4096)
		    disk.write(b"\xfc\x4e\x2b\xa9\1\0\0\0" + bytes(8) + uuid.UUID(md).bytes)
	EOT
}

# guest_file DISK PATH
guest_file() {
	debugfs -R "cat $2" "$1?offset=$SMALL_OFFSET" 2>/dev/null
}

# now NAME DISK PATH LINE...: what is in a file afterwards.
now() {
	name=$1
	guest_file "$2" "$3" >found
	shift 3
	printf '%s\n' "$@" >wanted
	same "$name" found wanted
}

# apply DISK: its copy is new.raw.
apply() {
	rm -f new.raw
	# shellcheck disable=SC2086
	run "$PARAVET" apply $on --copy -o new.raw "$1"
}

# settled NAME: the copy is sound and ready, and there is nothing left to do.
settled() {
	holds "$1: e2fsck finds nothing" e2fsck -fn "new.raw?offset=$SMALL_OFFSET"
	# shellcheck disable=SC2086
	run "$PARAVET" check $on new.raw
	status "$1: ready" 0
	# shellcheck disable=SC2086
	run "$PARAVET" apply $on --copy -o again.raw new.raw
	status "$1: a second time" 0
	has "$1: there is nothing to do" out 'nothing to do'
}

# chain DISK: check -v.
chain() {
	# shellcheck disable=SC2086
	run "$PARAVET" check -v $on "$1"
}

# / by its UUID already: what is wrong stands in the other files.
base() {
	rm -rf "$1"
	old_names_tree "$1"
	printf 'UUID=%s / ext4 defaults 0 1\n' "$SMALL_UUID" >"$1/etc/fstab"
	sed -i "s,root=/dev/sda1,root=UUID=$SMALL_UUID," "$1/boot/grub/grub.cfg"
}

base tree
parted_disk good.img tree
chain good.img
status 'a guest without such names' 0

# crypttab
base tree
printf '# mapped\n\nsecret\t/dev/sda2  none luks,discard\nswap /dev/sda6 /dev/urandom plain,swap\n' \
	>tree/etc/crypttab
echo '/dev/mapper/secret /secret ext4 defaults 0 2' >>tree/etc/fstab
parted_disk crypt.img tree
chain crypt.img
status 'a name in crypttab' 1
has 'is told with its line' out '/etc/crypttab:3 has /dev/sda2'
apply crypt.img
status 'apply' 0
now 'LUKS is named by its UUID, other space by the partition table' new.raw /etc/crypttab \
	'# mapped' '' "$(printf 'secret\tUUID=%s  none luks,discard' "$LUKS")" \
	'swap PARTUUID=11223344-06 /dev/urandom plain,swap'
settled crypttab

# mdadm.conf
base tree
mkdir -p tree/etc/mdadm
cat >tree/etc/mdadm/mdadm.conf <<'EOT'
DEVICE /dev/sda5 /dev/sdb5 # by hand
ARRAY /dev/md0 level=raid1
   devices=/dev/sda5
array /dev/md1 devices=/dev/sda5,/dev/sdb5
	uuid=1:2:3:4
EOT
echo '/dev/md0 /data ext4 defaults 0 2' >>tree/etc/fstab
parted_disk md.img tree
chain md.img
status 'names in mdadm.conf' 1
has 'are told with their line' out '/etc/mdadm/mdadm.conf:1 has /dev/sda5'
# shellcheck disable=SC2086
run "$PARAVET" check $on md.img
tr -s '\n ' ' ' <out >joined
has 'with what is to stand there' joined 'write DEVICE partitions in mdadm.conf'
apply md.img
status 'apply' 0
now 'arrays are looked for everywhere, and known by their UUIDs' new.raw /etc/mdadm/mdadm.conf \
	'DEVICE partitions # by hand' 'ARRAY /dev/md0 level=raid1' \
	'   UUID=3aaa0122:29827cfa:5331ad66:ca767371' 'array /dev/md1' '	uuid=1:2:3:4'
settled mdadm.conf
sed -i 's/=.dev.sda5$/=\/dev\/sda5,\/dev\/sdc9/' tree/etc/mdadm/mdadm.conf
parted_disk md.img tree
apply md.img
status 'an array with a member that is not here' 1
guest_file new.raw /etc/mdadm/mdadm.conf >found
has 'is left to people' found '   devices=/dev/sda5,/dev/sdc9'
echo 'DEVICE partitions' >>tree/etc/mdadm/mdadm.conf
sed -i '2,3d' tree/etc/mdadm/mdadm.conf
parted_disk md.img tree
apply md.img
guest_file new.raw /etc/mdadm/mdadm.conf >found
has 'names beside "partitions" change nothing' found 'DEVICE /dev/sda5 /dev/sdb5 # by hand'

# What the next menu is made from, and what no boot reads.
old_names_tree tree
mkdir -p tree/etc/default/grub.d tree/etc/initramfs-tools/conf.d tree/etc/kernel
cat >tree/etc/default/grub <<'EOT'
GRUB_DEVICE=/dev/sda1
GRUB_CMDLINE_LINUX_DEFAULT="quiet \
  resume=/dev/sda3"
GRUB_CMDLINE_LINUX='root=/dev/sda1 root=/dev/sdz9'	# by hand
# GRUB_CMDLINE_LINUX="root=/dev/sda1"
GRUB_DISABLE_LINUX_UUID="true"
EOT
echo 'export GRUB_CMDLINE_LINUX=root=/dev/sda1 GRUB_DISABLE_UUID=false' >tree/etc/default/grub.d/x.cfg
echo 'root=/dev/sda1 ro' >tree/etc/kernel/cmdline
printf '# comment\nRESUME="/dev/sda3" # why\n' >tree/etc/initramfs-tools/conf.d/resume
printf '# made by hand\n(hd0)\t/dev/sda\n' >tree/boot/grub/device.map
parted_disk menu.img tree
apply menu.img
status 'settings of the next menu' 0
now 'have the names that the menu has' new.raw /etc/default/grub \
	'GRUB_DEVICE=/dev/sda1' 'GRUB_CMDLINE_LINUX_DEFAULT="quiet \' "  resume=UUID=$SWAP\"" \
	"GRUB_CMDLINE_LINUX='root=UUID=$SMALL_UUID root=/dev/sdz9'	# by hand" \
	'# GRUB_CMDLINE_LINUX="root=/dev/sda1"' '# GRUB_DISABLE_LINUX_UUID="true"'
now 'in every file' new.raw /etc/default/grub.d/x.cfg \
	"export GRUB_CMDLINE_LINUX=root=UUID=$SMALL_UUID GRUB_DISABLE_UUID=false"
now 'also that of kernel-install' new.raw /etc/kernel/cmdline "root=UUID=$SMALL_UUID ro"
now 'initramfs-tools resumes by UUID' new.raw /etc/initramfs-tools/conf.d/resume \
	'# comment' "RESUME=\"UUID=$SWAP\" # why"
now 'GRUB 2 finds out by itself where its disk is' new.raw /boot/grub/device.map \
	'# made by hand' '# (hd0) /dev/sda'
settled settings

# Names by the serial number of the old disk: the one of / says which disk that is.
base tree
id=/dev/disk/by-id/ata-OLD_DISK_1
printf '%s-part1 / ext4 defaults 0 1\n%s-part3 none swap sw 0 0\n' $id $id >tree/etc/fstab
sed -i "s,root=UUID=[^ ]*,root=$id-part1 resume=$id-part3," tree/boot/grub/grub.cfg
printf 'swap2 %s-part2 none luks,nofail\n' $id >tree/etc/crypttab
parted_disk id.img tree
chain id.img
status 'names by an old serial number' 1
apply id.img
status 'apply' 0
now 'become UUIDs in fstab' new.raw /etc/fstab "UUID=$SMALL_UUID / ext4 defaults 0 1" \
	"UUID=$SWAP none swap sw 0 0"
now 'and in crypttab' new.raw /etc/crypttab "swap2 UUID=$LUKS none luks,nofail"
guest_file new.raw /boot/grub/grub.cfg >found
has 'and in the menu' found "root=UUID=$SMALL_UUID resume=UUID=$SWAP"
settled 'serial numbers'

# A disk that is not among those given keeps its name, and it is said what that asks for.
base tree
echo '/dev/sdb1 /data ext4 defaults 0 2' >>tree/etc/fstab
parted_disk elsewhere.img tree
# shellcheck disable=SC2086
run "$PARAVET" plan $on elsewhere.img
tr -s ' \n' ' ' <out >line
has 'a name on a disk that is not here is told' line \
	'Note: /etc/fstab:2 has /dev/sdb1, which is on none of these disks: name its disk, too'
apply elsewhere.img
status 'it stays' 1
has 'what a person does about it is told' out 'write UUID=... for /dev/sdb1 there'

# What initramfs-tools copied when it made the initramfs counts, whatever came after.
old_names_tree tree
mkdir -p inside/conf/conf.d tree/etc/initramfs-tools/conf.d
printf 'RESUME=/dev/sda3\n' >inside/conf/conf.d/resume
cp inside/conf/conf.d/resume tree/etc/initramfs-tools/conf.d/own
small_initramfs tree/boot/initrd.img-6.1.0-9-amd64 inside
parted_disk resume.img tree
chain resume.img
status 'the disk to resume from has an old name in the initramfs' 1
# shellcheck disable=SC2086
run "$PARAVET" plan $on resume.img
has 'the plan shows the line' out '/boot/initrd.img-6.1.0-9-amd64, in it conf/conf.d/resume:1'
lacks 'and says no more of it' out 'the start waits for it'
apply resume.img
status 'apply' 0
now 'the file that it was made of has the new name' new.raw /etc/initramfs-tools/conf.d/own \
	"RESUME=UUID=$SWAP"
settled 'resume'
lacks 'nothing is waited for' out 'waits'
run "$PARAVET" inspect --format json new.raw
has 'the copy has the new name, too' out "\"word\":\"RESUME=UUID=$SWAP\""
lacks 'and not the old one' out 'RESUME=/dev/sda3'
base tree
small_initramfs tree/boot/initrd.img-6.1.0-9-amd64 inside
parted_disk resume.img tree
chain resume.img
status 'by itself it keeps nothing from starting' 0
# shellcheck disable=SC2086
run "$PARAVET" check $on resume.img
tr -s ' \n' ' ' <out >line
has 'but is told' line 'conf/conf.d/resume:1 in the initramfs has /dev/sda3, but disks are named /dev/vd... here: the start waits for it, then goes on'
has 'with what to do' line 'what to do: write RESUME=UUID=... for /dev/sda3 in /etc/initramfs-tools/conf.d/resume (blkid prints it), then update-initramfs'
echo 'RESUME=none' >inside/conf/conf.d/zz
small_initramfs tree/boot/initrd.img-6.1.0-9-amd64 inside
parted_disk resume.img tree
chain resume.img
lacks 'unless a file behind it says otherwise' out 'waits'
# A copy of the disk has the same UUIDs: a name that is not its own is never written.
old_names_tree twin
grub_disk twin.img twin
cp twin.img copy.img
run "$PARAVET" plan --on kvm:virtio-blk twin.img copy.img
lacks 'a UUID that two volumes have is not written' out "+ UUID="
tr -s '\n ' ' ' <out >joined
has 'why not is told' joined "UUID $SMALL_UUID is that of copy.img, partition 1, too"
printf '\1\2\3\4' | dd of=twin.img bs=1 seek=440 conv=notrunc status=none
run "$PARAVET" plan --on kvm:virtio-blk twin.img copy.img
has 'the number of its partition table tells it apart' out '+ PARTUUID=04030201-01'
has 'on the command line, too' out '+ root=PARTUUID=04030201-01'
tr -s '\n ' ' ' <out >joined
has 'by hand it is the same name' joined "name it by PARTUUID=... (its UUID is that of copy.img, partition 1, too)"

# Lines that end in CR LF go on doing so; where only some do, people have to look.
old_names_tree dos
sed -i 's/$/\r/' dos/etc/fstab
grub_disk dos.img dos
run "$PARAVET" apply --on kvm:virtio-blk --in-place dos.img
status 'an fstab with carriage returns' 0
debugfs -R 'cat /etc/fstab' "dos.img?offset=$SMALL_OFFSET" 2>/dev/null >fstab
printf '# a comment\r\nUUID=%s  /  ext4  defaults 0 1\r\n' "$SMALL_UUID" >wanted
same 'keeps them' fstab wanted
echo '# one more' >>dos/etc/fstab
grub_disk dos.img dos
run "$PARAVET" apply --on kvm:virtio-blk --dry-run dos.img
tr -s '\n ' ' ' <out >joined
has 'one with both ends is left to people' joined \
	'/etc/fstab has carriage returns that are no line ends like the others: change it inside the guest'

# ROOT= of initramfs-tools, where the boot loader says nothing.
base tree
sed -i 's,root=[^ ]* ,,' tree/boot/grub/grub.cfg
rm -r inside/conf
mkdir -p inside/conf/conf.d
echo 'ROOT=/dev/sda1' >inside/conf/conf.d/root
small_initramfs tree/boot/initrd.img-6.1.0-9-amd64 inside
parted_disk root.img tree
chain root.img
status 'the name of / in the initramfs' 1
has 'is told with its line' out 'conf/conf.d/root:1 in the initramfs'
apply root.img
status 'apply' 0
settled 'ROOT='
finish
