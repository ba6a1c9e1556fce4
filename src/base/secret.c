/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include <string.h>
#include <sys/mman.h>

int secret_new(size_t n, struct secret *ret, struct err *e)
{
	const size_t page = 4096, room = (n + page) / page * page;
	void *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		return err_set(e, ERR_NOMEM, "out of memory");
	/* Both are more than is needed: what keeps them from working is no error. */
	(void)madvise(p, room, MADV_DONTDUMP);
	(void)mlock(p, room);
	*ret = (struct secret){p, n, room};
	secret_pass_on(ret, false);
	return 0;
}

void secret_pass_on(const struct secret *s, bool yes)
{
	if (s->p)
		(void)madvise(s->p, s->room, yes ? MADV_KEEPONFORK : MADV_WIPEONFORK);
}

void secret_wipe(struct secret *s)
{
	if (s->p) {
		explicit_bzero(s->p, s->room);
		munmap(s->p, s->room);
	}
	*s = (struct secret){0};
}
