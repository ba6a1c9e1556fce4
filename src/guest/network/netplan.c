/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netplan's ethernets. The file is read event by event: its size bounds the work, and no
 * alias is ever followed, so none can multiply.
 */
#include <yaml.h>

#include "limits.h"
#include "network/parts.h"

/* A mapping or list that is open. */
struct level {
	bool map, has_key;
	struct slice key; /* the last one, of a mapping; in the arena */
	size_t line;      /* of that key */
};

/* Levels by what their keys are: network: ethernets: eth0: match: macaddress. */
enum { NETWORK, ETHERNETS, ID, SETTING, MATCH };

struct netplan {
	struct text lines; /* read up to the one that was asked for last */
	struct slice line;
	struct arena *arena;
	struct level levels[LIMIT_NETPLAN_DEPTH];
	size_t depth;
	struct nic_fact nic; /* of the id that is being read */
	const char *new_name;
	bool match;
	nic_list list;
};

/* Is level `at` open, with this as its last key? */
static bool is_at(const struct netplan *n, size_t at, const char *key)
{
	return at < n->depth && n->levels[at].map && slice_eq(n->levels[at].key, key);
}

static bool in_ethernets(const struct netplan *n)
{
	return is_at(n, NETWORK, "network") && is_at(n, ETHERNETS, "ethernets");
}

/* Line `number` of the text, from 1, without a comment behind it. Lines are asked for in
 * their order, so the text is walked once. */
static struct slice line_of(struct netplan *n, size_t number)
{
	while (n->lines.line < number && text_line(&n->lines, &n->line))
		;
	return text_trim(slice_of(n->line.p, slice_search(n->line, " #", 2)));
}

/* --- Values --- */

static int take_match(struct netplan *n, struct slice value, size_t line, struct err *e)
{
	int r = 0;

	if (is_at(n, MATCH, "macaddress"))
		return keep(n->arena, value, &n->nic.hwaddr, e);
	if (is_at(n, MATCH, "name"))
		return keep(n->arena, value, &n->nic.device, e);
	if (!is_at(n, MATCH, "driver"))
		return 0;
	n->nic.bound_line = n->nic.bound ? 0 : line;
	n->nic.driver_from = "match";
	if (!n->nic.bound)
		r = keep(n->arena, line_of(n, line), &n->nic.bound, e);
	return r < 0 ? r : keep(n->arena, value, &n->nic.driver, e);
}

/* A value, or an item of a list, below an id. */
static int take_value(struct netplan *n, struct slice value, size_t line, struct err *e)
{
	if (!in_ethernets(n) || n->depth <= SETTING)
		return 0;
	if (is_at(n, SETTING, "match"))
		return take_match(n, value, line, e);
	if (is_at(n, SETTING, "addresses") && !n->nic.method)
		return keep(n->arena, slice_str("static"), &n->nic.method, e);
	if (n->depth > SETTING + 1)
		return 0;
	if (is_at(n, SETTING, "set-name"))
		return keep(n->arena, value, &n->new_name, e);
	if (is_at(n, SETTING, "activation-mode"))
		n->nic.boot = KNOWN_NO; /* "manual" or "off" */
	if ((is_at(n, SETTING, "dhcp4") || is_at(n, SETTING, "dhcp6")) && is_yes(value))
		return keep(n->arena, slice_str("dhcp"), &n->nic.method, e);
	return 0;
}

/* --- Ids --- */

static void begin_id(struct netplan *n)
{
	n->nic = (struct nic_fact){.source.line = n->levels[ID].line, .boot = KNOWN_YES};
	n->new_name = NULL;
	n->match = false;
}

/* Without match: the id is the card's name; with it, it is nothing but a word. */
static int end_id(struct netplan *n, struct err *e)
{
	int r = n->match ? 0 : keep(n->arena, n->levels[ID].key, &n->nic.device, e);

	if (r < 0)
		return r;
	if (n->match && n->new_name) {
		n->nic.names = true;
		n->nic.device = n->new_name;
	}
	return add_card(n->arena, &n->list, n->nic, e);
}

/* --- Events --- */

static int open_level(struct netplan *n, bool map, size_t line, struct err *e)
{
	const struct level *above = n->depth ? &n->levels[n->depth - 1] : NULL;

	if (above && above->map && !above->has_key)
		return err_set(e, ERR_UNSUPPORTED, "line %zu: a key that is no word",
			       line);
	if (n->depth == LIMIT_NETPLAN_DEPTH)
		return err_set(e, ERR_LIMIT, "line %zu: nested more than %d deep", line,
			       LIMIT_NETPLAN_DEPTH);
	n->levels[n->depth++] = (struct level){.map = map};
	if (n->depth == SETTING + 1 && in_ethernets(n))
		begin_id(n);
	if (n->depth == MATCH + 1 && in_ethernets(n) && is_at(n, SETTING, "match"))
		n->match = true;
	return 0;
}

/* The parser pairs what opens with what closes. */
static int close_level(struct netplan *n, struct err *e)
{
	int r = 0;

	if (n->depth == SETTING + 1 && in_ethernets(n) && n->levels[SETTING].map)
		r = end_id(n, e);
	n->depth--;
	if (n->depth)
		n->levels[n->depth - 1].has_key = false;
	return r;
}

static int take_scalar(struct netplan *n, struct slice s, size_t line, struct err *e)
{
	struct level *l = n->depth ? &n->levels[n->depth - 1] : NULL;
	const char *copy;
	int r;

	if (!l)
		return 0;
	if (!l->map || l->has_key) {
		r = take_value(n, s, line, e);
		l->has_key = false;
		return r;
	}
	copy = arena_strndup(n->arena, s);
	if (!copy)
		return arena_full(n->arena, e);
	*l = (struct level){true, true, slice_of(copy, s.n), line};
	return 0;
}

/* Does a value here say which card an entry is for? */
static bool matters(const struct netplan *n)
{
	if (n->depth <= ETHERNETS || !in_ethernets(n))
		return n->depth <= ETHERNETS;
	return n->depth <= SETTING || is_at(n, SETTING, "match") ||
	       is_at(n, SETTING, "set-name") || is_at(n, SETTING, "<<");
}

/* What an alias stands for is not looked up. */
static int take_alias(struct netplan *n, size_t line, struct err *e)
{
	if (matters(n))
		return err_set(e, ERR_UNSUPPORTED, "line %zu: an alias is not followed",
			       line);
	n->levels[n->depth - 1].has_key = !n->levels[n->depth - 1].has_key;
	return 0;
}

static int take_event(struct netplan *n, const yaml_event_t *event, struct err *e)
{
	size_t line = event->start_mark.line + 1;

	switch (event->type) {
	case YAML_MAPPING_START_EVENT:
		return open_level(n, true, line, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(n, false, line, e);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return close_level(n, e);
	case YAML_SCALAR_EVENT:
		return take_scalar(
			n, slice_of(event->data.scalar.value, event->data.scalar.length),
			line, e);
	case YAML_ALIAS_EVENT:
		return take_alias(n, line, e);
	default:
		return 0;
	}
}

static int take_events(struct netplan *n, yaml_parser_t *parser, struct err *e)
{
	yaml_event_t event;
	bool end = false;
	int r = 0;

	while (r >= 0 && !end) {
		if (!yaml_parser_parse(parser, &event))
			return err_set(e, ERR_CORRUPT, "line %zu: %s",
				       parser->problem_mark.line + 1,
				       parser->problem ? parser->problem
						       : "this is no YAML");
		end = event.type == YAML_STREAM_END_EVENT;
		r = take_event(n, &event, e);
		yaml_event_delete(&event);
	}
	return r;
}

int netplan_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct netplan n = {.lines = text_of(text), .arena = a};
	yaml_parser_t parser;
	int r = refuse_binary(text, e);

	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return err_set(e, ERR_NOMEM, "out of memory");
	yaml_parser_set_input_string(&parser, text.p, text.n);
	r = take_events(&n, &parser, e);
	yaml_parser_delete(&parser);
	if (r >= 0)
		*ret = n.list;
	return r;
}
