/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files from which a boot menu is made the next time. */
#pragma once

#include "guest.h"

enum menu_form {
	MENU_SCRIPT,  /* assignments of a shell: /etc/default/grub */
	MENU_CMDLINE, /* one command line: /etc/kernel/cmdline */
	MENU_KOPT     /* comments of GRUB Legacy's menu, for Debian's update-grub */
};

/* Adds the words of one such file to the facts. */
int menu_settings_parse(struct guest *g, const struct file *file, struct slice text,
			enum menu_form form, struct err *e);
