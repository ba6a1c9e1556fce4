# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# An installed Debian whose initramfs holds the drivers of most machines.
base=generic
layout=gpt
