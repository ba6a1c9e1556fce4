#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is no guest, or a damaged one, ends with one clear line and the promised status, or
# with "unknown" and its reason; never with a crash, a hang or a stronger answer.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3 timeout

# check_only NAME STATUS FILE TEXT [STREAM]: one run; on an error exactly one line is said.
check_only() {
	run timeout 120 "$PARAVET" check --on kvm "$3"
	status "$1" "$2"
	has "$1: it says why" "${5:-err}" "$4"
	if [ "$2" -ge 64 ]; then
		[ "$(wc -l <err)" -eq 1 ] && pass "$1: in one line" || fail "$1: in one line"
	fi
}

check_only 'a missing file' 66 missing.img 'No such file or directory'
: >empty.img
check_only 'an empty file' 65 empty.img 'empty'
printf 'hello' >tiny.img
check_only 'a file smaller than a sector' 65 tiny.img 'tiny.img'
mkfifo fifo
check_only 'a fifo' 66 fifo 'fifo'
mkdir folder
check_only 'a directory' 66 folder '--root'
check_only 'a character device' 66 /dev/null 'character device'
python3 -c 'import random,sys; random.seed(7); sys.stdout.buffer.write(random.randbytes(1 << 20))' >noise.img
check_only 'noise' 3 noise.img 'no operating system' out
truncate -s 64M zeroes.img
check_only 'zeroes' 3 zeroes.img 'no operating system' out
if truncate -s 15T huge.img 2>/dev/null; then
	check_only 'a huge sparse file' 3 huge.img 'no operating system' out
else
	skip 'a huge sparse file' 'this file system takes no such file'
fi
printf 'KDMV\001\000\000\000' >disk.vmdk
truncate -s 1M disk.vmdk
if command -v qemu-nbd >/dev/null; then
	check_only 'a format that qemu-nbd opens' 65 disk.vmdk 'VMDK image: qemu-nbd cannot open it'
else
	check_only 'a format that qemu-nbd opens' 69 disk.vmdk 'qemu-utils'
fi

# Headers of qcow2 that ask for the impossible.
python3 - <<'EOF'
import struct
def qcow2(name, cluster_bits=16, size=1 << 30, l1=1, l1_off=0x30000, crypt=0, incompat=0,
          backing=b'', version=3):
    off = 0x200 if backing else 0
    h = struct.pack('>4sIQIIQIIQQIIQ', b'QFI\xfb', version, off, len(backing), cluster_bits,
                    size, crypt, l1, l1_off, 0x10000, 1, 0, 0)
    h += struct.pack('>QQQII', incompat, 0, 0, 4, 104)
    data = bytearray(4 << 16)
    data[:len(h)] = h
    data[0x200:0x200 + len(backing)] = backing
    open(name, 'wb').write(data)
qcow2('clusters.qcow2', cluster_bits=63)
qcow2('size.qcow2', size=1 << 63)
qcow2('l1.qcow2', l1=0x7fffffff)
qcow2('crypt.qcow2', crypt=1)
qcow2('dirty.qcow2', incompat=1)
qcow2('corrupt.qcow2', incompat=2)
qcow2('future.qcow2', incompat=1 << 40)
qcow2('itself.qcow2', backing=b'itself.qcow2')
qcow2('nbd.qcow2', backing=b'nbd://10.0.0.1/x')
open('cut.qcow2', 'wb').write(open('size.qcow2', 'rb').read(60))
EOF
check_only 'a cluster size out of range' 65 clusters.qcow2 'clusters.qcow2'
check_only 'a size out of range' 65 size.qcow2 'size.qcow2'
check_only 'a table out of range' 65 l1.qcow2 'l1.qcow2'
check_only 'an encrypted image' 65 crypt.qcow2 'encrypted'
check_only 'an image marked dirty' 65 dirty.qcow2 'qemu-img check'
check_only 'an image marked corrupt' 65 corrupt.qcow2 'corrupt'
check_only 'an unknown feature' 65 future.qcow2 'feature'
check_only 'a backing file that is itself' 65 itself.qcow2 'itself'
check_only 'a backing file over the network' 65 nbd.qcow2 'nbd'
check_only 'a header cut short' 65 cut.qcow2 'cut.qcow2'

# Partition tables that go in circles.
python3 - <<'EOF'
import struct
disk = bytearray(4 << 20)
def entry(kind, start, size):
    return struct.pack('<B3sB3sII', 0, b'\0\0\0', kind, b'\0\0\0', start, size)
disk[446:462] = entry(5, 2048, 4096)
disk[510:512] = b'\x55\xaa'
at = 2048 * 512
disk[at + 446:at + 462] = entry(0x83, 63, 100)
disk[at + 462:at + 478] = entry(5, 0, 4096)
disk[at + 510:at + 512] = b'\x55\xaa'
open('loop.img', 'wb').write(disk)
EOF

run timeout 120 "$PARAVET" check --on kvm loop.img
status 'a partition table in circles is unknown' 3
has 'a partition table in circles: it says why' out 'loop'

# Symbolic links in circles, and a file system cut in half.
small_tree tree
rm tree/etc/os-release
ln -s os-release tree/etc/os-release
ln -s a tree/boot/b
ln -s b tree/boot/a
small_disk links.img tree
check_only 'links in circles' 3 links.img 'kernel' out
small_tree whole
small_disk whole.img whole
head -c 3000000 whole.img >cut.img
run timeout 120 "$PARAVET" check --on kvm cut.img
[ "$STATUS" -ge 2 ] && pass 'half a file system is never ready' || fail 'half a file system is never ready'

if [ "$(id -u)" -ne 0 ]; then
	mkdir secret && chmod 000 secret
	run "$PARAVET" check --root secret
	status 'a directory without permission' 66
	cp whole.img unreadable.img && chmod 000 unreadable.img
	check_only 'a file without permission' 66 unreadable.img 'read access'
else
	skip 'a directory without permission' 'root may read everything'
fi
finish
