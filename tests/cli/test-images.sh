#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Images of other hypervisors are read through qemu-nbd, which is confined, and say what
# the same disk says as raw bytes.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs qemu-img qemu-nbd

small_disk disk.img
"$PARAVET" inspect --format json disk.img >raw.json

# compare FORMAT FILE WHAT: the facts of FILE are those of disk.img, but for what it is.
compare() {
	run "$PARAVET" inspect --format json "$2"
	status "$3 is read" 0
	python3 - raw.json out "$1" <<-'EOT' >difference 2>&1
		import json, sys
		raw, got = (json.load(open(name)) for name in sys.argv[1:3])
		assert got["disks"][0]["format"] == sys.argv[3], got["disks"][0]
		def bare(v, disk):
		    if isinstance(v, dict):
		        return {k: bare(x, disk) for k, x in v.items()
		                if k not in ("format", "chain", "read_calls", "read_bytes")}
		    if isinstance(v, list):
		        return [bare(x, disk) for x in v]
		    return v.replace(disk, "DISK") if isinstance(v, str) else v
		a, b = bare(raw, "disk.img"), bare(got, got["disks"][0]["name"])
		assert a == b, [k for k in a if a[k] != b.get(k)]
	EOT
	empty "$3 says the same as the raw disk" difference
	sed 's/^/# /' difference
}

# image FORMAT FILE [OPTIONS]: converts and compares.
image() {
	qemu-img convert -O "$1" ${3:+-o "$3"} disk.img "$2"
	compare "$1" "$2" "$1${3:+ ($3)}"
}

image vmdk sparse.vmdk
image vmdk flat.vmdk subformat=monolithicFlat
image vmdk parts.vmdk subformat=twoGbMaxExtentSparse
image vmdk flatparts.vmdk subformat=twoGbMaxExtentFlat
image vmdk stream.vmdk subformat=streamOptimized
image vhdx dynamic.vhdx
image vhdx fixed.vhdx subformat=fixed
image vpc dynamic.vhd force_size=on
image vpc fixed.vhd subformat=fixed,force_size=on
image vdi dynamic.vdi
image qed disk.qed
image qcow disk.qcow

mv sparse.vmdk 'a, b.vmdk'
run "$PARAVET" inspect 'a, b.vmdk'
status 'a comma in the name is part of the name' 0
mv 'a, b.vmdk' sparse.vmdk

qemu-img create -q -f vmdk -b sparse.vmdk -F vmdk delta.vmdk
qemu-img create -q -f vmdk -b delta.vmdk -F vmdk delta2.vmdk
run "$PARAVET" inspect delta2.vmdk
has 'a differencing disk shows its parents' out 'Test OS 7'
has 'which are listed' out 'parent sparse.vmdk (vmdk)'
qemu-img create -q -f qcow2 -b sparse.vmdk -F vmdk over.qcow2
run "$PARAVET" inspect over.qcow2
has 'a qcow2 image may have such a backing file' out 'Test OS 7'
qemu-img create -q -f qcow2 -b delta.vmdk -F vmdk over.qcow2
run "$PARAVET" inspect over.qcow2
has 'which may have a parent' out 'parent sparse.vmdk (vmdk)'
qemu-img create -q -f qed -b disk.img -F raw over.qed
run "$PARAVET" inspect over.qed
has 'so may a QED image' out 'Test OS 7'
qemu-img create -q -f qed -b sparse.vmdk -F vmdk over.qed
run "$PARAVET" inspect over.qed
has 'but it has to say what that is' err 'it does not state the format of its backing file'

# What such an image names is let through by the rules for every image, each file by its name.
run "$PARAVET" inspect --backing=refuse sparse.vmdk
status 'an image of one file needs no other' 0
run "$PARAVET" inspect --backing=refuse flat.vmdk
status 'files that it names are files behind it' 66
has 'and it is said which' err 'needs flat-flat.vmdk, and --backing=refuse forbids'
# elsewhere NAME WHAT: NAME names a file in another folder.
elsewhere() {
	run "$PARAVET" inspect "$1"
	status "$2 elsewhere is not opened" 66
	has "which is said: $2" err 'lies in another directory than the image that names it'
	run "$PARAVET" inspect --backing=any "$1"
	has "unless the user allows it: $2" out 'Test OS 7'
}
mkdir other
mv flat-flat.vmdk sparse.vmdk other/
cp flat.vmdk flat.kept
sed -i 's|"flat-flat.vmdk"|"other/flat-flat.vmdk"|' flat.vmdk
elsewhere flat.vmdk 'an extent in a folder below'
sed -i 's|"other/flat-flat.vmdk"|"'"$PWD"'/other/flat-flat.vmdk"|' flat.vmdk
elsewhere flat.vmdk 'an extent by its whole path'
cp flat.kept flat.vmdk
ln -s other/flat-flat.vmdk flat-flat.vmdk
elsewhere flat.vmdk 'an extent behind a link'
qemu-img rebase -u -b other/sparse.vmdk -F vmdk delta.vmdk 2>rebase ||
	sed -i 's|"sparse.vmdk"|"other/sparse.vmdk"|' delta.vmdk
elsewhere delta2.vmdk 'the parent of a parent'
qemu-img create -q -f qed -b other/flat-flat.vmdk -F raw over.qed
elsewhere over.qed 'the backing file of a QED image'
run "$PARAVET" inspect over.qcow2
has 'so it is below another image' err 'backing file "delta.vmdk": VMDK image: other/sparse.vmdk: '
rm flat-flat.vmdk
mv other/* .
sed 's|^RW.*|parentFileNameHint="loop.vmdk"|' flat.vmdk >loop.vmdk
run "$PARAVET" inspect loop.vmdk
has 'an image that is its own parent is refused' err 'form a loop'

# A piece that is an image without data itself, which QEMU takes for a description of more.
python3 - <<'EOT'
import struct
text = '# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="%s"\nRW %d %s\n'
size = __import__("os").path.getsize("disk.img") // 512
head = struct.pack("<4sIIQQQQIQQQB4sH", b"KDMV", 1, 3, 0, 128, 1, 20, 512, 21, 26, 128, 0, b"\n \r\n", 0)
inside = text % ("twoGbMaxExtentFlat", size, 'FLAT "disk.img" 0')
open("inner.vmdk", "wb").write(head.ljust(512, b"\0") + inside.encode().ljust(80000, b"\0"))
open("outer.vmdk", "w").write(text % ("twoGbMaxExtentSparse", size, 'SPARSE "inner.vmdk"'))
EOT
run "$PARAVET" inspect outer.vmdk
status 'a file that was not asked for by its name is not opened' 65
run "$PARAVET" inspect --sandbox=off outer.vmdk
has 'though the program would' out 'Test OS 7'
run "$PARAVET" inspect inner.vmdk
has 'when it was, it is' out 'extent disk.img (raw)'

# QEMU takes a differencing VHD for a whole disk of zeros, and gives no reason with a VHDX.
python3 - <<'EOT'
import struct
vhd = bytearray(open("dynamic.vhd", "rb").read())
vhd[60:64] = struct.pack(">I", 4)
open("part.vhd", "wb").write(vhd)
vhdx = bytearray(open("dynamic.vhdx", "rb").read())
table = vhdx.find(bytes.fromhex("3767a1ca36fa434db3b633f0aa44e76b"))
at = vhdx.rfind(b"metadata", 0, table)
at += struct.unpack_from("<I", vhdx, table + 16)[0]
vhdx[at + 4] |= 2
open("part.vhdx", "wb").write(vhdx)
EOT
for part in vhd vhdx; do
	run "$PARAVET" inspect "part.$part"
	status "a part of a disk is refused: $part" 65
	has "which is said: $part" err "part.$part: is a differencing "
done
qemu-img create -q -u -f qcow2 -b part.vhd -F vpc over-part.qcow2 8M
run "$PARAVET" inspect over-part.qcow2
has 'so is one below an image' err 'backing file "part.vhd": is a differencing VHD'

head -c 70000 dynamic.vhdx >cut.vhdx
run "$PARAVET" inspect cut.vhdx
status 'a damaged image is bad data' 65
has 'it is named with the reason' err 'cut.vhdx: VHDX image: qemu-nbd cannot open it: '
gzip -k disk.img
run "$PARAVET" inspect disk.img.gz
status 'a compressed image is bad data' 65
has 'which is said' err 'disk.img.gz: is compressed by gzip, not a disk image: decompress it first'
tar cf disk.tar disk.img
run "$PARAVET" inspect disk.tar
has 'so is an archive' err 'is a tar archive, not a disk image: an OVA is read by -a FILE,format=ova'
printf 'EVF\011\015\012\377\000' >disk.E01
truncate -s 1M disk.E01
run "$PARAVET" inspect disk.E01
has 'so is an EnCase image' err 'is an EnCase (E01) image, not a disk image: convert it'
run "$PARAVET" inspect -a disk.E01,format=raw
status 'a raw disk that looks like one can be named' 0

# serve SOCKET ARGUMENT...: an NBD server that ends with the test.
serve() {
	socket=$1
	shift
	qemu-nbd --persistent --shared=4 --fork --pid-file="$socket.pid" --socket="$socket" "$@"
	cleanup "kill $(cat "$socket.pid")"
}
serve "$PWD/nbd.socket" --read-only --format=raw --export-name=web01 disk.img
run "$PARAVET" inspect "nbd+unix:///web01?socket=$PWD/nbd.socket"
status 'a disk that an NBD server offers is read' 0
has 'the guest is in it' out 'Test OS 7'
run "$PARAVET" check --on kvm "nbd+unix:///other?socket=$PWD/nbd.socket"
status 'an export that is not offered cannot be read' 66
cp disk.img written.img
serve "$PWD/nbd2.socket" --format=raw written.img
run "$PARAVET" inspect "nbd+unix:///?socket=$PWD/nbd2.socket"
has 'so is one that could be written' out 'Test OS 7'
run cmp disk.img written.img
status 'which it is not' 0
run "$PARAVET" apply --on kvm -o new.qcow2 "nbd+unix:///web01?socket=$PWD/nbd.socket"
status 'nothing is changed there' 65
has 'a copy can be' err 'qemu-img convert'
run "$PARAVET" prove --on kvm "nbd+unix:///web01?socket=$PWD/nbd.socket"
status 'nor booted' 65
run "$PARAVET" inspect "nbd+unix:///?socket=$PWD/nobody"
status 'where nobody listens there is no input' 66
run "$PARAVET" inspect ssh://store/disk.img
status 'ssh is refused' 65
has 'with the way that leads there' err 'ssh -L'

mkdir empty
PATH=$PWD/empty "$PARAVET" inspect sparse.vmdk >out 2>err
STATUS=$?
status 'without qemu-nbd a program is missing' 69
has 'its package is named' err 'qemu-utils'
pgrep -f "file.filename=$PWD/" >left
empty 'no qemu-nbd is left behind' left
finish
