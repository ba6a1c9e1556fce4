#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The commands that an answer suggests ask the same guest in the same way.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
. "$HERE/crypt-guest.sh"
requires mke2fs qemu-img python3

mkdir bin
ln -s "$PARAVET" bin/paravet
PATH=$WORK/bin:$PATH

# The last lines of an answer: the command, in the one line that it was before it was wrapped.
hint() {
	sed -n '/^See the chain:/,$p' first | tr '\n' ' ' | tr -s ' ' | sed 's/^[^:]*: *//; s/ $//'
}

# suggests NAME WORDS ARGUMENT...: the command of `check ARGUMENT...` has these words, and its
# answer the same status and guest.
suggests() {
	name=$1 words=$2
	shift 2
	run "$PARAVET" check "$@"
	cp out first
	wanted=$STATUS
	command=$(hint)
	case "$command " in
	*" $words "*) pass "$name: told" ;;
	*) fail "$name: told (no \"$words\" in: $command)" ;;
	esac
	run sh -c "$command"
	status "$name: the same answer" "$wanted"
	head -n 1 first | sed "s;^\./;;" >want
	head -n 1 out | sed "s;^\./;;" >got
	same "$name: the same guest" got want
}

lacking_tree tree 6.1.0-9-amd64
grub_disk disk.img tree
suggests 'a disk' 'disk.img' --on kvm disk.img
suggests 'an alternative' '--on kvm:virtio-scsi' --on kvm:virtio-scsi disk.img
suggests 'a host of which only parts are known' '--host rhel5.1/x86_64' \
	--on kvm --host rhel5.1/x86_64 disk.img
suggests 'a directory' '--root tree' --on kvm --root tree

cp disk.img ./-x.img
suggests 'a name that looks like an option' './-x.img' --on kvm ./-x.img
suggests 'so, too, behind --' './-x.img' --on kvm -- -x.img
cp disk.img 'my disk.img'
suggests 'a name with a blank' "'my disk.img'" --on kvm 'my disk.img'

mkdir far
cp disk.img far/base.img
qemu-img create -q -f qcow2 -b far/base.img -F raw far.qcow2
suggests 'a policy' '--backing any' --on kvm --backing any far.qcow2

# Read as raw, it is no disk that starts.
qemu-img convert -O qcow2 disk.img image.qcow2
suggests 'a stated format' '-a image.qcow2,format=raw' --on kvm -a image.qcow2,format=raw

run "$PARAVET" plan --on kvm --backing any -a far.qcow2,format=qcow2
tr -s ' \n' ' ' <out >flat
has 'so does plan' flat 'paravet apply -a far.qcow2,format=qcow2 --backing any --on kvm'

printf 'correct horse' >key
run "$PARAVET" inspect --key all:file:key /dev/null
if [ "$STATUS" = 69 ]; then
	skip 'a key' 'built without libgcrypt'
else
	crypt_tree crypt
	if crypt_disk crypt.img crypt; then
		suggests 'a key' '--key all:file:key' --on kvm --key all:file:key crypt.img
		suggests 'a key, unconfined' '--key all:file:key' --on kvm --sandbox off \
			--key all:file:key crypt.img
	else
		skip 'a key' 'cryptsetup cannot encrypt a file here'
	fi
fi
finish
