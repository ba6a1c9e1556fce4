# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 3 Update 9 for AMD processors. The drivers were built for 2.4.21-52.EL; as the guide
# says, they were copied to the running kernel's directory, and rc.local loads them.
family=rhel
guest() {
	system 3 9 athlon "Red Hat Enterprise Linux AS release 3 (Taroon Update 9)"
	kernel 2.4.21-50.EL smp
	kmod_xenpv 2.4.21-52.EL smp athlon
	copy_drivers 2.4.21-52.ELsmp 2.4.21-50.ELsmp
	alias_line eth0 xen-vnif
	rc_local "insmod /lib/modules/\`uname -r\`/extra/xenpv/0.1-5.el/xen-vbd.o"
	data_disk LABEL=/data
}
