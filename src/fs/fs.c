/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which file system is on these blocks: the table of readers and the rule that one answer
 * must be the only one.
 */
#include "fs.h"

#include "limits.h"

#include "btrfs.h"
#include "cache.h"
#include "ext.h"
#include "fat.h"
#include "signature.h"
#include "squashfs.h"
#include "text.h"
#include "xfs.h"

static const struct fs_driver *const fs_drivers[] = {&fs_ext, &fs_btrfs, &fs_fat,
						     &fs_squashfs, &fs_xfs};

/* The one driver that says yes, or NULL. */
static int find_driver(struct blocks *b, const struct fs_driver **ret, struct err *e)
{
	const struct fs_driver *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(fs_drivers); i++) {
		const struct fs_driver *d = fs_drivers[i];
		int r = b->size < d->min_size ? 0 : d->probe(b, e);

		if (r < 0)
			return err_wrap(e, "looking for %s", d->name);
		if (r > 0 && found)
			return err_set(e, ERR_AMBIGUOUS,
				       "looks like %s and like %s at once", found->name,
				       d->name);
		if (r > 0)
			found = d;
	}
	*ret = found;
	return 0;
}

/* Finds the driver and refuses what lies around a file system or beside it. */
static int choose(struct blocks *b, struct arena *a, const struct fs_driver **ret,
		  const char **ret_name, struct err *e)
{
	const struct fs_driver *driver = NULL;
	struct signature_match match = {0};
	int r = find_driver(b, &driver, e);

	if (r < 0)
		return r;
	r = signature_find(b, a, driver ? driver->name : NULL,
			   driver ? SIGNATURE_STRONG : SIGNATURE_WEAK, &match, e);
	if (r < 0)
		return r;
	if (r > 0 && driver && match.rank != SIGNATURE_CONTAINER)
		return err_set(e, ERR_AMBIGUOUS,
			       "looks like %s and like %s at once: wipe the stale "
			       "signature (wipefs)",
			       driver->name, match.name);
	if (r > 0) {
		*ret_name = match.name;
		return err_set(e, ERR_UNSUPPORTED, "%s is %s", match.name, match.what);
	}
	if (!driver)
		return err_set(e, ERR_ABSENT, "no known file system");
	*ret_name = driver->name;
	*ret = driver;
	return 0;
}

int fs_open(struct blocks *b, struct arena *a, struct fs **ret, const char **ret_name,
	    struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *cache = NULL;
	const struct fs_driver *driver = NULL;
	const char *name = NULL;
	int r = blocks_cache(b, &cache, e);

	if (r >= 0)
		r = choose(cache, a, &driver, &name, e);
	if (r >= 0)
		r = driver->open(cache, a, ret, e);
	if (name)
		*ret_name = name;
	if (r < 0)
		return r;
	*ret_name = (*ret)->type;
	(*ret)->blocks = b;
	(*ret)->cache = TAKE_PTR(cache);
	return 0;
}

static int identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
		    struct err *e)
{
	const struct fs_driver *driver = NULL;
	struct signature_match match = {0};
	struct fs_identity own = {0};
	int r = find_driver(b, &driver, e);

	if (r >= 0 && driver)
		r = driver->identify(b, a, &own, e);
	if (r >= 0)
		r = signature_find(b, a, driver ? driver->name : NULL,
				   driver ? SIGNATURE_STRONG : SIGNATURE_WEAK, &match, e);
	if (r < 0)
		return r;
	if (r > 0 && driver && match.rank != SIGNATURE_CONTAINER)
		return err_set(e, ERR_AMBIGUOUS, "looks like %s and like %s at once",
			       own.name, match.name);
	if (r == 0 && !driver)
		return err_set(e, ERR_ABSENT, "no known file system");
	*ret = r > 0 ? match.identity : own;
	return 0;
}

int fs_identify(struct blocks *b, struct arena *a, struct fs_identity *ret, struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *cache = NULL;
	int r = blocks_cache(b, &cache, e);

	return r < 0 ? r : identify(cache, a, ret, e);
}

/* The driver of that name, when its file systems may lie on several devices. */
static const struct fs_driver *spanning_driver(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(fs_drivers); i++)
		if (fs_drivers[i]->member && text_same(fs_drivers[i]->name, type))
			return fs_drivers[i];
	return NULL;
}

int fs_member(struct blocks *b, const char *type, struct arena *a, struct fs_member *ret,
	      struct err *e)
{
	const struct fs_driver *d = spanning_driver(type);

	return d && b->size >= d->min_size ? d->member(b, a, ret, e) : 0;
}

int fs_open_members(struct blocks *const *members, size_t n, const char *type,
		    struct arena *a, struct fs **ret, struct err *e)
{
	const struct fs_driver *d = spanning_driver(type);
	int r = d && n ? d->open_members(members, n, a, ret, e)
		       : err_set(e, ERR_USAGE, "no file system over several devices");

	if (r >= 0)
		(*ret)->blocks = members[0];
	return r;
}

int fs_choose(struct fs *fs, const char *options, struct fs **ret, struct err *e)
{
	if (fs->ops->choose)
		return fs->ops->choose(fs, options, ret, e);
	*ret = fs;
	return 0;
}

int fs_systems(struct fs *fs, fs_system_fn fn, void *ctx, struct err *e)
{
	return fs->ops->systems ? fs->ops->systems(fs, fn, ctx, e) : fn(ctx, fs, e);
}

int fs_as_stored(struct fs *fs, struct fs **ret, struct err *e)
{
	int r = 0;

	*ret = fs;
	if (!text_same(fs->journal, "replayed") || !fs->ops->as_stored)
		return 0;
	if (!fs->stored)
		r = fs->ops->as_stored(fs, fs->cache ? fs->cache : fs->blocks,
				       &fs->stored, e);
	if (r >= 0)
		*ret = fs->stored;
	return r;
}

struct fs *fs_free(struct fs *fs)
{
	if (!fs)
		return NULL;
	fs_free(fs->stored);
	if (fs->ops->done)
		fs->ops->done(fs);
	blocks_free(fs->cache);
	free(fs);
	return NULL;
}
