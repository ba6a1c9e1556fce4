/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel configurations. Kernels before 2.6.33 have no modules.builtin: there, the
 * configuration is what says that a driver is part of the kernel.
 */
#include "kernel_config.h"

#include <string.h>

#include "text.h"

static const struct {
	const char *module, *symbol;
} symbols[] = {
	{"virtio", "CONFIG_VIRTIO"},
	{"virtio_ring", "CONFIG_VIRTIO_RING"},
	{"virtio_ring", "CONFIG_VIRTIO"},
	{"virtio_pci", "CONFIG_VIRTIO_PCI"},
	{"virtio_mmio", "CONFIG_VIRTIO_MMIO"},
	{"virtio_blk", "CONFIG_VIRTIO_BLK"},
	{"virtio_scsi", "CONFIG_SCSI_VIRTIO"},
	{"virtio_net", "CONFIG_VIRTIO_NET"},
	{"virtio_rng", "CONFIG_HW_RANDOM_VIRTIO"},
	{"virtio_balloon", "CONFIG_VIRTIO_BALLOON"},
	{"virtio_console", "CONFIG_VIRTIO_CONSOLE"},
	{"virtio_input", "CONFIG_VIRTIO_INPUT"},
	{"virtio_gpu", "CONFIG_DRM_VIRTIO_GPU"},
	{"vmw_vsock_virtio_transport", "CONFIG_VIRTIO_VSOCKETS"},
	{"failover", "CONFIG_FAILOVER"},
	{"net_failover", "CONFIG_NET_FAILOVER"},
	{"xen_platform_pci", "CONFIG_XEN_PLATFORM_PCI"},
	{"xen_platform_pci", "CONFIG_XEN_PVHVM"},
	{"platform_pci", "CONFIG_XEN_PLATFORM_PCI"},
	{"platform_pci", "CONFIG_XEN_PVHVM"},
	{"xen_blkfront", "CONFIG_XEN_BLKDEV_FRONTEND"},
	{"xenblk", "CONFIG_XEN_BLKDEV_FRONTEND"},
	{"xen_vbd", "CONFIG_XEN_BLKDEV_FRONTEND"},
	{"xen_netfront", "CONFIG_XEN_NETDEV_FRONTEND"},
	{"xennet", "CONFIG_XEN_NETDEV_FRONTEND"},
	{"xen_vnif", "CONFIG_XEN_NETDEV_FRONTEND"},
	{"xen_kbdfront", "CONFIG_INPUT_XEN_KBDDEV_FRONTEND"},
	{"xen_fbfront", "CONFIG_XEN_FBDEV_FRONTEND"},
	{"xen_scsifront", "CONFIG_XEN_SCSI_FRONTEND"},
	{"xen_pcifront", "CONFIG_XEN_PCIDEV_FRONTEND"},
	{"xen_balloon", "CONFIG_XEN_BALLOON"},
	{"vmw_pvscsi", "CONFIG_VMWARE_PVSCSI"},
	{"pvscsi", "CONFIG_VMWARE_PVSCSI"}, /* as VMware's own tools name it */
	{"vmxnet3", "CONFIG_VMXNET3"},
	{"vmw_balloon", "CONFIG_VMWARE_BALLOON"},
	{"vmmemctl", "CONFIG_VMWARE_BALLOON"},
	{"vmw_vmci", "CONFIG_VMWARE_VMCI"},
	{"hv_vmbus", "CONFIG_HYPERV"},
	{"hv_storvsc", "CONFIG_HYPERV_STORAGE"},
	{"hv_netvsc", "CONFIG_HYPERV_NET"},
	{"hv_utils", "CONFIG_HYPERV_UTILS"},
	{"hv_balloon", "CONFIG_HYPERV_BALLOON"},
	{"nvme", "CONFIG_BLK_DEV_NVME"},
	{"nvme_core", "CONFIG_NVME_CORE"},
	{"ena", "CONFIG_ENA_ETHERNET"},
	{"ixgbevf", "CONFIG_IXGBEVF"},
	{"gve", "CONFIG_GVE"},
	{"e1000", "CONFIG_E1000"},
	{"e1000e", "CONFIG_E1000E"},
	{"8139cp", "CONFIG_8139CP"},
	{"pcnet32", "CONFIG_PCNET32"},
	{"sd_mod", "CONFIG_BLK_DEV_SD"},
	{"scsi_mod", "CONFIG_SCSI"},
	{"libata", "CONFIG_ATA"},
	{"ahci", "CONFIG_SATA_AHCI"},
	{"ata_piix", "CONFIG_ATA_PIIX"},
	{"ide_disk", "CONFIG_BLK_DEV_IDEDISK"},
	{"piix", "CONFIG_BLK_DEV_PIIX"},
	{"ide_core", "CONFIG_IDE"},
	{"mptbase", "CONFIG_FUSION"},
	{"mptspi", "CONFIG_FUSION_SPI"},
	{"mptsas", "CONFIG_FUSION_SAS"},
	{"dm_mod", "CONFIG_BLK_DEV_DM"},
	{"ext2", "CONFIG_EXT2_FS"},
	{"ext3", "CONFIG_EXT3_FS"},
	{"ext4", "CONFIG_EXT4_FS"},
	{"jbd", "CONFIG_JBD"},
	{"jbd2", "CONFIG_JBD2"},
	{"xfs", "CONFIG_XFS_FS"},
	{"btrfs", "CONFIG_BTRFS_FS"},
};

static bool is_in_table(struct slice symbol)
{
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++)
		if (slice_eq(symbol, symbols[i].symbol))
			return true;
	return false;
}

static bool is_asked(const strs *asked, struct slice symbol)
{
	struct slice bare;

	if (!slice_sub(symbol, 7, symbol.n - 7, &bare)) /* without CONFIG_ */
		return false;
	for (size_t i = 0; i < asked->n; i++)
		if (slice_eq(symbol, asked->v[i]) || slice_eq(bare, asked->v[i]))
			return true;
	return false;
}

/* "CONFIG_X=y", and "# CONFIG_X is not set", whose value is n. */
static bool setting_of(struct slice line, struct slice *ret_symbol,
		       struct slice *ret_value)
{
	static const char off[] = " is not set";

	if (slice_starts(line, "# CONFIG_") && slice_ends(line, off)) {
		*ret_value = slice_str("n");
		return slice_sub(line, 2, line.n - 2 - strlen(off), ret_symbol);
	}
	return slice_starts(line, "CONFIG_") &&
	       text_split(line, '=', ret_symbol, ret_value);
}

static const char *off_setting(struct slice symbol, struct arena *a)
{
	const char *name = arena_strndup(a, symbol);

	return name ? arena_printf(a, "%s=n", name) : NULL;
}

int kernel_config_parse(struct slice text, const strs *asked, struct arena *a,
			struct kernel_config *ret, strs *ret_set, struct err *e)
{
	struct kernel_config config = {strmap_new(a)};
	struct text t = text_of(text);
	struct slice line, symbol, value;

	if (!config.builtin)
		return arena_full(a, e);
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	if (text.n && slice_at(text, text.n - 1) != '\n')
		return err_set(e, ERR_CORRUPT, "cut short: its last line has no end");
	while (text_line(&t, &line)) {
		if (!setting_of(line, &symbol, &value))
			continue;
		config.any = true;
		if (slice_eq(value, "y") && is_in_table(symbol) &&
		    !strmap_set(config.builtin, symbol, (void *)(uintptr_t)t.line))
			return arena_full(a, e);
		if (is_asked(asked, symbol)) {
			const char *copy = slice_starts(line, "#")
						   ? off_setting(symbol, a)
						   : arena_strndup(a, line);

			if (!copy || !vec_push(a, ret_set, copy))
				return arena_full(a, e);
		}
	}
	*ret = config;
	return 0;
}

enum config_answer kernel_config_module(const struct kernel_config *config,
					const char *module, unsigned *ret_line)
{
	enum config_answer answer = CONFIG_UNKNOWN;

	for (size_t i = 0; config->builtin && i < ARRAY_LEN(symbols); i++) {
		uintptr_t line;

		if (!slice_eq(slice_str(module), symbols[i].module))
			continue;
		line = (uintptr_t)strmap_get(config->builtin,
					     slice_str(symbols[i].symbol));
		if (line) {
			*ret_line = (unsigned)line;
			return CONFIG_BUILTIN;
		}
		answer = CONFIG_NOT_BUILTIN;
	}
	return answer;
}
