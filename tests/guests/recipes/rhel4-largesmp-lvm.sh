# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 4 Update 6 for many processors, / on a logical volume, without drivers.
family=rhel
root=lvm
guest() {
	system 4 6 x86_64 "Red Hat Enterprise Linux AS release 4 (Nahant Update 6)"
	kernel 2.6.9-67.EL largesmp
	alias_line eth0 8139cp
	data_disk LABEL=/data
}
