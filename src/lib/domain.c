/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domains of libvirt. Its own virsh is asked, as a child process with a time limit:
 * linking the library would bring 55 others and its threads into this process, and an
 * answer that never comes would hold it. Nothing but virsh's answers comes from there;
 * the XML is read by the worker like any description.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "text.h"

static const char *const program = "virsh";

enum {
	/* A daemon that is started for the question, or another machine, takes seconds.
	 */
	ANSWER_MS = 30000,
	MEMORY_MIB = 2048,
	SECONDS = 30, /* of processor time */
	COMPLAINT_MAX = 4096
};

/* Whom virsh asks and how it signs in, of this process's environment. */
static const char *const passed_on[] = {"HOME",
					"USER",
					"XDG_RUNTIME_DIR",
					"XDG_CONFIG_HOME",
					"SSH_AUTH_SOCK",
					"LIBVIRT_DEFAULT_URI",
					"LIBVIRT_AUTH_FILE"};

int paravet_set_domain(struct paravet *p, const char *domain, const char *uri)
{
	err_clear(&p->error);
	if (p->root || p->disks.n || p->machine || p->was_read)
		return handle_misuse(p,
				     "a domain finds its disks: it is named alone, and "
				     "before it is read");
	p->domain = arena_strdup(p->arena, domain);
	p->domain_uri = uri ? arena_strdup(p->arena, uri) : NULL;
	p->machine = arena_printf(p->arena, "domain %s", domain);
	if (!p->domain || !p->machine || (uri && !p->domain_uri))
		arena_full(p->arena, &p->error);
	else
		p->finding = true;
	return handle_status(p);
}

static int make_environment(struct arena *a, strs *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++) {
		const char *value = getenv(passed_on[i]), *word;

		if (!value)
			continue;
		word = arena_printf(a, "%s=%s", passed_on[i], value);
		if (!word || !vec_push(a, ret, word))
			return arena_full(a, e);
	}
	return 0;
}

/* What the program complains of until it ends, or the time is up: false. */
static bool hear(struct process *child, char *buf, size_t cap, size_t *ret)
{
	uint64_t end = clock_ms() + ANSWER_MS;

	*ret = 0;
	while (!process_has_ended(child)) {
		struct pollfd p = {.fd = child->errors, .events = POLLIN};
		ssize_t n;

		if (clock_ms() >= end)
			return false;
		if (*ret == cap) /* the rest says no more */
			*ret = 0;
		n = poll(&p, 1, 20) > 0 ? read(child->errors, buf + *ret, cap - *ret) : 0;
		*ret += n > 0 ? (size_t)n : 0;
		if (n == 0 && p.revents)
			poll(NULL, 0, 1); /* it has closed that, and is about to end */
	}
	return true;
}

/* The last line that says anything: "error: Domain not found: ...". */
static struct slice complaint(struct slice said)
{
	struct slice last = text_last_line(said), rest;

	return slice_after(last, "error:", &rest) ? text_trim(rest) : last;
}

static bool holds(struct slice s, const char *words)
{
	return slice_search(s, words, strlen(words)) < s.n;
}

/* Its complaint, and what to do about it. */
static int explain(struct slice said, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(COMPLAINT_MAX * 4 + 1);

	escape_text(&text, complaint(said));
	if (holds(said, "failed to connect to the hypervisor"))
		return err_set(e, ERR_PROGRAM,
			       "%s: %s: is libvirt running here? -c URI names another "
			       "connection, as qemu:///session",
			       program, strbuf_text(&text));
	return err_set(e, ERR_ABSENT, "%s: %s%s", program, strbuf_text(&text),
		       holds(said, "failed to get domain")
			       ? ": virsh list --all shows those there are, -c URI names "
				 "another connection"
			       : "");
}

/* Runs virsh with these words; what it prints goes to `out`. */
static int ask(struct paravet *p, const strs *words, int out, struct err *e)
{
	static const struct process_limits limits = {.memory = (uint64_t)MEMORY_MIB << 20,
						     .seconds = SECONDS,
						     .written = LIMIT_MACHINE_FILE + 1};
	struct process child = PROCESS_NONE;
	char buf[COMPLAINT_MAX];
	strs environment = {0};
	struct process_options o = {
		.limits = &limits, .output_fd = out, .environment = &environment};
	size_t n = 0;
	bool ended;
	int r = make_environment(p->arena, &environment, e);

	if (r >= 0)
		r = process_start(words, &o, &child, e);
	if (r < 0)
		return r;
	ended = hear(&child, buf, sizeof(buf), &n);
	process_end(&child);
	if (!ended)
		return err_set(e, ERR_LIMIT, "libvirt did not answer within %d seconds",
			       ANSWER_MS / 1000);
	if (process_went_well(&child))
		return 0;
	return n ? explain(slice_of(buf, n), e)
		 : err_set(e, ERR_ABSENT, "%s: %s", program,
			   process_end_text(&child, p->arena));
}

/* virsh COMMAND with the options given, which end in NULL. */
static int command(struct paravet *p, const char *const *options, int *ret_fd,
		   struct err *e)
{
	const char *full, *first[] = {"--readonly", "--quiet",
				      p->domain_uri ? "--connect" : NULL, p->domain_uri};
	_cleanup_close_ int fd = memfd_create("virsh", MFD_CLOEXEC);
	strs words = {0};
	bool added;
	int r = process_find(program, p->arena, &full, e);

	/* What is written anew has the mode of what it was made of. */
	if (fd >= 0 && fchmod(fd, 0600) < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	if (r < 0)
		return err_set(e, ERR_PROGRAM,
			       "%s is not installed, which asks libvirt: install the "
			       "package libvirt-clients (Debian, Ubuntu) or "
			       "libvirt-client (Fedora, RHEL, SUSE)",
			       program);
	if (fd < 0)
		return err_set(e, ERR_IO, "memfd_create: %s", strerror(errno));
	added = vec_push(p->arena, &words, full);
	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		added = added && (!first[i] || vec_push(p->arena, &words, first[i]));
	for (; *options; options++)
		added = added && vec_push(p->arena, &words, *options);
	r = added ? ask(p, &words, fd, e) : arena_full(p->arena, e);
	if (r >= 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* The same, of which the answer is a few lines. */
static int short_answer(struct paravet *p, const char *const *options, char *buf,
			size_t cap, struct slice *ret, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int r = command(p, options, &fd, e);
	ssize_t n = r < 0 ? 0 : pread(fd, buf, cap, 0);

	*ret = text_trim(slice_of(buf, n > 0 ? (size_t)n : 0));
	return r;
}

/* "qemu+ssh://root@host/system" is on another machine, and so are the disks. */
static int refuse_remote(struct paravet *p, struct err *e)
{
	static const char *const options[] = {"uri", NULL};
	struct slice uri = slice_str(p->domain_uri ? p->domain_uri : ""), rest;
	char buf[LIMIT_PATH];
	size_t at = slice_search(uri, "://", 3);
	int r = 0;

	if (at == uri.n) { /* none, or a name of its configuration */
		r = short_answer(p, options, buf, sizeof(buf), &uri, e);
		at = slice_search(uri, "://", 3);
	}
	if (r < 0 || !slice_sub(uri, at + 3, uri.n - at - 3, &rest) || rest.n == 0 ||
	    slice_at(rest, 0) == '/' || slice_at(rest, 0) == '?')
		return r;
	return err_set(
		e, ERR_UNSUPPORTED,
		"%s is another machine, and so the disks are not here: run paravet "
		"there, or copy the disks and name them and the output of `virsh "
		"dumpxml` by --machine",
		escape_short(uri).text);
}

/* "State:          shut off" */
static bool says(struct slice info, const char *key, const char *value)
{
	struct text lines = text_of(info);
	struct slice line, left, right;

	while (text_line(&lines, &line))
		if (text_split(line, ':', &left, &right) &&
		    slice_eq(text_trim(left), key))
			return slice_eq(text_trim(right), value);
	return false;
}

static int take_state(struct paravet *p, struct err *e)
{
	const char *const options[] = {"dominfo", "--domain", p->domain, NULL};
	char buf[COMPLAINT_MAX];
	struct slice info;
	int r = short_answer(p, options, buf, sizeof(buf), &info, e);

	/* What it does not tell is taken for the worse. */
	p->domain_runs = !says(info, "State", "shut off");
	p->domain_saved = says(info, "Managed save", "yes");
	return r;
}

int domain_describe(struct paravet *p, struct err *e)
{
	const char *const options[] = {"dumpxml", "--inactive", "--domain", p->domain,
				       NULL};
	int r = refuse_remote(p, e);

	if (r >= 0)
		r = take_state(p, e);
	if (r >= 0)
		r = command(p, options, &p->machine_fd, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(p->machine)).text) : 0;
}

int domain_volume(struct paravet *p, const char *pool, const char *volume,
		  const char **ret, struct err *e)
{
	const char *const options[] = {"vol-path", "--pool", pool, "--vol", volume, NULL};
	char buf[LIMIT_PATH];
	struct slice path;
	int r = short_answer(p, options, buf, sizeof(buf), &path, e);

	if (r < 0)
		return r;
	if (slice_at(path, 0) != '/')
		return err_set(e, ERR_UNSUPPORTED,
			       "it is the volume %s of the storage pool %s, which is no "
			       "file or block device",
			       escape_short(slice_str(volume)).text,
			       escape_short(slice_str(pool)).text);
	*ret = arena_strndup(p->arena, path);
	return *ret ? 0 : arena_full(p->arena, e);
}

const char *domain_remark(const struct paravet *p)
{
	return !p->domain        ? NULL
	       : p->domain_runs  ? "libvirt says that the domain is not shut off: what "
				   "its disks hold may change while they are read"
	       : p->domain_saved ? "the domain has a saved state, with which it starts "
				   "next: its disks are not those of a fresh start"
				 : NULL;
}

int domain_check_change(const struct paravet *p, struct err *e)
{
	struct escaped name = escape_short(slice_str(p->domain ? p->domain : ""));

	if (!domain_remark(p))
		return 0;
	if (p->domain_runs)
		return err_set(
			e, ERR_REFUSED,
			"the domain %s is not shut off: shut it down first, or see "
			"what would be changed with --dry-run",
			name.text);
	return err_set(e, ERR_REFUSED,
		       "the domain %s has a saved state, which would go on with other "
		       "disks: start it and shut it down, or take the state away with "
		       "`virsh managedsave-remove`",
		       name.text);
}
