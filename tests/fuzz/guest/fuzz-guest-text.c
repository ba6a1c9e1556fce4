/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as each of the text files that the readers of the system, its packages and
 * its modules parse.
 */
#include <string.h>

#include "kernel_config.h"
#include "kernel_name.h"
#include "modprobe.h"
#include "module_index.h"
#include "module_settings.h"
#include "os_release.h"
#include "packages/dpkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static release_parser *const parsers[] = {
	os_release_parse,   lsb_release_parse,   redhat_release_parse,
	suse_release_parse, plain_release_parse,
};

static void read_tables(struct slice text, struct arena *a)
{
	struct module_index index = {0};
	struct kernel_config config;
	strs asked = {0}, set = {0};
	struct strmap *builtin;
	struct err e = ERR_INIT;
	unsigned line;

	if (!vec_push(a, &asked, "CONFIG_XEN"))
		return;
	if (module_index_parse(text, a, &index, &e) >= 0)
		(void)module_index_find(&index, "virtio_blk");
	(void)module_builtin_parse(text, a, &builtin, &e);
	(void)module_builtin_aliases(text, "nvme", a, &set, &e);
	if (kernel_config_parse(text, &asked, a, &config, &set, &e) >= 0)
		(void)kernel_config_module(&config, "virtio_blk", &line);
}

/* A list that may be changed word by word stands in one line. */
static void read_setting(struct slice text, struct arena *a)
{
	struct module_setting_fact fact;
	struct err e = ERR_INIT;
	bool found;

	if (module_setting_parse(text, "INITRD_MODULES", a, a, (struct source){0}, &fact,
				 &found, &e) >= 0 &&
	    found && (!fact.source.line || strpbrk(fact.text, "\n$`\\")))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct arena *a = arena_new((size_t)16 << 20);
	struct source source = {0};
	modprobe_list lines = {0};
	dpkg_list packages = {0};
	struct err e = ERR_INIT;
	strs kernels = {0};
	const char *name;

	if (!a)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(parsers); i++) {
		struct os_fact os = {0};

		(void)parsers[i](text, "id", a, &os, &e);
	}
	(void)modprobe_parse(text, a, source, &lines, &e);
	(void)dpkg_parse(text, a, &packages, &e);
	(void)dpkg_kernels(text, a, &kernels, &e);
	read_tables(text, a);
	read_setting(text, a);
	name = arena_strndup(a, text);
	if (name)
		(void)kernel_flavour(name, a);
	arena_free(a);
	return 0;
}
