/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as one JSON document: tables of its fields, as verdicts have them. */
#include "plan_record.h"
#include "tables.h"
#include "verdict_record.h"

static const char *const where_words[] = {"guest", "host", NULL};

#define S struct plan_edit
static const struct field edit_fields[] = {
	F_STR(S, file,
	      "path in the guest; of a step on the host the description of the "
	      "machine"),
	F_U64(S, line, "first line that changes, from 1; 0: the end of the file"),
	F_BOOL(S, whole,
	       "before and after are whole lines; else words of that line, and the rest "
	       "of it stays"),
	F_STR(S, before, "what goes; null: nothing is replaced"),
	F_STR(S, after, "what comes; null: nothing"),
	F_END};
static const struct record edit_record = {"edit", "A change of a file.", sizeof(S),
					  edit_fields};
#undef S

#define S struct plan_drivers
static const struct field drivers_fields[] = {
	F_STR(S, initramfs, "path in the guest"),
	F_STR(S, kernel, "release that it is for; null: not known"),
	F_STR(S, generator, "that made it; null: not known"),
	F_STRS(S, modules, "to be added, without what they need"),
	F_STRS(S, allowed,
	       "that lines of its own modprobe.d, or words of its command line, forbid: "
	       "those go away"),
	F_LIST(S, edits, &edit_record, "changes of other files in it"),
	F_END};
static const struct record drivers_record = {
	"drivers",
	"Drivers that an initramfs is to hold, or no longer to forbid, and to load.",
	sizeof(S), drivers_fields};
#undef S

#define S struct plan_indexes
static const struct field indexes_fields[] = {
	F_STR(S, kernel, "release that it is for"),
	F_STR(S, folder, "of its modules, where the indexes lie"),
	F_STRS(S, modules, "whose lines are made anew"), F_END};
static const struct record indexes_record = {
	"indexes", "Indexes of depmod that get the lines of modules.", sizeof(S),
	indexes_fields};
#undef S

#define S struct plan_installed_file
static const struct field installed_fields[] = {
	F_STR(S, from, "path that the package has it at"), F_STR(S, path, "in the guest"),
	F_BOOL(S, link, "a link to where the package has it; else a copy"),
	F_STR(S, module, "its name; null: it is no module"), F_END};
static const struct record installed_record = {
	"installed", "A file of a package that is put in place.", sizeof(S),
	installed_fields};
#undef S

#define S struct plan_install
static const struct field install_fields[] = {
	F_STR(S, package, "its file, as the user named it"),
	F_STR(S, name, "name, version, release and architecture"),
	F_STR(S, kernel, "release that it is for"),
	F_LIST(S, files, &installed_record, "what goes where"), F_END};
static const struct record install_record = {
	"install", "A package whose modules are put in place for one kernel.", sizeof(S),
	install_fields};
#undef S

#define S struct plan_device
static const struct field device_fields[] = {
	F_STR(S, path, "in the guest"), F_U64(S, major, "number of the driver"),
	F_U64(S, minor, "number of the disk or partition"), F_END};
static const struct record device_record = {
	"device", "A block device's node that is made.", sizeof(S), device_fields};
#undef S

static const char *const how_words[] = {"edited", "appended", "created", "repacked",
					"linked", "device",   NULL};

#define S struct file_change
static const struct field file_fields[] = {
	F_STR(S, path, "in the guest, links followed"),
	F_STR(S, disk, "as the user named it"),
	F_STR(S, volume, "\"partition 2\"; null for the disk itself"),
	F_WORD(S, how, how_words, "what was done to it"),
	F_U64(S, old_size, "bytes before"),
	F_U64(S, new_size, "bytes now"),
	F_STR(S, old_sha256, "of what was there; null: it is new"),
	F_STR(S, new_sha256, "of what is there now"),
	F_STRS(S, notes, "what to know of it"),
	F_END};
const struct record file_change_record = {"file", "A file that was changed.", sizeof(S),
					  file_fields};
#undef S

#define S struct plan_replay
static const struct field replay_fields[] = {
	F_STR(S, disk, "as the user named it"),
	F_STR(S, volume, "\"partition 2\"; null for the disk itself"), F_END};
const struct record plan_replay_record = {"replay",
					  "A file system that was not unmounted cleanly.",
					  sizeof(S), replay_fields};
#undef S

static const char *const state_words[] = {"file",  "absent", "line",    "end",
					  "clean", "step",   "command", NULL};

#define S struct plan_state
static const struct field state_fields[] = {
	F_WORD(S, kind, state_words,
	       "file: it has the bytes of this sum; absent: nothing is there; line: the "
	       "text stands in that line; end: the lines of the text are not at its end; "
	       "clean: the file system was unmounted cleanly; step: that one was taken; "
	       "command: the text was typed"),
	F_STR(S, path, "of file, absent, line, end"),
	F_STR(S, text, "of line, end, command"),
	F_STR(S, sha256, "of file; null: the bytes that were read"),
	F_STR(S, disk, "of clean, as the user named it"),
	F_STR(S, volume, "of clean; null for the disk itself"),
	F_U64(S, line, "of line, from 1; of step its number; else 0"),
	F_END};
static const struct record state_record = {"state", "How something is before a step.",
					   sizeof(S), state_fields};
#undef S

#define S struct plan_step
static const struct field step_fields[] = {
	F_U64(S, n, "its number, from 1"),
	F_STR(S, id, "of the step in the platform file; remedy: mends one link"),
	F_WORD(S, where, where_words, "it is done in"),
	F_STR(S, title, "one line; control characters are escaped"),
	F_STR(S, text, "more on it"),
	F_STRS(S, commands, "to be typed there; values are quoted for the shell"),
	F_STRS(S, subjects, "the devices that it is for"),
	F_STRS(S, reasons, "links of the verdict that it mends"),
	F_LIST(S, sources, &source_record, "the evidence"),
	F_LIST(S, drivers, &drivers_record, "drivers that initramfs get"),
	F_LIST(S, indexes, &indexes_record, "indexes of depmod that get lines"),
	F_LIST(S, installs, &install_record, "packages whose modules are put in place"),
	F_LIST(S, devices, &device_record,
	       "nodes of block devices, which the commands make"),
	F_LIST(S, edits, &edit_record, "changes of files"),
	F_BOOL(S, aside, "no step behind it rests on it"),
	F_BOOL(S, shuts_down, "it is done when the guest is off"),
	F_LIST(S, files, &file_change_record,
	       "what apply makes of which files, alone or with other steps; empty: it "
	       "was "
	       "not tried"),
	F_STR(S, left,
	      "why apply leaves it to people; null: it does not, or it was not "
	      "tried"),
	F_STR(S, futile,
	      "what is so still when apply has made it, or is worse: its edits do not "
	      "help; null: they do, or it was not tried"),
	F_LIST(S, preconditions, &state_record, "what has to hold before the step"),
	F_LIST(S, undo, &state_record, "what brings these about takes the step back"),
	F_BOOL(S, verified, "the text that it rests on was read"),
	F_LIST(S, cites, &citation_record, "the documents"),
	F_END};
static const struct record step_record = {"step", "A step of the plan.", sizeof(S),
					  step_fields};
#undef S

#define S struct plan_obstacle
static const struct field obstacle_fields[] = {
	F_STRS(S, subjects, "the devices that it stops"),
	F_ENUM(S, state, answer_words, "blocked or unknown"),
	F_STR(S, text, "one sentence"),
	F_STR(S, advice, "what may help"),
	F_RECORD(S, source, &source_record, "the evidence"),
	F_LIST(S, cites, &citation_record, "documents that the rule rests on"),
	F_END};
static const struct record obstacle_record = {"obstacle", "What no step mends.",
					      sizeof(S), obstacle_fields};
#undef S

#define S struct plan
static const struct field plan_fields[] = {
	F_STR(S, platform, "id"),
	F_STR(S, platform_name, "for people"),
	F_ENUM(S, answer, answer_words, "of the guest as it is"),
	F_ENUM(S, support, support_words, "what the documents say"),
	F_STR(S, kernel, "release that starts by default; null: not known"),
	F_STR(S, release, "of the guest, as the tables name it"),
	F_LIST(S, steps, &step_record, "in order"),
	F_LIST(S, obstacles, &obstacle_record, "what no step mends"),
	F_STRS(S, refusals, "packages that were given and are not taken, and why"),
	F_STRS(S, package_notes, "what to know of packages that were given"),
	F_STRS(S, kernels, "that were asked for; empty: all of the boot loader"),
	F_STRS(S, choices, "driver alternatives that were asked for"),
	F_STRS(S, remarks, "what stays as it is, and what was taken for granted"),
	F_WORD(S, after, answer_words,
	       "the answer with the changes that apply makes; null: they were not tried"),
	F_STR(S, untried, "why they were not; null: nobody asked, or there are no steps"),
	F_LIST(S, replays, &plan_replay_record,
	       "file systems whose journals apply replays first, in a new file only"),
	F_END};
const struct record plan_record = {"plan", "Steps for one platform.", sizeof(S),
				   plan_fields};
#undef S

struct document {
	uint64_t format;
	const char *program;
	const char *os;
	struct plan plan;
};

#define S struct document
static const struct field document_fields[] = {
	F_U64(S, format, "raised when a reader would have to change"),
	F_STR(S, program, "that read the facts"),
	F_STR(S, os, "the guest's operating system, for people"),
	F_RECORD(S, plan, &plan_record, "the steps"), F_END};
static const struct record document_record = {"document",
					      "The steps of paravet plan for one guest.",
					      sizeof(S), document_fields};
#undef S

void plan_to_json(const struct facts *f, const struct plan *plan, struct strbuf *out)
{
	struct document d = {PLAN_FORMAT, f->program, f->os.name, *plan};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void plan_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet plan", out);
}
