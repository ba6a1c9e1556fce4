/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a virtual machine is made of, as its description says: an xm or xl configuration,
 * libvirt XML, a VMware VMX file, an OVF envelope. Nothing is filled in by guessing: what
 * the description leaves open is NULL, 0 or false, and a remark says so where it matters.
 *
 * `emulated` and `pv` say how a device is presented to the guest. Both are true where the
 * guest is offered both at once (a Xen network card without a type), neither is where the
 * description does not say. Xen also offers a para-virtualized path to every emulated
 * disk of an HVM guest; that is no property of the description and is not told here.
 *
 * `entry` is the text of a device: the content of the string in an xm or xl list, or the
 * whole element of libvirt's XML. It is NULL where one device has no single text: in VMX
 * and OVF, and in xm when a string is put together from several.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vec.h"

struct machine_disk {
	uint64_t order;      /* place in the description, from 1 */
	const char *target;  /* "hda", "xvda", "sda", "vda": how the host names it */
	const char *bus;     /* "ide", "scsi", "virtio", "xen", "sata", "nvme", "usb",
				"floppy" */
	const char *model;   /* of its controller: "lsilogic", "pvscsi", "virtio-scsi" */
	const char *device;  /* "disk", "cdrom", "floppy", "lun" */
	const char *file;    /* image or block device, as written */
	const char *format;  /* "raw", "qcow2", "vmdk"; NULL: not stated */
	const char *storage; /* what `file` is, as libvirt has it: "file", "block",
				"network", "volume"; "script" of Xen, "delta" and
				"pieces" of OVF; NULL: not stated */
	const char *pool;    /* of the storage volume `file` */
	const char *packed;  /* how the file is compressed: "gzip"; NULL: it is not */
	const char *disk;    /* the disk given that has the same file name, or NULL */
	uint64_t boot_order; /* from 1; 0: not stated, or not tried */
	bool emulated, pv;
	bool readonly;
	uint64_t line;
	const char *entry; /* what the description says of it, as written */
	uint64_t offset;   /* of the entry in the description, in bytes */
};

struct machine_nic {
	uint64_t order;
	const char *type;    /* as written: "ioemu", "netfront", "bridge", "network" */
	const char *model;   /* "e1000", "rtl8139", "virtio", "vmxnet3" */
	const char *mac;     /* as written */
	const char *network; /* bridge or network it is on */
	const char *place;   /* on the PCI bus: "0000:01:00.0" as libvirt has it, "192" as
				VMware numbers slots; NULL: not stated */
	bool emulated, pv;
	uint64_t line;
	const char *entry;
	uint64_t offset;
};

struct machine {
	const char *source;     /* the description, as the user named it; NULL: none */
	const char *domain;     /* of libvirt, which gave the description; NULL: a file */
	const char *connection; /* as the user named it; NULL: the usual one */
	bool finds_disks;       /* the disks are those that it names: none were given */
	const char *format;     /* "xl" (and xm), "libvirt", "vmx", "ovf", "ova" */
	const char *name;       /* of the machine */
	const char *hypervisor; /* "xen", "kvm", "qemu", "vmware", ... */
	const char *kind;       /* "hvm", "pv", "pvh" */
	const char *firmware;   /* "bios", "uefi" */
	const char *arch;       /* "x86_64", "i686", ... */
	uint64_t memory;        /* bytes at the start */
	uint64_t vcpus;         /* at the start */
	VEC(struct machine_disk) disks;
	VEC(struct machine_nic) nics;
	strs remarks; /* sentences */
};
