#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A directory is read as a guest, and nothing outside it is.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"

small_tree tree
printf 'ID=outside\nPRETTY_NAME="Outside"\n' >outside
run "$PARAVET" inspect --root tree
status 'a directory is read' 0
has 'its system is named' out 'Test OS 7'
mkdir -p tree/etc/sysconfig/network-scripts
printf 'DEVICE=eth7\nHWADDR=00:16:3e:01:02:03\nBOOTPROTO=dhcp\n' \
	>tree/etc/sysconfig/network-scripts/ifcfg-eth7
run "$PARAVET" inspect --root tree
has 'its network card is shown' out 'eth7, bound to 00:16:3e:01:02:03'
mkdir -p tree/etc/rc.d
printf 'insmod /lib/modules/`uname -r`/extra/xenpv/xen-vbd.o\n' >tree/etc/rc.d/rc.local
chmod 755 tree/etc/rc.d/rc.local
ln -s rc.d/rc.local tree/etc/rc.local
run "$PARAVET" inspect --root tree
tr -s ' \n' ' ' <out >flat
has 'a module that it loads by name is shown' flat \
	'xen_vbd, by insmod of /lib/modules/`uname -r`/extra/xenpv/xen-vbd.o (tree, /etc/rc.d/rc.local:1)'
chmod 644 tree/etc/rc.d/rc.local
run "$PARAVET" inspect --root tree
has 'a script that is not executable is told of' out 'startup: it is not executable'
lacks 'and loads nothing' out 'xen_vbd'
rm tree/etc/os-release
ln -s ../../outside tree/etc/os-release
run "$PARAVET" inspect --root tree
lacks 'links by ".." end at its root' out 'Outside'
rm tree/etc/os-release
ln -s "$PWD/outside" tree/etc/os-release
run "$PARAVET" inspect --root tree
lacks 'absolute links stay inside' out 'Outside'
rm tree/etc/os-release
mkfifo tree/etc/os-release
run timeout 60 "$PARAVET" inspect --root tree
status 'a fifo in the place of a file does not block' 0
run "$PARAVET" inspect --root nowhere
status 'a missing directory is an error' 66
: >file
run "$PARAVET" inspect --root file
status 'a file is no directory' 64
run "$PARAVET" inspect --sandbox off --root tree
status 'the same without confinement' 0
run "$PARAVET" inspect -v --root tree
has 'confinement is told' out 'seccomp'
finish
