/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpm-file-compare PACKAGE...: are the files of packages, as we read them, those that
 * libarchive finds there? Says what differs; status 1 then.
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "packages/rpm_file.h"

static const struct rpm_file_member *find(const struct rpm_file *f, const char *path)
{
	for (size_t i = 0; i < f->members.n; i++)
		if (strcmp(f->members.v[i].path, path) == 0)
			return &f->members.v[i];
	return NULL;
}

static int differ(const char *file, const char *path, const char *what)
{
	printf("%s: %s: %s\n", file, path, what);
	return 1;
}

static int compare_entry(struct archive *a, struct archive_entry *entry, const char *file,
			 const struct rpm_file *ours)
{
	const char *path = archive_entry_pathname(entry) + 1; /* behind the dot */
	const struct rpm_file_member *m = find(ours, path);
	static uint8_t bytes[LIMIT_MODULE_UNPACKED];
	la_ssize_t n;

	if (!m)
		return strs_has(&ours->others, path) ? 0 : differ(file, path, "not seen");
	n = archive_read_data(a, bytes, sizeof(bytes));
	if (n < 0 || (size_t)n != m->bytes.n ||
	    memcmp(bytes, m->bytes.p, m->bytes.n) != 0)
		return differ(file, path, "other bytes");
	if ((archive_entry_perm(entry) & 07777) != m->mode)
		return differ(file, path, "another mode");
	return 0;
}

static int compare(const char *file, const struct rpm_file *ours)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	size_t n = 0;
	int bad = 0;

	archive_read_support_filter_all(a);
	archive_read_support_format_cpio(a);
	if (archive_read_open_filename(a, file, 65536) != ARCHIVE_OK)
		return differ(file, "libarchive", archive_error_string(a));
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		if (archive_entry_filetype(entry) == AE_IFDIR)
			continue;
		n++;
		bad |= compare_entry(a, entry, file, ours);
	}
	archive_read_free(a);
	if (n != ours->members.n + ours->others.n)
		bad |= differ(file, "all", "another number of files");
	printf("%s: %zu files\n", file, n);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = argc < 2;

	for (int i = 1; i < argc; i++) {
		_cleanup_arena_ struct arena *a = arena_new(LIMIT_DRIVER_PACKAGE_MEMORY);
		_cleanup_(blocks_freep) struct blocks *b = NULL;
		struct err e = ERR_INIT;
		struct rpm_file f;

		if (blocks_raw(open(argv[i], O_RDONLY | O_CLOEXEC), &b, &e) < 0 ||
		    rpm_file_read(b, a, &f, &e) < 0)
			bad |= differ(argv[i], "paravet", e.text);
		else
			bad |= compare(argv[i], &f);
	}
	return bad;
}
