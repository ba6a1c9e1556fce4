# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 3 Update 9 on Intel's 64-bit processors, without drivers.
family=rhel
guest() {
	system 3 9 ia32e "Red Hat Enterprise Linux AS release 3 (Taroon Update 9)"
	kernel 2.4.21-50.EL
	alias_line eth0 8139cp
	data_disk LABEL=/data
}
