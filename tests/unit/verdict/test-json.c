/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints verdicts as JSON, for the schema's test. */
#include <stdio.h>

#include "sample.h"
#include "verdict.h"

static int print(const struct strbuf *out)
{
	if (!strbuf_ok(out) || fputs(strbuf_text(out), stdout) == EOF)
		return 1;
	return 0;
}

static int judge_all(struct sample *s, verdict_list *verdicts, struct err *e)
{
	platform_list platforms;
	int r = platform_load_dir(PLATFORMS, NULL, s->arena, &platforms, e);

	for (size_t i = 0; r >= 0 && i < platforms.n; i++) {
		struct verdict *v = vec_add(s->arena, verdicts);

		r = v ? verdict_judge(&s->facts, platforms.v[i], NULL, s->arena, v, e)
		      : arena_full(s->arena, e);
	}
	return r;
}

int main(void)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(4 << 20);
	verdict_list verdicts = {0};
	struct err e = ERR_INIT;
	struct sample s;
	int r;

	sample_init(&s);
	s.facts.disks.v[0].name = "a \"strange\"\n\xff name";
	r = judge_all(&s, &verdicts, &e);
	if (r < 0)
		fprintf(stderr, "%s\n", e.text);
	else
		verdict_to_json(&s.facts, &verdicts, &out);
	sample_done(&s);
	return r < 0 ? 1 : print(&out);
}
