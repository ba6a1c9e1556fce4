/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of any content, as a worker that an image has taken over might send them, are
 * judged under a platform and reported. */
#include <stdlib.h>

#include "plan_text.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char platform_text[] =
	"{format: '1', id: t, name: T, summary: s, archs: [x86_64], firmware: [bios, "
	"uefi], "
	"sources: [{id: b, title: B, url: u}], "
	"drivers: [{id: bus, name: bus, modules: [virtio_pci], options: [CONFIG_A], "
	"binds: ['pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00']}, "
	"{id: d, name: D, modules: [virtio_blk], binds: ['virtio:d00000002v00001AF4'], "
	"cite: [b]}], "
	"devices: [{role: boot-disk, choices: &c [{id: x, name: X, driver: d, needs: "
	"[bus], "
	"disk-prefix: vd}]}, {role: disk, choices: *c}, "
	"{role: network, choices: [{id: n, name: N, driver: d, not-with: [virtio]}]}], "
	"remedies: [{id: r, mends: driver, flavours: ['cloud*'], unless-package: "
	"'p-{release}', ready-after: true, text: 'get {module}'}], "
	"support: [{id: s, distros: [debian], from: '6', answer: disputed, verified: "
	"true, "
	"cite: [b]}], "
	"steps: [{id: n, where: guest, each: disk, mends: [names], edit: names, title: "
	"'{disk} {target}', commands: ['x {disk}'], verified: true, cite: [b]}, "
	"{id: a, where: guest, each: nic, mends: [alias, driver], edit: alias, title: "
	"'{card} {driver}', verified: true, cite: [b]}, "
	"{id: m, where: host, each: disk, edit: machine-disk, title: '{disk}', verified: "
	"false, cite: [b]}, "
	"{id: i, where: host, each: nic, edit: machine-nic, title: '{kernel}', verified: "
	"false, cite: [b]}]}";

static void plan(const struct facts *f, const struct platform *p, const struct verdict *v,
		 struct arena *a)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(4 << 20);
	struct report_options o = {.verbose = true};
	struct err e = ERR_INIT;
	struct plan plan;

	if (plan_make(f, p, v, &(struct plan_options){0}, a, &plan, &e) < 0)
		return;
	plan_to_json(f, &plan, &out);
	report_plan(f, &plan, &o, &out);
	report_plan_markdown(f, &plan, &o, &out);
}

static void judge(const struct facts *f, struct arena *a)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(4 << 20);
	struct report_options o = {.verbose = true};
	struct err e = ERR_INIT;
	struct platform *p;
	verdict_list list = {0};
	struct verdict v;

	if (platform_parse(slice_str(platform_text), "fuzz.yaml", a, &p, &e) < 0)
		abort();
	if (verdict_judge(f, p, NULL, a, &v, &e) < 0 || !vec_push(a, &list, v))
		return;
	verdict_to_json(f, &list, &out);
	report_text(f, &list, &o, &out);
	o.verbose = false;
	report_text(f, &list, &o, &out);
	report_facts(f, &o, &out);
	plan(f, p, &v, a);
	if (verdict_exit_status(&list) > 3)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(8 << 20);
	struct err e = ERR_INIT;
	struct facts f;

	if (!a)
		return 0;
	if (facts_from_json(slice_of(data, size), a, &f, &e) == 0)
		judge(&f, a);
	arena_free(a);
	return 0;
}
