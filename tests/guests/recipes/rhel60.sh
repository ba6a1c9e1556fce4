# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 6.0: the drivers of Linux itself, which this kernel uses when it is told to.
family=rhel
guest() {
	system 6 0 x86_64 "Red Hat Enterprise Linux Server release 6.0 (Santiago)"
	kernel 2.6.32-71.el6
	data_disk "UUID=$DATA_UUID"
}
