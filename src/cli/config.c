/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { MAX_PATH = 4096, MAX_BYTES = 16 * 1024 };

static const char blanks[] = " \t\r";

struct config_file {
	char path[MAX_PATH];
	unsigned line;
	struct config *config;
};

/* "paravet: FILE:LINE: what: what to do"; its exit status. */
__attribute__((format(printf, 2, 3))) static int complain(const struct config_file *f,
							  const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "paravet: %s:%u: ", f->path, f->line);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, blanks);
	for (n = strlen(text); n && strchr(blanks, text[n - 1]); n--)
		text[n - 1] = '\0';
	return text;
}

/* A "#" at the start of a line or of a word; elsewhere it is part of a value. */
static void cut_comment(char *line)
{
	for (char *c = strchr(line, '#'); c; c = strchr(c + 1, '#'))
		if (c == line || strchr(blanks, c[-1])) {
			*c = '\0';
			return;
		}
}

static int set_host(struct config_file *f, const char *value)
{
	struct config *c = f->config;

	if (!*value)
		return complain(f,
				"host has no value: write host = rhel5.1/x86_64/intel, "
				"or remove the line");
	if (*c->host)
		return complain(f, "host is set a second time: remove one of the lines");
	if (strlen(value) >= sizeof(c->host))
		return complain(f, "the value of host is too long: write "
				   "host = rhel5.1/x86_64/intel");
	snprintf(c->host, sizeof(c->host), "%s", value);
	snprintf(c->place, sizeof(c->place), "%s:%u", f->path, f->line);
	return 0;
}

static int take_line(struct config_file *f, char *line)
{
	char *key, *equals;

	for (const char *c = line; *c; c++)
		if (((unsigned char)*c < ' ' && !strchr(blanks, *c)) || *c == 0x7f)
			return complain(f, "a control character: this is to be a text "
					   "file with lines as host = auto");
	cut_comment(line);
	key = trim(line);
	if (!*key)
		return 0;
	equals = strchr(key, '=');
	if (!equals)
		return complain(f, "'%.80s' is no setting: write host = auto", key);
	*equals = '\0';
	key = trim(key);
	if (strcmp(key, "host") != 0)
		return complain(f, "there is no setting '%.80s': only host can be set",
				key);
	return set_host(f, trim(equals + 1));
}

static int take_text(struct config_file *f, char *text, size_t n)
{
	char *end = text + n;
	int status = 0;

	while (status == 0 && text < end) {
		char *next = memchr(text, '\n', (size_t)(end - text));

		next = next ? next : end; /* there is room for a NUL behind the end */
		*next = '\0';
		f->line++;
		status = strlen(text) < (size_t)(next - text)
				 ? complain(f, "a zero byte: this is to be a text file "
					       "with lines as host = auto")
				 : take_line(f, text);
		text = next + 1;
	}
	return status;
}

static int cannot_read(const struct config_file *f)
{
	fprintf(stderr,
		"paravet: %s: %s: make it readable, or set PARAVET_CONFIG=/dev/null to "
		"do "
		"without\n",
		f->path, strerror(errno));
	return -PARAVET_NO_INPUT;
}

static int take_file(struct config_file *f)
{
	char text[MAX_BYTES + 1];
	FILE *stream = fopen(f->path, "re");
	int status;
	size_t n;

	if (!stream)
		return cannot_read(f);
	n = fread(text, 1, sizeof(text), stream);
	if (ferror(stream))
		status = cannot_read(f);
	else if (n > MAX_BYTES)
		status = complain(f, "the file is longer than %d bytes: shorten it",
				  MAX_BYTES);
	else
		status = take_text(f, text, n);
	fclose(stream);
	return status;
}

/* Is there a file? A name that is too long is none. */
static bool is_there(struct config_file *f, const char *dir, const char *name)
{
	int n = snprintf(f->path, sizeof(f->path), "%s%s", dir, name);

	return n > 0 && n < MAX_PATH && access(f->path, F_OK) == 0;
}

static bool find_file(struct config_file *f)
{
	const char *own = getenv("PARAVET_CONFIG"), *xdg = getenv("XDG_CONFIG_HOME"),
		   *home = getenv("HOME");

	if (own && is_there(f, own, ""))
		return true;
	/* The XDG specification: a relative path is invalid, as if it were not set. */
	if (xdg && *xdg == '/') {
		if (is_there(f, xdg, "/paravet/config"))
			return true;
	} else if (home && *home && is_there(f, home, "/.config/paravet/config")) {
		return true;
	}
	return is_there(f, "/etc", "/paravet/config");
}

int config_read(struct config *ret)
{
	struct config_file f = {.config = ret};

	return find_file(&f) ? take_file(&f) : 0;
}
