# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 5.1 with the kernel of the guide's example, without drivers. The data disk is named
# by its device.
family=rhel
guest() {
	system 5 1 i686 "Red Hat Enterprise Linux Server release 5.1 (Tikanga)"
	kernel 2.6.18-53.el5 PAE
	kernel 2.6.18-53.1.4.el5 PAE
	alias_line eth0 8139cp
	alias_line scsi_hostadapter ata_piix
	data_disk /dev/hdb1
}
