/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's `test` and `[`: terms are joined by -a (or by nothing) and -o, of which -a binds
 * tighter; a term is a comparison, a question about a file, or a string that is true when
 * it is not empty.
 */
#include "grub.h"

#include "limits.h"
#include "text.h"

struct testing {
	struct grub_eval *g;
	const char *const *args;
	size_t n, pos;
	unsigned depth;
};

/* A number as GRUB's strtol reads it: an optional sign and the digits that follow. */
static int64_t number(const char *text)
{
	bool negative = *text == '-';
	int64_t value = 0;

	if (negative || *text == '+')
		text++;
	for (; text_is_digit(*text) && value < INT64_MAX / 10 - 1; text++)
		value = value * 10 + (*text - '0');
	return negative ? -value : value;
}

/* 1 and *ret_true when `op` is a comparison of two arguments. */
static bool compare(const char *left, const char *op, const char *right, bool *ret_true)
{
	enum { LESS = 1, EQUAL = 2, GREATER = 4 };
	static const struct {
		const char *op;
		bool numbers;
		unsigned holds;
	} ops[] = {
		{"=", false, EQUAL},
		{"==", false, EQUAL},
		{"!=", false, LESS | GREATER},
		{"<", false, LESS},
		{"<=", false, LESS | EQUAL},
		{">", false, GREATER},
		{">=", false, GREATER | EQUAL},
		{"-eq", true, EQUAL},
		{"-ne", true, LESS | GREATER},
		{"-lt", true, LESS},
		{"-le", true, LESS | EQUAL},
		{"-gt", true, GREATER},
		{"-ge", true, GREATER | EQUAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		int64_t order;

		if (strcmp(op, ops[i].op) != 0)
			continue;
		if (ops[i].numbers)
			order = number(left) < number(right)   ? -1
				: number(left) > number(right) ? 1
							       : 0;
		else
			order = strcmp(left, right);
		*ret_true = ops[i].holds & (order < 0   ? LESS
					    : order > 0 ? GREATER
							: EQUAL);
		return true;
	}
	return false;
}

/* 1 true, 0 false, 2 when `op` is no question about one argument. */
static int ask(struct testing *t, const char *op, const char *arg, struct err *e)
{
	const char *device, *path;
	struct grub_stat stat;
	int r;

	if (strcmp(op, "-n") == 0)
		return *arg != '\0';
	if (strcmp(op, "-z") == 0)
		return *arg == '\0';
	if (strcmp(op, "-d") != 0 && strcmp(op, "-e") != 0 && strcmp(op, "-f") != 0 &&
	    strcmp(op, "-s") != 0)
		return 2;
	r = grub_split_path(t->g, arg, &device, &path, e);
	if (r == 0)
		r = t->g->host->stat(t->g->host->ctx, device, path, &stat, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r < 0)
		return r;
	switch (op[1]) {
	case 'd':
		return stat.is_dir;
	case 'f':
		return !stat.is_dir;
	case 's':
		return !stat.is_dir && stat.size > 0;
	default:
		return 1;
	}
}

static int any_of(struct testing *t, struct err *e);

/* The value of one term: 0, 1, or an error. */
static int term(struct testing *t, struct err *e)
{
	const char *const *a = t->args + t->pos;
	size_t left = t->n - t->pos;
	bool holds;
	int r;

	if (left >= 3 && compare(a[0], a[1], a[2], &holds)) {
		t->pos += 3;
		return holds;
	}
	if (left >= 2) {
		r = ask(t, a[0], a[1], e);
		if (r != 2) {
			t->pos += 2;
			return r;
		}
	}
	t->pos++;
	if (strcmp(a[0], "!") == 0 && left >= 2) {
		if (t->depth++ == LIMIT_GRUB_NESTING)
			return err_set(e, ERR_LIMIT, "a test of more than %d terms",
				       LIMIT_GRUB_NESTING);
		r = term(t, e);
		return r < 0 ? r : !r;
	}
	if (strcmp(a[0], "(") != 0)
		return a[0][0] != '\0';
	if (t->depth++ == LIMIT_GRUB_NESTING)
		return err_set(e, ERR_LIMIT, "a test of more than %d terms",
			       LIMIT_GRUB_NESTING);
	r = any_of(t, e);
	if (t->pos < t->n && strcmp(t->args[t->pos], ")") == 0)
		t->pos++;
	return r;
}

static int any_of(struct testing *t, struct err *e)
{
	bool any = false, all = true;

	while (t->pos < t->n && strcmp(t->args[t->pos], ")") != 0) {
		const char *arg = t->args[t->pos];
		int r;

		if (strcmp(arg, "-a") == 0) {
			t->pos++;
			continue;
		}
		if (strcmp(arg, "-o") == 0) {
			t->pos++;
			any = any || all;
			all = true;
			continue;
		}
		r = term(t, e);
		if (r < 0)
			return r;
		all = all && r;
	}
	return any || all;
}

int grub_test(struct grub_eval *g, const char *const *args, size_t n, struct err *e)
{
	struct testing t = {.g = g, .args = args, .n = n};
	int r;

	if (n == 0)
		return 1;
	r = any_of(&t, e);
	return r < 0 ? r : !r;
}
