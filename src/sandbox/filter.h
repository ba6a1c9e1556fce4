/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A seccomp filter: rows of system calls that are turned into a BPF program (Linux
 * documentation, userspace-api/seccomp_filter). The first row that fits decides.
 *
 * A row may check one or two arguments. Several rows for one call are alternatives. Only
 * the low 32 bits are checked: every argument checked here is an int or a flag below
 * 2^32 to the kernel.
 */
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "internal.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#endif

enum check_kind {
	CHECK_NONE,
	CHECK_EQUAL,   /* the argument is the value */
	CHECK_CLEAR,   /* none of the value's bits is set */
	CHECK_SET,     /* all of the value's bits are set */
	CHECK_SOCKET,  /* the argument is the socket to the parent */
	CHECK_PEER,    /* the argument is the socket to the server's peer */
	CHECK_SCRATCH, /* the argument is the scratch file */
	CHECK_OUTPUT,  /* the argument is the output that the row is for */
	CHECK_SELF     /* the argument is the worker's own process number */
};

struct check {
	enum check_kind kind;
	unsigned arg;
	uint32_t value;
};

enum use {
	ALWAYS,
	IN_DIR,  /* only when a directory may be read */
	NO_DIR,  /* only without one */
	WRITING, /* only with a scratch file */
	OUTPUT,  /* once for each output */
	SERVING  /* only in a server */
};

struct row {
	uint32_t nr;
	enum use use;
	uint32_t action;
	struct check checks[2];
};

/* clang-format off */
#define ALLOW(call, ...) {__NR_##call, ALWAYS, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define NO_CHECK {CHECK_NONE}
/* clang-format on */

/* The most instructions of a start and an end, and of one row. */
enum { FILTER_FIXED = 10, FILTER_ROW = 1 + 2 * 3 + 2 };

struct filter {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned short n;
};

/* The architecture, and numbers of no other kind. */
void filter_start(struct filter *f);
/* Adds a row; what its checks compare with is in `fds`. Room for it is the caller's
 * care. */
void filter_row(struct filter *f, const struct row *r, const struct seccomp_fds *fds);
/* What no row fits; and from now on the filter holds. False: not available. */
bool filter_load(struct filter *f, uint32_t otherwise);
