#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command line: help is found, mistakes say what to do, and exit statuses are as promised.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs

run "$PARAVET"
status 'no command is a usage error' 64
has 'it says what to try' err 'paravet check DISK'
run "$PARAVET" --help
status '--help is no error' 0
has 'commands are listed' out 'inspect'
has 'exit statuses are explained' out '0 ready, 1 fixable, 2 blocked, 3 unknown'
[ "$(awk 'length > 80' out | wc -l)" -eq 0 ] && pass 'its lines fit a terminal' ||
	fail 'its lines fit a terminal'
run "$PARAVET" --version
status '--version is no error' 0
has 'it names the program' out 'paravet 0.'
for command in check inspect kernel matrix module plan apply undo prove; do
	run "$PARAVET" "$command" --help
	status "$command --help is no error" 0
	has "$command --help shows how it is called" out "usage: paravet $command"
	run "$PARAVET" help "$command"
	status "help $command is the same" 0
	[ "$(awk 'length > 80' out | wc -l)" -eq 0 ] && pass "its lines fit a terminal" ||
		fail "its lines fit a terminal"
done
for command in apply prove; do
	run "$PARAVET" "$command" --on kvm --root .
	status "$command takes no folder" 64
	has 'the way out is told' err 'name the disks instead'
	run "$PARAVET" "$command" --help
	lacks "and does not offer one" out '--root'
	has "$command takes a domain" out '| -d DOMAIN'
done
run "$PARAVET" apply --help
has 'each place for the result is in the usage' out '-o FILE | --in-place | --dry-run'
run "$PARAVET" check --help
has 'check takes a folder' out '--root'
# offered COMMAND [WORD]: what the completion has for `paravet COMMAND WORD ...`.
offered() {
	bash -c '. "$1"; shift; COMP_WORDS=(paravet "$@") COMP_CWORD=$#; _paravet; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$SOURCE/completions/paravet.bash" "$@" 2>/dev/null >offered
}
if command -v bash >/dev/null; then
	offered check --on ''
	has 'the completion has all platforms for check' offered all
	for command in apply plan prove; do
		offered "$command" --on ''
		lacks "but not for $command" offered all
		has "$command has others" offered kvm
	done
	offered apply --
	lacks 'nor a folder for apply' offered --root
	offered plan --
	has 'but for plan' offered --root
else
	skip 'the completion' 'bash is not installed'
fi
run "$PARAVET" chekc
status 'an unknown command is a usage error' 64
has 'it points to the list' err 'paravet --help'
run "$PARAVET" help chekc
status 'so it is behind help' 64
has 'it is named' err "'chekc'"
run "$PARAVET" check
status 'no disk is a usage error' 64
has 'it asks for one' err 'which disk?'
run "$PARAVET" check --frobnicate x
status 'an unknown option is a usage error' 64
run "$PARAVET" check --format xml x
status 'an unknown word is a usage error' 64
has 'the words are listed' err 'text or json'
run "$PARAVET" inspect --on kvm x
status 'an option of another command is a usage error' 64
has 'the option is named' err '--on'
has 'the options are found' err 'paravet inspect --help'
run "$PARAVET" check --root / disk.img
status 'a root and a disk exclude each other' 64

small_disk disk.img
run "$PARAVET" check --on nowhere disk.img
status 'an unknown platform is a usage error' 64
has 'the platforms are listed' err 'kvm'
run "$PARAVET" check --on kvm, disk.img
status 'a platform without a name is a usage error' 64
has 'it is told' err "missing among the platforms 'kvm,'"
run "$PARAVET" check --on all disk.img
cp out all
for list in 'all,kvm' 'kvm,all'; do
	run "$PARAVET" check --on "$list" disk.img
	same "$list is all" out all
done
run "$PARAVET" check --on all --on kvm disk.img
same 'so it is in two options' out all
run "$PARAVET" check --on rhel5-xen,all disk.img
has 'one that is named is there, though it is for other guests' out 'rhel5-xen'
has 'beside the others' out 'nitro'
run "$PARAVET" check --on all,nowhere disk.img
status 'an unknown platform beside all' 64
run "$PARAVET" check --on all:virtio-scsi disk.img
status 'all has no alternative' 64
has 'it is told' err 'all takes no alternative'
run "$PARAVET" check --on kvm --on xen disk.img
status '--on can be repeated' 3
has 'the first is judged' out 'kvm       unknown'
has 'so is the second' out 'xen       unknown'
run "$PARAVET" check --on kvm --on kvm disk.img
status 'the same twice is a mistake' 64
run "$PARAVET" plan --on kvm --on xen disk.img
status 'a plan is made for one' 64
has 'which is told' err 'one platform at a time'
run "$PARAVET" apply --on kvm -o - disk.img
status 'standard output takes no disk' 64
has 'it says so' err 'not written to standard output'
[ ! -e ./- ] && pass 'no file is made' || fail 'no file is made'
run "$PARAVET" check --on kvm:floppy disk.img
status 'an unknown alternative is a usage error' 64
has 'the alternatives are listed once' err 'it has: virtio-blk, virtio-scsi, virtio-net'
run "$PARAVET" check disk.img
lacks 'a platform for other guests is not judged unasked' out 'rhel5-xen'
run "$PARAVET" check --on rhel5-xen disk.img
status 'by its name it is' 3
has 'its answer is there' out 'rhel5-xen'
run "$PARAVET" check --on kvm disk.img
status 'a guest without a kernel is not ready' 3
has 'the operating system is named' out 'Test OS 7'
run "$PARAVET" check -a disk.img,format=raw --on kvm
status 'a disk can be named by option with its format' 3
ln -s disk.img link.img
run "$PARAVET" check disk.img disk.img --on kvm
status 'the same disk twice is a usage error' 64
has 'it is told' err 'paravet: disk.img is named twice'
run "$PARAVET" check disk.img -a link.img,format=raw --on kvm
status 'so it is by two names' 64
has 'both are told' err 'paravet: link.img is the same disk as disk.img'
run "$PARAVET" inspect disk.img
status 'inspect judges nothing' 0
has 'the file system is shown' out 'ext4'

run "$PARAVET" check --color always --on kvm disk.img
grep -q "$(printf '\033')" out && pass 'colour on demand' || fail 'colour on demand'
run "$PARAVET" check --on kvm disk.img
grep -q "$(printf '\033')" out && fail 'no colour in a pipe' || pass 'no colour in a pipe'
run sh -c '"$1" check --on kvm disk.img >/dev/full' sh "$PARAVET"
status 'a full disk is told' 74
has 'in a sentence' err 'standard output'
finish
