#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nothing from a guest reaches a terminal as it is, in any form of output.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3

esc=$(printf '\033')
small_tree tree "Evil ${esc}[31m OS ${esc}]0;owned"
printf 'default 0\n' >"tree/boot/vmlinuz-6.1${esc}[2J"
printf '/dev/sda%s[5m1 /mnt ext4 defaults 0 0\n' "$esc" >>tree/etc/fstab
printf 'xen-vbd%s[5m\n' "$esc" >tree/etc/modules
mkdir -p "tree/usr/lib/modules/6.1${esc}[2J"
small_disk disk.img tree
for command in 'check -v' check inspect 'inspect -v' 'check --format json' 'inspect --format json'; do
	# shellcheck disable=SC2086
	run "$PARAVET" $command disk.img
	if grep -q "$esc" out err; then
		fail "$command lets no terminal sequence through"
	else
		pass "$command lets no terminal sequence through"
	fi
done
has 'JSON holds the bytes in JSON form' out '\u001b[31m'
run "$PARAVET" inspect disk.img
has 'text shows them' out '\x1b[31m'
run "$PARAVET" check "no${esc}[31msuch"
status 'a strange file name is an error' 66
grep -q "$esc" err && fail 'file names are escaped in errors' || pass 'file names are escaped in errors'
finish
