/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client whose words were written down before, and what it was told. */
#pragma once

#include "nbd.h"
#include "put.h"

struct script {
	struct slice said;
	size_t at;
	uint8_t *told; /* room for `cap` bytes, or NULL: they are dropped */
	size_t told_n, cap;
};

static inline int script_receive(void *ctx, void *buf, size_t n, struct err *e)
{
	struct script *s = ctx;
	struct reader r = reader_of(s->said);

	rd_seek(&r, s->at);
	rd_copy(&r, buf, n);
	if (!rd_ok(&r))
		return err_set(e, ERR_ABSENT, "the script has ended");
	s->at += n;
	return 0;
}

static inline int script_send(void *ctx, const void *buf, size_t n, struct err *e)
{
	struct script *s = ctx;
	struct reader r = reader_of(slice_of(buf, n));

	if (!s->told)
		return 0;
	if (n > s->cap - s->told_n)
		return err_set(e, ERR_ABSENT, "nobody listens");
	rd_copy(&r, s->told + s->told_n, n);
	s->told_n += n;
	return 0;
}
