# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# A small guest for `make run`.
base=cloud
layout=gpt
