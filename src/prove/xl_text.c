/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xl_text.h"

#include <string.h>

#include "text.h"

bool xl_is_pv_only(const struct setup *s, size_t disk)
{
	return text_same(s->disks.v[disk].offer, "pv");
}

void xl_put_disk(const struct xl_guest *g, size_t disk, struct strbuf *out)
{
	strbuf_printf(out, "format=raw,vdev=xvd%c,access=rw,backendtype=phy,target=%s",
		      (char)('a' + disk), g->devices[disk]);
}

static const char *bus_of(const struct setup *s)
{
	for (size_t i = 0; i < s->disks.n; i++)
		if (strcmp(s->disks.v[i].offer, "ide") == 0)
			return "ide";
	return "ahci";
}

void xl_put_config(const struct setup *s, const struct setup_machine *m,
		   const struct xl_guest *g, struct strbuf *out)
{
	strbuf_printf(out,
		      "name=\"%s\"\n"
		      "type=\"hvm\"\n"
		      "vcpus=1\n"
		      "memory=%llu\n"
		      "serial=\"unix:%s\"\n"
		      "vga=\"none\"\n"
		      "vnc=0\n"
		      "boot=\"c\"\n"
		      /* A trapped clock is dear where Xen itself runs in a machine. */
		      "tsc_mode=\"native\"\n"
		      "hdtype=\"%s\"\n"
		      /* A guest starts from its disks or not at all. */
		      "device_model_args=[\"-global\",\"rtl8139.romfile=\"]\n"
		      "disk=[\n",
		      g->name, (unsigned long long)m->memory, g->serial, bus_of(s));
	for (size_t i = 0; i < s->disks.n; i++) {
		if (xl_is_pv_only(s, i))
			continue;
		strbuf_str(out, "  \"");
		xl_put_disk(g, i, out);
		strbuf_str(out, "\",\n");
	}
	strbuf_str(out, "]\nvif=[");
	/* By name: the host's own choice may be another script. */
	if (!s->card_missing)
		strbuf_printf(out, "\"mac=%s,bridge=%s,script=vif-bridge,%s\"", m->mac,
			      g->bridge,
			      strcmp(s->card_offer, "pv") == 0
				      ? "type=vif"
				      : "type=ioemu,model=rtl8139");
	strbuf_str(out, "]\n");
}

/* "12.3": seconds. */
static bool parse_seconds(struct slice word, uint64_t *ret_ms)
{
	struct slice whole, tenths;
	uint64_t s, t;

	if (!text_split(word, '.', &whole, &tenths) || tenths.n != 1 ||
	    !text_u64(whole, UINT32_MAX, &s) || !text_u64(tenths, 9, &t))
		return false;
	*ret_ms = s * 1000 + t * 100;
	return true;
}

static bool has_any(struct slice s, const char *letters)
{
	for (; *letters; letters++)
		if (slice_find(s, 0, (uint8_t)*letters) < s.n)
			return true;
	return false;
}

/* name, id, MiB, processors, state, seconds. Of the letters of the state those that hold
 * stand there: running, blocked, paused, shut down, crashed, dying. */
bool xl_parse_list(struct slice text, const char *name, struct xl_domain *ret)
{
	struct text lines = text_of(text);
	struct slice line, words[6];
	uint64_t id, ms;

	while (text_line(&lines, &line)) {
		size_t n = 0;

		while (n < ARRAY_LEN(words) && text_word(&line, &words[n]))
			n++;
		if (n < ARRAY_LEN(words) || !slice_eq(words[0], name) ||
		    !text_u64(words[1], UINT16_MAX, &id) || !parse_seconds(words[5], &ms))
			continue;
		*ret = (struct xl_domain){.id = (unsigned)id,
					  .milliseconds = ms,
					  .ended = has_any(words[4], "scd"),
					  .waits = !has_any(words[4], "rbpscd")};
		return true;
	}
	return false;
}

/* The disk of this id, made when there is none yet. */
static struct xl_disk *disk_of(struct xl_disk *list, size_t *n, size_t max, unsigned id)
{
	for (size_t i = 0; i < *n; i++)
		if (list[i].id == id)
			return &list[i];
	if (*n == max)
		return NULL;
	list[*n] = (struct xl_disk){.id = id, .disk = max};
	return &list[(*n)++];
}

/* XenbusStateConnected of Xen's public headers. */
static const char connected[] = "4";

static void set_key(struct xl_disk *d, struct slice key, struct slice value, size_t max)
{
	int letter = slice_at(value, 3);

	if (slice_eq(key, "state"))
		d->connected = slice_eq(value, connected);
	else if (value.n == 4 && slice_starts(value, "xvd") && letter >= 'a' &&
		 (size_t)(letter - 'a') < max)
		d->disk = (size_t)(letter - 'a');
}

/* ".../51712/state = "4"": one line a key. The keys of a disk have no folders. */
size_t xl_parse_disks(struct slice text, struct xl_disk *ret, size_t max)
{
	struct text lines = text_of(text);
	struct slice line, path, value, id, rest;
	size_t n = 0;

	while (text_line(&lines, &line)) {
		struct xl_disk *d;
		uint64_t number;

		if (!text_split(line, '=', &path, &value))
			continue;
		id = SLICE_NONE;
		for (path = text_trim(path); text_split(path, '/', &rest, &path);)
			id = rest;
		if (!text_u64(id, UINT32_MAX, &number) ||
		    (!slice_eq(path, "state") && !slice_eq(path, "dev")))
			continue;
		d = disk_of(ret, &n, max, (unsigned)number);
		if (d)
			set_key(d, path, text_unquote(text_trim(value)), max);
	}
	return n;
}
