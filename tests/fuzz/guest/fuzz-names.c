/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files in which names of disks stand, and those from which a boot menu is made. One
 * input goes to all of them. A word of a fact is a word of the text.
 */
#include "boot/menu_settings.h"
#include "limits.h"
#include "lvm_settings.h"
#include "mdadm_conf.h"
#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(struct slice text, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	if (n && slice_search(text, word, n) == text.n)
		__builtin_trap();
}

static void read_names_of(struct guest *g, struct slice text)
{
	static int (*const readers[])(const struct names_text *, struct err *) = {
		names_of_fstab,          names_of_crypttab,  names_of_cryptroot,
		names_of_initramfs_conf, names_of_init_conf, names_of_device_map,
		names_of_mdadm,          names_of_cmdline,
	};
	struct naming n = {.g = g, .to = &g->facts->names};
	name_list found = {0}, inside = {0};
	struct names_text t = {.text = text,
			       .source.path = "conf/conf.d/resume",
			       .arena = g->arena,
			       .scratch = g->scratch,
			       .to = &found};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		(void)!readers[i](&t, &e);
	for (size_t i = 0; i < found.n; i++)
		if (!vec_push(g->arena, &inside, found.v[i]))
			return;
	(void)!names_add_all(&n, &found, &e);
	(void)!names_inside(g, &inside, &e);
	for (size_t i = 0; i < inside.n; i++)
		check_word(text, inside.v[i].word);
}

static void read_all(struct guest *g, struct slice text)
{
	static const char *const lvm[] = {"/etc/lvm/lvm.conf",
					  "/etc/lvm/devices/system.devices"};
	mdadm_arrays arrays = {0};
	struct err e = ERR_INIT;
	struct file file = {0};

	for (size_t i = 0; i < ARRAY_LEN(lvm); i++)
		(void)!lvm_settings_parse(text, g->arena, (struct source){.path = lvm[i]},
					  &g->facts->lvm, &e);
	(void)!mdadm_conf_arrays(text, g->arena, &arrays, &e);
	for (size_t i = 0; i < arrays.n; i++)
		if (arrays.v[i].uuid)
			(void)mdadm_same_uuid(text, arrays.v[i].uuid);
	read_names_of(g, text);
	for (unsigned form = MENU_SCRIPT; form <= MENU_KOPT; form++)
		(void)!menu_settings_parse(g, &file, text, form, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new((size_t)16 << 20);
	_cleanup_arena_ struct arena *scratch = arena_new((size_t)16 << 20);
	struct slice text = slice_of(data, size);
	struct facts facts = {0};
	struct guest g = {.arena = a, .scratch = scratch, .facts = &facts};

	if (!a || !scratch || slice_find(text, 0, 0) < size)
		return 0;
	read_all(&g, text);
	for (size_t i = 0; i < facts.names.n; i++)
		check_word(text, facts.names.v[i].word);
	for (size_t i = 0; i < facts.lvm.filters.n; i++)
		check_word(text, facts.lvm.filters.v[i].word);
	for (size_t i = 0; i < facts.boot.settings.n; i++)
		check_word(text, facts.boot.settings.v[i].word);
	return 0;
}
