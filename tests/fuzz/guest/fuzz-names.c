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

static void read_all(struct guest *g, const struct names_file *file)
{
	static int (*const readers[])(struct naming *, const struct names_file *,
				      struct err *) = {
		names_read_resume,
		names_read_device_map,
		names_read_mdadm,
	};
	struct naming n = {.g = g, .needs_md = true};
	static const char *const lvm[] = {"/etc/lvm/lvm.conf",
					  "/etc/lvm/devices/system.devices"};
	mdadm_arrays arrays = {0};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(lvm); i++)
		(void)!lvm_settings_parse(file->text, g->arena,
					  (struct source){.path = lvm[i]}, &g->facts->lvm,
					  &e);
	(void)!mdadm_conf_arrays(file->text, g->arena, &arrays, &e);
	for (size_t i = 0; i < arrays.n; i++)
		if (arrays.v[i].uuid)
			(void)mdadm_same_uuid(file->text, arrays.v[i].uuid);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		(void)!readers[i](&n, file, &e);
	for (unsigned form = MENU_SCRIPT; form <= MENU_KOPT; form++)
		(void)!menu_settings_parse(g, &file->file, file->text, form, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new((size_t)16 << 20);
	_cleanup_arena_ struct arena *scratch = arena_new((size_t)16 << 20);
	struct names_file file = {.text = slice_of(data, size)};
	struct facts facts = {0};
	struct guest g = {.arena = a, .scratch = scratch, .facts = &facts};

	if (!a || !scratch || slice_find(file.text, 0, 0) < size)
		return 0;
	read_all(&g, &file);
	for (size_t i = 0; i < facts.names.n; i++)
		check_word(file.text, facts.names.v[i].word);
	for (size_t i = 0; i < facts.lvm.filters.n; i++)
		check_word(file.text, facts.lvm.filters.v[i].word);
	for (size_t i = 0; i < facts.boot.settings.n; i++)
		check_word(file.text, facts.boot.settings.v[i].word);
	return 0;
}
