/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which kernels of a guest module files are held against: the one named, or all. A folder
 * of modules that no image, boot entry or package belongs to is no kernel: packages of
 * drivers make such folders, and removed kernels leave them.
 */
#pragma once

#include "loading_read.h"

bool loading_asks(const struct loading_input *in, const struct kernel_fact *k);
/* ERR_USAGE, with the kernels that there are. */
int loading_no_kernel(const struct guest *g, const char *release, struct err *e);
/* Remarks, once, on the folders that are no kernels. */
int loading_tell_left_out(struct guest *g, struct err *e);
