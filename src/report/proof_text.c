/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet prove` for people. */
#include "proof_text.h"

#include "write.h"

enum { ROLE = 14 };

static const char *outcome_of(const struct proof *p)
{
	switch (p->disk.outcome) {
	case OUTCOME_WORKED:
		return "the guest starts";
	case OUTCOME_FAILED:
		return "the guest does not start";
	case OUTCOME_UNCLEAR:
		return "whether the guest starts was not seen";
	default:
		return "nothing was booted";
	}
}

static void put_result(const struct writer *w, const struct proof *p)
{
	static const char *const colors[] = {[PROOF_NONE] = "\033[34m",
					     [PROOF_PROVEN] = "\033[32m",
					     [PROOF_DISPROVEN] = "\033[31m"};
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(8192);

	strbuf_printf(&line, "%s%s%s: %s", w->color ? colors[p->result] : "",
		      proof_result_name(p->result), w->color ? "\033[0m" : "", p->text);
	write_wrapped(w, strbuf_text(&line), 0, 2);
}

static void put_device(const struct writer *w, const struct proof_device *d,
		       const char *outcome)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(8192);

	strbuf_printf(&line, "%s", d->name ? d->name : "no device");
	strbuf_printf(&line, ": verdict %s, %s", answer_name(d->answer), outcome);
	strbuf_str(w->out, "  ");
	write_padded(w, role_name(d->role), ROLE);
	write_wrapped(w, strbuf_text(&line), ROLE + 2, ROLE + 4);
}

static void put_boot(const struct writer *w, const struct proof *p)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(200);

	strbuf_printf(&line, "booted %s%s under %s; watched for %llu s",
		      p->direct ? "straight, without firmware and boot loader" : "by ",
		      p->direct ? "" : p->firmware, p->accelerator,
		      (unsigned long long)p->milliseconds / 1000);
	strbuf_str(w->out, "  ");
	write_wrapped(w, strbuf_text(&line), 2, 2);
}

static void put_evidence(const struct writer *w, const struct proof *p)
{
	for (size_t i = 0; i < p->evidence.n; i++) {
		strbuf_str(w->out, "  - ");
		write_wrapped(w, p->evidence.v[i], 4, 4);
	}
}

void report_proof(const struct proof *p, const struct report_options *options,
		  struct strbuf *out)
{
	struct writer w = writer_of(options, out);
	bool odd = p->result != PROOF_PROVEN;

	put_result(&w, p);
	if (!p->accelerator)
		return;
	if (options->verbose || odd) {
		put_boot(&w, p);
		put_device(&w, &p->disk, outcome_of(p));
		put_device(&w, &p->network,
			   p->network.text ? p->network.text : "not seen");
		put_evidence(&w, p);
	}
}
