/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest.h"

#include <stdio.h>

#include "limits.h"

/* In this order: the kernels are matched with packages and boot entries, modules and
 * initramfs are looked for per kernel. */
static const struct guest_reader *const guest_readers[] = {
	&read_os,         &read_boot_places,  &read_bootloader,      &read_menu_settings,
	&read_dpkg,       &read_rpm,          &read_pacman,          &read_apk,
	&read_kernels,    &read_modprobe,     &read_modules,         &read_initramfs,
	&read_names,      &read_lvm_settings, &read_network,         &read_startup,
	&read_boot_files, &read_stored_files, &read_module_settings,
};

/* Those that find the kernels, and which of them starts. */
static const struct guest_reader *const kernel_readers[] = {
	&read_os,  &read_boot_places, &read_bootloader, &read_dpkg,
	&read_rpm, &read_pacman,      &read_apk,        &read_kernels,
};

/* Those that tell a system from others, and what its boot menu has. */
static const struct guest_reader *const start_readers[] = {&read_os, &read_boot_places,
							   &read_bootloader};

/* A reader's failure is a problem of the guest, not of the program, unless nothing can be
 * read any more. */
static bool ends_inspection(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_BUG;
}

static int run(struct guest *g, const struct guest_reader *const *readers, size_t n,
	       struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct guest_reader *reader = readers[i];
		struct arena_mark mark = arena_mark(g->scratch);
		struct err why = ERR_INIT;
		int r = reader->read(g, &why);

		arena_rewind(g->scratch, mark);
		if (r < 0 && ends_inspection(why.code)) {
			*e = why;
			return r;
		}
		if (r < 0) {
			r = guest_problem(g, reader->name, (struct source){0}, &why);
			if (r < 0)
				return err_set(e, ERR_LIMIT, "%s", why.text);
		}
	}
	return 0;
}

int guest_read(struct guest *g, struct err *e)
{
	return run(g, guest_readers, ARRAY_LEN(guest_readers), e);
}

int guest_read_start(struct guest *g, struct err *e)
{
	return run(g, start_readers, ARRAY_LEN(start_readers), e);
}

int guest_read_kernels(struct guest *g, struct err *e)
{
	return run(g, kernel_readers, ARRAY_LEN(kernel_readers), e);
}

static const char *keep(struct guest *g, const char *s)
{
	return s && *s ? arena_strdup(g->arena, s) : NULL;
}

struct source guest_source(struct guest *g, const struct file *f, uint64_t line,
			   uint64_t offset)
{
	return (struct source){
		.disk = keep(g, f->place.disk),
		.volume = keep(g, f->place.volume),
		.path = keep(g, f->path),
		.line = line,
		.offset = offset,
	};
}

static int add_problem(struct guest *g, const char *about, const char *code,
		       const char *text, struct source source, struct err *e)
{
	struct problem_fact p = {.about = about,
				 .code = code,
				 .text = arena_strdup(g->arena, text),
				 .source = source};

	if (!p.text || !vec_push(g->arena, &g->facts->problems, p))
		return arena_full(g->arena, e);
	return 0;
}

int guest_problem(struct guest *g, const char *about, struct source source, struct err *e)
{
	struct err why = *e;

	err_clear(e);
	return add_problem(g, about, err_code_name(why.code), why.text, source, e);
}

int guest_remark(struct guest *g, const char *about, struct source source,
		 const char *fmt, ...)
{
	struct err full = ERR_INIT;
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return add_problem(g, about, "remark", text, source, &full);
}

int guest_config(struct guest *g, const char *path, struct file *ret_file,
		 struct slice *ret, struct err *e)
{
	return tree_read(g->tree, path, LIMIT_CONFIG_FILE, g->scratch, ret_file, ret, e);
}
