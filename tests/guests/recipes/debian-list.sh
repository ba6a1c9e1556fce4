# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# The same on an old machine: MBR, and an initramfs with an IDE disk's drivers only.
base=generic
initramfs=list-ide
layout=mbr
