/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Judges a guest again and again, each time with other damage on its disks, and holds
 * what must never happen: a crash, more than 5 seconds of processor time, more than 64
 * MiB of memory, an answer that is stronger than that of the undamaged guest.
 *
 *     hostile CASES SEED PLATFORMS DISK...     prints a line for each failure
 *
 * A case is its own process. It is named by its number, so that `FIRST-LAST` in the place
 * of CASES repeats some of them.
 *
 *     hostile each PLATFORMS DISK...           each disk as it is, a guest of its own
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assembly.h"
#include "damage.h"
#include "limits.h"
#include "verdict.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum {
	DISKS_MAX = 4,
	PLATFORMS_MAX = 32,
	SECONDS = 5,
	HUNG_SECONDS = 120, /* by the clock, whatever else this machine does */
	MEMORY_KIB = 64 * 1024,
};

/* How a guest fared; of devices, the best answer of each role. */
struct outcome {
	bool judged;
	struct {
		uint8_t all, boot_disk, disk, network;
	} ranks[PLATFORMS_MAX];
};

/* What the processes share. */
struct shared {
	struct outcome outcome;
	struct touched touched[DISKS_MAX];
	uint64_t sizes[DISKS_MAX];
};

struct suite {
	struct arena *arena;
	platform_list platforms;
	strs asked, options;
	char **disks;
	size_t n;
	struct shared *shared;
};

/* No answer and "it cannot" promise nothing. */
static uint8_t rank(enum answer a)
{
	return a == ANSWER_READY ? 2 : a == ANSWER_FIXABLE ? 1 : 0;
}

static void raise_to(uint8_t *best, enum answer a)
{
	if (rank(a) > *best)
		*best = rank(a);
}

static void note(struct outcome *o, size_t platform, const struct verdict *v)
{
	o->ranks[platform].all = rank(v->answer);
	for (size_t i = 0; i < v->devices.n; i++) {
		const struct device_verdict *d = &v->devices.v[i];

		if (strcmp(d->role, "boot-disk") == 0)
			raise_to(&o->ranks[platform].boot_disk, d->answer);
		else if (strcmp(d->role, "disk") == 0)
			raise_to(&o->ranks[platform].disk, d->answer);
		else if (strcmp(d->role, "network") == 0)
			raise_to(&o->ranks[platform].network, d->answer);
	}
}

static int judge(const struct suite *s, const struct facts *f, struct arena *a,
		 struct err *e)
{
	struct verdict_options none = {0};

	for (size_t i = 0; i < s->platforms.n && i < PLATFORMS_MAX; i++) {
		struct verdict v = {0};
		int r = !platform_reads_disks(s->platforms.v[i])
				? 0
				: verdict_judge(f, s->platforms.v[i], &none, a, &v, e);

		if (r < 0)
			return r;
		note(&s->shared->outcome, i, &v);
	}
	return 0;
}

/* The files behind an image lie beside it. */
static int open_beside(void *ctx, unsigned from, const char *name, int *ret_fd,
		       unsigned *ret_id, struct err *e)
{
	static unsigned opened = DISKS_MAX;
	const char *disk = ctx, *slash = strrchr(disk, '/');
	char path[4096];

	if (from > 0 || strchr(name, '/'))
		return err_set(e, ERR_REFUSED, "%s is not opened here", name);
	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - disk) : 0, disk,
		 name);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	*ret_id = opened++;
	return *ret_fd >= 0 ? 0 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

/* As they go from the worker to its parent. */
static int judge_as_told(const struct suite *s, const struct facts *f, struct arena *a,
			 struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct facts told = {0};
	int r;

	facts_to_json(f, &out);
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "more facts than are told");
	r = facts_from_json(slice_str(strbuf_text(&out)), a, &told, e);
	if (r >= 0)
		return judge(s, &told, a, e);
	e->code = ERR_BUG;
	return err_wrap(e, "facts that are not taken");
}

/* One guest from the start. Errors are answers: there is no verdict then. */
static int run(struct suite *s, const struct damage *damages, bool record, struct err *e)
{
	struct blocks_opener opener = {.open = open_beside};
	struct assembly_disk disks[DISKS_MAX] = {0};
	struct arena *a = arena_new(LIMIT_FACTS), *scratch = arena_new(LIMIT_SCRATCH);
	struct assembly as = {0};
	struct facts facts = {.format = FACTS_FORMAT,
			      .program = "hostile",
			      .asked = s->asked,
			      .asked_configs = s->options};
	struct guest g = {.arena = a, .scratch = scratch, .facts = &facts};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n; i++) {
		struct blocks *image = NULL;
		int fd = open(s->disks[i], O_RDONLY | O_CLOEXEC);

		disks[i].name = opener.ctx = s->disks[i];
		r = fd < 0 ? err_set(e, ERR_IO, "%s: %s", s->disks[i], strerror(errno))
			   : blocks_open(fd, NULL, &opener, a, &disks[i].chain, &image,
					 e);
		if (r >= 0)
			s->shared->sizes[i] = image->size;
		if (r >= 0)
			r = blocks_damaged(image, &damages[i],
					   record ? &s->shared->touched[i] : NULL,
					   &disks[i].blocks, e);
	}
	if (r >= 0)
		r = assembly_build(&as, disks, s->n, &g, e);
	if (r >= 0)
		r = verdict_asked_of_root(&facts, a, &facts.asked, e);
	if (r >= 0 && g.tree)
		r = guest_read(&g, e);
	if (r >= 0)
		r = judge_as_told(s, &facts, a, e);
	s->shared->outcome.judged = r >= 0;
	assembly_done(&as);
	return r;
}

/* A child that a bug was seen in does not end as if nothing had been. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1";
}

/* Runs in a process of its own; returns what is wrong with how it ended, or NULL. */
static const char *run_apart(struct suite *s, const struct damage *damages, bool record)
{
	static char text[100];
	struct rusage used;
	int status;
	pid_t pid;

	s->shared->outcome = (struct outcome){0};
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct rlimit seconds = {SECONDS, SECONDS + 1};
		struct err e = ERR_INIT;

		setrlimit(RLIMIT_CPU, &seconds);
		alarm(HUNG_SECONDS);
		if (run(s, damages, record, &e) < 0 && e.code == ERR_BUG) {
			fprintf(stderr, "%s\n", e.text);
			_exit(3);
		}
		_exit(0);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0)
		return strerror(errno);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGXCPU ? "took more than 5 seconds"
						   : strsignal(WTERMSIG(status));
	if (WEXITSTATUS(status)) {
		snprintf(text, sizeof(text), "exit status %d", WEXITSTATUS(status));
		return text;
	}
	/* The sanitizer has a shadow of all memory. */
	if (!SANITIZED && used.ru_maxrss > MEMORY_KIB) {
		snprintf(text, sizeof(text), "took %ld KiB of memory", used.ru_maxrss);
		return text;
	}
	return NULL;
}

/* The first platform and device whose answer is stronger than it was. */
static const char *stronger(const struct suite *s, const struct outcome *whole,
			    const struct outcome *o)
{
	static char text[100];

	for (size_t i = 0; i < s->platforms.n && i < PLATFORMS_MAX; i++) {
		const char *what =
			o->ranks[i].all > whole->ranks[i].all               ? "guest"
			: o->ranks[i].boot_disk > whole->ranks[i].boot_disk ? "boot disk"
			: o->ranks[i].disk > whole->ranks[i].disk           ? "data disks"
			: o->ranks[i].network > whole->ranks[i].network     ? "network"
									    : NULL;

		if (!what)
			continue;
		snprintf(text, sizeof(text), "a stronger answer on %s: %s",
			 s->platforms.v[i]->id, what);
		return text;
	}
	return NULL;
}

/* The case's own numbers, so that it is the same whichever others are run. */
static void choose(const struct suite *s, uint64_t seed, uint64_t number,
		   struct damage *ret)
{
	uint64_t random =
		(seed + 1) * 0x9e3779b97f4a7c15 ^ (number + 1) * 0xbf58476d1ce4e5b9;
	size_t disk = 0;

	for (int i = 0; i < 8; i++)
		damage_random(&random);
	disk = (size_t)(damage_random(&random) % s->n);
	damage_choose(&random, &s->shared->touched[disk], s->shared->sizes[disk],
		      &ret[disk]);
}

static unsigned run_cases(struct suite *s, uint64_t first, uint64_t last, uint64_t seed)
{
	struct damage none[DISKS_MAX] = {0};
	const char *wrong = run_apart(s, none, true);
	struct outcome whole = s->shared->outcome;
	unsigned failures = 0;

	if (wrong || !whole.judged) {
		printf("%s: undamaged: %s\n", s->disks[0], wrong ? wrong : "no answer");
		return 1;
	}
	for (uint64_t i = first; i <= last; i++) {
		struct damage damages[DISKS_MAX] = {0};
		size_t hit = 0;

		choose(s, seed, i, damages);
		while (damages[hit].kind == DAMAGE_NONE)
			hit++;
		wrong = run_apart(s, damages, false);
		if (!wrong)
			wrong = stronger(s, &whole, &s->shared->outcome);
		if (wrong)
			printf("%s: case %" PRIu64 " (%s): %s\n", s->disks[hit], i,
			       damage_text(&damages[hit]), wrong);
		failures += wrong ? 1 : 0;
	}
	return failures;
}

static int set_up(struct suite *s, const char *platforms, struct err *e)
{
	static const strs all = {0};
	int r;

	s->arena = arena_new((size_t)64 << 20);
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!s->arena || s->shared == MAP_FAILED)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = platform_load_dir(platforms, &all, s->arena, &s->platforms, e);
	if (r >= 0)
		r = verdict_asked_modules(&s->platforms, s->arena, &s->asked, e);
	if (r >= 0)
		r = platform_asked_options(&s->platforms, s->arena, &s->options, e);
	return r;
}

/* Disks that somebody damaged: any answer will do. */
static unsigned run_each(struct suite *s)
{
	struct damage none[DISKS_MAX] = {0};
	char **end = s->disks + s->n;
	unsigned failures = 0;

	s->n = 1;
	for (; s->disks < end; s->disks++) {
		const char *wrong = run_apart(s, none, false);

		if (wrong)
			printf("%s: %s\n", s->disks[0], wrong);
		failures += wrong ? 1 : 0;
	}
	return failures;
}

static int usage(void)
{
	fprintf(stderr, "usage: hostile CASES|FIRST-LAST SEED PLATFORMS DISK...\n"
			"       hostile each PLATFORMS DISK...\n");
	return 64;
}

static unsigned run_numbered(struct suite *s, const char *cases, const char *seed)
{
	char *end;
	uint64_t first = strtoull(cases, &end, 10);
	uint64_t last = *end == '-' ? strtoull(end + 1, NULL, 10) : first - 1;

	return run_cases(s, *end == '-' ? first : 0, last, strtoull(seed, NULL, 10));
}

int main(int argc, char **argv)
{
	bool each = argc > 1 && strcmp(argv[1], "each") == 0;
	int before = each ? 3 : 4; /* the disks */
	struct suite s = {.disks = argv + before,
			  .n = argc > before ? (size_t)(argc - before) : 0};
	struct err e = ERR_INIT;
	unsigned failures;

	if (s.n == 0 || (s.n > DISKS_MAX && !each))
		return usage();
	if (set_up(&s, argv[before - 1], &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 99;
	}
	failures = each ? run_each(&s) : run_numbered(&s, argv[1], argv[2]);
	arena_free(s.arena);
	return failures ? 1 : 0;
}
