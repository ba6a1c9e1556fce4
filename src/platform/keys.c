/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every key that a platform file may have; paravet-platform(5) says what each means. */
#include "keys.h"

#include <stddef.h>

#define OPTIONAL(T, key, kind_, member) \
	{ \
		key, kind_, offsetof(T, member), false, NULL, NULL \
	}
#define REQUIRED(T, key, kind_, member) \
	{ \
		key, kind_, offsetof(T, member), true, NULL, NULL \
	}
#define WORDS(T, key, kind_, member, need, list) \
	{ \
		key, kind_, offsetof(T, member), need, NULL, list \
	}
#define ROWS(T, key, member, need, table) \
	{ \
		key, KEY_ROWS, offsetof(T, member), need, &(table), NULL \
	}
#define TABLE(T, keys_) \
	{ \
		sizeof(T), offsetof(T, line), keys_ \
	}
#define KEYS_END \
	{ \
		NULL \
	}

static const char *const firmware_words[] = {"bios", "uefi", NULL};
static const char *const card_words[] = {"place", "order", "xen", NULL};
static const char *const format_words[] = {"1", NULL};
static const char *const role_words[] = {"boot-disk", "disk",      "network",
					 "balloon",   "console",   "entropy",
					 "clock",     "utilities", NULL};
static const char *const link_words[] = {"driver", NULL};
static const char *const support_words[] = {"not listed", "supported", "unsupported",
					    "disputed", NULL};

#define S struct platform_source
static const struct key source_keys[] = {
	REQUIRED(S, "id", KEY_STR, id), REQUIRED(S, "title", KEY_STR, title),
	OPTIONAL(S, "url", KEY_STR, url), OPTIONAL(S, "checked", KEY_STR, checked),
	KEYS_END};
static const struct rows source_rows = TABLE(S, source_keys);
#undef S

#define S struct platform_driver
static const struct key driver_keys[] = {REQUIRED(S, "id", KEY_STR, id),
					 REQUIRED(S, "name", KEY_STR, name),
					 REQUIRED(S, "modules", KEY_STRS, modules),
					 OPTIONAL(S, "options", KEY_STRS, options),
					 OPTIONAL(S, "binds", KEY_STRS, binds),
					 OPTIONAL(S, "cite", KEY_CITES, cites),
					 KEYS_END};
static const struct rows driver_rows = TABLE(S, driver_keys);
#undef S

#define S struct platform_choice
static const struct key choice_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	REQUIRED(S, "name", KEY_STR, name),
	REQUIRED(S, "driver", KEY_DRIVER, driver),
	OPTIONAL(S, "needs", KEY_DRIVERS, needs),
	OPTIONAL(S, "from", KEY_STR, from),
	OPTIONAL(S, "to", KEY_STR, to),
	OPTIONAL(S, "disk-prefix", KEY_STR, disk_prefix),
	WORDS(S, "firmware", KEY_STRS, firmware, false, firmware_words),
	OPTIONAL(S, "emulated", KEY_BOOL, emulated),
	OPTIONAL(S, "keeps-place", KEY_BOOL, keeps_place),
	OPTIONAL(S, "must-be-offered", KEY_BOOL, must_be_offered),
	OPTIONAL(S, "alias", KEY_STR, alias),
	WORDS(S, "card-names", KEY_STR, card_names, false, card_words),
	OPTIONAL(S, "not-with", KEY_STRS, not_with),
	OPTIONAL(S, "not-with-words", KEY_STRS, not_with_words),
	OPTIONAL(S, "note", KEY_STR, note),
	OPTIONAL(S, "qemu", KEY_STRS, qemu),
	OPTIONAL(S, "xen", KEY_STR, xen),
	OPTIONAL(S, "not-provable", KEY_STR, not_provable),
	OPTIONAL(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows choice_rows = TABLE(S, choice_keys);
#undef S

#define S struct platform_remedy
static const struct key remedy_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	WORDS(S, "mends", KEY_STR, mends, true, link_words),
	OPTIONAL(S, "drivers", KEY_STRS, drivers),
	OPTIONAL(S, "distros", KEY_STRS, distros),
	OPTIONAL(S, "flavours", KEY_STRS, flavours),
	OPTIONAL(S, "unless-package", KEY_STR, unless),
	REQUIRED(S, "ready-after", KEY_BOOL, ready_after),
	REQUIRED(S, "text", KEY_STR, text),
	OPTIONAL(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows remedy_rows = TABLE(S, remedy_keys);
#undef S

#define S struct platform_support
static const struct key support_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	REQUIRED(S, "distros", KEY_STRS, distros),
	OPTIONAL(S, "from", KEY_STR, from),
	OPTIONAL(S, "to", KEY_STR, to),
	OPTIONAL(S, "archs", KEY_STRS, archs),
	OPTIONAL(S, "flavours", KEY_STRS, flavours),
	WORDS(S, "answer", KEY_WORD, answer, true, support_words),
	REQUIRED(S, "verified", KEY_BOOL, verified),
	OPTIONAL(S, "note", KEY_STR, note),
	REQUIRED(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows support_rows_table = TABLE(S, support_keys);
#undef S

#define S struct platform_device
static const struct key device_keys[] = {
	WORDS(S, "role", KEY_STR, role, true, role_words),
	OPTIONAL(S, "optional", KEY_BOOL, optional),
	ROWS(S, "choices", choices, true, choice_rows), KEYS_END};
static const struct rows device_rows = TABLE(S, device_keys);
#undef S

static const char *const use_words[] = {"support", "host", NULL};
static const char *const vendor_words[] = {"intel", "amd", NULL};
static const char *const answer_words[] = {"ready", "fixable", "blocked", "unknown",
					   NULL};

#define S struct platform_release
static const struct key release_keys[] = {
	REQUIRED(S, "release", KEY_STR, release), REQUIRED(S, "name", KEY_STR, name),
	REQUIRED(S, "kernel", KEY_STR, kernel), KEYS_END};
static const struct rows release_rows = TABLE(S, release_keys);
#undef S

#define S struct platform_row
static const struct key row_keys[] = {REQUIRED(S, "name", KEY_STR, name),
				      REQUIRED(S, "archs", KEY_STRS, archs),
				      OPTIONAL(S, "flavours", KEY_STRS, flavours),
				      REQUIRED(S, "cells", KEY_CELLS, cells), KEYS_END};
static const struct rows row_rows = TABLE(S, row_keys);
#undef S

#define S struct platform_table
static const struct key table_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	REQUIRED(S, "number", KEY_STR, number),
	REQUIRED(S, "title", KEY_STR, title),
	WORDS(S, "use", KEY_STR, use, true, use_words),
	WORDS(S, "vendor", KEY_STR, vendor, false, vendor_words),
	OPTIONAL(S, "releases", KEY_STRS, releases),
	REQUIRED(S, "columns", KEY_STRS, columns),
	ROWS(S, "rows", rows, true, row_rows),
	OPTIONAL(S, "notes", KEY_STRS, notes),
	REQUIRED(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows table_rows = TABLE(S, table_keys);
#undef S

#define S struct platform_guest
static const struct key guest_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	OPTIONAL(S, "from", KEY_STR, from),
	OPTIONAL(S, "to", KEY_STR, to),
	OPTIONAL(S, "archs", KEY_STRS, archs),
	OPTIONAL(S, "flavours", KEY_STRS, flavours),
	WORDS(S, "support", KEY_STR, support, false, support_words),
	WORDS(S, "answer", KEY_STR, answer, true, answer_words),
	OPTIONAL(S, "package", KEY_STR, package),
	OPTIONAL(S, "word", KEY_STR, word),
	OPTIONAL(S, "startup", KEY_STRS, startup),
	OPTIONAL(S, "text", KEY_STR, text),
	OPTIONAL(S, "host", KEY_STR, host),
	OPTIONAL(S, "host-from", KEY_STR, host_from),
	REQUIRED(S, "verified", KEY_BOOL, verified),
	REQUIRED(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows guest_rows = TABLE(S, guest_keys);
#undef S

#define S struct platform_note
static const struct key note_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	REQUIRED(S, "releases", KEY_STRS, releases),
	OPTIONAL(S, "archs", KEY_STRS, archs),
	OPTIONAL(S, "host-archs", KEY_STRS, host_archs),
	WORDS(S, "support", KEY_STR, support, false, support_words),
	REQUIRED(S, "text", KEY_STR, text),
	REQUIRED(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows note_rows = TABLE(S, note_keys);
#undef S

#define S struct platform_rule
static const struct key rule_keys[] = {REQUIRED(S, "id", KEY_STR, id),
				       REQUIRED(S, "title", KEY_STR, title),
				       REQUIRED(S, "text", KEY_STR, text),
				       REQUIRED(S, "cite", KEY_CITES, cites), KEYS_END};
static const struct rows rule_rows = TABLE(S, rule_keys);
#undef S

static const char *const where_words[] = {"guest", "host", NULL};
static const char *const each_words[] = {"guest", "kernel", "disk", "nic", NULL};
static const char *const machine_words[] = {"xl",  "libvirt", "vmx", "ovf",
					    "ova", "none",    NULL};
static const char *const edit_words[] = {"alias",        "startup",     "word",  "names",
					 "machine-disk", "machine-nic", "nodes", NULL};

static const char *const given_words[] = {"install", "skip", "later", NULL};

static const char *const rule_words[] = {"kernel",    "driver",  "loads", "binds",
					 "startup",   "alias",   "word",  "machine",
					 "initramfs", "root",    "names", "boot-loader",
					 "platform",  "package", NULL};

#define S struct platform_step
static const struct key step_keys[] = {
	REQUIRED(S, "id", KEY_STR, id),
	WORDS(S, "where", KEY_STR, where, true, where_words),
	WORDS(S, "each", KEY_STR, each, true, each_words),
	WORDS(S, "mends", KEY_STRS, mends, false, rule_words),
	WORDS(S, "roles", KEY_STRS, roles, false, role_words),
	OPTIONAL(S, "from", KEY_STR, from),
	OPTIONAL(S, "to", KEY_STR, to),
	OPTIONAL(S, "archs", KEY_STRS, archs),
	OPTIONAL(S, "flavours", KEY_STRS, flavours),
	WORDS(S, "machines", KEY_STRS, machines, false, machine_words),
	WORDS(S, "edit", KEY_STR, edit, false, edit_words),
	WORDS(S, "given", KEY_STR, given, false, given_words),
	OPTIONAL(S, "shuts-down", KEY_BOOL, shuts_down),
	REQUIRED(S, "title", KEY_STR, title),
	OPTIONAL(S, "text", KEY_STR, text),
	OPTIONAL(S, "commands", KEY_STRS, commands),
	OPTIONAL(S, "undo", KEY_STRS, undo),
	REQUIRED(S, "verified", KEY_BOOL, verified),
	REQUIRED(S, "cite", KEY_CITES, cites),
	KEYS_END};
static const struct rows step_rows = TABLE(S, step_keys);
#undef S

#define S struct platform_document
const struct key platform_document_keys[] = {
	WORDS(S, "format", KEY_STR, format, true, format_words),
	REQUIRED(S, "id", KEY_STR, platform.id),
	REQUIRED(S, "name", KEY_STR, platform.name),
	REQUIRED(S, "summary", KEY_STR, platform.summary),
	REQUIRED(S, "archs", KEY_STRS, platform.archs),
	WORDS(S, "firmware", KEY_STRS, platform.firmware, true, firmware_words),
	OPTIONAL(S, "keeps-nvram", KEY_BOOL, platform.keeps_nvram),
	OPTIONAL(S, "only-by-name", KEY_BOOL, platform.only_by_name),
	OPTIONAL(S, "not-provable", KEY_STR, platform.not_provable),
	OPTIONAL(S, "hypervisors", KEY_STRS, platform.hypervisors),
	OPTIONAL(S, "only-distros", KEY_STRS, platform.only_distros),
	OPTIONAL(S, "only-from", KEY_STR, platform.only_from),
	OPTIONAL(S, "only-to", KEY_STR, platform.only_to),
	ROWS(S, "sources", platform.sources, true, source_rows),
	ROWS(S, "drivers", platform.drivers, false, driver_rows),
	ROWS(S, "devices", platform.devices, false, device_rows),
	ROWS(S, "remedies", platform.remedies, false, remedy_rows),
	ROWS(S, "support", platform.support, false, support_rows_table),
	ROWS(S, "releases", platform.releases, false, release_rows),
	ROWS(S, "tables", platform.tables, false, table_rows),
	ROWS(S, "guests", platform.guests, false, guest_rows),
	ROWS(S, "disputes", platform.disputes, false, note_rows),
	ROWS(S, "notes", platform.notes, false, note_rows),
	ROWS(S, "emulated-boot", platform.emulated_boot, false, rule_rows),
	ROWS(S, "after-install", platform.after_install, false, rule_rows),
	ROWS(S, "steps", platform.steps, false, step_rows),
	KEYS_END};
#undef S
