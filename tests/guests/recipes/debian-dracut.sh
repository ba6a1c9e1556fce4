# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# dracut as Debian sets it up: not host-only.
base=dracut
layout=gpt
format=qcow2
