/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Owners that free themselves when they leave scope. Every owner is initialised where it
 * is declared; a function either uses these for all its resources or for none.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Defines fn##p(), the form that the cleanup attribute calls, for a destructor of T*. */
#define DEFINE_CLEANUP(T, fn) \
	static inline void fn##p(T **p) \
	{ \
		if (*p) \
			fn(*p); \
	}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_  _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)

/* Hand an owner over: the variable is emptied, its value returned. */
#define TAKE_PTR(p) \
	({ \
		__typeof__(p) take_ptr_ = (p); \
		(p) = NULL; \
		take_ptr_; \
	})
#define TAKE_FD(fd) \
	({ \
		int take_fd_ = (fd); \
		(fd) = -1; \
		take_fd_; \
	})
