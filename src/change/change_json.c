/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was changed, as JSON: tables of its fields. */
#include "change_record.h"

static const char *const how_words[] = {"edited", "appended", "created", "repacked",
					NULL};

#define S struct file_change
static const struct field file_fields[] = {
	F_STR(S, path, "in the guest, links followed"),
	F_WORD(S, how, how_words, "what was done to it"),
	F_U64(S, old_size, "bytes before"),
	F_U64(S, new_size, "bytes now"),
	F_STR(S, old_sha256, "of what was there; null: it is new"),
	F_STR(S, new_sha256, "of what is there now"),
	F_STRS(S, notes, "what to know of it"),
	F_END};
static const struct record file_record = {"file", "A file that was changed.", sizeof(S),
					  file_fields};
#undef S

#define S struct step_change
static const struct field step_fields[] = {
	F_U64(S, n, "its number in the plan"),
	F_BOOL(S, made, "else it is left to people"),
	F_STR(S, reason, "why it is left to people; null: it was made"), F_END};
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
	F_LIST(S, files, &file_record, "every file that was changed"),
	F_LIST(S, disks, &disk_record, "every disk that was changed"), F_END};
const struct record changes_record = {"changes", "What was changed.", sizeof(S),
				      changes_fields};
#undef S

void changes_to_json(const struct changes *c, struct strbuf *out)
{
	record_write(&changes_record, c, out);
}

int changes_from_json(struct slice json, struct arena *a, struct changes *ret,
		      struct err *e)
{
	*ret = (struct changes){0};
	return record_read(&changes_record, json, a, ret, e);
}
