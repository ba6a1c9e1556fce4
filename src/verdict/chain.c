/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building chains of links, and the answer that a chain gives. */
#include "chain.h"

#include <stdarg.h>
#include <stdio.h>

#include "escape.h"
#include "limits.h"

const char *say(struct judge *j, const char *fmt, ...)
{
	char small[512];
	char *text = small;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= sizeof(small)) {
		text = arena_alloc(j->arena, (size_t)n + 1);
		if (text) {
			va_start(ap, fmt);
			vsnprintf(text, (size_t)n + 1, fmt, ap);
			va_end(ap);
		}
	} else {
		text = arena_strdup(j->arena, small);
	}
	if (!text)
		j->full = true;
	return text ? text : "";
}

const char *plain(struct judge *j, const char *s)
{
	const char *text = s ? escape_dup(j->arena, slice_str(s)) : "unknown";

	if (!text)
		j->full = true;
	return text ? text : "";
}

const char *join(struct judge *j, const strs *list)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < list->n; i++) {
		if (i)
			strbuf_str(&b, i + 1 == list->n ? " and " : ", ");
		escape_text(&b, slice_str(list->v[i]));
	}
	return say(j, "%s", strbuf_text(&b));
}

struct link *add_link(struct judge *j, const char *rule, enum answer state,
		      struct source source, const char *fmt, ...)
{
	struct link *l = vec_add(j->arena, j->chain);
	char *text = NULL;
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	text = arena_strdup(j->arena, buf);
	if (!l || !text) {
		j->full = true;
		return NULL;
	}
	*l = (struct link){.rule = rule, .state = state, .text = text, .source = source};
	return l;
}

void add_remedy(struct link *l, const char *text)
{
	if (l)
		l->remedy = text;
}

bool citations_add(struct arena *a, citations *to, const platform_cites *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct platform_source *s = from->v[i].source;
		struct citation c = {s->title, s->url, from->v[i].section, s->checked};

		if (!vec_push(a, to, c))
			return false;
	}
	return true;
}

void add_cites(struct judge *j, citations *to, const platform_cites *from)
{
	j->full = !citations_add(j->arena, to, from) || j->full;
}

enum answer chain_answer(const link_list *chain, uint64_t *ret_decides)
{
	static const enum answer order[] = {ANSWER_BLOCKED, ANSWER_UNKNOWN,
					    ANSWER_FIXABLE};

	for (size_t k = 0; k < ARRAY_LEN(order); k++) {
		for (size_t i = 0; i < chain->n; i++) {
			if (chain->v[i].state == order[k]) {
				*ret_decides = i;
				return order[k];
			}
		}
	}
	*ret_decides = chain->n ? chain->n - 1 : 0;
	return chain->n ? ANSWER_READY : ANSWER_UNKNOWN;
}
