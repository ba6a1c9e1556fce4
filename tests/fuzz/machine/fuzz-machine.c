/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A description of any bytes is a machine, or is refused with a sentence; what was read
 * can be written as facts and matched with disks. */
#include <stdlib.h>

#include "facts.h"
#include "images.h"
#include "machine.h"
#include "strbuf.h"
#include "tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct arena *a, struct machine *m)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(32 << 20);
	struct err e = ERR_INIT;
	struct machine back;
	machine_image_list images = {0};
	strs names = {0};

	if (!m->source || !m->format)
		abort();
	if (!vec_push(a, &names, "disk.img") || !vec_push(a, &names, "b/disk.img") ||
	    machine_match_disks(m, &names, a, &e) < 0)
		return;
	if (machine_images(m, a, &images, &e) >= 0)
		machine_match_images(m, &images);
	record_write(&machine_record, m, &out);
	if (strbuf_ok(&out) &&
	    record_read(&machine_record, slice_of(out.s, out.n), a, &back, &e) < 0 &&
	    e.code != ERR_LIMIT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(16 << 20);
	struct machine m = {0};
	struct err e = ERR_INIT;

	if (!a)
		return 0;
	if (machine_parse(slice_of(data, size), "fuzz", a, &m, &e) >= 0)
		use(a, &m);
	else if (!e.text[0])
		abort();
	arena_free(a);
	return 0;
}
