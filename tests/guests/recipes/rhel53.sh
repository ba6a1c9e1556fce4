# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 5.3: the drivers are part of the kernel's package.
family=rhel
guest() {
	system 5 3 x86_64 "Red Hat Enterprise Linux Server release 5.3 (Tikanga)"
	kernel 2.6.18-128.el5
	alias_line eth0 xen-vnif
	data_disk LABEL=/data
}
