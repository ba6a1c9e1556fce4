/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the keeper sees of the guest: its serial line, its frames, its disks' rings. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "clock.h"
#include "text.h"
#include "xl_here.h"
#include "xl_keeper.h"

enum {
	LOOK_MS = 1000, /* between two looks; longer where programs are slow */
	LINE = 500,     /* the start of a guest's line says enough */
	FRAMES_TOLD = 10,
	FRAME_START = 64,
	LAST_WORDS_MS = 300,
};

/* What is seen, between two looks. */
struct sighting {
	struct keeper *k;
	struct strbuf line; /* the guest's, that comes */
	unsigned frames;    /* told so far */
	struct xl_disk disks[LIMIT_XEN_DISKS];
	size_t disk_count;
	bool told[LIMIT_XEN_DISKS]; /* that it has connected */
	int model;                  /* the device model's process; 0: not known */
	uint64_t looked;            /* when, on the clock */
	uint64_t waited; /* milliseconds that the guest has waited for others */
	bool counted;    /* the host told of requests once */
	bool ended, failed;
};

static void end_line(struct sighting *s)
{
	struct slice line = slice_of(s->line.s, s->line.n);
	char text[LINE + 32];
	int n = snprintf(text, sizeof(text), "guest: %.*s\n", (int)line.n,
			 line.n ? (const char *)line.p : "");

	(void)!send(s->k->stream, text, (size_t)n, MSG_NOSIGNAL);
	strbuf_done(&s->line);
	s->line = (struct strbuf)STRBUF_INIT(LINE + 1);
}

/* What is not text ends no line and is left out. */
static void take_console(struct sighting *s)
{
	uint8_t buf[4096];
	ssize_t n = recv(s->k->console, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(TAKE_FD(s->k->console));
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if (buf[i] == '\n')
			end_line(s);
		else if (buf[i] != '\r' && buf[i] && s->line.n < LINE)
			strbuf_char(&s->line, (char)buf[i]);
}

/* The device model has connected before the guest ran. */
static void find_console(struct sighting *s)
{
	struct keeper *k = s->k;

	if (k->console < 0 && k->serial_listener >= 0) {
		k->console = accept4(k->serial_listener, NULL, NULL, SOCK_CLOEXEC);
		if (k->console >= 0)
			close(TAKE_FD(k->serial_listener));
	}
}

/* The PV card of the guest on this side. */
static void card_name(const struct sighting *s, char buf[static IF_NAMESIZE])
{
	snprintf(buf, IF_NAMESIZE, "vif%u.0", s->k->domain);
}

static void find_card(struct sighting *s)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL)};
	char name[IF_NAMESIZE];

	if (s->k->frames >= 0 || s->k->setup->card_missing || s->frames == FRAMES_TOLD)
		return;
	card_name(s, name);
	at.sll_ifindex = (int)if_nametoindex(name);
	if (!at.sll_ifindex)
		return;
	/* Of no protocol before it is bound: of no other interface. */
	s->k->frames = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s->k->frames >= 0 &&
	    bind(s->k->frames, (const struct sockaddr *)&at, sizeof(at)) < 0)
		close(TAKE_FD(s->k->frames));
}

static void tell_frame(struct sighting *s, struct slice frame)
{
	char name[IF_NAMESIZE], digits[2 * FRAME_START + 1];

	card_name(s, name);
	for (size_t i = 0; i < frame.n; i++)
		snprintf(digits + 2 * i, 3, "%02x", slice_at(frame, i));
	keeper_tell(s->k, "frame %s %s", name, digits);
	s->frames++;
}

static void take_frame(struct sighting *s)
{
	struct sockaddr_ll from = {0};
	socklen_t size = sizeof(from);
	uint8_t buf[FRAME_START];
	ssize_t n = recvfrom(s->k->frames, buf, sizeof(buf), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &size);

	if (n >= ETH_HLEN && from.sll_pkttype != PACKET_OUTGOING)
		tell_frame(s, slice_of(buf, (size_t)n));
	/* Enough to know the card; a flood is not looked at. */
	if (s->frames == FRAMES_TOLD || (n < 0 && errno != EAGAIN && errno != EINTR))
		close(TAKE_FD(s->k->frames));
}

static void look_at_processor(struct sighting *s, const struct xl_domain *d)
{
	uint64_t had = 0, waited = 0, now = clock_ms();

	if (d->waits)
		s->waited += now - s->looked;
	/* What it emulates is work of the guest, too. */
	if (s->model)
		process_times(s->model, &had, &waited);
	keeper_tell(s->k, "guest processor %llu %llu",
		    (unsigned long long)(d->milliseconds + had),
		    (unsigned long long)(s->waited + waited));
}

/* A domain that is not there any more has ended. */
static void look_at_domain(struct sighting *s)
{
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);
	const struct keeper *k = s->k;
	struct xl_domain d;

	if (keeper_run(k, &said, k->setup->xl->xl, "list", k->name, NULL) != 0 ||
	    !xl_parse_list(slice_str(strbuf_text(&said)), k->name, &d)) {
		s->ended = true;
		return;
	}
	s->ended = d.ended;
	look_at_processor(s, &d);
}

static bool all_connected(const struct sighting *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->disk_count; i++)
		n += s->disks[i].connected && s->disks[i].disk < LIMIT_XEN_DISKS;
	return n == s->k->setup->disks.n;
}

/* Connected: the guest's driver and the host's agreed on a ring. */
static void look_into_store(struct sighting *s)
{
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);
	const struct keeper *k = s->k;
	char path[64];

	if (all_connected(s))
		return;
	snprintf(path, sizeof(path), "/local/domain/0/backend/vbd/%u", k->domain);
	if (keeper_run(k, &said, k->setup->xl->xenstore_ls, "-f", path, NULL) == 0)
		s->disk_count = xl_parse_disks(slice_str(strbuf_text(&said)), s->disks,
					       LIMIT_XEN_DISKS);
}

static void look_at_disk(struct sighting *s, const struct xl_disk *d)
{
	uint64_t reads, writes;
	char letter = (char)('a' + d->disk);

	if (!d->connected || d->disk >= LIMIT_XEN_DISKS)
		return;
	if (!s->told[d->disk])
		keeper_tell(s->k, "disk xvd%c connected", letter);
	s->told[d->disk] = true;
	if (xl_counts(s->k->domain, d->id, &reads, &writes)) {
		s->counted = true;
		keeper_tell(s->k, "disk xvd%c reads %llu writes %llu", letter,
			    (unsigned long long)reads, (unsigned long long)writes);
	} else if (!s->counted && !s->ended && !s->failed) {
		s->failed = true;
		keeper_tell(s->k,
			    "failed the host's block driver does not count requests: is "
			    "it xen-blkback?");
	}
}

static void look(struct sighting *s)
{
	find_console(s);
	find_card(s);
	look_into_store(s);
	look_at_domain(s);
	for (size_t i = 0; i < s->disk_count; i++)
		look_at_disk(s, &s->disks[i]);
	s->looked = clock_ms();
}

/* Whatever comes within `ms` milliseconds; false when somebody wants an end. */
static bool take(struct sighting *s, int ms)
{
	const struct keeper *k = s->k;
	struct pollfd p[4] = {{.fd = k->stream},
			      {.fd = k->signals, .events = POLLIN},
			      {.fd = k->console, .events = POLLIN},
			      {.fd = k->frames, .events = POLLIN}};

	if (poll(p, ARRAY_LEN(p), ms) <= 0)
		return true;
	if (p[2].revents)
		take_console(s);
	if (p[3].revents)
		take_frame(s);
	return !p[0].revents && !p[1].revents;
}

/* The device model is the guest's screen, disks and cards, as far as they are emulated.
 */
static void find_model(struct sighting *s)
{
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);
	const struct keeper *k = s->k;
	uint64_t pid;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/image/device-model-pid",
		 k->domain);
	if (keeper_run(k, &said, k->setup->xl->xenstore_read, path, NULL) == 0 &&
	    text_u64(text_trim(slice_str(strbuf_text(&said))), INT32_MAX, &pid))
		s->model = (int)pid;
}

void keeper_watch(struct keeper *k)
{
	struct sighting s = {.k = k, .line = STRBUF_INIT(LINE + 1), .looked = clock_ms()};
	bool on = true;

	find_model(&s);
	find_console(&s);
	find_card(&s);
	while (on && !s.ended && !s.failed) {
		uint64_t start = clock_ms(), pause;

		look(&s);
		/* Programs take no more than a fifth of the time. */
		pause = 4 * (s.looked - start);
		pause = pause < LOOK_MS ? LOOK_MS : pause;
		while (on && clock_ms() - s.looked < pause)
			on = take(&s, (int)(pause - (clock_ms() - s.looked)) + 1);
	}
	for (uint64_t start = clock_ms(); s.ended && clock_ms() - start < LAST_WORDS_MS;)
		take(&s, LAST_WORDS_MS);
	if (s.line.n)
		end_line(&s);
	strbuf_done(&s.line);
	if (s.ended)
		keeper_tell(k, "guest ended");
}
