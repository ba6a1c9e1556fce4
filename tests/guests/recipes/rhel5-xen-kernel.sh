# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 5.1 whose default kernel is the one for para-virtualized guests and hosts.
family=rhel
guest() {
	system 5 1 x86_64 "Red Hat Enterprise Linux Server release 5.1 (Tikanga)"
	kernel 2.6.18-53.el5
	kernel 2.6.18-53.el5 xen
	alias_line eth0 8139cp
	data_disk LABEL=/data
}
