# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# dracut in host-only mode on a machine with an IDE disk.
base=dracut
initramfs=dracut-hostonly
layout=mbr
