/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What xl is told of a guest, and what xl and XenStore tell of it. */
#pragma once

#include "qemu.h"

/* How the guest is called, and what it is made of here. */
struct xl_guest {
	const char *name, *bridge;
	const char *serial;         /* a Unix socket that the device model connects to */
	const char *const *devices; /* the block device of each disk */
};

/* Is the disk offered as a PV disk and nothing else? */
bool xl_is_pv_only(const struct setup *s, size_t disk);
/* One disk, as xl's configuration and "xl block-attach" take it (xl-disk-configuration).
 */
void xl_put_disk(const struct xl_guest *g, size_t disk, struct strbuf *out);
/* xl.cfg of the guest, without the disks that are PV and nothing else: one of these that
 * is named xvda would get an emulated twin; attached later, it does not. */
void xl_put_config(const struct setup *s, const struct setup_machine *m,
		   const struct xl_guest *g, struct strbuf *out);

/* A row of "xl list". */
struct xl_domain {
	unsigned id;
	uint64_t milliseconds; /* that its processors have had */
	bool ended;            /* shut down, crashed, or being destroyed */
	bool waits;            /* it could run, and others have the processor */
};
_must_check_ bool xl_parse_list(struct slice text, const char *name,
				struct xl_domain *ret);

/* Of the disks of a domain in XenStore: what stands in "xenstore-ls -f" below its folder
 * of the backend, "/local/domain/0/backend/vbd/5". */
struct xl_disk {
	unsigned id;
	size_t disk; /* of the setup */
	bool connected;
};
/* The number of disks; no more than `max`. */
size_t xl_parse_disks(struct slice text, struct xl_disk *ret, size_t max);
