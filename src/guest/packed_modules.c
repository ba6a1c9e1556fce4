/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packed_modules.h"

#include <string.h>

#include "blake2b.h"
#include "codec.h"

bool packed_module_hash(struct slice file, uint8_t *ret_hash)
{
	if (codec_detect(file) == CODEC_NONE)
		return false;
	blake2b(file, ret_hash, PACKED_HASH);
	return true;
}

const struct packed_module *packed_module_find(const packed_modules *list,
					       const uint8_t *hash)
{
	for (size_t i = 0; i < list->n; i++)
		if (memcmp(list->v[i].hash, hash, PACKED_HASH) == 0)
			return &list->v[i];
	return NULL;
}
