/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes what was staged, and sums up what became of each file. */
#include <string.h>

#include "escape.h"
#include "file_hash.h"
#include "fs_write.h"
#include "staged.h"

enum { NEW_FOLDER_MODE = 0755 };

static const struct {
	enum fs_note note;
	const char *text;
} note_texts[] = {
	{FS_NOTE_LINKS, "it has other names, which show the change as well"},
	{FS_NOTE_IMMUTABLE, "it was protected by chattr, and still is"},
	{FS_NOTE_UNLABELLED, "it has no SELinux label: restorecon in the guest sets it"},
};

typedef VEC(struct fs_step) step_list;

/* A change of one file system, as it is made. */
struct writing {
	struct stage *stage;
	struct fs *fs;
	struct fs_writer *writer;
	struct changes *changes;
};

static struct arena *arena_of(const struct writing *w)
{
	return w->stage->g->arena;
}

/* Nothing is written of a file that is as it should be. */
static bool is_same(const struct staged *f)
{
	if (f->append)
		return f->bytes.n == 0;
	return !f->repacked && f->file.fs && slice_same(f->bytes, f->old);
}

/* What says where it lies, or will. */
static const struct file *anchor(const struct staged *f)
{
	return f->file.fs ? &f->file : &f->above;
}

static int create(struct writing *w, const struct staged *f, struct fs_wrote *ret,
		  struct err *e)
{
	struct fs_new new = {.mode = NEW_FOLDER_MODE, .like = &f->above.node};
	struct node folder = f->above.node;
	const char *slash = strrchr(f->missing, '/');

	if (slash) {
		const char *folders = arena_strndup(
			arena_of(w), slice_of(f->missing, (size_t)(slash - f->missing)));
		int r;

		if (!folders)
			return arena_full(arena_of(w), e);
		r = fs_writer_mkdirs(w->writer, &folder, folders, &new, ret, e);
		if (r < 0)
			return r;
		folder = ret->node;
	}
	new.name = slice_str(slash ? slash + 1 : f->missing);
	new.kind = f->kind;
	new.major = (uint8_t)f->device.major;
	new.minor = (uint8_t)f->device.minor;
	new.group = f->group;
	new.mode = f->mode;
	return fs_writer_create(w->writer, &folder, &new, f->bytes, ret, e);
}

/* --- one file --- */

/* Labels matter where SELinux is set up. */
static bool has_selinux(const struct writing *w)
{
	struct err why = ERR_INIT;
	struct file f;

	return tree_find(w->stage->g->tree, "/etc/selinux/config", &f, &why) >= 0;
}

static int add_notes(struct arena *a, unsigned notes, struct file_change *ret,
		     struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(note_texts); i++)
		if ((notes & note_texts[i].note) &&
		    !vec_push(a, &ret->notes, note_texts[i].text))
			return arena_full(a, e);
	return 0;
}

/* The sums of what was there and of what will be, before anything is written. */
static int sum_up(struct arena *a, const struct staged *f, struct file_change *ret,
		  struct err *e)
{
	uint64_t size = f->file.fs ? f->file.node.size : 0;
	SHA2_CTX before, after;
	int r = 0;

	SHA256Init(&before);
	SHA256Init(&after);
	if (f->append || f->repacked) {
		r = file_hash_update(&before, &f->file, size, e);
		if (f->append)
			after = before;
	} else {
		SHA256Update(&before, f->old.p, f->old.n);
	}
	if (r < 0)
		return r;
	SHA256Update(&after, f->bytes.p, f->bytes.n);
	ret->old_size = size;
	ret->new_size = (f->append ? size : 0) + f->bytes.n;
	ret->old_sha256 = f->file.fs ? file_hash_text(&before, a) : NULL;
	ret->new_sha256 = file_hash_text(&after, a);
	return ret->new_sha256 && (ret->old_sha256 || !f->file.fs) ? 0 : arena_full(a, e);
}

static const char *const how[] = {
	[FS_NEW_FILE] = "created",
	[FS_NEW_LINK] = "linked",
	[FS_NEW_DEVICE] = "device",
};

/* The steps that change the file get its name. */
static int tell_steps(struct arena *a, struct changes *c, const struct staged *f,
		      struct err *e)
{
	for (size_t i = 0; i < c->steps.n; i++) {
		struct step_change *step = &c->steps.v[i];

		for (size_t k = 0; k < f->steps.n; k++)
			if (f->steps.v[k] == step->n &&
			    !vec_push(a, &step->files, f->path))
				return arena_full(a, e);
	}
	return 0;
}

int stage_tell(const struct stage *s, struct changes *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->files.n; i++)
		if (!is_same(&s->files.v[i]))
			r = tell_steps(s->g->arena, ret, &s->files.v[i], e);
	return r;
}

static int write_file(struct writing *w, const struct staged *f, struct err *e)
{
	const struct place *place = &anchor(f)->place;
	struct file_change done = {
		.path = f->path, .disk = place->disk, .volume = place->volume};
	struct fs_wrote wrote = {0};
	int r = sum_up(arena_of(w), f, &done, e);

	if (r < 0)
		return r;
	if (!f->file.fs) {
		done.how = how[f->kind];
		r = create(w, f, &wrote, e);
	} else if (f->append) {
		done.how = "appended";
		r = fs_writer_append(w->writer, &f->file.node, f->bytes, &wrote, e);
	} else {
		done.how = f->repacked ? "repacked" : "edited";
		r = fs_writer_replace(w->writer, &f->file.node, f->bytes, &wrote, e);
	}
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(f->path)).text);
	if (!has_selinux(w))
		wrote.notes &= ~(unsigned)FS_NOTE_UNLABELLED;
	r = add_notes(arena_of(w), wrote.notes, &done, e);
	if (r < 0)
		return r;
	return vec_push(arena_of(w), &w->changes->files, done)
		       ? tell_steps(arena_of(w), w->changes, f, e)
		       : arena_full(arena_of(w), e);
}

/* --- one file system --- */

/* What it takes, folders that have to be made included. */
static int add_step(struct writing *w, const struct staged *f, step_list *ret,
		    struct err *e)
{
	struct arena *a = arena_of(w);
	struct fs_step step = {.node = &f->file.node, .bytes = f->bytes.n};

	step.kind = f->append ? FS_STEP_APPEND : FS_STEP_REPLACE;
	if (f->file.fs)
		return vec_push(a, ret, step) ? 0 : arena_full(a, e);
	step.node = &f->above.node;
	step.kind = FS_STEP_MKDIR;
	step.bytes = 0;
	for (const char *at = strchr(f->missing, '/'); at; at = strchr(at + 1, '/')) {
		if (!vec_push(a, ret, step))
			return arena_full(a, e);
		step.node = NULL;
	}
	step.kind = FS_STEP_CREATE;
	step.bytes = f->bytes.n;
	return vec_push(a, ret, step) ? 0 : arena_full(a, e);
}

static int make_room(struct writing *w, struct err *e)
{
	step_list steps = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->stage->files.n; i++) {
		const struct staged *f = &w->stage->files.v[i];

		if (anchor(f)->fs == w->fs && !is_same(f))
			r = add_step(w, f, &steps, e);
	}
	return r < 0 ? r : fs_writer_room(w->writer, steps.v, steps.n, e);
}

static int replay(struct writing *w, const struct place *at, int64_t now, struct err *e)
{
	const struct plan_replay done = {at->disk, at->volume};
	int r = w->stage->replay ? fs_writer_replay(w->fs->blocks, now, e) : 0;

	if (r > 0 && !vec_push(arena_of(w), &w->changes->replays, done))
		return arena_full(arena_of(w), e);
	return r;
}

static int write_fs(struct writing *w, const struct place *at, int64_t now, struct err *e)
{
	const char *name = NULL;
	int r;

	if (!w->fs->blocks)
		return err_set(e, ERR_UNSUPPORTED,
			       "files of a folder are not changed: name the disks "
			       "instead");
	r = replay(w, at, now, e);
	if (r >= 0)
		r = fs_writer_open(w->fs->blocks, arena_of(w), now, &w->writer, &name, e);
	if (r < 0)
		return r;
	r = make_room(w, e);
	for (size_t i = 0; r >= 0 && i < w->stage->files.n; i++) {
		const struct staged *f = &w->stage->files.v[i];

		if (anchor(f)->fs == w->fs && !is_same(f))
			r = write_file(w, f, e);
	}
	if (r >= 0)
		r = fs_writer_finish(w->writer, e);
	w->writer = fs_writer_free(w->writer);
	return r;
}

static bool was_written(const struct stage *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (anchor(&s->files.v[i])->fs == anchor(&s->files.v[at])->fs &&
		    !is_same(&s->files.v[i]))
			return true;
	return false;
}

static void say_where(const struct place *p, struct err *e)
{
	if (p->volume && *p->volume)
		err_wrap(e, "%s", escape_short(slice_str(p->volume)).text);
	err_wrap(e, "%s", escape_short(slice_str(p->disk)).text);
}

int stage_write(struct stage *s, int64_t now, struct changes *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->files.n; i++) {
		const struct file *where = anchor(&s->files.v[i]);
		struct writing w = {.stage = s, .fs = where->fs, .changes = ret};

		if (!is_same(&s->files.v[i]) && !was_written(s, i))
			r = write_fs(&w, &where->place, now, e);
		if (r < 0)
			say_where(&where->place, e);
	}
	return r;
}
