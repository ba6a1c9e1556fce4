/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sftp_client.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "limits.h"
#include "put.h"
#include "requests.h"
#include "sftp_proto.h"

/* One that is small. */
struct packet {
	uint8_t bytes[LIMIT_SFTP_PACKET];
	size_t n;
};

struct sftp_blocks {
	struct blocks blocks;
	struct requests requests;
	struct packet packet; /* for those of no bytes of the file */
	uint8_t handle[SFTP_HANDLE_MAX];
	size_t handle_len;
};

/* --- packets --- */

static void add(struct packet *p, size_t n, uint64_t v)
{
	put_be(p->bytes + p->n, n, v);
	p->n += n;
}

static void add_string(struct packet *p, const void *s, size_t n)
{
	add(p, 4, n);
	memcpy(p->bytes + p->n, s, n);
	p->n += n;
}

static void begin(struct packet *p, enum sftp_type type, uint64_t id)
{
	p->n = SFTP_LENGTH_BYTES;
	add(p, 1, type);
	add(p, 4, id);
}

static int transmit(int sock, struct packet *p, struct err *e)
{
	put_be(p->bytes, SFTP_LENGTH_BYTES, p->n - SFTP_LENGTH_BYTES);
	return requests_transmit(sock, p->bytes, p->n, e);
}

/* The length of the next packet, of which at least `least` bytes follow. */
static int receive_length(int sock, uint32_t least, uint32_t *ret, struct err *e)
{
	uint8_t bytes[SFTP_LENGTH_BYTES] = {0};
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
	int r = requests_receive(sock, bytes, sizeof(bytes), e);

	*ret = rd_u32be(&rd);
	return r < 0 ? r : *ret < least ? requests_senseless(e) : 0;
}

/* A whole packet without its length: the type, then the rest. */
static int receive(int sock, struct packet *p, struct reader *ret, struct err *e)
{
	uint32_t n;
	int r = receive_length(sock, 1, &n, e);

	if (r < 0)
		return r;
	if (n > sizeof(p->bytes))
		return requests_senseless(e);
	p->n = n;
	*ret = reader_of(slice_of(p->bytes, n));
	return requests_receive(sock, p->bytes, n, e);
}

static struct slice take_string(struct reader *rd)
{
	uint32_t n = rd_u32be(rd);

	return rd_bytes(rd, n);
}

/* --- errors --- */

/* What follows the number of the request in a STATUS. */
static int status_error(struct reader *rd, struct err *e)
{
	uint32_t code = rd_u32be(rd);
	struct slice said;

	if (!rd_ok(rd))
		return requests_senseless(e);
	switch (code) {
	case SFTP_OK: /* where something else is wanted */
		return requests_senseless(e);
	case SFTP_EOF:
		return err_set(e, ERR_IO, "the file has become shorter there");
	case SFTP_NO_SUCH_FILE:
		return err_set(e, ERR_ABSENT, "no such file on the host");
	case SFTP_PERMISSION_DENIED:
		return err_set(e, ERR_REFUSED,
			       "permission denied: the user of the host needs read "
			       "access to it");
	default:
		/* The text is left out by some servers. */
		said = take_string(rd);
		return err_set(e, ERR_IO,
			       "the host cannot read it: status %" PRIu32 "%s%s", code,
			       rd_ok(rd) && said.n ? ", " : "",
			       rd_ok(rd) ? escape_short(said).text : "");
	}
}

/* --- opening --- */

int sftp_greet(int sock, struct err *e)
{
	uint8_t bytes[SFTP_LENGTH_BYTES + 5],
		*to = put_be(bytes, SFTP_LENGTH_BYTES, sizeof(bytes) - SFTP_LENGTH_BYTES);

	to = put_be(to, 1, SFTP_INIT);
	put_be(to, 4, SFTP_VERSION);
	return requests_transmit(sock, bytes, sizeof(bytes), e);
}

/* What a start-up file of the user's shell prints comes before the server's words. */
static int take_hello(int sock, struct packet *p, struct err *e)
{
	struct reader rd = reader_of(SLICE_NONE);
	uint32_t version;
	int r = receive(sock, p, &rd, e);

	if (r == -ERR_IO)
		return r;
	if (r < 0 || rd_u8(&rd) != SFTP_HELLO)
		return err_set(e, ERR_CORRUPT,
			       "the host does not answer in SFTP: a start-up file of the "
			       "user's shell there may print something");
	version = rd_u32be(&rd);
	if (!rd_ok(&rd))
		return requests_senseless(e);
	if (version != SFTP_VERSION)
		return err_set(e, ERR_UNSUPPORTED,
			       "the host speaks version %" PRIu32
			       " of SFTP, and version %d is read: " SFTP_OTHERWISE,
			       version, SFTP_VERSION);
	return 0;
}

/* Sends the request in the packet and takes its answer there, of the type `wanted`. */
static int question(int sock, struct packet *p, uint32_t id, enum sftp_type wanted,
		    struct reader *ret, struct err *e)
{
	uint8_t type;
	int r = transmit(sock, p, e);

	if (r >= 0)
		r = receive(sock, p, ret, e);
	if (r < 0)
		return r;
	type = rd_u8(ret);
	if (rd_u32be(ret) != id || !rd_ok(ret))
		return requests_senseless(e);
	if (type == SFTP_STATUS)
		return status_error(ret, e);
	return type == wanted ? 0 : requests_senseless(e);
}

static int open_file(struct sftp_blocks *s, int sock, const char *path, struct err *e)
{
	struct packet *p = &s->packet;
	struct slice handle;
	struct reader rd;
	int r;

	if (strlen(path) > LIMIT_PATH)
		return err_set(e, ERR_USAGE, "the name of the file is too long");
	begin(p, SFTP_OPEN, ++s->requests.id);
	add_string(p, path, strlen(path));
	add(p, 4, SFTP_OPEN_READ);
	add(p, 4, 0); /* no attributes */
	r = question(sock, p, (uint32_t)s->requests.id, SFTP_HANDLE, &rd, e);
	if (r < 0)
		return r;
	handle = take_string(&rd);
	if (!rd_ok(&rd) || handle.n > sizeof(s->handle))
		return requests_senseless(e);
	memcpy(s->handle, handle.p, handle.n);
	s->handle_len = handle.n;
	return 0;
}

/* What it is that is no file; NULL: it is one, as far as is told. */
static const char *kind_of(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a directory: name the disk's file in it";
	case S_IFBLK:
		return "a block device, whose size SFTP does not tell: " SFTP_OTHERWISE;
	default:
		return "neither a file nor a block device";
	}
}

static int take_size(struct reader *rd, uint64_t *ret, struct err *e)
{
	uint32_t flags = rd_u32be(rd), mode = 0;
	uint64_t size = flags & SFTP_ATTR_SIZE ? rd_u64be(rd) : 0;
	const char *kind;

	if (flags & SFTP_ATTR_OWNERS)
		rd_skip(rd, 4 + 4);
	if (flags & SFTP_ATTR_MODE)
		mode = rd_u32be(rd);
	if (!rd_ok(rd))
		return requests_senseless(e);
	kind = kind_of(mode);
	if (kind)
		return err_set(e, ERR_UNSUPPORTED, "it is %s", kind);
	if (!(flags & SFTP_ATTR_SIZE))
		return err_set(e, ERR_UNSUPPORTED,
			       "the host does not tell its size: " SFTP_OTHERWISE);
	if (size > INT64_MAX)
		return err_set(e, ERR_CORRUPT, "the host says a size that no file has");
	*ret = size;
	return 0;
}

static int ask_for_size(struct sftp_blocks *s, int sock, uint64_t *ret, struct err *e)
{
	struct packet *p = &s->packet;
	struct reader rd;
	int r;

	begin(p, SFTP_FSTAT, ++s->requests.id);
	add_string(p, s->handle, s->handle_len);
	r = question(sock, p, (uint32_t)s->requests.id, SFTP_ATTRS, &rd, e);
	return r < 0 ? r : take_size(&rd, ret, e);
}

/* --- reading --- */

static struct sftp_blocks *blocks_of(struct requests *q)
{
	return (struct sftp_blocks *)((uint8_t *)q -
				      offsetof(struct sftp_blocks, requests));
}

static int ask_for_bytes(struct requests *q, uint64_t id, uint64_t off, size_t len,
			 struct err *e)
{
	struct sftp_blocks *s = blocks_of(q);
	struct packet *p = &s->packet;

	if (id > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "too much was read of it");
	begin(p, SFTP_READ, id);
	add_string(p, s->handle, s->handle_len);
	add(p, 8, off);
	add(p, 4, len);
	return transmit(q->sock, p, e);
}

/* The bytes of a file, whose number is told twice. */
static int hear_data(struct requests *q, uint32_t left, size_t *ret, struct err *e)
{
	uint8_t bytes[4] = {0};
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
	int r = left < sizeof(bytes) ? requests_senseless(e)
				     : requests_receive(q->sock, bytes, sizeof(bytes), e);

	*ret = rd_u32be(&rd);
	return r >= 0 && *ret != left - sizeof(bytes) ? requests_senseless(e) : r;
}

static int hear_status(struct requests *q, uint32_t left, struct err *e)
{
	struct packet *p = &blocks_of(q)->packet;
	struct reader rd = reader_of(slice_of(p->bytes, left));
	int r = left > sizeof(p->bytes) ? requests_senseless(e)
					: requests_receive(q->sock, p->bytes, left, e);

	if (r < 0)
		return r;
	r = status_error(&rd, e);
	return r == -ERR_CORRUPT ? r : 0;
}

static int hear_answer(struct requests *q, struct requests_answer *ret, struct err *e)
{
	uint8_t head[5];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	uint32_t n;
	uint8_t type;
	int r = receive_length(q->sock, sizeof(head), &n, e);

	if (r >= 0)
		r = requests_receive(q->sock, head, sizeof(head), e);
	if (r < 0)
		return r;
	type = rd_u8(&rd);
	*ret = (struct requests_answer){.id = rd_u32be(&rd), .failed = type != SFTP_DATA};
	n -= sizeof(head);
	if (type == SFTP_DATA)
		return hear_data(q, n, &ret->n, e);
	return type == SFTP_STATUS ? hear_status(q, n, e) : requests_senseless(e);
}

static int sftp_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	return requests_read(&((struct sftp_blocks *)b)->requests, off, buf, len, e);
}

/* Nobody waits for the answer. */
static void sftp_done(struct blocks *b)
{
	struct sftp_blocks *s = (struct sftp_blocks *)b;
	struct packet *p = &s->packet;
	struct err ignored = ERR_INIT;

	begin(p, SFTP_CLOSE, s->requests.id + 1);
	add_string(p, s->handle, s->handle_len);
	(void)transmit(s->requests.sock, p, &ignored);
	requests_done(&s->requests);
	close(s->requests.sock);
}

int blocks_sftp(int sock, const char *path, struct blocks **ret, struct err *e)
{
	static const struct blocks_ops ops = {.read = sftp_read, .done = sftp_done};
	static const struct requests_protocol protocol = {.ask = ask_for_bytes,
							  .hear = hear_answer,
							  .piece = SFTP_PIECE,
							  .count = REQUESTS_MAX,
							  .ahead = 24};
	_cleanup_free_ struct sftp_blocks *s = calloc(1, sizeof(*s));
	uint64_t size = 0;
	int r = s ? take_hello(sock, &s->packet, e)
		  : err_set(e, ERR_NOMEM, "out of memory");

	if (r >= 0)
		r = open_file(s, sock, path, e);
	if (r >= 0)
		r = ask_for_size(s, sock, &size, e);
	if (r < 0)
		return r;
	s->blocks = (struct blocks){
		.ops = &ops, .format = "raw", .size = size, .sector_size = 512};
	s->requests.protocol = &protocol;
	s->requests.sock = sock;
	s->requests.size = size;
	*ret = &TAKE_PTR(s)->blocks;
	return 0;
}
