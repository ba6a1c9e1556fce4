# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The files of kernel packages: image, configuration, symbols and modules.

# One entry a kernel, the default one last.
uname_of=() package_of=() version_of=() flavour_of=()

# releases | path below kernel/ | symbols it uses | symbols it exports | aliases
module_table() {
	cat <<-'TABLE'
		[345].* | fs/jbd/jbd | printk kmem_cache_create __wait_on_buffer | journal_start journal_stop journal_create |
		[345].* | fs/ext3/ext3 | printk register_filesystem journal_start journal_stop journal_create | |
		6.* | fs/mbcache | printk kmem_cache_create | mb_cache_create mb_cache_entry_get |
		6.* | fs/jbd2/jbd2 | printk kmem_cache_create __wait_on_buffer | jbd2_journal_start jbd2_journal_stop |
		6.* | fs/ext4/ext4 | printk register_filesystem jbd2_journal_start jbd2_journal_stop mb_cache_create | |
		*   | fs/nfs/nfs | printk register_filesystem kmem_cache_create | |
		*   | drivers/block/loop | printk register_blkdev | | block-major-7-*
		*   | drivers/net/mii | printk | mii_ethtool_gset mii_link_ok |
		*   | drivers/net/8139cp | printk pci_register_driver alloc_etherdev register_netdev mii_ethtool_gset | | pci:v000010ECd00008139sv*sd*bc*sc*i*
		*   | drivers/net/8139too | printk pci_register_driver alloc_etherdev register_netdev mii_link_ok | | pci:v000010ECd00008139sv*sd*bc*sc*i*
		*   | drivers/net/e1000/e1000 | printk pci_register_driver alloc_etherdev register_netdev | | pci:v00008086d0000100Esv*sd*bc*sc*i*
		*   | drivers/parport/parport | printk | parport_register_driver |
		*   | drivers/char/lp | printk parport_register_driver register_chrdev | | char-major-6-*
		[345].* | drivers/scsi/scsi_mod | printk kmem_cache_create | scsi_register_driver scsi_add_host |
		[345].* | drivers/scsi/sd_mod | printk register_blkdev scsi_register_driver | | block-major-8-*
		[345].* | drivers/scsi/sym53c8xx_2/sym53c8xx | printk pci_register_driver scsi_add_host | | pci:v00001000d00000012sv*sd*bc*sc*i*
		4.* | drivers/scsi/libata | printk scsi_add_host | ata_pci_init_one |
		5.* | drivers/ata/libata | printk scsi_add_host | ata_pci_init_one |
		4.* | drivers/scsi/ata_piix | printk pci_register_driver ata_pci_init_one | | pci:v00008086d00002651sv*sd*bc*sc*i*
		5.* | drivers/ata/ata_piix | printk pci_register_driver ata_pci_init_one | | pci:v00008086d00007010sv*sd*bc*sc*i*
		6.* | lib/crc-t10dif | printk | crc_t10dif |
		6.* | drivers/scsi/sd_mod | printk register_blkdev scsi_register_driver crc_t10dif | | block-major-8-*
		6.* | drivers/ata/ata_piix | printk pci_register_driver ata_pci_sff_init_one | | pci:v00008086d00007010sv*sd*bc*sc*i*
		6.* | drivers/ata/ata_generic | printk pci_register_driver ata_pci_sff_init_one | | pci:v*d*sv*sd*bc01sc01i*
		[456].* | drivers/md/dm-mod | printk register_blkdev | dm_register_target dm_get_device |
		[456].* | drivers/md/dm-mirror | printk dm_register_target dm_get_device | |
		[456].* | drivers/md/dm-snapshot | printk dm_register_target dm_get_device | |
		[45].* | drivers/md/dm-zero | printk dm_register_target | |
		[456].* | drivers/usb/host/ehci-hcd | printk pci_register_driver | | pci:v*d*sv*sd*bc0Csc03i20*
		[45].* | drivers/usb/host/uhci-hcd | printk pci_register_driver | | pci:v*d*sv*sd*bc0Csc03i00*
		3.* | drivers/usb/host/usb-uhci | printk pci_register_driver | |
		3.* | drivers/md/lvm-mod | printk register_blkdev | |
		5.3 | drivers/xenpv_hvm/platform-pci/xen-platform-pci | printk pci_register_driver | xenbus_register_frontend xenbus_switch_state bind_listening_port_to_irqhandler gnttab_grant_foreign_access | pci:v00005853d00000001sv*sd*bc*sc*i*
		5.3 | drivers/xenpv_hvm/balloon/xen-balloon | printk xenbus_register_frontend | |
		5.3 | drivers/xenpv_hvm/blkfront/xen-vbd | printk register_blkdev xenbus_register_frontend xenbus_switch_state gnttab_grant_foreign_access | | xen:vbd
		5.3 | drivers/xenpv_hvm/netfront/xen-vnif | printk alloc_etherdev register_netdev xenbus_register_frontend gnttab_grant_foreign_access | | xen:vif
		xen | drivers/xen/blkfront/xenblk | printk register_blkdev xenbus_register_frontend gnttab_grant_foreign_access | | xen:vbd
		xen | drivers/xen/netfront/xennet | printk alloc_etherdev register_netdev xenbus_register_frontend | | xen:vif
		6.* | drivers/block/xen-blkfront | printk register_blkdev xenbus_register_frontend gnttab_grant_foreign_access | | xen:vbd xenblk block-major-202-*
		6.* | drivers/net/xen-netfront | printk alloc_etherdev register_netdev xenbus_register_frontend | | xen:vif xennet
		6.* | drivers/virtio/virtio | printk | register_virtio_driver register_virtio_device |
		6.* | drivers/virtio/virtio_ring | printk | vring_new_virtqueue |
		6.* | drivers/virtio/virtio_pci | printk pci_register_driver register_virtio_device vring_new_virtqueue | | pci:v00001AF4d*sv*sd*bc*sc*i*
		6.* | drivers/block/virtio_blk | printk register_blkdev register_virtio_driver | | virtio:d00000002v*
		6.* | drivers/net/virtio_net | printk alloc_etherdev register_netdev register_virtio_driver | | virtio:d00000001v*
	TABLE
}

# The rows for a release or flavour, fields without blanks around them.
module_rows() {
	local pattern path needs exports aliases
	module_table | while IFS='|' read -r pattern path needs exports aliases; do
		# shellcheck disable=SC2053  # a pattern
		if [[ $rhel.$update == ${pattern%% *} || ${1:-none} == "${pattern%% *}" ]]; then
			echo "${path// /}|$(echo $needs)|$(echo $exports)|$(echo $aliases)"
		fi
	done
}

# note_exports MODULE SYMBOL...: which module exports what; the kernel does the others.
declare -A exporter
note_exports() {
	local module=$1 symbol
	shift
	for symbol; do exporter[$symbol]=$module; done
}

# depends_of SYMBOL... -> REPLY: modules separated by commas.
depends_of() {
	local symbol module
	REPLY=
	for symbol; do
		module=${exporter[$symbol]:-}
		[ -z "$module" ] || [[ ,$REPLY, == *,"$module",* ]] || REPLY+=${REPLY:+,}$module
	done
}

# install_module DIR UNAME FLAVOUR PATH NEEDS EXPORTS ALIASES
install_module() {
	local needs exports suffix=ko
	read -ra needs <<<"$5"
	read -ra exports <<<"$6"
	[ "$rhel" != 3 ] || suffix=o
	note_exports "$(basename "$4")" "${exports[@]}"
	depends_of "${needs[@]}"
	write_module "$1/$4.$suffix" "$2" "$3" "$REPLY" "$5" "$6" "$7"
}

# config_lines SYMBOL=VALUE...: as the file /boot/config-* has them.
config_lines() {
	printf 'CONFIG_%s\n' "$@"
}

write_config() { # FLAVOUR
	config_lines MODULES=y MODULE_UNLOAD=y MODVERSIONS=y BLK_DEV_RAM=y BLK_DEV_INITRD=y NET=y \
		8139CP=m 8139TOO=m E1000=m BLK_DEV_SD=m
	case $arch in
	athlon) config_lines MK7=y ;;
	i686) config_lines M686=y ;;
	*) config_lines X86_64=y ;;
	esac
	case $rhel.$1 in
	3. | 4.) ;; # one processor
	*) config_lines SMP=y ;;
	esac
	[ "$1" != PAE ] || config_lines HIGHMEM64G=y X86_PAE=y
	[ "$1" != xen ] || config_lines XEN=y XEN_BLKDEV_FRONTEND=m XEN_NETDEV_FRONTEND=m
	[ "$rhel" = 3 ] || config_lines BLK_DEV_DM=m DM_SNAPSHOT=m
	if [ "$rhel" = 6 ]; then
		config_lines SCSI=y ATA=y ATA_PIIX=m EXT4_FS=m JBD2=m XEN=y XEN_PVHVM=y \
			XEN_PLATFORM_PCI=y XEN_BLKDEV_FRONTEND=m XEN_NETDEV_FRONTEND=m VIRTIO=m \
			VIRTIO_PCI=m VIRTIO_RING=m VIRTIO_BLK=m VIRTIO_NET=m
		return
	fi
	config_lines SCSI=m EXT3_FS=m JBD=m IDE=y BLK_DEV_IDE=y BLK_DEV_IDEDISK=y BLK_DEV_PIIX=y
	[ "$rhel" != 3 ] || config_lines EXT2_FS=y
}

# What the kernel itself exports: everything used that no module has.
kernel_symbols() {
	local word
	for word in $(module_table | cut -d'|' -f3) xenbus_register_frontend xenbus_switch_state \
		bind_listening_port_to_irqhandler gnttab_grant_foreign_access; do
		case $word in
		xenbus_* | gnttab_* | bind_*) [ "$rhel" = 6 ] || [ "${1:-}" = xen ] || continue ;;
		esac
		[ -n "${exporter[$word]:-}" ] || echo "$word"
	done | sort -u
	[ "$rhel" = 3 ] || [ "$rhel" = 6 ] || echo struct_module
	[ "$rhel" != 6 ] || echo module_layout
}

write_symbol_lists() { # UNAME FLAVOUR
	local symbol name address=$((0xc0400000)) map=$tree/boot/System.map-$1
	local list=$scratch_dir/symvers
	: >"$list"
	for symbol in $(kernel_symbols "$2"); do
		crc_of "$symbol"
		printf '0x%s\t%s\tvmlinux\tEXPORT_SYMBOL\n' "$REPLY" "$symbol" >>"$list"
		linked_name "$symbol"
		name=$REPLY
		printf '%08x T %s\n%08x r __ksymtab_%s\n' "$address" "$symbol" \
			$((address + 0x200000)) "$name" >>"$map"
		address=$((address + 64))
	done
	for symbol in "${!exporter[@]}"; do
		crc_of "$symbol"
		printf '0x%s\t%s\t%s\tEXPORT_SYMBOL\n' "$REPLY" "$symbol" "${exporter[$symbol]}"
	done | sort >>"$list"
	sort -o "$map" "$map"
	case $rhel in 5 | 6) gzip -9nc "$list" >"$tree/boot/symvers-$1.gz" ;; esac
}

# The kernel for Xen is a packed program that Xen starts; others are boot images.
write_kernel_image() { # UNAME VERSION-RELEASE FLAVOUR
	if [ "$3" = xen ]; then
		write_program "$scratch_dir/payload"
		gzip -9nc "$scratch_dir/payload" >"$tree/boot/vmlinuz-$1"
		cp "$tree/boot/vmlinuz-$1" "$tree/boot/xen.gz-$2"
	else
		gzip -9nc "$tree/boot/config-$1" >"$scratch_dir/payload"
		write_image "$tree/boot/vmlinuz-$1" "$1" "$scratch_dir/payload"
	fi
}

# kernel VERSION-RELEASE [FLAVOUR]
kernel() {
	local flavour=${2:-} uname=$1${2:-} path needs exports aliases
	[ "$rhel" != 6 ] || uname=$1.$arch
	abi=$rhel.$arch.$flavour
	exporter=()
	while IFS='|' read -r path needs exports aliases; do
		install_module "$tree/lib/modules/$uname/kernel" "$uname" "$flavour" \
			"$path" "$needs" "$exports" "$aliases"
	done < <(module_rows "$flavour")
	mkdir -p "$tree/boot"
	write_config "$flavour" >"$tree/boot/config-$uname"
	write_symbol_lists "$uname" "$flavour"
	write_kernel_image "$uname" "$1" "$flavour"
	uname_of+=("$uname")
	package_of+=("kernel${flavour:+-$flavour}")
	version_of+=("$1")
	flavour_of+=("$flavour")
}

# The index that modutils of Linux 2.4 writes: nothing but paths. Its modules name what
# they need by symbols only, so nm says it.
write_old_index() { # MODULES_DIR
	local dir=$1 file symbol inside=/lib/modules/${1##*/}
	local -A has=()
	while IFS= read -r file; do
		while read -r symbol; do has[$symbol]=$inside/${file#"$dir"/}; done < <(
			nm --defined-only "$file" | sed -n 's/.* __ksymtab_//p')
	done < <(find "$dir" -name '*.o' | sort)
	find "$dir" -name '*.o' | sort | while IFS= read -r file; do
		printf '%s:' "$inside/${file#"$dir"/}"
		for symbol in $(nm -u "$file" | sed 's/^ *U //'); do
			[ -z "${has[$symbol]:-}" ] || echo "${has[$symbol]}"
		done | sort -u | sed 's/^/\t/; $!s/$/ \\/'
		printf '\n'
	done >"$dir/modules.dep"
	cat >"$dir/modules.pcimap" <<-MAP
		# pci module         vendor     device     subvendor  subdevice  class      class_mask driver_data
		8139cp               0x000010ec 0x00008139 0xffffffff 0xffffffff 0x00000000 0x00000000 0x0
		8139too              0x000010ec 0x00008139 0xffffffff 0xffffffff 0x00000000 0x00000000 0x0
	MAP
}

# run_depmod ROOT UNAME [OPTION...]: without the files that the tools of then did not make.
run_depmod() {
	local root=$1 uname=$2
	shift 2
	depmod -b "$root" "$@" "$uname" 2>"$scratch_dir/depmod" ||
		die "depmod: $(cat "$scratch_dir/depmod")"
	rm -f "$root/lib/modules/$uname"/modules.{builtin,builtin.alias,devname,softdep}{,.bin}
}

# Before module-init-tools 3.4 the index had whole paths and no binary copies.
write_index() { # UNAME
	local dir=$tree/lib/modules/$1 map=$tree/boot/System.map-$1
	local -a symbols=()
	[ ! -e "$map" ] || symbols=(-F "$map")
	run_depmod "$tree" "$1" "${symbols[@]}"
	if [ "$rhel" -lt 6 ]; then
		rm -f "$dir"/*.bin
		sed -i "s,[^ :]*\.ko,/lib/modules/$1/&,g" "$dir/modules.dep"
	fi
}

# Indexes and initrds, once all modules are there.
finish_kernels() {
	local dir i
	for dir in "$tree"/lib/modules/*; do
		if [ "$rhel" = 3 ]; then
			write_old_index "$dir"
		else
			write_index "${dir##*/}"
		fi
	done
	settle_weak_links
	for i in "${!uname_of[@]}"; do
		write_initrd "${uname_of[i]}"
	done
}
