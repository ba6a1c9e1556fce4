#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The description that apply --machine-out writes names the disks as they are now, in their format,
# has the owner and mode of the old one, and is refused before the first write where it could not.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3

xen_guest tree
cp disk.img pristine.img

# apply OPTION...: to be split; the disks come last.
apply() {
	run "$PARAVET" apply --on rhel5-xen --machine guest.cfg "$@"
}

# ready NAME DESCRIPTION DISK: the new description fits the new disk.
ready() {
	run "$PARAVET" check --on rhel5-xen --backing any --machine "$2" "$3" data.img
	status "$1" 0
	lacks "$1: every disk is found" out 'was not given'
}

# untouched NAME FILE...: nothing was written.
untouched() {
	name=$1
	shift
	for file; do
		if [ -e "$file" ] || [ -L "$file" ]; then fail "$name ($file)"; return; fi
	done
	if cmp -s disk.img pristine.img; then pass "$name"; else fail "$name (disk.img)"; fi
}

# An overlay: named, with its format.
apply -o new.qcow2 --machine-out overlay.cfg disk.img data.img
status 'an overlay' 0
has 'it is named, as qcow2' overlay.cfg "'tap:qcow2:/var/lib/xen/new.qcow2,hda,w'"
has 'the other disk keeps its image' overlay.cfg "'tap:aio:/var/lib/xen/data.img,xvdb,w'"
has 'the card is changed' overlay.cfg "'mac=00:16:3e:2e:c5:a9,bridge=xenbr0'"
has 'which hosts read it is told' out 'hosts like RHEL 5 do not'
ready 'with it the guest is ready' overlay.cfg new.qcow2
rm new.qcow2 overlay.cfg

# Where the description alone changes, no file is asked for that would not be made.
cp -R tree offered
sed -i /hdb/d offered/etc/fstab
mkdir only
cd only || exit 1
cp ../guest.cfg ../data.img .
grub_disk disk.img ../offered
apply -o one.qcow2 --machine-out new.cfg disk.img data.img
status 'one new file for two disks that stay as they are' 0
has 'the steps are counted as the plan has them' out 'ready: 3 of '
has 'the old description is not what is started' out \
	'new.cfg describes the machine with these changes: take it in the place of'
has 'the description is written' new.cfg "'tap:aio:/var/lib/xen/data.img,xvdb,w'"
has 'and names the old disk' new.cfg "'file:/var/lib/xen/disk.img,hda,w'"
has 'the file that is not made is named' out 'Note: one.qcow2 was not written: no disk changes'
if [ -e one.qcow2 ]; then fail 'no overlay is made'; else pass 'no overlay is made'; fi
run "$PARAVET" apply --on rhel5-xen --machine new.cfg -o one.qcow2 --machine-out newer.cfg disk.img data.img
status 'a guest that is ready' 0
has 'gets no overlay, which is said' out 'Note: one.qcow2 was not written: no disk changes'
has 'nor a description' out 'Note: newer.cfg was not written: no step changes new.cfg'
apply --format json -o one.qcow2 -o two.qcow2 disk.img data.img
has 'in JSON too' out '"notes":["one.qcow2 was not written: no disk changes","two.qcow2 was not written: no disk changes"]'
apply --dry-run disk.img data.img
lacks 'a dry run asks for no file' out 'was not written'
tr -s ' \n' ' ' <out >line
has 'what --machine-out does is told of the first entry' line 'as a paravirtual card: it is done on the host: --machine-out writes'
has 'and of the second' line 'as xvdb: it is done on the host: --machine-out writes'
lacks 'a guest that is off is not shut down' out 'Shut the guest down'
cd ..

# A copy: raw, whatever the disk was.
if command -v qemu-img >/dev/null; then
	qemu-img convert -O qcow2 disk.img disk.qcow2
	sed 's,file:/var/lib/xen/disk.img,tap:qcow2:/var/lib/xen/disk.qcow2,' guest.cfg >qcow2.cfg
	run "$PARAVET" apply --on rhel5-xen --machine qcow2.cfg --copy -o copy.img \
		--machine-out copy.cfg disk.qcow2 data.img
	status 'a raw copy of a qcow2 disk' 0
	has 'is called raw' copy.cfg "'tap:aio:/var/lib/xen/copy.img,hda,w'"
	ready 'with it the guest is ready' copy.cfg copy.img
	rm copy.img copy.cfg disk.qcow2
else
	skip 'a raw copy of a qcow2 disk' 'qemu-img is not installed'
fi

# In another folder it is named where it lies.
mkdir there
apply --copy -o there/copy.img --machine-out copy.cfg disk.img data.img
status 'a copy in another folder' 0
has 'is named with it' copy.cfg "'file:$PWD/there/copy.img,hda,w'"
rm there/copy.img copy.cfg

# A disk that is offered in two ways has both entries changed.
cp guest.cfg one.cfg
sed -i "s#^disk = \[#& 'file:/var/lib/xen/disk.img,xvde,w',#" guest.cfg
apply --copy -o copy.img --machine-out copy.cfg disk.img data.img
has 'one entry' copy.cfg "'file:/var/lib/xen/copy.img,xvde,w'"
has 'and the other' copy.cfg "'file:/var/lib/xen/copy.img,hda,w'"
mv one.cfg guest.cfg
rm -f copy.img copy.cfg

# What it cannot name, it refuses.
apply --copy -o 'a copy.img' --machine-out new.cfg disk.img data.img
status 'a name that would have to be quoted' 65
has 'is refused with the line' err 'line 5: its name would have to be quoted'
untouched 'before anything is written' 'a copy.img' new.cfg

# Where no step changes an entry, the new disk is named all the same.
mkdir kvm
cd kvm || exit 1
old_names_tree tree
grub_disk web.img tree
cat >dom.xml <<-EOT
	<domain type='kvm'><name>web</name><os><type arch='x86_64'>hvm</type></os><devices>
	<disk type='file'><driver name='qemu' type='raw'/><source file='$PWD/web.img'/><target dev='hda' bus='ide'/></disk>
	<interface type='bridge'><source bridge='br0'/><model type='e1000'/></interface>
	</devices></domain>
EOT
run "$PARAVET" apply dom.xml --on kvm -o new.qcow2 --machine-out new.xml
status 'a machine of KVM' 0
sed "s,type='raw'/><source file='$PWD/web.img',type='qcow2'/><source file='$PWD/new.qcow2'," \
	dom.xml >wanted.xml
same 'names the overlay, and nothing else changes' new.xml wanted.xml
run "$PARAVET" check new.xml --on kvm
status 'it leads to the disk that is ready' 0
run "$PARAVET" apply dom.xml --on kvm --in-place --machine-out other.xml
has 'in place the name stays' out 'other.xml was not written: no step changes dom.xml'
printf '.encoding = "UTF-8"\nconfig.version = "8"\nide0:0.present = "TRUE"\nide0:0.fileName = "web.img"\n' \
	>web.vmx
grub_disk web.img tree
rm new.qcow2
run "$PARAVET" apply web.img --machine web.vmx --on kvm -o new.qcow2 --machine-out new.vmx
status 'a form that is not written' 0
tr -s ' \n' ' ' <out >line
has 'is left to people' line 'new.vmx was not written: no step changes web.vmx, where the new disk is named by hand'
cd ..

# Names for what is written differ, and none is taken.
mkdir -p a
apply --in-place --undo a/same --machine-out ./a/../a/same disk.img data.img
status 'the record and the description under one name' 64
has 'are refused' err 'is named for two files'
untouched 'nothing is written' a/same
apply --in-place --machine-out disk.img.paravet-undo disk.img data.img
status 'also where the record has its usual name' 64
untouched 'nothing is written' disk.img.paravet-undo
apply -o same --machine-out same disk.img data.img
status 'the overlay and the description' 64
untouched 'nothing is written' same
apply -o same -o same disk.img data.img
status 'two overlays' 64
untouched 'nothing is written' same
apply --in-place --machine-out guest.cfg disk.img data.img
status 'the old description is not overwritten' 66
untouched 'nothing is written' disk.img.paravet-undo
apply --in-place --machine-out "$(printf '%0300d' 0)" disk.img data.img
status 'a name that no file can have' 66
untouched 'nothing is written' disk.img.paravet-undo

# Who may read the old description may read the new one, and nobody else.
chmod 600 guest.cfg
chmod 644 disk.img
umask 022
if [ "$(id -u)" -eq 0 ]; then chown 12:34 guest.cfg; fi
apply --copy -o copy.img --machine-out new.cfg disk.img data.img
status 'a private description' 0
[ "$(stat -c '%a %u %g' new.cfg)" = "$(stat -c '%a %u %g' guest.cfg)" ] &&
	pass 'gives a private one of the same owner' || fail 'gives a private one of the same owner'
[ "$(stat -c %a copy.img)" = 644 ] && pass 'the copy is like its disk' || fail 'the copy is like its disk'
rm copy.img new.cfg

# Somebody takes the name while the disks are written: it is told that they are changed.
for try in 1 2 3 4 5 6; do
	cp pristine.img disk.img
	rm -f race.undo race.cfg spinning
	python3 -c 'import os, time
end = time.time() + 60
open("spinning", "w").close()
while not os.path.exists("race.undo") and time.time() < end: pass
open("race.cfg", "x").close()' 2>/dev/null &
	until [ -e spinning ]; do sleep 0.01; done
	apply --in-place --undo race.undo --machine-out race.cfg disk.img data.img
	wait
	[ "$STATUS" -eq 0 ] || break
done
status "a name that is taken meanwhile (try $try)" 66
has 'the change is told' err 'the disks were changed (paravet undo race.undo takes that back)'
run "$PARAVET" undo race.undo
status 'it is taken back' 0
untouched 'byte for byte'
finish
