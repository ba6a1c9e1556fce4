/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that describe a machine, in the form of tables.c. */
#include "machine_facts.h"
#include "tables.h"

static const char *const kinds[] = {"hvm", "pv", "pvh", NULL};
static const char *const firmwares[] = {"bios", "uefi", NULL};
static const char *const devices[] = {"disk", "cdrom", "floppy", "lun", NULL};
static const char *const formats[] = {"xl", "libvirt", "vmx", "ovf", "ova", NULL};

static const struct field machine_disk_fields[] = {
	F_U64(struct machine_disk, order, "place in the description, from 1"),
	F_STR(struct machine_disk, target, "how the host names it: hda, xvda, sda, vda"),
	F_STR(struct machine_disk, bus,
	      "ide, scsi, virtio, xen, sata, nvme, usb, floppy"),
	F_STR(struct machine_disk, model, "of its controller: lsilogic, pvscsi, ..."),
	F_WORD(struct machine_disk, device, devices, "what kind of drive it is"),
	F_STR(struct machine_disk, file, "image or block device, as written"),
	F_STR(struct machine_disk, format, "of the image, when stated"),
	F_STR(struct machine_disk, storage,
	      "what the file is, when stated: file, block, network, volume, ..."),
	F_STR(struct machine_disk, pool, "of the storage volume"),
	F_STR(struct machine_disk, packed, "how the file is compressed, when it is"),
	F_STR(struct machine_disk, disk, "the disk given that has the same file name"),
	F_U64(struct machine_disk, boot_order, "from 1; 0: not stated, or not tried"),
	F_BOOL(struct machine_disk, emulated, "the guest sees emulated hardware"),
	F_BOOL(struct machine_disk, pv, "the guest sees a para-virtualized device"),
	F_BOOL(struct machine_disk, readonly, "the guest cannot write to it"),
	F_U64(struct machine_disk, line, "of the description"),
	F_STR(struct machine_disk, entry, "what the description says of it, as written"),
	F_U64(struct machine_disk, offset, "of the entry in the description, in bytes"),
	F_END};
static const struct record machine_disk_record = {
	"machine_disk", "A disk of the machine.", sizeof(struct machine_disk),
	machine_disk_fields};

static const struct field machine_nic_fields[] = {
	F_U64(struct machine_nic, order, "place in the description, from 1"),
	F_STR(struct machine_nic, type, "as written: ioemu, netfront, bridge, ..."),
	F_STR(struct machine_nic, model, "e1000, rtl8139, virtio, vmxnet3, ..."),
	F_STR(struct machine_nic, mac, "address, as written"),
	F_STR(struct machine_nic, network, "bridge or network it is on"),
	F_STR(struct machine_nic, place,
	      "on the PCI bus: 0000:01:00.0, or the number of VMware's slot"),
	F_BOOL(struct machine_nic, emulated, "the guest sees an emulated card"),
	F_BOOL(struct machine_nic, pv,
	       "the guest sees a para-virtualized card; with emulated: both"),
	F_U64(struct machine_nic, line, "of the description"),
	F_STR(struct machine_nic, entry, "what the description says of it, as written"),
	F_U64(struct machine_nic, offset, "of the entry in the description, in bytes"),
	F_END};
static const struct record machine_nic_record = {
	"machine_nic", "A network card of the machine.", sizeof(struct machine_nic),
	machine_nic_fields};

static const struct field machine_fields[] = {
	F_STR(struct machine, source, "the description, as the user named it; or null"),
	F_STR(struct machine, domain, "of libvirt, which gave the description; or null"),
	F_STR(struct machine, connection, "libvirt's, as the user named it; or null"),
	F_BOOL(struct machine, finds_disks, "none were given: they are those it names"),
	F_WORD(struct machine, format, formats, "form of the description"),
	F_STR(struct machine, name, "of the machine"),
	F_STR(struct machine, hypervisor, "xen, kvm, qemu, vmware, ..."),
	F_WORD(struct machine, kind, kinds, "hardware- or para-virtualized"),
	F_WORD(struct machine, firmware, firmwares, "what starts the boot loader"),
	F_STR(struct machine, arch, "x86_64, i686, ..."),
	F_U64(struct machine, memory, "bytes at the start; 0: not stated"),
	F_U64(struct machine, vcpus, "processors at the start; 0: not stated"),
	F_LIST(struct machine, disks, &machine_disk_record, "in the description's order"),
	F_LIST(struct machine, nics, &machine_nic_record, "in the description's order"),
	F_STRS(struct machine, remarks, "what is unusual or left open"),
	F_END};
const struct record machine_record = {"machine", "What the virtual machine is made of.",
				      sizeof(struct machine), machine_fields};
