/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest prints on its serial console, where it prints there at all: kept for the
 * log, and searched for lines that say why a start failed.
 */
#pragma once

#include "strbuf.h"

struct serial {
	struct strbuf line;  /* the one being printed */
	bool hurt;           /* a line said that the start failed */
	bool excused;        /* for a reason that no device is to blame for */
	char reason[400];    /* that line, escaped; "" */
	const char *meaning; /* what it says, for people */
	unsigned long lines; /* whole ones so far */
};

#define SERIAL_INIT \
	{ \
		.line = STRBUF_INIT(4096) \
	}

void serial_feed(struct serial *s, struct slice bytes);
void serial_done(struct serial *s);
