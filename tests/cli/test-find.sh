#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# VMX, OVF, OVA, libvirt's XML and xl's configurations find their disks, and reach no other file
# than the user expects.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3 tar

small_disk disk.img
mkdir vms vms/sub other
mv disk.img vms/

# vmx FILE LINE...: the second SCSI disk is what comes from the lines.
vmx() {
	cat >"$1" <<-'EOT'
		config.version = "8"
		displayName = "web"
		scsi0.present = "TRUE"
		scsi0.virtualDev = "pvscsi"
		ide0:0.present = "TRUE"
		ide0:0.deviceType = "cdrom-image"
		ide0:0.fileName = "not-there.iso"
		scsi0:0.present = "TRUE"
	EOT
	echo "scsi0:0.fileName = \"$2\"" >>"$1"
}

# named FILE: it is read as the machine's only disk.
named() {
	vmx vms/web.vmx "$1"
	run "$PARAVET" inspect vms/web.vmx
}

named disk.img
status 'a VMX is a source' 0
has 'its disk is beside it' out 'vms/disk.img: Test OS 7'
has 'and is told as the disk of the machine' out 'sda       PV        scsi, pvscsi, disk.img: is vms/disk.img (line 9)'
run "$PARAVET" inspect --format json vms/web.vmx
cp out facts.json
holds 'as facts, too' python3 -c '
import json
f = json.load(open("facts.json"))
m = f["machine"]
assert m["finds_disks"] and m["format"] == "vmx", m
assert [d["disk"] for d in m["disks"]] == ["vms/disk.img", None], m
assert [d["name"] for d in f["disks"]] == ["vms/disk.img"], f["disks"]'
run "$PARAVET" check vms/web.vmx --on kvm
status 'it is judged' 3
has 'the next command names the description' out 'paravet check -v vms/web.vmx --on kvm'
run "$PARAVET" inspect --sandbox off vms/web.vmx
has 'also without confinement' out 'Test OS 7'
run "$PARAVET" inspect -a vms/web.vmx,format=vmx
status 'the form can be stated' 0
run "$PARAVET" inspect -a vms/web.vmx,format=ovf
status 'another one is a mistake' 64
has 'which is told' err 'vms/web.vmx: it is a description of the form vmx, not ovf'
cp vms/web.vmx vms/plain
run "$PARAVET" inspect -a vms/plain,format=vmx
has 'whatever the file is called' out 'Test OS 7'
run "$PARAVET" inspect vms/plain
lacks 'a disk that holds such a text is no description' out 'Test OS 7'
run "$PARAVET" inspect -a vms/web.vmx,format=raw
lacks 'nor is one that is said to be a disk' out 'Test OS 7'
ln -s vms/web.vmx link.vmx
run "$PARAVET" inspect link.vmx
has 'disks are beside the file that a link leads to' out 'Test OS 7'

vmx vms/web.vmx disk.img
printf 'scsi0:1.present = "TRUE"\nscsi0:1.fileName = "disk.img"\n' >>vms/web.vmx
run "$PARAVET" inspect vms/web.vmx
status 'one disk in two places of a machine is read once' 0
ln vms/disk.img vms/same.img
sed -i 's/^\(scsi0:1.fileName = "\)disk/\1same/' vms/web.vmx
run "$PARAVET" inspect vms/web.vmx
status 'by two names it is a mistake' 64
has 'which is told' err 'vms/same.img is the same disk as vms/disk.img'
rm vms/same.img

named missing.img
status 'a disk that is not there' 66
has 'is told with its line' err 'vms/web.vmx: line 9: a disk is missing: vms/missing.img'
named sub/../disk.img
status 'a way through a folder' 0
cp vms/disk.img vms/sub/
named sub/disk.img
status 'a folder below' 0
named "$PWD/vms/disk.img"
status 'an absolute path to the same folder' 0
cp vms/disk.img other/
for name in ../other/disk.img "$PWD/other/disk.img"; do
	named "$name"
	status "$name is not opened" 66
	has 'with what allows it' err 'it lies outside of the folder of the description'
	run "$PARAVET" inspect --backing=any vms/web.vmx
	status 'unless the user does' 0
done
ln -s ../other/disk.img vms/link.img
named link.img
status 'nor what a link leads to' 66
named disk.img
run "$PARAVET" inspect --backing=refuse vms/web.vmx
status 'no file may be opened at all' 66
mkfifo vms/fifo
named fifo
status 'a fifo is not waited for' 66
has 'and told' err 'it is a fifo'
named /dev/zero
status 'nor is a device opened' 66
named sub
has 'or a folder' err 'it is a directory'
for name in nbd://127.0.0.1:1/x json:{} ssh://host/disk.img; do
	named "$name"
	has "$name is no more than a name" err 'a disk is missing: vms/'
done
printf 'config.version = "8"\n' >vms/none.vmx
run "$PARAVET" inspect vms/none.vmx
status 'a machine without disks' 66
has 'is told' err 'vms/none.vmx: it names no disk that could be read'
run "$PARAVET" inspect vms/web.vmx vms/disk.img
status 'a description stands alone' 64
run "$PARAVET" inspect --machine vms/web.vmx vms/web.vmx
status 'or as --machine beside disks' 64

cat >vms/web.xml <<-'EOT'
	<domain type='kvm'><name>web</name><memory>1</memory><os><type>hvm</type></os><devices>
	<disk type='file'><source file='data.img'/><target dev='vda'/></disk>
	<disk type='file'><source file='disk.img'/><target dev='vdb'/><boot order='1'/></disk>
	</devices></domain>
EOT
truncate -s 1M vms/data.img
run "$PARAVET" inspect vms/web.xml
status "libvirt's XML" 0
has 'the disk that boots is the first' out 'vms/disk.img, vms/data.img: Test OS 7'
printf 'builder = "hvm"\ndisk = [ "file:disk.img,hda,w", "file:disk.img,xvda,w" ]\n' >vms/web.cfg
run "$PARAVET" inspect vms/web.cfg
status "xl's configuration" 0
has 'an image that is offered twice is one disk' out 'xvda      PV        xen, disk.img, raw: is vms/disk.img'
sed -i "s/type='file'><source file='data.img'/type='volume'><source pool='p' volume='v'/" vms/web.xml
run "$PARAVET" inspect vms/web.xml
has 'a volume of a pool is refused by name' err "line 2: a disk cannot be opened: it is the volume v of libvirt's storage pool p"

# ovf FILE [ATTRIBUTES]: an envelope with one disk.
ovf() {
	cat >"$1" <<-EOT
		<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1">
		<References><File id="f" href="$2" ${3-}/></References>
		<DiskSection><Disk diskId="d" fileRef="f" ${4-}/></DiskSection>
		<VirtualSystem id="web"><VirtualHardwareSection>
		<Item><InstanceID>1</InstanceID><ResourceType>5</ResourceType></Item>
		<Item><AddressOnParent>0</AddressOnParent><HostResource>ovf:/disk/d</HostResource>
		<InstanceID>2</InstanceID><Parent>1</Parent><ResourceType>17</ResourceType></Item>
		</VirtualHardwareSection></VirtualSystem></Envelope>
	EOT
}

ovf vms/web.ovf disk.img
run "$PARAVET" inspect vms/web.ovf
has 'an OVF finds its disk' out 'hda       emulated  ide, disk.img: is vms/disk.img (line 6)'
cp vms/disk.img 'vms/a disk.img'
ovf vms/web.ovf a%20disk.img
run "$PARAVET" inspect vms/web.ovf
has 'names of it are addresses' out 'vms/a disk.img: Test OS 7'
ovf vms/web.ovf disk.img.gz 'compression="gzip"'
run "$PARAVET" inspect vms/web.ovf
status 'a compressed disk is refused' 65
has 'by name, with what to do' err 'vms/web.ovf: line 6: the disk disk.img.gz (gzip) is compressed'
ovf vms/web.ovf disk.img
cd vms || exit
for format in ustar gnu posix; do
	tar --format=$format -cf ../web.ova web.ovf disk.img
	run "$PARAVET" inspect ../web.ova
	has "an OVA ($format)" out '../web.ova/disk.img: Test OS 7'
done
run "$PARAVET" check ../web.ova --on kvm
has 'its next command, too' out 'paravet check -v ../web.ova --on kvm'
has 'names its form' out 'Machine described by ../web.ova (ova)'
run "$PARAVET" inspect --backing=refuse ../web.ova
status 'its disks are no other files' 0
run "$PARAVET" inspect --sandbox off ../web.ova
status 'without confinement, too' 0
run "$PARAVET" inspect -a ../web.ova,format=ova
status 'its form can be stated' 0
tar -cf ../missing.ova web.ovf
run "$PARAVET" inspect ../missing.ova
status 'a disk that is not in the archive' 66
has 'is named' err '../missing.ova: web.ovf: line 6: disk.img is not in the archive'
head -c 300000 ../web.ova >../cut.ova
run "$PARAVET" inspect ../cut.ova
status 'one that is cut off' 65
has 'is damaged' err 'is cut off'
tar -cf ../none.ova disk.img
run "$PARAVET" inspect ../none.ova
status 'an archive without an envelope' 65
printf 'no archive' >../short.ova
run "$PARAVET" inspect ../short.ova
status 'what is called .ova has to be one' 65

if command -v qemu-img >/dev/null && command -v qemu-nbd >/dev/null; then
	qemu-img convert -O vmdk -o subformat=streamOptimized disk.img disk.vmdk
	qemu-img convert -O qcow2 -c disk.img disk.qcow2
	for form in vmdk qcow2; do
		ovf web.ovf disk.$form '' "format=\"http://x/$form\""
		tar -cf $form.ova web.ovf disk.$form
		run "$PARAVET" inspect $form.ova
		has "a $form image in an OVA" out "$form.ova/disk.$form: Test OS 7"
		has 'is read as one' out "$form.ova/disk.$form: $form, 8.0 MiB"
	done
	cat >flat.vmdk <<-EOT
		# Disk DescriptorFile
		version=1
		CID=fffffffe
		parentCID=ffffffff
		createType="monolithicFlat"
		RW 16384 FLAT "disk.img" 0
	EOT
	named() {
		vmx web.vmx "$1"
		run "$PARAVET" inspect web.vmx
	}
	named flat.vmdk
	has 'a disk of several files' out 'flat.vmdk: Test OS 7'
	qemu-img create -q -f vmdk -b disk.vmdk -F vmdk disk-000001.vmdk
	named disk-000001.vmdk
	has 'a snapshot and its parent' out 'disk-000001.vmdk: Test OS 7'
	ovf web.ovf flat.vmdk '' 'format="http://x/vmdk"'
	tar -cf flat.ova web.ovf flat.vmdk
	run "$PARAVET" inspect flat.ova
	status 'an image in an archive has no file beside it' 65
	qemu-img create -q -f qcow2 -b disk.img -F raw over.qcow2
	ovf web.ovf over.qcow2 '' 'format="http://x/qcow2"'
	tar -cf over.ova web.ovf over.qcow2
	run "$PARAVET" inspect over.ova
	status 'nor behind it' 66
	has 'which is said' err 'no further file may be opened here'
else
	skip 'images of other formats' 'qemu-img or qemu-nbd is not installed'
fi

lacking_tree "$WORK/lacking" 6.1.0-9-amd64
grub_disk boot.img "$WORK/lacking"
ovf web.ovf boot.img
tar -cf boot.ova web.ovf boot.img
sha256sum boot.ova >sums
run "$PARAVET" plan boot.ova --on kvm
has 'plan says how the disk of an OVA is changed' out 'paravet apply boot.ova --on kvm --copy -o'
run "$PARAVET" apply boot.ova --on kvm -o over.qcow2
status 'nothing is put over it' 65
has 'but a copy is written' err 'boot.ova/boot.img lies in an archive'
run "$PARAVET" apply boot.ova --on kvm --in-place
status 'nor is it changed' 65
run "$PARAVET" apply boot.ova --on kvm --copy -o copy.img
status 'a copy' 0
run "$PARAVET" check copy.img --on kvm
status 'is ready' 0
holds 'the archive stays as it was' sha256sum -c sums
run "$PARAVET" apply boot.ova --on kvm --copy -o copy.img
status 'and nothing is overwritten' 66
vmx boot.vmx boot.img
run "$PARAVET" apply boot.vmx --on kvm -o boot.qcow2
status 'the disk of a VMX is changed as if it had been named' 0
run "$PARAVET" check boot.qcow2 --on kvm
status 'and its overlay is ready' 0
finish
