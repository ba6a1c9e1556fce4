/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the words of a client of the NBD server, and as an event of its process.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../unit/prove/script.h"
#include "clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DISK = 64 * 1024 + 100, LIMIT = 10 * COW_BLOCK };

static void converse(struct blocks *disk, int scratch, struct slice said)
{
	static const struct serve_range ranges[] = {{0, 512, 1}, {8192, 4096, 2}};
	struct script script = {.said = said};
	struct nbd_io io = {script_receive, script_send, &script};
	struct nbd_export x = {.name = "disk"};
	struct err e = ERR_INIT;

	if (cow_new(disk, scratch, LIMIT, &x.cow, &e) == 0 &&
	    watch_new(ranges, ARRAY_LEN(ranges), clock_ms(), &x.watch, &e) == 0 &&
	    nbd_serve(&x, &io, &e) < 0 && e.code != ERR_ABSENT && e.code != ERR_CORRUPT)
		__builtin_trap();
	if (lseek(scratch, 0, SEEK_END) > LIMIT)
		__builtin_trap();
	watch_free(x.watch);
	cow_free(x.cow);
}

static void decode(struct slice said)
{
	static const unsigned ids[] = {7, 8};
	struct serve_event v;

	if (event_decode(said, ids, ARRAY_LEN(ids), &v) &&
	    (v.kind >= SERVE_EVENT_KIND_COUNT || !memchr(v.why, '\0', sizeof(v.why))))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[DISK];
	struct slice said = slice_of(data, size);
	struct blocks *disk = NULL;
	struct err e = ERR_INIT;
	int scratch = memfd_create("scratch", MFD_CLOEXEC);

	if (scratch >= 0 && blocks_memory(slice_of(bytes, DISK), &disk, &e) == 0)
		converse(disk, scratch, said);
	decode(said);
	blocks_free(disk);
	close(scratch);
	return 0;
}
