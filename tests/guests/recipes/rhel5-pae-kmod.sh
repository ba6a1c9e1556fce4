# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# The same with kmod-xenpv-PAE, which was built for the first kernel of 5.1 and is linked
# for the newer one.
family=rhel
guest() {
	system 5 1 i686 "Red Hat Enterprise Linux Server release 5.1 (Tikanga)"
	kernel 2.6.18-53.1.4.el5 PAE
	kmod_xenpv 2.6.18-53.el5 PAE i686
	weak_updates 2.6.18-53.el5PAE 2.6.18-53.1.4.el5PAE
	alias_line eth0 xen-vnif
	alias_line scsi_hostadapter ata_piix
	data_disk LABEL=/data
}
