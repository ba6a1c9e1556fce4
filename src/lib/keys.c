/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of encrypted volumes: read here, in the process that may open files, and used in
 * the worker that reads the guest, which has them because it is forked; no other process
 * does. They are wiped with the handle.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "luks_crypto.h"

/* Reads up to the end; bytes beyond what a key may have are an error. */
static int read_key(int fd, struct secret *ret, struct err *e)
{
	_cleanup_secret_ struct secret room = {0};
	size_t n = 0;
	int r = secret_new(LIMIT_KEY_FILE + 1, &room, e);

	while (r >= 0 && n < room.n) {
		ssize_t got = read(fd, room.p + n, room.n - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_IO, "%s", strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	if (r < 0)
		return r;
	if (n == 0)
		return err_set(e, ERR_USAGE, "it is empty");
	if (n > LIMIT_KEY_FILE)
		return err_set(e, ERR_LIMIT, "it has more than %zu bytes",
			       LIMIT_KEY_FILE);
	r = secret_new(n, ret, e);
	if (r >= 0)
		memcpy(ret->p, room.p, n);
	return r;
}

static int read_standard_input(struct secret *ret, struct err *e)
{
	if (isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE,
			       "standard input is a terminal, which would show the key: "
			       "give it by a pipe or a file");
	return read_key(STDIN_FILENO, ret, e);
}

static int key_from(const char *path, struct secret *ret, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (strcmp(path, "-") == 0)
		return read_standard_input(ret, e);
	r = files_open_key(path, &fd, e);
	return r < 0 ? r : read_key(fd, ret, e);
}

int paravet_add_key(struct paravet *p, const char *device, const char *path)
{
	const char *word = arena_printf(p->arena, "%s:file:%s", device, path);
	struct key_input k = {0};
	int r = 0;

	err_clear(&p->error);
	if (p->was_read)
		return handle_misuse(p, "a key is given before the disks are read");
	if (!*device)
		return handle_misuse(p, "a key is for which volume?");
	if (p->keys.n == LIMIT_KEYS)
		r = err_set(&p->error, ERR_USAGE, "more than %d keys", LIMIT_KEYS);
	/* The library may read files, so it is woken before a worker is confined. */
	if (r >= 0)
		r = crypto_start(&p->error);
	if (r >= 0 && (!word || !(k.device = arena_strdup(p->arena, device)) ||
		       !vec_push(p->arena, &p->key_words, word)))
		r = arena_full(p->arena, &p->error);
	if (r >= 0 && key_from(path, &k.key, &p->error) < 0)
		r = err_wrap(&p->error, "key for %s: %s",
			     escape_short(slice_str(device)).text,
			     escape_short(slice_str(path)).text);
	if (r >= 0 && !vec_push(p->arena, &p->keys, k)) {
		secret_wipe(&k.key);
		arena_full(p->arena, &p->error);
	}
	return handle_status(p);
}

void keys_pass_on(const struct paravet *p, bool yes)
{
	for (size_t i = 0; i < p->keys.n; i++)
		secret_pass_on(&p->keys.v[i].key, yes);
}

void keys_wipe(struct paravet *p)
{
	for (size_t i = 0; i < p->keys.n; i++)
		secret_wipe(&p->keys.v[i].key);
	p->keys.n = 0;
	luks_known_wipe(&p->known);
}

int keys_give(struct paravet *p, struct arena *a, struct assembly *to, struct err *e)
{
	to->keys = arena_calloc(a, p->keys.n, sizeof(*to->keys));
	if (!to->keys)
		return arena_full(a, e);
	to->known = &p->known;
	to->key_count = p->keys.n;
	for (size_t i = 0; i < p->keys.n; i++) {
		to->keys[i].device = p->keys.v[i].device;
		to->keys[i].key = secret_slice(&p->keys.v[i].key);
	}
	return 0;
}
