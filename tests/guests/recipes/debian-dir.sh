# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# A guest that is a plain directory: check --root.
base=cloud
layout=gpt
format=dir
