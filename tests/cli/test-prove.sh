#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A boot is seen from outside, compared with the verdict, changes nothing and leaves nothing.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs python3

# A guest whose kernel has no driver at all; its first sector plays the boot.
small_tree tree
mkdir -p tree/boot/grub tree/usr/lib/modules/6.1.0
head -c 9000 /dev/urandom >tree/boot/vmlinuz-6.1.0
head -c 9000 /dev/urandom >tree/boot/initrd.img-6.1.0
head -c 9000 /dev/urandom >tree/sbin/init
printf '' | tee tree/usr/lib/modules/6.1.0/modules.dep >tree/usr/lib/modules/6.1.0/modules.builtin
cat >tree/boot/grub/grub.cfg <<'EOT'
set default=0
menuentry 'Test' {
	linux /boot/vmlinuz-6.1.0 root=LABEL=small
	initrd /boot/initrd.img-6.1.0
}
EOT
for kind in good panic hang reset late-reset off; do
	truncate -s 8M $kind.img
	mke2fs -q -F -b 4096 -t ext4 -L small -d tree $kind.img
	python3 "$HERE/boot-sector.py" $kind.img $kind /boot/vmlinuz-6.1.0 /boot/initrd.img-6.1.0 \
		/sbin/init
done

run "$PARAVET" prove good.img
status 'a platform is needed' 64
run "$PARAVET" prove --on kvm,gce good.img
status 'and one at a time' 64
run "$PARAVET" prove --on kvm --timeout soon good.img
status 'a time limit is a number' 64
run "$PARAVET" check --on kvm --timeout 5 good.img
status 'check has none' 64
# Without a Xen host, which "make xen-lab" leaves in a user's cache.
unset PARAVET_XEN_LAB
mkdir cache
export XDG_CACHE_HOME=$WORK/cache
for platform in xen rhel5-xen; do
	run "$PARAVET" prove --on $platform good.img
	status "$platform is not provable without a Xen host" 3
	has 'and why is told' out "$platform cannot be booted here: it needs a Xen host"
	has 'and what builds one' out 'xen-lab"'
done
run "$PARAVET" prove --on xen --xen-lab cache good.img
status 'a Xen host that was named has to be there' 66
has 'and what builds it is told' err 'cache: xen: No such file or directory: "make xen-lab"'
run env PARAVET_XEN_LAB="$WORK/nowhere" "$PARAVET" prove --on xen good.img
status 'by the environment as well' 66
has 'which is told, too' err 'nowhere: xen: No such file'
mkdir -p cache/paravet/xen-lab
run "$PARAVET" prove --on xen good.img
status 'and the one in the cache has to be whole' 66
has 'or what is missing is told' err 'cache/paravet/xen-lab: xen: No such file'
run "$PARAVET" check --on xen --xen-lab cache good.img
status 'check needs none' 64
run "$PARAVET" prove --on hyperv good.img
status 'nor is hyperv' 3
has 'for its storage' out 'hyperv cannot be booted here: QEMU has no storage of Hyper-V'
run "$PARAVET" prove --on kvm --root tree
status 'a directory cannot be booted' 64
has 'and what can is told' err 'name the disks instead'

mkdir none broken
run env PATH="$WORK/none" "$PARAVET" prove --on kvm good.img
status 'without QEMU something is missing' 69
has 'and its package is named' err 'install the package qemu-system-x86'
printf '#!/bin/sh\necho "no such machine" >&2\nexit 1\n' >broken/qemu-system-x86_64
chmod +x broken/qemu-system-x86_64
run env PATH="$WORK/broken:$PATH" "$PARAVET" prove --on kvm good.img
status 'a QEMU that does not run is an error' 66
has 'with what it says' err 'QEMU ended before the guest started: no such machine'

# What stands for the Xen host here tells what a real one does when it cannot run a guest.
for file in xen vmlinux.dom0 dom0-initrd.gz dom0.img; do
	truncate -s 4096 cache/paravet/xen-lab/$file
done
run env PATH="$WORK/broken:$PATH" "$PARAVET" prove --on xen --direct good.img
status 'a guest of Xen is not booted straight' 3
has 'and what to do is told' out 'leave --direct out'
run env PATH="$WORK/broken:$PATH" "$PARAVET" prove --on xen good.img
status 'a Xen host that does not run is an error' 66
has 'with what QEMU says' err 'QEMU ended before the guest started: no such machine'
for kind in fails faults stands pv emulated; do
	mkdir $kind
	ln -s "$HERE/xen-host.py" $kind/qemu-system-x86_64
done
run env PATH="$WORK/fails:$PATH" "$PARAVET" prove --on xen good.img
status 'nor is one that cannot run the guest an outcome' 66
has 'and why is told' err 'the Xen host: xl create; no memory'
run env PATH="$WORK/faults:$PATH" "$PARAVET" prove --on xen good.img
status 'a fault of the emulated processor says nothing of the guest' 3
has 'which is told' out "the Xen host's emulated processor failed"
holds 'after a second try' test "$(grep -c 'booting with xen-blkfront' err)" = 2
run env PATH="$WORK/stands:$PATH" "$PARAVET" prove --on xen --timeout 6 good.img
status 'nor does a host that stands still' 3
has 'which is told as well' out 'the Xen host has not made the guest'
holds 'after a second try, too' test "$(grep -c 'booting with xen-blkfront' err)" = 2
run env PATH="$WORK/pv:$PATH" "$PARAVET" prove -v --on xen --timeout 30 good.img
status 'a guest that reads its disk by the PV driver starts' 1
has 'as its verdict did not say' out '/sbin/init was read through xen-blkfront'
has 'the driver is told of' out 'requests came from it'
run env PATH="$WORK/emulated:$PATH" "$PARAVET" prove -v --on xen --timeout 30 good.img
status 'one that goes on with the emulated disk does not, whatever it prints' 0
has 'and why is told' out 'from the emulated disk: its'
has 'with what was not seen' out 'never connected'

if ! command -v qemu-system-x86_64 >/dev/null; then
	skip 'boots' 'qemu-system-x86_64 is not installed'
	finish
fi
mkdir temporary
export TMPDIR=$WORK/temporary

cp good.img before.img
run "$PARAVET" prove -v --on kvm --timeout 30 good.img
status 'a verdict that the boot contradicts is disproven' 1
has 'the verdict is told' out 'boot disk     virtio-blk: verdict'
has 'and what was seen' out '/sbin/init was read through virtio-blk after'
has 'a log has a line a step' err 'verdict '
holds 'the disk is as it was' cmp good.img before.img
if command -v qemu-nbd >/dev/null; then
	qemu-img convert -O vmdk good.img good.vmdk
	run "$PARAVET" prove --on kvm --timeout 30 good.vmdk
	status 'a disk that qemu-nbd reads is booted, too' 1
	has 'and seen' out '/sbin/init was read through virtio-blk after'
fi
run "$PARAVET" prove --on emulated --timeout 30 --format json good.img
cp out proof.json
status 'the same on the base line' 1
if python3 -c 'import jsonschema' 2>/dev/null; then
	cat >validate.py <<'EOT'
import json, sys, jsonschema
proof = json.load(open("proof.json"))
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(proof)
assert proof["proof"]["result"] == "disproven", proof
assert proof["proof"]["disk"]["outcome"] == "worked", proof
assert proof["proof"]["kernel"] < proof["proof"]["disk"]["milliseconds"], proof
EOT
	holds 'as its schema says' python3 validate.py "$SOURCE/schema/prove.schema.json"
else
	skip 'as its schema says' 'python3-jsonschema is not installed'
fi

# / on the second of six disks; more than the IDE controller takes.
truncate -s 1M blank.img blank2.img blank3.img blank4.img blank5.img
set -- blank.img good.img blank2.img blank3.img blank4.img blank5.img
run "$PARAVET" prove --on kvm --timeout 30 "$@"
status 'a guest starts from the second of six disks' 1
has 'and init was read there' out '/sbin/init was read through virtio-blk after'
run "$PARAVET" prove --on emulated "$@"
status 'the IDE controller does not take them' 3
has 'and another is named' out 'places for 4 disks, and there are 6'

# Without any boot loader, by a kernel that reads the disk through the firmware.
rm tree/boot/grub/grub.cfg
truncate -s 8M straight.img
mke2fs -q -F -b 4096 -t ext4 -L small -d tree straight.img
run "$PARAVET" prove --on kvm --direct straight.img
status 'a kernel that is none is not booted straight' 3
has 'and that is told' out 'the kernel cannot be loaded: /boot/vmlinuz-6.1.0: '
python3 "$HERE/boot-sector.py" straight.img kernel /boot/vmlinuz-6.1.0 /sbin/init
cp straight.img before.img
run "$PARAVET" prove -v --on kvm --direct --timeout 30 straight.img
status 'a guest without a boot loader is booted straight' 1
has 'which is told' out 'booted straight, without firmware and boot loader under '
has 'with what was loaded' out 'QEMU loaded /boot/vmlinuz-6.1.0 and /boot/initrd.img-6.1.0'
has 'with the name of / that was found' out '"root=UUID='
has 'and what was not tested' out 'firmware and boot loader took no part'
has 'and init was read' out '/sbin/init was read through virtio-blk after'
holds 'the disk is as it was' cmp straight.img before.img
run "$PARAVET" prove --on kvm --direct --timeout 30 --format json --sandbox require straight.img
has 'a program is told too' out '"direct":true'
truncate -s 200M tree/boot/vmlinuz-6.1.0
truncate -s 8M large.img
mke2fs -q -F -b 4096 -t ext4 -L small -d tree large.img
python3 "$HERE/boot-sector.py" large.img kernel /boot/vmlinuz-6.1.0 /sbin/init
run "$PARAVET" prove --on kvm --direct large.img
status 'a kernel larger than any is not loaded' 3
has 'by its size' out 'at most 128 MiB are loaded'

run "$PARAVET" prove -v --on kvm --timeout 120 --keep-log logs panic.img
status 'a boot that fails as the verdict says is proof' 0
has 'the console tells why' out 'the kernel did not find /'
has 'in its own words' out 'Kernel panic - not syncing:'
has 'which are kept' logs/serial.log 'Kernel panic - not syncing: VFS: Unable'
run "$PARAVET" prove --on kvm --timeout 20 hang.img
status 'and so is one that comes to nothing' 0
has 'which is told' out 'has not read its first program'

# A guest that restarts or stops. At once, it need not have looked for a disk.
run "$PARAVET" prove --on kvm --timeout 30 reset.img
status 'a guest that restarts at once proves nothing' 3
has 'and that is told' out 'restarted or stopped as soon as its kernel was'
for kind in late-reset off; do
	run "$PARAVET" prove --on kvm --timeout 30 $kind.img
	status "one that gives up ($kind) does" 0
	has 'and that is told, too' out 'restarted or stopped before it had read'
done

# Images over images, two at a time.
if command -v qemu-img >/dev/null; then
	qemu-img create -q -f qcow2 -b good.img -F raw middle.qcow2
	qemu-img create -q -f qcow2 -b middle.qcow2 -F qcow2 top.qcow2
	cp top.qcow2 before.qcow2
	cp good.img before.img
	"$PARAVET" prove --on kvm --timeout 30 top.qcow2 >other 2>&1 &
	pid=$!
	run "$PARAVET" prove --on kvm --timeout 30 top.qcow2
	status 'a chain of images is booted' 1
	wait $pid
	STATUS=$?
	status 'twice at the same time' 1
	holds 'and is as it was' cmp top.qcow2 before.qcow2
	holds 'down to its end' cmp good.img before.img

	# What cannot be read is no outcome: init's last block lies in no cluster that can be.
	qemu-img convert -f raw -O qcow2 good.img torn.qcow2
	python3 - "$(debugfs -R 'blocks /sbin/init' good.img 2>/dev/null)" <<'EOT'
import struct, sys
cluster = int(sys.argv[1].split()[-1]) * 4096 >> 16
with open("torn.qcow2", "r+b") as f:
    f.seek(40)
    l1 = struct.unpack(">Q", f.read(8))[0]
    f.seek(l1)
    l2 = struct.unpack(">Q", f.read(8))[0] & 0xfffffffffffe00
    f.seek(l2 + 8 * cluster)
    f.write(struct.pack(">Q", 1 << 63 | 1 << 40))
EOT
	run "$PARAVET" prove --on kvm --timeout 30 torn.qcow2
	[ "$STATUS" -ge 64 ] && pass 'a disk that cannot be read proves nothing' ||
		fail 'a disk that cannot be read proves nothing'
else
	skip 'chains of images' 'qemu-img is not installed'
fi

# Whatever is started is called by a path below here, and so is known.
mkdir called
ln -s "$PARAVET" called/paravet
ln -s "$(command -v qemu-system-x86_64)" called/qemu-system-x86_64
echo "$WORK/called/" >pattern

# left: their numbers.
left() {
	grep -alFf pattern /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | tr '\n' ' '
}

# seen WORD: waits until a boot has told of it.
seen() {
	n=0
	until grep -qs "$1" err || [ $n -gt 300 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}

# A QEMU that others kill is no outcome either.
PATH="$WORK/called:$PATH" "$WORK/called/paravet" prove --on kvm hang.img >out 2>err </dev/null &
pid=$!
seen kernel
for child in $(left); do
	case $(cat "/proc/$child/comm") in qemu*) kill -9 "$child" ;; esac
done
wait $pid
STATUS=$?
status 'a QEMU that is killed proves nothing' 66
has 'which is told' err 'QEMU ended while the guest started: signal 9'

# Nothing is left of a prove that is killed, whenever that is.
for signal in KILL INT TERM; do
	for moment in 0 0.02 0.05 0.1 0.2 0.4 booting; do
		rm -f err
		# a shell starts what is in the background without SIGINT
		PATH="$WORK/called:$PATH" env --default-signal=INT "$WORK/called/paravet" prove \
			--on kvm hang.img >out 2>err </dev/null &
		pid=$!
		if [ $moment = booting ]; then
			seen booting
			[ "$(left | wc -w)" -ge 3 ] && pass "there is something to end by $signal" ||
				fail "there is something to end by $signal ($(left))"
		else
			sleep $moment
		fi
		kill -$signal $pid 2>/dev/null
		wait $pid 2>/dev/null
		n=0
		while [ -n "$(left)" ] && [ $n -lt 100 ]; do
			sleep 0.1
			n=$((n + 1))
		done
		STATUS=$signal
		[ -z "$(left)" ] && pass "$signal at $moment leaves no process" ||
			fail "$signal at $moment leaves no process ($(left))"
	done
done
STATUS=0
[ -z "$(ls temporary)" ] && pass 'nothing is left in the temporary folder' ||
	fail 'nothing is left in the temporary folder'
finish
