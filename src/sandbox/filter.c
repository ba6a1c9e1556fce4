/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of system calls as a BPF program. */
#include "filter.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef NATIVE_ARCH

static void emit(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	f->code[f->n++] = (struct sock_filter){code, yes, no, k};
}

static void emit_load(struct filter *f, size_t offset)
{
	emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The value that an argument has to equal. */
static uint32_t wanted(const struct check *c, const struct seccomp_fds *fds)
{
	switch (c->kind) {
	case CHECK_SOCKET:
		return (uint32_t)fds->sock;
	case CHECK_PEER:
		return (uint32_t)fds->peer;
	case CHECK_SCRATCH:
		return (uint32_t)fds->scratch;
	case CHECK_OUTPUT:
		return (uint32_t)fds->output;
	case CHECK_SELF:
		return (uint32_t)getpid();
	default:
		return c->value;
	}
}

/* Goes on when the check holds, else jumps over `skip` instructions after it. */
static void emit_check(struct filter *f, const struct check *c,
		       const struct seccomp_fds *fds, uint8_t skip)
{
	emit_load(f, offsetof(struct seccomp_data, args) + 8 * (size_t)c->arg);
	switch (c->kind) {
	case CHECK_SET:
		emit(f, BPF_ALU | BPF_AND | BPF_K, c->value, 0, 0);
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, c->value, 0, skip);
		break;
	case CHECK_CLEAR:
		emit(f, BPF_JMP | BPF_JSET | BPF_K, c->value, skip, 0);
		break;
	default:
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, wanted(c, fds), 0, skip);
	}
}

static uint8_t check_length(const struct check *c)
{
	return c->kind == CHECK_NONE ? 0 : c->kind == CHECK_SET ? 3 : 2;
}

/* The accumulator holds the call's number before and after. */
void filter_row(struct filter *f, const struct row *r, const struct seccomp_fds *fds)
{
	uint8_t first = check_length(&r->checks[0]), second = check_length(&r->checks[1]);
	uint8_t reload = first ? 1 : 0;

	emit(f, BPF_JMP | BPF_JEQ | BPF_K, r->nr, 0,
	     (uint8_t)(first + second + 1 + reload));
	if (first)
		emit_check(f, &r->checks[0], fds, (uint8_t)(second + 1));
	if (second)
		emit_check(f, &r->checks[1], fds, 1);
	emit(f, BPF_RET | BPF_K, r->action, 0, 0);
	if (reload)
		emit_load(f, offsetof(struct seccomp_data, nr));
}

void filter_start(struct filter *f)
{
	emit_load(f, offsetof(struct seccomp_data, arch));
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	emit(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	emit_load(f, offsetof(struct seccomp_data, nr));
	/* x32 has bit 30. */
	emit(f, BPF_JMP | BPF_JSET | BPF_K, 1u << 30, 0, 1);
	emit(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
}

bool filter_load(struct filter *f, uint32_t otherwise)
{
	struct sock_fprog prog = {.filter = f->code};

	emit(f, BPF_RET | BPF_K, otherwise, 0, 0);
	prog.len = f->n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

#endif
