# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# /boot on an ext2 partition of its own.
base=cloud
layout=gpt-boot
