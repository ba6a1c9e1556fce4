# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes lines of text, but the first two of each file, lines of a string of C.
/^# shellcheck shell=/d
/^# SPDX-/d
s/[\\"]/\\&/g
s/^/"/
s/$/\\n"/
