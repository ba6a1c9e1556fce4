/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was changed, as JSON: tables of its fields. */
#include "change_record.h"

#include <sha2.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "plan_record.h"
#include "text.h"

#define S struct step_change
static const struct field step_fields[] = {
	F_U64(S, n, "its number in the plan"),
	F_BOOL(S, made, "else it is left to people"),
	F_STR(S, reason, "why it is left to people; null: it was made"),
	F_STRS(S, files, "that it changed, alone or with other steps"), F_END};
static const struct record step_record = {"done", "What became of a step.", sizeof(S),
					  step_fields};
#undef S

#define S struct disk_change
static const struct field disk_fields[] = {
	F_STR(S, disk, "as the user named it"),
	F_U64(S, bytes, "that differ, counted in blocks of 4 KiB"), F_END};
static const struct record disk_record = {"disk", "A disk that was changed.", sizeof(S),
					  disk_fields};
#undef S

#define S struct changes
static const struct field changes_fields[] = {
	F_LIST(S, steps, &step_record, "every step of the plan"),
	F_LIST(S, files, &file_change_record, "every file that was changed"),
	F_LIST(S, replays, &plan_replay_record,
	       "file systems whose journals were replayed before"),
	F_LIST(S, disks, &disk_record, "every disk that was changed"), F_END};
const struct record changes_record = {"changes", "What was changed.", sizeof(S),
				      changes_fields};
#undef S

void changes_to_json(const struct changes *c, struct strbuf *out)
{
	record_write(&changes_record, c, out);
}

/* A sentence that is printable, whoever wrote it. */
static int make_printable(const char **text, struct arena *a, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TEXT);

	if (!*text)
		return 0;
	escape_again(&out, slice_str(*text));
	*text = arena_strdup(a, strbuf_text(&out));
	return *text ? 0 : arena_full(a, e);
}

static bool is_sum(const char *text)
{
	return text && strlen(text) == SHA256_DIGEST_STRING_LENGTH - 1 &&
	       strspn(text, "0123456789abcdef") == strlen(text);
}

static int check_file(struct file_change *f, struct arena *a, struct err *e)
{
	bool is_new = text_same(f->how, "created") || text_same(f->how, "linked") ||
		      text_same(f->how, "device");
	int r = 0;

	if (!f->path || !f->disk || !f->how || !is_sum(f->new_sha256) ||
	    (is_new ? f->old_sha256 != NULL : !is_sum(f->old_sha256)))
		return err_set(e, ERR_CORRUPT, "what is told of a file makes no sense");
	for (size_t n = 0; r >= 0 && n < f->notes.n; n++)
		r = make_printable(&f->notes.v[n], a, e);
	return r;
}

int changes_from_json(struct slice json, struct arena *a, struct changes *ret,
		      struct err *e)
{
	int r;

	*ret = (struct changes){0};
	r = record_read(&changes_record, json, a, ret, e);
	for (size_t i = 0; r >= 0 && i < ret->steps.n; i++)
		r = make_printable(&ret->steps.v[i].reason, a, e);
	for (size_t i = 0; r >= 0 && i < ret->files.n; i++)
		r = check_file(&ret->files.v[i], a, e);
	for (size_t i = 0; r >= 0 && i < ret->replays.n; i++)
		if (!ret->replays.v[i].disk)
			r = err_set(e, ERR_CORRUPT, "a journal of no disk is told");
	return r;
}
