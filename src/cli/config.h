/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file in which a user or an administrator writes down what need not be typed. */
#pragma once

struct config {
	char host[256];        /* as --host takes it; "" when it is not set */
	char place[4096 + 24]; /* "FILE:LINE", where it is set */
};

/* Reads the first file that exists of $PARAVET_CONFIG, $XDG_CONFIG_HOME/paravet/config
 * and /etc/paravet/config; none is no mistake. Returns 0, or the exit status after
 * telling what is wrong with it. */
int config_read(struct config *ret);
