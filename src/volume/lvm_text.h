/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The language in which LVM2 writes its metadata and its configuration (lvm.conf(5),
 * "SYNTAX").
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

/* One value: a number (text NULL) or a string. */
struct lvm_value {
	const char *text;
	uint64_t number;
	struct lvm_value *next;
};

/* "key = values" or "key { child ... }". */
struct lvm_node {
	const char *key;
	bool section;
	size_t at; /* where its values begin in the text: at the bracket of a list */
	struct lvm_value *values;
	struct lvm_node *child, *next;
};

/* The whole text as an unnamed section, in the arena. */
int lvm_text_parse(struct slice text, struct arena *a, struct lvm_node **ret,
		   struct err *e);

/* The section or assignment of that name inside of a section, or NULL. */
const struct lvm_node *lvm_section(const struct lvm_node *in, const char *key);
const struct lvm_node *lvm_assignment(const struct lvm_node *in, const char *key);
/* A value that is a string, or NULL. */
const char *lvm_string(const struct lvm_node *in, const char *key);
/* A value that is a number not above `max`. */
bool lvm_number(const struct lvm_node *in, const char *key, uint64_t max, uint64_t *ret);
/* Does the list of that name hold the string? */
bool lvm_has(const struct lvm_node *in, const char *key, const char *word);
