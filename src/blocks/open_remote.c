/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks of other machines: what an NBD server offers, and image files over SFTP. Who
 * connects is the opener's business.
 */
#include <unistd.h>

#include "image.h"
#include "nbd_client.h"
#include "sftp_client.h"

int blocks_open_export(const struct blocks_opener *opener, const char *export_name,
		       struct blocks **ret, struct err *e)
{
	_cleanup_close_ int sock = -1;
	unsigned ignored;
	int r = opener->serve(opener->ctx, 0, "nbd", &sock, &ignored, e);

	if (r >= 0)
		r = blocks_nbd(sock, export_name, "nbd", ret, e);
	if (r >= 0)
		(void)TAKE_FD(sock);
	return r;
}

static int open_file(const struct blocks_opener *opener, const char *path,
		     struct blocks **ret, struct err *e)
{
	_cleanup_close_ int sock = -1;
	unsigned ignored;
	int r = opener->serve(opener->ctx, 0, "sftp", &sock, &ignored, e);

	if (r >= 0)
		r = blocks_sftp(sock, path, ret, e);
	if (r >= 0)
		(void)TAKE_FD(sock);
	return r;
}

/* Other files of that machine are not opened for an image, which anybody may have
 * written: the user's rights there would be the image's. */
static int open_image(struct blocks *file, const char *format, struct arena *a,
		      struct blocks_chain *chain, struct blocks **ret, struct err *e)
{
	bool named = false;
	struct image_walk w = {.named = &named, .arena = a, .chain = chain, .n = 1};
	int r = format ? image_check_format(format, e)
		       : image_find_format(file, &format, e);

	if (r < 0)
		return r;
	if (!image_is_here(format))
		return err_set(e, ERR_UNSUPPORTED,
			       "is a %s image, and only raw and qcow2 images are read "
			       "over ssh: " SFTP_OTHERWISE,
			       blocks_served_name(format));
	return image_open_here(file, &w, format, ret, e);
}

int blocks_open_sftp(const struct blocks_opener *opener, const char *path,
		     const char *format, struct arena *a, struct blocks_chain *chain,
		     struct blocks **ret, struct err *e)
{
	struct blocks *file;
	int r = open_file(opener, path, &file, e);

	if (r < 0)
		return r;
	r = open_image(file, format, a, chain, ret, e);
	if (r < 0)
		blocks_free(file);
	return r;
}
