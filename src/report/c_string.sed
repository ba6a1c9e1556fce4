# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes lines of text, but the first two, lines of a string of C.
1,2d
s/[\\"]/\\&/g
s/^/"/
s/$/\\n"/
