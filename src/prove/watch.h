/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remarkable of a machine's requests: reads and writes of each watched range, the
 * first of all writes, failures, with the counters at that moment. Each is an event that
 * waits here until somebody takes it; none comes again before that, so that there is room
 * for all of them.
 */
#pragma once

#include "serve.h"

struct watch;

/* Copies the ranges, which must not reach beyond 2^64. An event's id is the number of the
 * range in the list; its time is counted from `start` (clock_ms()). */
int watch_new(const struct serve_range *ranges, size_t n, uint64_t start,
	      struct watch **ret, struct err *e);
struct watch *watch_free(struct watch *w);
static inline void watch_freep(struct watch **w)
{
	watch_free(*w);
}

/* What the machine did. */
void watch_connected(struct watch *w);
void watch_read(struct watch *w, uint64_t off, uint64_t len);
void watch_write(struct watch *w, uint64_t off, uint64_t len);
void watch_failed(struct watch *w, const struct err *why);
void watch_closed(struct watch *w);

/* The oldest event that waits, or NULL; and that it was taken. */
const struct serve_event *watch_next(const struct watch *w);
void watch_taken(struct watch *w);

/* An event on its way through the socket. */
enum { EVENT_BYTES_MAX = 3 * 4 + 5 * 8 + sizeof(((struct serve_event *)0)->why) };
struct slice event_encode(const struct serve_event *v, uint8_t buf[EVENT_BYTES_MAX]);
/* Turns the number of the range into its id; false when it makes no sense. */
_must_check_ bool event_decode(struct slice bytes, const unsigned *ids, size_t n,
			       struct serve_event *ret);
