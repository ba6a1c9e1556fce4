# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# kmod-xenpv: the package of para-virtualized drivers for kernels that do not have them.

kmod_packages=() # "NAME VERSION-RELEASE ARCH DIRECTORY" each

kmod_rows() {
	cat <<-'TABLE'
		xen-platform-pci|printk pci_register_driver|xenbus_register_frontend xenbus_switch_state bind_listening_port_to_irqhandler gnttab_grant_foreign_access|pci:v00005853d00000001sv*sd*bc*sc*i*
		xen-balloon|printk xenbus_register_frontend||
		xen-vbd|printk register_blkdev xenbus_register_frontend xenbus_switch_state gnttab_grant_foreign_access||xen:vbd
		xen-vnif|printk alloc_etherdev register_netdev xenbus_register_frontend gnttab_grant_foreign_access||xen:vif
	TABLE
}

# kmod_xenpv VERSION-RELEASE FLAVOUR ARCH: the modules for that kernel, in its directory.
kmod_xenpv() {
	local uname=$1$2 dir path needs exports aliases release
	case $rhel in 3) release=0.1-5.el ;; *) release=0.1-9.el$rhel ;; esac
	dir=/lib/modules/$uname/extra/xenpv
	[ "$rhel" != 3 ] || dir+=/$release
	abi=$rhel.$3.$2
	bits=$(bits_of "$3")
	exporter=()
	while IFS='|' read -r path needs exports aliases; do
		install_module "$tree$dir" "$uname" "$2" "$path" "$needs" "$exports" "$aliases"
	done < <(kmod_rows)
	kmod_packages+=("kmod-xenpv${2:+-$2} $release $3 $dir")
	bits=$(bits_of "$arch")
}

# copy_drivers FROM TO: by hand, from one kernel's directory to another's.
copy_drivers() {
	mkdir -p "$tree/lib/modules/$2/extra"
	cp -R "$tree/lib/modules/$1/extra/xenpv" "$tree/lib/modules/$2/extra/"
}

# weak_updates FROM TO: the links that RHEL 5 makes for a kernel with the same symbols.
# depmod follows them outside of the guest, so they become what they are later.
weak_updates() {
	local file
	mkdir -p "$tree/lib/modules/$2/weak-updates/xenpv"
	for file in "$tree/lib/modules/$1/extra/xenpv"/*.ko; do
		ln -s "../../../$1/extra/xenpv/${file##*/}" "$tree/lib/modules/$2/weak-updates/xenpv/"
	done
}

settle_weak_links() {
	local link
	find "$tree/lib/modules" -type l -path '*/weak-updates/*' | while IFS= read -r link; do
		ln -sfn "/lib/modules/$(readlink "$link" | sed 's,^\(\.\./\)*,,')" "$link"
	done
}
