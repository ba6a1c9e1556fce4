# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# RHEL 6.0 with the word on the kernel's command line that turns its drivers on.
family=rhel
boot_options=xen_pv_hvm=enable
guest() {
	system 6 0 x86_64 "Red Hat Enterprise Linux Server release 6.0 (Santiago)"
	kernel 2.6.32-71.el6
	data_disk "UUID=$DATA_UUID"
}
