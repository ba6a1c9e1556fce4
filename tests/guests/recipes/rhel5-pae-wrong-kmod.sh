# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# The drivers of the kernel without PAE, copied by hand: its structures differ.
family=rhel
guest() {
	system 5 1 i686 "Red Hat Enterprise Linux Server release 5.1 (Tikanga)"
	kernel 2.6.18-53.1.4.el5 PAE
	kmod_xenpv 2.6.18-53.el5 "" i686
	copy_drivers 2.6.18-53.el5 2.6.18-53.1.4.el5PAE
	alias_line eth0 xen-vnif
	alias_line scsi_hostadapter ata_piix
	data_disk LABEL=/data
}
