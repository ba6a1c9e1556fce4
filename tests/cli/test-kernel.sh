#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `paravet kernel`: the chapter's own query, piped in; garbage does not stop the rest.
. "$(dirname "$0")/lib.sh"

run "$PARAVET" kernel kernel-PAE-2.6.18-53.1.4.el5.i686
status 'a package to be installed is fixable' 1
has 'the release is told' out 'RHEL 5.1'
has 'the row and cell are told' out 'i686-PAE x RHEL 5: Supported'
has 'the package is told' out 'kmod-xenpv-PAE'
run "$PARAVET" kernel kernel-2.6.18-128.el5.x86_64
status 'drivers in the kernel are ready' 0
run "$PARAVET" kernel kernel-2.6.9-55.EL.i686
status 'a release before the first is blocked' 2
run "$PARAVET" kernel 2.6.9-67.ELsmp
status 'an architecture that is not known is unknown' 3
has 'it says how to learn it' out '%{ARCH}'
run "$PARAVET" kernel kernel-smp-2.4.21-50.EL.athlon --host rhel5.1/x86_64/amd
has 'the host is compared' out 'outside the documented matrix'
has 'the dispute is told' out 'disputed'
run "$PARAVET" kernel --host vax kernel-2.6.18-53.el5.i686
status 'a host that makes no sense is a usage error' 64
has 'an example is shown' err 'rhel5.1/x86_64/intel'

printf 'kernel-2.6.18-128.el5.i686\n\nrubbish\nkernel-devel-2.6.18-128.el5.i686\n' >list
STATUS=0
"$PARAVET" kernel - <list >out 2>err || STATUS=$?
status 'garbage among the lines is bad data' 65
has 'it is one line with its number' err 'line 3: '
has 'the other lines are answered' out 'kernel-2.6.18-128.el5.i686: ready'
has 'packages that are no kernel are told' out 'not a kernel'
printf 'kernel-2.6.18-128.el5.i686\nkernel-devel-2.6.18-128.el5.i686\n' >list
STATUS=0
"$PARAVET" kernel - <list >out 2>err || STATUS=$?
status 'they do not count' 0

run "$PARAVET" matrix
status 'platforms are listed' 0
has 'the founding one among them' out 'rhel5-xen'
for form in text markdown html json; do
	run "$PARAVET" matrix rhel5-xen --format "$form"
	status "tables as $form" 0
	has "with their cells as $form" out 'Supported (AMD)'
done
run "$PARAVET" matrix kvm
has 'all updates from one on' out 'rhel/centos/scientific 4.8 and later 4.x'
lacks 'no range ends before it begins' out '4.8 to 4'
run "$PARAVET" matrix nowhere
status 'an unknown platform is a usage error' 64
has 'those that are there are named' err 'rhel5-xen'
PARAVET_PLATFORMS=$WORK/absent run "$PARAVET" matrix
status 'no folder of platform files' 66
has 'it says what to do' err 'PARAVET_PLATFORMS'
mkdir broken
echo 'bogus: 1' >broken/kvm.yaml
PARAVET_PLATFORMS=$WORK/broken run "$PARAVET" matrix kvm
status 'a damaged platform file' 65
has 'it is named with the line' err 'kvm.yaml:1'
finish
