/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a verdict to a proof: boots, again without KVM where that is no use, and tells. */
#include "prove.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "boot.h"
#include "cleanup.h"
#include "escape.h"
#include "xl_text.h"

/* An address of the range that QEMU's documentation gives to virtual machines. */
#define MAC \
	{ \
		0x52, 0x54, 0x00, 0x70, 0x72, 0x76 \
	}
#define MAC_TEXT "52:54:00:70:72:76"

static void seconds_text(uint64_t ms, char *buf, size_t size)
{
	snprintf(buf, size, "%llu.%llu s", (unsigned long long)ms / 1000,
		 (unsigned long long)ms % 1000 / 100);
}

struct seconds {
	char text[24];
};
static struct seconds seconds_of(uint64_t ms)
{
	struct seconds s;

	seconds_text(ms, s.text, sizeof(s.text));
	return s;
}
#define SECONDS(ms) (seconds_of(ms).text)

/* SeaBIOS on Xen, when it finds nothing to start, starts again after a minute. */
enum { XL_IDLE = 45000 };

static struct patience patience_of(const struct prove_options *o, bool kvm,
				   const struct setup *s)
{
	uint64_t usual = s->xl    ? PROVE_SECONDS_XL
			 : s->xen ? PROVE_SECONDS_XEN
			 : kvm    ? PROVE_SECONDS_KVM
				  : PROVE_SECONDS_TCG;
	uint64_t seconds = o->seconds ? o->seconds : usual;
	struct patience p = sight_patience(seconds * 1000, usual * 1000);

	/* The Xen host under QEMU has two processors and work of its own, and takes
	 * minutes before the guest begins. */
	if (s->lab)
		return (struct patience){.limit = seconds * 1000,
					 .settle = seconds * 1000 / 12,
					 .idle = seconds * 1000 / 12,
					 .busy = usual * 1000 / 3 * 2};
	if (s->xl && p.idle > XL_IDLE)
		p.idle = XL_IDLE;
	return p;
}

/* What runs the guest. */
static const char *runner_name(const struct boot *b)
{
	return b->setup->xl     ? "this machine's own Xen"
	       : b->setup->lab  ? "Xen under TCG"
	       : b->machine.kvm ? "KVM"
				: "TCG";
}

static int run_once(struct boot *b, bool kvm, struct err *e)
{
	static const uint8_t mac[] = MAC;
	int r;

	memcpy(b->frames.mac, mac, sizeof(mac));
	b->machine.kvm = kvm;
	b->patience = patience_of(b->options, kvm, b->setup);
	r = boot_start(b, e);
	if (r >= 0) {
		boot_tell(b, true,
			  "verdict %s; booting %swith %s%s%s (%s, no network out)",
			  answer_name(b->setup->boot_answer),
			  b->options->direct ? "straight " : "", b->setup->boot->name,
			  b->setup->card_missing ? "" : " and ",
			  b->setup->card_missing ? "" : b->setup->card->name,
			  runner_name(b));
		r = boot_watch(b, e);
	}
	return r;
}

static const char *first_line(struct arena *a, const struct strbuf *text)
{
	struct slice s = slice_str(strbuf_text(text));
	size_t end = slice_search(s, "\\n", 2);

	s.n = end < s.n ? end : s.n;
	return arena_strndup(a, s);
}

/* Did QEMU, or what has xl run the guest, end otherwise than by its guest's will? */
static bool runner_died(const struct boot *b)
{
	return b->sight.gone && !b->runner.pid && !process_went_well(&b->runner);
}

/* Did that or the Xen host die, so that the guest is not to blame? */
static bool died(const struct boot *b)
{
	bool host = b->setup->xen && b->sight.gone && !b->dom0.created && !b->dom0.failed;

	return !b->sight.root && (runner_died(b) || host);
}

static bool died_early(const struct boot *b)
{
	return died(b) && !b->sight.kernel;
}

static int tell_death(const struct boot *b, struct err *e)
{
	const char *when =
		b->sight.kernel ? "while the guest started" : "before the guest started";

	if (!runner_died(b))
		return err_set(e, ERR_IO,
			       "the Xen host ended before the guest started: --keep-log "
			       "keeps what it says");
	return err_set(e, ERR_IO, "%s ended %s: %s",
		       b->setup->xl ? "what has xl run the guest" : "QEMU", when,
		       b->complaints.n ? first_line(b->arena, &b->complaints)
				       : process_end_text(&b->runner, b->arena));
}

static bool say(struct arena *a, struct proof *p, const char *text)
{
	return text && vec_push(a, &p->evidence, text);
}

static const struct boot_file_fact *init_of(const struct facts *f)
{
	for (size_t i = 0; i < f->boot_files.n; i++)
		if (f->boot_files.v[i].what &&
		    strcmp(f->boot_files.v[i].what, "init") == 0)
			return &f->boot_files.v[i];
	return NULL;
}

static const char *printable(struct arena *a, const char *s)
{
	return escape_dup(a, slice_str(s ? s : "the first program"));
}

static bool add_pv_evidence(const struct boot *b, struct proof *p)
{
	const struct sight *s = &b->sight;

	if (s->pv)
		return say(b->arena, p,
			   arena_printf(b->arena,
					"after %s the para-virtualized driver of the "
					"disk had connected; %llu requests came from it",
					SECONDS(s->pv),
					(unsigned long long)s->pv_so_far));
	return !s->kernel ||
	       say(b->arena, p,
		   "the para-virtualized driver of the disk never connected");
}

/* What the guest reads its disk by. An emulated disk may have been taken over. */
static const char *way_of(const struct boot *b)
{
	return b->setup->xen && b->setup->boot->emulated && b->sight.pv
		       ? "the para-virtualized driver, which took the emulated disk over"
		       : b->setup->boot->name;
}

static bool add_evidence(const struct boot *b, const struct facts *f, struct proof *p)
{
	const struct sight *s = &b->sight;
	struct arena *a = b->arena;
	const struct boot_file_fact *file = init_of(f);
	const char *init = printable(a, file ? file->path : NULL);
	bool ok = init != NULL;

	if (b->options->direct)
		ok = ok && say(a, p, direct_text(b->options->direct, a)) &&
		     say(a, p,
			 "firmware and boot loader took no part: what check says "
			 "of them is not tested");
	if (ok && s->kernel)
		ok = say(a, p,
			 arena_printf(a,
				      "after %s the kernel and its initramfs "
				      "had been read%s",
				      SECONDS(s->kernel),
				      b->setup->xen ? " from the emulated disk" : ""));
	if (ok && b->setup->xen)
		ok = add_pv_evidence(b, p);
	if (ok && s->root)
		ok = say(a, p,
			 arena_printf(a, "after %s %s was read through %s",
				      SECONDS(s->root), init, way_of(b)));
	if (ok && s->wrote)
		ok = say(a, p,
			 arena_printf(a, "after %s / was written to through %s",
				      SECONDS(s->wrote), way_of(b)));
	if (ok && s->card)
		ok = say(a, p,
			 arena_printf(a, "after %s the network card sent %s",
				      SECONDS(s->card), b->frames.first));
	if (ok && b->console.hurt)
		ok = say(a, p,
			 arena_printf(a, "the serial console says: %s",
				      b->console.reason));
	if (ok && !s->root && s->gone && b->complaints.n)
		ok = say(a, p,
			 arena_printf(a, "QEMU says: %s", first_line(a, &b->complaints)));
	return ok;
}

static void fill_disk(const struct boot *b, const struct facts *f, struct proof_device *d)
{
	const struct boot_file_fact *file = init_of(f);
	const char *init = printable(b->arena, file ? file->name : NULL);
	const struct sight *s = &b->sight;
	const char *why =
		b->console.hurt && !sight_is_blind(s) ? b->console.meaning : b->why;

	d->milliseconds = s->root;
	d->outcome = b->end == SIGHT_STARTED  ? OUTCOME_WORKED
		     : b->end == SIGHT_FAILED ? OUTCOME_FAILED
					      : OUTCOME_UNCLEAR;
	d->text = s->root ? arena_printf(b->arena, "%s was read through %s after %s",
					 init ? init : "it", way_of(b), SECONDS(s->root))
			  : arena_printf(b->arena, "%s (%s)", why, SECONDS(s->now));
}

static void fill_card(const struct boot *b, struct proof_device *d)
{
	const struct sight *s = &b->sight;

	if (b->setup->card_missing)
		return;
	d->milliseconds = s->card;
	d->outcome = s->card ? OUTCOME_WORKED : OUTCOME_UNCLEAR;
	if (s->asked)
		d->text = arena_printf(b->arena, "the NIC asked for an address after %s",
				       SECONDS(s->asked));
	else if (s->card)
		d->text = arena_printf(b->arena, "the NIC sent %s after %s",
				       b->frames.first, SECONDS(s->card));
	else
		d->text = "the NIC sent nothing, which a guest that does not configure "
			  "it does not either";
}

/* The answer for the choice that is booted, which is the device's best. */
static void describe(const struct setup *s, struct proof *p)
{
	p->disk = (struct proof_device){.role = "boot-disk",
					.answer = s->boot_answer,
					.choice = s->boot ? s->boot->id : NULL,
					.name = s->boot ? s->boot->name : NULL};
	p->network = (struct proof_device){.role = "network",
					   .answer = s->card_answer,
					   .choice = s->card ? s->card->id : NULL,
					   .name = s->card ? s->card->name : NULL,
					   .text = s->card_missing};
}

static const char *join(struct arena *a, const struct proof *p)
{
	bool card = p->network.outcome == OUTCOME_WORKED;

	bool seen =
		p->disk.outcome == OUTCOME_WORKED || p->disk.outcome == OUTCOME_FAILED;

	return arena_printf(a, "%s%s%s%s", p->disk.text, card ? "; " : "",
			    card ? p->network.text : "",
			    p->result == PROOF_NONE && seen
				    ? "; the verdict is unknown, so there is nothing to "
				      "compare"
				    : "");
}

static int fill(const struct boot *b, const struct facts *f, struct proof *p,
		struct err *e)
{
	fill_disk(b, f, &p->disk);
	fill_card(b, &p->network);
	p->firmware = b->options->direct ? NULL
		      : b->setup->uefi   ? b->setup->kind->firmware
					 : "SeaBIOS";
	p->accelerator = b->setup->xl ? "Xen" : b->machine.kvm ? "KVM" : "TCG";
	p->milliseconds = b->sight.now;
	p->kernel = b->sight.kernel;
	proof_compare(p);
	p->text = join(b->arena, p);
	return p->text && p->disk.text && add_evidence(b, f, p) ? 0
								: arena_full(b->arena, e);
}

/* An emulated Xen host stands still or fails now and then. What the guest itself has not
 * told is tried again. */
static bool host_may_have_failed(const struct boot *b)
{
	const struct sight *s = &b->sight;

	return b->setup->lab &&
	       (s->faulted || s->no_guest ||
		(b->end == SIGHT_FAILED && !b->console.hurt && !s->gone && !s->init));
}

static int boot(const struct facts *f, const struct setup *setup,
		const struct prove_disk *disks, const struct prove_options *o, bool kvm,
		struct arena *a, struct proof *p, bool *ret_again, struct err *e)
{
	_cleanup_free_ struct boot *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return err_set(e, ERR_NOMEM, "out of memory");
	b->setup = setup;
	b->disks = disks;
	b->options = o;
	b->arena = a;
	b->machine.memory = o->memory ? o->memory : PROVE_MEMORY;
	b->machine.mac = MAC_TEXT;
	b->sight.wants_card = !setup->card_missing;
	b->sight.direct = o->direct != NULL;
	b->sight.wants_pv = setup->xen && !setup->boot->emulated;
	b->sight.hidden = setup->xen && xl_is_pv_only(setup, setup->starts);
	r = setup->xl ? 0 : process_find(setup->kind->program, a, &b->machine.program, e);
	if (r < 0)
		return err_wrap(e, "install the package %s", setup->kind->package);
	r = sight_choose(f, o->direct != NULL, a, &b->sight.ranges, e);
	if (r >= 0)
		r = run_once(b, kvm, e);
	/* What KVM did not bring to the kernel may be KVM's own doing. */
	*ret_again = (r >= 0 && host_may_have_failed(b)) ||
		     (kvm && (died_early(b) || (r >= 0 && sight_sees_kernel(&b->sight) &&
						!b->sight.kernel)));
	if (r >= 0 && died(b))
		r = tell_death(b, e);
	else if (r >= 0)
		r = fill(b, f, p, e);
	boot_end(b);
	return r;
}

/* Where a guest of Xen is booted. */
struct xen_hosts {
	struct xl_host xl;
	struct xen_lab lab;
};

static int find_host(const struct platform *p, const struct prove_options *o,
		     struct arena *a, struct setup *s, struct xen_hosts *h, struct err *e)
{
	const char *why = NULL;
	int r;

	if (!s->xen || s->not_provable)
		return 0;
	r = o->force_xen_lab ? 0 : xl_find(a, &h->xl, &why, e);
	if (r > 0)
		s->xl = &h->xl;
	if (r != 0)
		return r < 0 ? r : 0;
	r = o->xen_lab ? o->xen_lab(o->xen_lab_ctx, &h->lab, e) : 0;
	s->lab = &h->lab;
	if (r == 0)
		s->not_provable = arena_printf(
			a,
			"%s cannot be booted here: it needs a Xen host, and \"make "
			"xen-lab\" in paravet's source builds one that runs in QEMU%s%s",
			p->id, why ? "; this machine is one, but " : "", why ? why : "");
	return r == 0 && !s->not_provable ? arena_full(a, e) : r;
}

/* What QEMU runs on a Xen host's behalf is that host. */
static void use_direct(const struct direct *d, struct setup *s)
{
	if (!d)
		return;
	s->uefi = false;
	if (s->xen && !s->not_provable)
		s->not_provable = "a guest of Xen is not booted straight here: leave "
				  "--direct out";
	if (!s->not_provable)
		s->not_provable = d->not_provable;
}

int prove(const struct facts *f, const struct platform *p, const struct verdict *v,
	  const struct prove_disk *disks, const struct prove_options *o, struct arena *a,
	  struct proof *ret, struct err *e)
{
	struct proof proof = {.platform = p->id,
			      .platform_name = p->name,
			      .answer = v->answer,
			      .direct = o->direct != NULL};
	struct xen_hosts hosts;
	struct setup setup;
	bool again = false;
	int r = setup_choose(f, p, v, a, &setup, e);

	if (r < 0)
		return r;
	r = find_host(p, o, a, &setup, &hosts, e);
	if (r < 0)
		return r;
	use_direct(o->direct, &setup);
	describe(&setup, &proof);
	proof.text = setup.not_provable;
	if (!setup.not_provable) {
		r = boot(f, &setup, disks, o,
			 !setup.xen && setup.kind->kvm && kvm_works(), a, &proof, &again,
			 e);
		if (again) {
			err_clear(e);
			proof.evidence = (strs){0};
			r = boot(f, &setup, disks, o, false, a, &proof, &again, e);
		}
	}
	if (r >= 0)
		*ret = proof;
	return r;
}
