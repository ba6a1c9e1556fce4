/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The platforms that are asked for, by their names and those of their alternatives. */
#include "escape.h"
#include "handle.h"
#include "text.h"

int paravet_set_platform_dir(struct paravet *p, const char *dir)
{
	err_clear(&p->error);
	p->platform_dir = dir ? arena_strdup(p->arena, dir) : NULL;
	if (dir && !p->platform_dir)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

/* Splits "xen,kvm:virtio-scsi" into platforms and the alternatives taken of them; "all"
 * may be among them, and then only says so. */
static int split_platforms(struct paravet *p, const char *list, bool *ret_all,
			   strs *ret_ids, strs *ret_choices)
{
	struct slice rest = slice_str(list);
	bool more = true;

	while (more) {
		struct slice item = rest, choice = SLICE_NONE;
		const char *id;

		more = text_split(rest, ',', &item, &rest);
		text_split(item, ':', &item, &choice);
		if (slice_eq(text_trim(item), "all")) {
			if (choice.n)
				return err_set(&p->error, ERR_USAGE,
					       "all takes no alternative: name the "
					       "platform that has it");
			*ret_all = true;
			continue;
		}
		id = arena_strndup(p->arena, text_trim(item));
		if (!id ||
		    !vec_push(p->arena, ret_choices, arena_strndup(p->arena, choice)))
			return arena_full(p->arena, &p->error);
		if (!*id)
			return err_set(&p->error, ERR_USAGE,
				       "a name is missing among the platforms '%s'",
				       escape_short(slice_str(list)).text);
		if (strs_has(ret_ids, id))
			return err_set(&p->error, ERR_USAGE, "platform %s is named twice",
				       escape_short(slice_str(id)).text);
		if (!vec_push(p->arena, ret_ids, id))
			return arena_full(p->arena, &p->error);
	}
	return 0;
}

static bool has_choice(const struct platform *platform, const char *id)
{
	for (size_t i = 0; i < platform->devices.n; i++)
		for (size_t j = 0; j < platform->devices.v[i].choices.n; j++)
			if (strcmp(platform->devices.v[i].choices.v[j].id, id) == 0)
				return true;
	return false;
}

static int name_choices(struct paravet *p, const struct platform *platform,
			const char *wrong)
{
	_cleanup_strbuf_ struct strbuf known = STRBUF_INIT(600);
	strs told = {0};

	for (size_t i = 0; i < platform->devices.n; i++)
		for (size_t j = 0; j < platform->devices.v[i].choices.n; j++) {
			const char *id = platform->devices.v[i].choices.v[j].id;

			if (strs_has(&told, id))
				continue; /* as the boot disk and as another */
			if (!vec_push(p->arena, &told, id))
				return arena_full(p->arena, &p->error);
			strbuf_printf(&known, "%s %s", told.n > 1 ? "," : "", id);
		}
	return err_set(&p->error, ERR_USAGE, "%s has no alternative %s; it has:%s",
		       platform->id, escape_short(slice_str(wrong)).text,
		       strbuf_text(&known));
}

/* `choice`: of one that was named; NULL: it was not. */
static int add_platform(struct paravet *p, struct platform *platform, const char *choice)
{
	struct asked_platform asked = {.platform = platform, .named = choice != NULL};

	if (!platform_reads_disks(platform))
		return err_set(&p->error, ERR_USAGE,
			       "%s is judged by the name of a kernel, not by disks: try "
			       "paravet kernel NAME",
			       platform->id);
	if (choice && *choice) {
		if (!has_choice(platform, choice))
			return name_choices(p, platform, choice);
		if (!vec_push(p->arena, &asked.options.choices, choice))
			return arena_full(p->arena, &p->error);
	}
	return vec_push(p->arena, &p->platforms, asked) ? 0
							: arena_full(p->arena, &p->error);
}

const char *handle_platform_dir(const struct paravet *p)
{
	return p->platform_dir ? p->platform_dir : platform_default_dir();
}

/* The alternative of a platform that was named, "" for none; NULL: it was not named. */
static const char *choice_of(const strs *ids, const strs *choices, const char *id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (strcmp(ids->v[i], id) == 0)
			return choices->v[i];
	return NULL;
}

int handle_load_platforms(struct paravet *p, const char *list)
{
	const char *dir = handle_platform_dir(p);
	bool all = !list;
	strs ids = {0}, choices = {0};
	platform_list loaded = {0};
	int r = all ? 0 : split_platforms(p, list, &all, &ids, &choices);

	/* Names beside "all" are checked alike. */
	if (r >= 0 && ids.n)
		r = platform_load_dir(dir, &ids, p->arena, &loaded, &p->error);
	if (r >= 0 && all)
		r = platform_load_dir(dir, NULL, p->arena, &loaded, &p->error);
	for (size_t i = 0; r >= 0 && i < loaded.n; i++) {
		const char *choice = choice_of(&ids, &choices, loaded.v[i]->id);

		if (choice || platform_reads_disks(loaded.v[i]))
			r = add_platform(p, loaded.v[i], choice);
	}
	if (r >= 0)
		r = verdict_asked_modules(&loaded, p->arena, &p->asked, &p->error);
	if (r >= 0)
		r = platform_asked_options(&loaded, p->arena, &p->asked_configs,
					   &p->error);
	return r;
}

int paravet_set_platforms(struct paravet *p, const char *platforms)
{
	err_clear(&p->error);
	if (p->platforms.n)
		return handle_misuse(p, "platforms are set once");
	handle_load_platforms(p, platforms);
	return handle_status(p);
}
