#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# --host: what it takes, and the file with its default: which is read, what wins, what is told.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs

kernel=kernel-smp-2.4.21-50.EL.athlon
problem() { # HOST: what `paravet kernel` says of that host
	run "$PARAVET" kernel --host "$1" $kernel
}

problem centos5.0
status 'a rebuild of RHEL is a host' 1
has 'it has its own name' out 'the host is CentOS 5.0'
problem amd64/amd
has 'other words for an architecture are taken' out "the host's is x86_64"
problem i386/amd
lacks 'a host that fits has no problem' out 'this host'
problem auto
status 'this machine is a host' 1
for wrong in vax '' rhel5.1/rhel5.2 fedora9; do
	problem "$wrong"
	status "'$wrong' is a usage error" 64
	has 'an example is shown' err 'rhel5.1/x86_64/intel'
	empty 'and no answer' out
done

small_disk disk.img
run "$PARAVET" check --on kvm --host rhel5.1/x86_64/intel disk.img
status 'check takes a host' 3
run "$PARAVET" check --on kvm --host auto disk.img
status 'check takes this machine' 3
run "$PARAVET" check --on kvm --host vax absent.img
status 'a host that makes no sense is found first' 64
has 'an example is shown' err 'rhel5.1/x86_64/intel'
run "$PARAVET" plan --on kvm --host auto disk.img
status 'so does plan' 3
run "$PARAVET" inspect --host auto disk.img
status 'inspect judges nothing and takes no host' 64
has 'the option is named' err '--host'

# A guest of RHEL 3 as a directory, under the tables that ask for a host.
mkdir -p guest/etc guest/sbin guest/boot/grub guest/lib/modules/2.4.21-50.ELsmp
echo 'Red Hat Enterprise Linux AS release 3 (Taroon Update 9)' >guest/etc/redhat-release
: >guest/etc/fstab
: >guest/sbin/init
: >guest/boot/vmlinuz-2.4.21-50.ELsmp
cat >guest/boot/grub/grub.conf <<'END'
default=0
title RHEL
	root (hd0,0)
	kernel /boot/vmlinuz-2.4.21-50.ELsmp ro root=/dev/hda1
END
run "$PARAVET" check --on rhel5-xen --root guest
lacks 'no host, no problem with it' out 'the host is'
run "$PARAVET" check --on rhel5-xen --host rhel5.0 --root guest
has 'the verdict hears of the host' out 'Unsupported: the host is RHEL 5.0'
run "$PARAVET" check --on rhel5-xen --host rhel5.1 --root guest
lacks 'a host that fits has no problem' out 'the host is'
echo 'host = centos5.0' >own
PARAVET_CONFIG=own run "$PARAVET" check --on rhel5-xen --root guest
has 'so it does by the file' out 'Unsupported: the host is CentOS 5.0'

# Which file is read.
unset XDG_CONFIG_HOME
mkdir -p home/.config/paravet xdg/paravet
echo 'host = centos5.1/i686/intel' >home/.config/paravet/config
echo 'host = centos5.0' >xdg/paravet/config
printf '# ours\n\n  host=x86_64/amd # since May\r\n' >own
HOME=$WORK/home PARAVET_CONFIG='' run "$PARAVET" kernel $kernel
has 'the file in the home directory' out 'is for amd processors'
HOME=$WORK/home PARAVET_CONFIG='' XDG_CONFIG_HOME=$WORK/xdg run "$PARAVET" kernel $kernel
has 'another directory for configuration' out 'the host is CentOS 5.0'
HOME=$WORK/home PARAVET_CONFIG='' XDG_CONFIG_HOME=xdg run "$PARAVET" kernel $kernel
has 'a relative one is as if not set' out 'is for amd processors'
HOME=$WORK/home PARAVET_CONFIG=own XDG_CONFIG_HOME=$WORK/xdg run "$PARAVET" kernel $kernel
has 'a file that is named comes first; comments are passed' out "the host's is x86_64"
HOME=$WORK/home PARAVET_CONFIG=absent run "$PARAVET" kernel $kernel
has 'one that is not there gives way to the next' out 'is for amd processors'
HOME=$WORK/home PARAVET_CONFIG=/dev/null run "$PARAVET" kernel $kernel
status '/dev/null turns it off' 1
lacks 'and no host is known' out 'this host'
PARAVET_CONFIG=own run "$PARAVET" kernel --host i686/amd $kernel
lacks 'the command line wins' out 'this host'

# What is wrong with a file: FILE:LINE, what, what to do.
broken() { # NAME LINE TEXT SAYS
	printf "$3" >bad
	PARAVET_CONFIG=bad run "$PARAVET" check --on kvm disk.img
	status "$1" 64
	has 'the file and line are told' err "paravet: bad:$2: "
	has 'and what to do' err "$4"
}
broken 'an unknown setting' 2 '# x\nhots = rhel5.1\n' "no setting 'hots': only host"
broken 'a line without =' 1 'host rhel5.1\n' 'write host = auto'
broken 'no value' 1 'host =\n' 'remove the line'
broken 'the same twice' 2 'host = auto\nhost = auto\n' 'remove one of the lines'
broken 'a host that makes no sense' 3 '\n\nhost = vax' 'try rhel5.1/x86_64/intel'
broken 'a zero byte' 1 'host = auto\000x\n' 'a text file'
broken 'a control character' 1 'host = \033[2Jx\n' 'a text file'
broken 'a long value' 1 "host = $(printf '%0300d' 0)\n" 'too long'
printf '%017000d' 0 >bad
PARAVET_CONFIG=bad run "$PARAVET" check --on kvm disk.img
status 'a large file' 64
has 'it is told' err 'shorten it'
PARAVET_CONFIG=bad run "$PARAVET" plan --on kvm disk.img
status 'plan reads the same file' 64
PARAVET_CONFIG=$WORK run "$PARAVET" check --on kvm disk.img
status 'a directory cannot be read' 66
has 'it says how to do without' err 'PARAVET_CONFIG=/dev/null'
PARAVET_CONFIG=bad run "$PARAVET" inspect disk.img
status 'a command that takes no host reads no file' 0
PARAVET_CONFIG=bad run "$PARAVET" check --help
status 'nor does --help' 0
finish
