#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# apply makes the plan's changes on an overlay, a copy or in place, says exactly what it changed,
# refuses what is not safe before the first byte, and leaves nothing half-made behind.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3 qemu-img qemu-io

on='--on kvm:virtio-blk'

sum() {
	sha256sum "$1" | cut -d' ' -f1
}

# unchanged NAME FILE SUM
unchanged() {
	if [ "$(sum "$2")" = "$3" ]; then pass "$1"; else fail "$1"; fi
}

absent() {
	if [ ! -e "$2" ] && [ ! -L "$2" ]; then pass "$1"; else fail "$1"; fi
}

# apply OPTION...: to be split; the disks come last.
apply() {
	# shellcheck disable=SC2086
	run "$PARAVET" apply $on "$@"
}

# guest_file DISK PATH: its bytes, of a raw disk.
guest_file() {
	debugfs -R "cat $2" "$1?offset=$SMALL_OFFSET" 2>/dev/null
}

# sound NAME DISK: the file system of a disk of any format is whole, and check says ready.
sound() {
	run qemu-img convert -O raw "$2" sound.raw
	[ "$STATUS" -eq 0 ] && run e2fsck -fn "sound.raw?offset=$SMALL_OFFSET"
	status "$1: e2fsck finds nothing" 0
	# shellcheck disable=SC2086
	run "$PARAVET" check $on --backing any "$2"
	status "$1: check says ready" 0
}

# information FILE KEY: what qemu-img info says of a disk.
information() {
	qemu-img info -U --output=json "$1" | python3 -c 'import json, sys
print(json.load(sys.stdin).get(sys.argv[1]))' "$2"
}

# is NAME FOUND WANTED
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1 (\"$2\", not \"$3\")"; fi
}

cat >look.py <<'EOT'
"""look.py SCHEMA WANTED BEFORE AFTER: the document in `json`, and the files of raw disks."""
import hashlib, json, subprocess, sys
document = json.load(open("json"))
applied = document["applied"]
results = applied["results"]
applied["output"] = results[0]["file"] if results else None
for key, value in json.loads(sys.argv[2]).items():
    assert applied[key] == value, (key, applied[key])
del applied["output"]
try:
    import jsonschema
    jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(document)
except ImportError:
    pass
for disk, which in zip(sys.argv[3:], ("old", "new")):
    for file in applied["changes"]["files"]:
        text = subprocess.run(["debugfs", "-R", "cat " + file["path"], disk + "?offset=1048576"],
                              capture_output=True, check=True).stdout
        assert len(text) == file[which + "_size"], (disk, file, text)
        assert hashlib.sha256(text).hexdigest() == file[which + "_sha256"], (disk, file, text)
EOT
# look NAME WANTED [BEFORE [AFTER]]
look() {
	name=$1
	shift
	cp out json
	holds "$name" python3 look.py "$SOURCE/schema/apply.schema.json" "$@"
}

old_names_tree tree
grub_disk pristine.img tree
cp pristine.img disk.img
before=$(sum disk.img)
cp pristine.img journal.img

# What is asked for has to make sense.
apply disk.img
status 'a place for the result is needed' 64
has 'those there are are named' err 'one of -o FILE, --in-place, --dry-run'
apply -o new.qcow2 --in-place disk.img
status 'one place' 64
apply --in-place --copy disk.img
status 'a copy is a new file' 64
apply --dry-run --undo x.undo disk.img
status 'a record goes with a change in place' 64
apply -o new.qcow2 --root tree
status 'a folder is not changed' 64
has 'the way out is told' err 'name the disks instead'
run "$PARAVET" apply -o new.qcow2 disk.img
status 'a platform is needed' 64
run "$PARAVET" apply --on all -o new.qcow2 disk.img
status 'one platform' 64
apply -o new.qcow2
status 'a disk is needed' 64
: >x.rpm
apply --dry-run --kmod x.rpm disk.img
status 'a package for a platform that takes none' 64
has 'is refused with the way out' err 'not installed for kvm: leave out --kmod'
rm x.rpm
apply -o '' disk.img
status 'a name is needed' 66
apply -o no-folder/new.qcow2 disk.img
status 'so is a folder' 66
has 'it is named' err 'no-folder/new.qcow2: No such file'
absent 'none of them makes a file' new.qcow2
unchanged 'none of them changes the disk' disk.img "$before"

ls >before.list
apply --dry-run disk.img
status 'a dry run tells what would be' 0
has 'which files' out '/boot/grub/grub.cfg: edited, 164 bytes, 132 before'
has 'and what comes of it' out 'kvm: fixable, with the changes ready: 1 of 1 steps made'
ls >after.list
sed -i '/^after.list$/d' after.list
same 'and leaves nothing' after.list before.list
unchanged 'and writes nothing' disk.img "$before"
apply --dry-run --format json disk.img
look 'the same as JSON' '{"after": "ready", "output": null, "kind": null, "undo": null}' disk.img

# An overlay.
apply -o new.qcow2 disk.img
status 'an overlay' 0
has 'it is told what it needs' out 'new.qcow2 is an overlay: it needs disk.img below it, unchanged'
unchanged 'the disk below is as it was' disk.img "$before"
holds 'the overlay is whole' qemu-img check -q new.qcow2
is 'it names its disk by its name alone' "$(information new.qcow2 backing-filename)" disk.img
is 'with its format' "$(information new.qcow2 backing-filename-format)" raw
sound 'overlay' new.qcow2
guest_file sound.raw /etc/fstab >fstab
printf '# a comment\nUUID=%s  /  ext4  defaults 0 1\n' "$SMALL_UUID" >wanted
same 'the line of fstab has one word changed' fstab wanted
guest_file sound.raw /boot/grub/grub.cfg >menu
sed "s,root=/dev/sda1,root=UUID=$SMALL_UUID," tree/boot/grub/grub.cfg >wanted
same 'so has the menu' menu wanted
cp sound.raw changed.raw
overlay=$(sum new.qcow2)
apply -o new.qcow2 disk.img
status 'nothing is written over' 66
has 'it is said so' err 'new.qcow2: File exists: nothing is overwritten, choose another name'
apply --copy -o new.qcow2 disk.img
status 'nor by a copy' 66
apply -o disk.img disk.img
status 'nor is the disk itself' 66
ln -s nowhere link.qcow2
apply -o link.qcow2 disk.img
status 'nor is a link followed' 66
absent 'wherever it leads' nowhere
unchanged 'the file is as it was' new.qcow2 "$overlay"
unchanged 'and the disk' disk.img "$before"
apply -o again.qcow2 new.qcow2
status 'the second time there is nothing to do' 0
has 'it is said so' out 'nothing to do'
absent 'and nothing is made' again.qcow2
mkdir -p elsewhere
apply --sandbox require --format json -o elsewhere/new.qcow2 disk.img
look 'an overlay elsewhere, as JSON' \
	'{"after": "ready", "output": "elsewhere/new.qcow2", "kind": "overlay", "undo": null}' \
	disk.img changed.raw
is 'it names its disk by the whole path' "$(information elsewhere/new.qcow2 backing-filename)" \
	"$PWD/disk.img"
sound 'overlay elsewhere' elsewhere/new.qcow2

chmod 640 disk.img
run "$PARAVET" apply $on -o private.qcow2 disk.img
status 'of a disk that not everybody may read' 0
is 'neither may they read what is made of it' "$(stat -c %a private.qcow2)" 640
chmod 644 disk.img

# A copy.
apply --copy --format json -o copy.raw disk.img
look 'a copy' '{"output": "copy.raw", "kind": "copy"}' disk.img copy.raw
is 'is a raw file' "$(information copy.raw format)" raw
is 'as large as the disk' "$(stat -c %s copy.raw)" "$(stat -c %s disk.img)"
unchanged 'the disk is as it was' disk.img "$before"
sound 'copy' copy.raw

# In place.
apply --in-place --format json disk.img
look 'in place' '{"output": "disk.img", "kind": "in-place", "undo": "disk.img.paravet-undo"}' \
	pristine.img disk.img
is 'only its owner may read the record' "$(stat -c %a disk.img.paravet-undo)" 600
sound 'in place' disk.img
apply --in-place disk.img
status 'the second time there is nothing to do' 0
has 'it is said so' out 'nothing to do'
holds 'undo' "$PARAVET" undo disk.img.paravet-undo
unchanged 'every byte is back' disk.img "$before"
apply --in-place disk.img
status 'a record is not written over' 66
has 'it is named' err 'disk.img.paravet-undo: File exists'
unchanged 'and nothing is changed' disk.img "$before"
apply --in-place --undo mine.undo disk.img
status 'it may have another name' 0
has 'how to undo it is told' out 'paravet undo mine.undo'
holds 'undo' "$PARAVET" undo mine.undo
unchanged 'every byte is back' disk.img "$before"
rm -f ./*.undo disk.img.paravet-undo
tune2fs_at() {
	dd if="$1" of=part bs=1M skip=1 status=none
	tune2fs "$2" "$3" part >/dev/null && dd if=part of="$1" bs=1M seek=1 conv=notrunc status=none
}
apply --in-place journal.img
holds 'a journal begins' tune2fs_at journal.img -C 7
run "$PARAVET" undo journal.img.paravet-undo
status 'a file system that was mounted since is not undone' 65
has 'it is said why' err 'since'
rm -f journal.img*
mkdir records
apply --in-place --undo records/mine.undo disk.img
tr -s '\n ' ' ' <out >joined
has 'how a disk elsewhere is undone' joined 'paravet undo records/mine.undo --disk disk.img'
holds 'undo' "$PARAVET" undo records/mine.undo --disk disk.img
unchanged 'every byte is back' disk.img "$before"
rm -r records

# A record that a restart would take away while the disk stays changed.
in_memory() {
	[ "$(stat -f -c %T "$1")" = tmpfs ]
}
if [ -w /dev/shm ] && in_memory /dev/shm && ! in_memory .; then
	memory=$(mktemp -d /dev/shm/paravet-XXXXXX)
	cleanup "rm -rf '$memory'"
	apply --in-place --undo "$memory/mine.undo" disk.img
	status 'a record in memory is refused' 66
	has 'it is said why' err 'mine.undo would lie in memory and be gone with the next restart'
	unchanged 'nothing is changed' disk.img "$before"
	absent 'no record is made' "$memory/mine.undo"
	cp disk.img "$memory/disk.img"
	apply --in-place "$memory/disk.img"
	status 'unless the disk lies there, too' 0
	if device=$(losetup -f --show disk.img 2>/dev/null); then
		cleanup "losetup -d $device"
		apply --in-place "$device"
		status 'beside a device no record is made' 64
		has 'it is said why, and what to do' err "$device is a device: beside it"
		absent 'none is there' "$device.paravet-undo"
		apply --in-place --undo mine.undo "$device"
		status 'elsewhere it is' 0
		tr -s '\n ' ' ' <out >joined
		has 'how the device is undone' joined "paravet undo mine.undo --disk $device"
		holds 'undo' "$PARAVET" undo mine.undo --disk "$device"
		sync
		unchanged 'every byte is back' disk.img "$before"
		rm mine.undo
	else
		skip 'beside a device no record is made' 'no loop device'
	fi
else
	skip 'a record in memory is refused' 'no tmpfs in /dev/shm'
fi

# Disks of qcow2.
qemu-img convert -O qcow2 disk.img disk.qcow2
qcow2=$(sum disk.qcow2)
apply -o new2.qcow2 disk.qcow2
status 'an overlay on a qcow2 disk' 0
is 'names its format' "$(information new2.qcow2 backing-filename-format)" qcow2
holds 'is whole' qemu-img check -q new2.qcow2
sound 'overlay on qcow2' new2.qcow2
guest_file sound.raw /boot/grub/grub.cfg >menu
same 'holds the same' menu wanted
apply --in-place disk.qcow2
status 'a qcow2 disk is not changed in place' 64
has 'the way out is told' err '-o'
absent 'and no record is left' disk.qcow2.paravet-undo
unchanged 'nothing was written' disk.qcow2 "$qcow2"
apply --copy -o copy2.raw disk.qcow2
status 'a copy of it is raw' 0
guest_file copy2.raw /boot/grub/grub.cfg >menu
same 'and holds the same' menu wanted
rm -f copy2.raw new2.qcow2

# A file system that nobody should write to: refused by name, and nothing is made.
# refused NAME DISK STATUS TEXT
refused() {
	refused_sum=$(sum "$2")
	apply -o refused.qcow2 "$2"
	status "$1 is refused" "$3"
	has "$1: it is said why" err "$4"
	has "$1: and where" err "$2: partition 1: "
	absent "$1: no overlay is left" refused.qcow2
	apply --in-place "$2"
	status "$1 is refused in place" "$3"
	unchanged "$1: nothing was written" "$2" "$refused_sum"
	absent "$1: no record is left" "$2.paravet-undo"
}

# super NAME FIELD VALUE: a disk with one field of its superblock changed.
super() {
	cp pristine.img "$1"
	debugfs -w -R "ssv $2 $3" "$1?offset=$SMALL_OFFSET" 2>/dev/null
}

super unclean.img state 0
refused 'a file system that was not unmounted' unclean.img 66 'not unmounted cleanly'
super errors.img state 3
refused 'a file system with errors' errors.img 66 'errors'

# No block is free, and a line that grows needs one.
cp -R tree full
{ cat tree/etc/fstab; printf '#%0950d\n' 0; } >full/etc/fstab
grub_disk full.img full
free=$(debugfs -R 'show_super_stats -h' "full.img?offset=$SMALL_OFFSET" 2>/dev/null |
	sed -n 's/^Free blocks: *//p')
head -c "$((free * 1024))" /dev/zero | tr '\0' x >filler
debugfs -w -R 'write filler filler' "full.img?offset=$SMALL_OFFSET" >/dev/null 2>&1
refused 'a full file system' full.img 66 'room'

# A disk that somebody else uses.
mkfifo hold
qemu-io -f raw disk.img <hold >qemu.out 2>&1 &
exec 9>hold
echo 'read 0 512' >&9
until grep -q 'read 512' qemu.out; do sleep 0.1; done
for place in '-o locked.qcow2' '--copy -o locked.qcow2' '--in-place'; do
	# shellcheck disable=SC2086
	apply $place disk.img
	status "a disk that QEMU has open is refused ($place)" 66
	has 'it is said why' err 'disk.img: another process has it open'
done
apply --dry-run disk.img
status 'a dry run may look' 0
absent 'nothing is made' locked.qcow2
absent 'and no record' disk.img.paravet-undo
exec 9>&-
wait
unchanged 'nothing was written' disk.img "$before"

# Two disks: what is changed lies on one of them.
mkdir -p data two
echo data >data/file
cp -R tree/. two
echo '/dev/sdb /data ext4 defaults 0 2' >>two/etc/fstab
truncate -s 2M data.img
mke2fs -q -F -t ext4 -U 8d8f1d5e-9c3a-4b5e-8f0a-2c6e7d9b1a44 -d data data.img
data=$(sum data.img)
grub_disk system.img two
apply -o two.qcow2 system.img data.img
status 'of two disks' 0
has 'the one that is changed gets an overlay' out 'it needs system.img below it'
unchanged 'the other one is as it was' data.img "$data"
# shellcheck disable=SC2086
run "$PARAVET" check $on two.qcow2 data.img
status 'both are ready together' 0
qemu-img convert -O raw two.qcow2 sound.raw
guest_file sound.raw /etc/fstab >fstab
has 'a disk without partitions is named by its UUID, too' fstab \
	'UUID=8d8f1d5e-9c3a-4b5e-8f0a-2c6e7d9b1a44 /data ext4'

# /boot on one disk, / on another: both are changed.
mkdir several
cd several || exit 1
cp -R ../tree root
cp -R ../tree/boot boot
rm -r root/boot/*
printf '/dev/sdb / ext4 defaults 0 1\n/dev/sda1 /boot ext4 defaults 0 2\n' >root/etc/fstab
sed -i 's, /boot/, /,; s,root=/dev/sda1,root=/dev/sdb,' boot/grub/grub.cfg
grub_disk boot.img boot
root_uuid=8d8f1d5e-9c3a-4b5e-8f0a-2c6e7d9b1a45
truncate -s 8M root.img
mke2fs -q -F -t ext4 -U $root_uuid -d root root.img
cp ../look.py .
boot=$(sum boot.img) root=$(sum root.img)

# several_unchanged NAME: both disks are as they were.
several_unchanged() {
	unchanged "$1: /boot" boot.img "$boot"
	unchanged "$1: /" root.img "$root"
}
apply --dry-run boot.img root.img
ls >before.list
apply -o one.qcow2 boot.img root.img
status 'one new file for two changed disks' 64
has 'they are named' err 'the changes lie on 2 of 2 disks (boot.img, root.img): name a new file with -o'
apply -o one.qcow2 -o two.qcow2 -o three.qcow2 boot.img root.img
status 'nor are three any use' 64
: >two.qcow2
apply -o one.qcow2 -o two.qcow2 boot.img root.img
status 'a file that is there is not written over' 66
rm two.qcow2
apply -o one.qcow2 -o one.qcow2 boot.img root.img
status 'nor one by the other' 64
ls | sed '/^before.list$/d' >after.list
sed -i '/^before.list$/d' before.list
sed -i '/^after.list$/d' after.list
same 'and none is left' after.list before.list
several_unchanged 'refused'
apply --dry-run --format json boot.img root.img
status 'a dry run of two disks' 0
has 'tells both' out '"disk":"boot.img"'
has 'and the other' out '"disk":"root.img"'
apply --format json -o one.qcow2 -o two.qcow2 boot.img root.img
look 'an overlay for each' '{"after": "ready", "kind": "overlay", "undo": null,
	"results": [{"disk": "boot.img", "file": "one.qcow2"}, {"disk": "root.img", "file": "two.qcow2"}]}'
several_unchanged 'below overlays'
# shellcheck disable=SC2086
run "$PARAVET" check $on one.qcow2 two.qcow2
status 'they are ready together' 0
apply --dry-run one.qcow2 two.qcow2
has 'and need nothing more' out 'nothing to do'
qemu-img convert -O raw two.qcow2 sound.raw
holds 'the second is sound' e2fsck -fn sound.raw
debugfs -R 'cat /etc/fstab' sound.raw 2>/dev/null >fstab
printf 'UUID=%s / ext4 defaults 0 1\nUUID=%s /boot ext4 defaults 0 2\n' $root_uuid "$SMALL_UUID" >wanted
same 'and names both by UUID' fstab wanted
apply --copy -o one.raw -o two.raw boot.img root.img
status 'a copy of each' 0
has 'it is said of which disk' out 'two.raw is a whole copy of root.img'
holds 'and sound' e2fsck -fn two.raw
several_unchanged 'copied'
apply --in-place boot.img root.img
status 'both in place' 0
has 'one record is for both' out 'boot.img and root.img were changed in place. To undo it: paravet undo'
holds 'the second is sound' e2fsck -fn root.img
cp boot.img.paravet-undo moved.undo
run "$PARAVET" undo --dry-run moved.undo
has 'undo tells both' out "$PWD/boot.img, $PWD/root.img: can be made as they were before"
run "$PARAVET" undo --disk boot.img moved.undo
status 'one of two disks is not undone alone' 64
has 'the order is told' err "name each with --disk, in this order: $PWD/boot.img, $PWD/root.img"
run "$PARAVET" undo --disk root.img --disk boot.img moved.undo
status 'a wrong order is noticed' 65
cp root.img changed.img
printf X | dd of=changed.img bs=1 seek=1080 conv=notrunc status=none
cp boot.img boot-changed.img
run "$PARAVET" undo --disk boot-changed.img --disk changed.img moved.undo
status 'where one was changed since, none is written to' 65
same 'nor the other' boot-changed.img boot.img
run "$PARAVET" undo boot.img.paravet-undo
status 'both are undone' 0
several_unchanged 'undone'

# / on a logical volume over two disks.
# The file is larger than a stripe of each, so that its change reaches both.
{
	printf '/dev/vg0/root / ext4 defaults 0 1\n/dev/sda1 /boot ext4 defaults 0 2\n'
	seq -f '# %g' 2000
} >root/etc/fstab
echo 'kernel/drivers/md/dm-mod.ko' >>root/lib/modules/6.1.0-9-amd64/modules.builtin
sed -i 's,root=[^ ]*,root=/dev/mapper/vg0-root,' boot/grub/grub.cfg
mkdir -p inside/sbin
: >inside/sbin/lvm
small_initramfs boot/initrd.img-6.1.0-9-amd64 inside
grub_disk boot.img boot
rm root.img
truncate -s 8M root.img
mke2fs -q -F -t ext4 -b 1024 -U $root_uuid -d root root.img
"$HERE/volume-group.py" root.img pv1.img pv2.img
boot=$(sum boot.img) first=$(sum pv1.img) second=$(sum pv2.img)
rm -f ./*.qcow2 ./*undo
apply --in-place boot.img pv1.img pv2.img
status '/ on a logical volume over two disks' 0
has 'both are changed' out 'pv1.img and pv2.img were changed in place'
# shellcheck disable=SC2086
run "$PARAVET" check $on boot.img pv1.img pv2.img
status 'and ready' 0
run "$PARAVET" undo boot.img.paravet-undo
status 'undo' 0
unchanged 'the disk that was not changed is as it was' boot.img "$boot"
unchanged 'the first of the volume is as it was' pv1.img "$first"
unchanged 'and the second' pv2.img "$second"
apply -o boot.qcow2 -o 1.qcow2 -o 2.qcow2 boot.img pv1.img pv2.img
status 'overlays on both' 0
absent 'and none on the disk that is not changed' boot.qcow2
has 'which is said' out 'Note: boot.qcow2 was not written: nothing of boot.img changes'
# shellcheck disable=SC2086
run "$PARAVET" check $on boot.img 1.qcow2 2.qcow2
status 'are ready' 0
cd ..

# A kernel without an initramfs follows no UUID of a file system.
cp -R tree alone
sed -i '/initrd/d' alone/boot/grub/grub.cfg
grub_disk alone.img alone
printf '\021\042\063\104' | dd of=alone.img bs=1 seek=440 conv=notrunc status=none
apply --copy -o alone.raw alone.img
status 'a kernel without an initramfs' 0
guest_file alone.raw /boot/grub/grub.cfg >menu
has 'finds / by the partition table' menu 'root=PARTUUID=44332211-01 ro'

# Syslinux: the line that its entries share is changed once, in the file that holds it.
old_names_tree linux
rm -r linux/boot/grub
mkdir linux/boot/extlinux
printf 'DEFAULT l0\nINCLUDE linux.cfg\n' >linux/boot/extlinux/extlinux.conf
cat >linux/boot/extlinux/linux.cfg <<'EOT'
APPEND root=/dev/sda1 ro
LABEL l0
  LINUX /boot/vmlinuz-6.1.0-9-amd64
  INITRD ../initrd.img-6.1.0-9-amd64
LABEL l1
  LINUX ../vmlinuz-6.1.0-9-amd64
  INITRD ../initrd.img-6.1.0-9-amd64
EOT
grub_disk linux.img linux
printf SYSLINUX | dd of=linux.img bs=1 seek=384 conv=notrunc 2>/dev/null
apply --copy -o linux.raw linux.img
status 'a menu of extlinux' 0
sound 'extlinux' linux.raw
guest_file linux.raw /boot/extlinux/linux.cfg >menu
sed "s,root=/dev/sda1,root=UUID=$SMALL_UUID," linux/boot/extlinux/linux.cfg >wanted
same 'extlinux: one word is changed' menu wanted

# Names that are no orders.
hostile=$(printf 'json:\033[2J,x=;$(reboot) .img')
cp pristine.img "$hostile"
apply -o 'file:new "$(reboot)".qcow2' "$hostile"
status 'strange names' 0
has 'are escaped' out 'json:\x1b[2J,x=;$(reboot) .img'
lacks 'no terminal sequence gets out' out "$(printf '\033')"
holds 'QEMU finds the disk' qemu-img check -q './file:new "$(reboot)".qcow2'
is 'by a name that is no protocol' \
	"$(information './file:new "$(reboot)".qcow2' backing-filename)" "./$hostile"
apply --in-place -- "$hostile"
status 'in place' 0
lacks 'no terminal sequence gets out' out "$(printf '\033')"
holds 'undo' "$PARAVET" undo "$hostile.paravet-undo"
unchanged 'every byte is back' "$hostile" "$before"
cp pristine.img -- -dash.img
apply -o -dash.qcow2 -- -dash.img
status 'a name that begins with a dash' 0
rm -f -- "$hostile" "$hostile.paravet-undo" -dash.img -dash.qcow2 file:*

# A folder without room, or that cannot be written to.
cat >mounted.sh <<'EOT'
# mounted.sh OPTIONS OUTPUT...: apply on a file system of its own; it says what is left there.
mount -t tmpfs -o "$1" none "$2" || exit 99
shift 2
"$@"
code=$?
ls -A room >left
exit "$code"
EOT
mkdir -p room
if unshare -rm sh -c 'mount -t tmpfs none room' 2>/dev/null; then
	mounted() {
		# shellcheck disable=SC2086
		run unshare -rm sh mounted.sh "$1" room "$PARAVET" apply $on "$2" room/new disk.img
	}
	mounted size=64k -o
	status 'a folder without room' 66
	has 'is named' err 'No space left'
	empty 'nothing is left there' left
	mounted ro -o
	status 'a folder that cannot be written to' 66
	has 'is named' err 'room/new: Read-only file system'
	empty 'nothing is left there' left
	rm -f disk.img.paravet-undo
	mkdir -p memory
	cat >in-memory.sh <<-'EOT'
		# in-memory.sh PARAVET: a record has as little room as that where its disk is in memory, too.
		mount -t tmpfs none memory && cp disk.img memory || exit 99
		sh mounted.sh size=8k room "$1" apply --on kvm:virtio-blk --in-place --undo room/record \
			memory/disk.img
		code=$?
		cmp memory/disk.img disk.img || exit 98
		exit "$code"
	EOT
	run unshare -rm sh in-memory.sh "$PARAVET"
	status 'a record without room' 66
	has 'is named' err 'No space left'
	empty 'nothing is left there' left
else
	skip 'a folder without room' 'no name space of our own'
fi

# A disk that may only be read.
chmod 444 disk.img
apply -o readonly.qcow2 disk.img
status 'a disk that may only be read gets an overlay' 0
rm -f readonly.qcow2
run setpriv --reuid 65534 --clear-groups "$PARAVET" --version
if [ "$STATUS" -eq 0 ]; then
	mkdir -m 777 anybody
	chmod 755 .
	cp disk.img anybody/disk.img
	# shellcheck disable=SC2086
	run setpriv --reuid 65534 --clear-groups "$PARAVET" apply $on --in-place anybody/disk.img
	status 'and is not changed in place' 66
	has 'it is named' err 'anybody/disk.img: Permission denied'
	absent 'no record is left' anybody/disk.img.paravet-undo
	# shellcheck disable=SC2086
	run setpriv --reuid 65534 --clear-groups "$PARAVET" apply $on -o anybody/new.qcow2 anybody/disk.img
	status 'whoever may read it gets an overlay' 0
	holds 'which is whole' qemu-img check -q anybody/new.qcow2
else
	skip 'it is not changed in place' 'setpriv cannot be used here'
fi
chmod 644 disk.img

# Killed at any moment.
cat >killed.py <<'EOT'
"""killed.py SECONDS SIGNAL COMMAND...: starts it, and sends the signal then."""
import os, signal, subprocess, sys, time
worker = subprocess.Popen(sys.argv[3:], start_new_session=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
time.sleep(float(sys.argv[1]))
number = getattr(signal, sys.argv[2])
try:
    if number == signal.SIGINT:
        os.killpg(worker.pid, number)  # as a terminal does it
    else:
        worker.send_signal(number)
except ProcessLookupError:
    pass
worker.wait()
EOT
python3 -c 'import random; open("tree/filler", "wb").write(random.Random(1).randbytes(6000000))'
grub_disk large.img tree
large=$(sum large.img)
apply --copy -o whole.raw large.img
status 'a larger disk is copied' 0
seconds=$(python3 - "$PARAVET" <<'EOT'
import subprocess, sys, time
start = time.monotonic()
subprocess.run([sys.argv[1], "apply", "--on", "kvm:virtio-blk", "--copy", "-o", "timed.raw", "large.img"],
               stdout=subprocess.DEVNULL, check=True)
print(time.monotonic() - start)
EOT
)
half=0 bad=0 gone=0
# The first three come before the end on a machine of any load; where the others fall depends on it.
for part in 1:KILL 2:INT 3:TERM 50:INT 65:KILL 75:INT 85:KILL 92:TERM 97:KILL; do
	at=$(python3 -c "print($seconds * ${part%:*} / 100)")
	rm -f killed.raw large.img.paravet-undo
	# shellcheck disable=SC2086
	run python3 killed.py "$at" "SIG${part#*:}" "$PARAVET" apply $on --copy -o killed.raw large.img
	if [ ! -e killed.raw ]; then gone=$((gone + 1)); else
		guest_file killed.raw /filler | cmp -s - tree/filler ||
			{ half=$((half + 1)); echo "# $part: half a copy"; }
	fi
	# shellcheck disable=SC2086
	run python3 killed.py "$at" "SIG${part#*:}" "$PARAVET" apply $on --in-place large.img
	while [ -e large.img.paravet-undo ]; do
		run "$PARAVET" undo large.img.paravet-undo
		grep -q 'another process has it open' err || break # the worker goes with its parent
	done
	[ "$(sum large.img)" = "$large" ] || { bad=$((bad + 1)); echo "# $part: not undone"; }
done
is 'killed, half a copy has no name' "$half" 0
[ "$gone" -gt 2 ] && pass 'several times it was killed before the end' ||
	fail "several times it was killed before the end ($gone)"
is 'killed in place, the disk is as it was, or undo makes it so' "$bad" 0
finish
