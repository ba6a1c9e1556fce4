/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From options to a guest that was read, and from documents to the terminal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

int report_failure(const struct paravet *p, int code)
{
	fprintf(stderr, "paravet: %s\n", paravet_error(p));
	return -code;
}

int guest_name(struct paravet *p, const struct guest_options *o)
{
	int r = 0;

	paravet_set_backing(p, o->backing);
	paravet_set_sandbox(p, o->sandbox);
	paravet_set_complete(p, o->complete);
	if (o->os)
		r = paravet_set_os(p, o->os);
	if (r == 0 && o->root)
		r = paravet_set_root(p, o->root);
	if (r == 0 && o->machine)
		r = paravet_set_machine(p, o->machine);
	if (r == 0 && o->domain)
		r = paravet_set_domain(p, o->domain, o->connection);
	for (unsigned i = 0; r == 0 && i < o->kernel_count; i++)
		r = paravet_add_plan_kernel(p, o->kernels[i]);
	for (unsigned i = 0; r == 0 && i < o->disk_count; i++)
		r = paravet_add_disk(p, o->disks[i].path, o->disks[i].format);
	for (unsigned i = 0; r == 0 && i < o->key_count; i++)
		r = paravet_add_key(p, o->keys[i].device, o->keys[i].path);
	if (r == 0 && o->machine_out)
		r = paravet_set_machine_output(p, o->machine_out);
	for (unsigned i = 0; r == 0 && i < o->package_count; i++)
		r = paravet_add_package(p, o->packages[i]);
	return r;
}

/* "HOME/.cache/paravet/xen-lab", where "make xen-lab" puts it, if it is there. */
static const char *cached_xen_lab(char *buf, size_t size)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	bool own = xdg && *xdg == '/';
	int n = snprintf(buf, size, "%s%s/paravet/xen-lab",
			 own    ? xdg
			 : home ? home
				: "",
			 own ? "" : "/.cache");

	return n > 0 && (size_t)n < size && access(buf, F_OK) == 0 ? buf : NULL;
}

static int name_xen_lab(struct paravet *p, const struct guest_options *o)
{
	const char *named = getenv("PARAVET_XEN_LAB");
	char buf[4096];

	named = o->xen_lab ? o->xen_lab : named && *named ? named : NULL;
	if (named)
		return paravet_set_xen_lab(p, named, 1);
	named = o->proving ? cached_xen_lab(buf, sizeof(buf)) : NULL;
	return named ? paravet_set_xen_lab(p, named, 0) : 0;
}

static int prepare(struct paravet *p, const struct guest_options *o)
{
	int r = paravet_set_platforms(p, o->on);

	paravet_set_proving(p, o->proving);
	paravet_set_applying(p, o->applying);
	paravet_set_direct(p, o->direct);
	paravet_set_time_limit(p, o->timeout);
	paravet_set_guest_memory(p, o->memory);
	if (r == 0 && o->log_dir)
		r = paravet_set_log_dir(p, o->log_dir);
	if (r == 0)
		r = name_xen_lab(p, o);
	if (r == 0)
		r = guest_name(p, o);
	return r == 0 ? paravet_read(p) : r;
}

static int set_host(struct paravet *p, const struct guest_options *o)
{
	bool configured = !o->host && *o->config.host;
	int r = paravet_set_host(p, configured ? o->config.host : o->host);

	if (r < 0)
		fprintf(stderr, "paravet: %s%s%s\n", configured ? o->config.place : "",
			configured ? ": " : "", paravet_error(p));
	return -r;
}

struct paravet *handle_open(const struct guest_options *o, int *ret_status)
{
	struct paravet *p = paravet_new();

	if (!p) {
		fputs("paravet: out of memory\n", stderr);
		*ret_status = -PARAVET_INTERNAL;
		return NULL;
	}
	*ret_status = set_host(p, o);
	if (*ret_status == 0)
		return p;
	paravet_free(p);
	return NULL;
}

struct paravet *guest_open(const struct guest_options *o, int *ret_status)
{
	struct paravet *p = handle_open(o, ret_status);
	int r;

	if (!p)
		return NULL;
	r = prepare(p, o);
	if (r == 0)
		return p;
	*ret_status = report_failure(p, r);
	paravet_free(p);
	return NULL;
}

int guest_judge(const struct command *c, struct guest_options *o, int argc, char **argv,
		paravet_document *document)
{
	struct paravet *p;
	int status = options_parse(c, argc, argv, o);
	int r;

	if (status)
		return status - 1;
	p = guest_open(o, &status);
	if (!p)
		return status;
	r = paravet_judge(p);
	if (r < 0)
		status = report_failure(p, r);
	else
		status = print_document(p, document(p, o->format, o->flags));
	if (status == 0)
		status = paravet_answer(p);
	paravet_free(p);
	return status;
}

int print_document(const struct paravet *p, const char *text)
{
	if (!text)
		return report_failure(p, paravet_error_code(p));
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF) {
		if (errno == EPIPE)
			return EXIT_CANNOT_WRITE; /* the reader has seen enough */
		fprintf(stderr, "paravet: standard output: %s\n", strerror(errno));
		return EXIT_CANNOT_WRITE;
	}
	return 0;
}
