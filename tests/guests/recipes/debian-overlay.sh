# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# A snapshot: a qcow2 file whose backing file holds all the data.
backing=debian-most
format=qcow2
