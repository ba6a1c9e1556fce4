/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as all that a client of the gate says: what reaches the server are requests
 * that read, and of one file. */
#include <sys/socket.h>
#include <unistd.h>

#include "sftp_gate.h"
#include "sftp_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice passed)
{
	struct reader rd = reader_of(passed);
	unsigned opened = 0;

	while (rd_left(&rd)) {
		uint32_t n = rd_u32be(&rd);
		struct reader packet = reader_of(rd_bytes(&rd, n));
		uint8_t type = rd_u8(&packet);

		opened += type == SFTP_OPEN;
		if (!rd_ok(&rd) || opened > 1 ||
		    (type != SFTP_OPEN && type != SFTP_READ && type != SFTP_FSTAT &&
		     type != SFTP_CLOSE))
			__builtin_trap();
		if (type == SFTP_OPEN &&
		    !slice_has(packet.s, 1 + 4, "\0\0\0\5/disk\0\0\0\1\0\0\0\0", 17))
			__builtin_trap();
	}
}

static void run(const uint8_t *data, size_t size, int client[2], int server[2])
{
	static uint8_t passed[1 << 16];
	struct err e = ERR_INIT;
	ssize_t n;

	if (write(client[0], data, size) != (ssize_t)size)
		return;
	shutdown(client[0], SHUT_WR);
	if (sftp_gate_run("/disk", client[1], server[1], &e) < 0 && e.code != ERR_REFUSED)
		__builtin_trap();
	shutdown(server[1], SHUT_WR);
	n = recv(server[0], passed, sizeof(passed), MSG_WAITALL);
	check(slice_of(passed, n > 0 ? (size_t)n : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int client[2], server[2];

	if (size > 8192 || socketpair(AF_UNIX, SOCK_STREAM, 0, client) < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, server) == 0) {
		run(data, size, client, server);
		close(server[0]);
		close(server[1]);
	}
	close(client[0]);
	close(client[1]);
	return 0;
}
