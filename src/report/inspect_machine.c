/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `paravet inspect` says of the machine: how the guest sees each of its devices. */
#include "sections.h"

/* ", word" when there is one. */
static void put_more(struct strbuf *out, const char *s)
{
	if (!s)
		return;
	strbuf_str(out, ", ");
	put(out, s);
}

static const char *presented(bool emulated, bool pv)
{
	return emulated && pv ? "both" : emulated ? "emulated" : pv ? "PV" : "not known";
}

static void put_machine_disk(struct strbuf *out, const struct machine_disk *d)
{
	strbuf_str(out, "    ");
	put_padded(out, d->target ? d->target : "disk", 9);
	strbuf_char(out, ' ');
	put_padded(out, presented(d->emulated, d->pv), 10);
	put(out, d->bus ? d->bus : "no bus stated");
	put_more(out, d->model);
	if (!text_same(d->device, "disk"))
		put_more(out, d->device);
	put_more(out, d->file ? d->file : "empty");
	put_more(out, d->format);
	if (d->readonly && !text_same(d->device, "cdrom"))
		strbuf_str(out, ", read-only");
	if (d->boot_order)
		strbuf_printf(out, ", boots as number %llu",
			      (unsigned long long)d->boot_order);
	if (d->disk) {
		strbuf_str(out, ": is ");
		put(out, d->disk);
	}
	strbuf_printf(out, " (line %llu)\n", (unsigned long long)d->line);
}

static void put_machine_nic(struct strbuf *out, const struct machine_nic *n)
{
	strbuf_str(out, "    ");
	put_padded(out, "network", 9);
	strbuf_char(out, ' ');
	put_padded(out, presented(n->emulated, n->pv), 10);
	put(out, n->model ? n->model : "no model stated");
	put_more(out, n->type);
	put_more(out, n->mac);
	put_more(out, n->network);
	strbuf_printf(out, " (line %llu)\n", (unsigned long long)n->line);
}

void put_machine(struct strbuf *out, const struct facts *f,
		 const struct report_options *o)
{
	const struct machine *m = &f->machine;

	if (!m->source)
		return;
	heading(out, o, "Machine");
	strbuf_str(out, "  ");
	put(out, m->source);
	strbuf_str(out, ": ");
	put(out, m->format);
	put_more(out, m->name);
	put_more(out, m->hypervisor);
	put_more(out, m->kind ? m->kind : "kind not known");
	put_more(out, m->firmware);
	put_more(out, m->arch);
	if (m->memory) {
		strbuf_str(out, ", ");
		put_size(out, m->memory);
	}
	if (m->vcpus)
		strbuf_printf(out, ", %llu processor%s", (unsigned long long)m->vcpus,
			      m->vcpus == 1 ? "" : "s");
	strbuf_char(out, '\n');
	for (size_t i = 0; i < m->disks.n; i++)
		put_machine_disk(out, &m->disks.v[i]);
	for (size_t i = 0; i < m->nics.n; i++)
		put_machine_nic(out, &m->nics.v[i]);
	for (size_t i = 0; i < m->remarks.n; i++) {
		_cleanup_strbuf_ struct strbuf note = STRBUF_INIT(LIMIT_TEXT);

		put(&note, m->remarks.v[i]);
		put_wrapped(out, o, "    note: ", &note, 6);
	}
}
