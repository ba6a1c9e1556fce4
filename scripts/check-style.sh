#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Checks what a compiler does not: each finding is one line "file:line: rule". A line that
# must break a rule says why in a comment "style: ..." on the same line.
# Usage: check-style.sh [folder of the source tree]

cd "${1:-$(dirname "$0")/..}" || exit 2
bad=0
list=$(mktemp) && found=$(mktemp) || exit 2
trap 'rm -f "$list" "$found"' EXIT

# files PATTERN...: the project's files, with or without git; never a build folder.
files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		for pattern; do
			find . -name 'build*' -prune -o -path './.git' -prune -o \
				-type f -path "./$pattern" -print
		done | sed 's,^\./,,'
	fi | while read -r f; do
		[ -f "$f" ] && echo "$f"
	done | sort -u
}

report() {
	if [ -s "$found" ]; then
		sed "s|\$| [$1]|" "$found"
		bad=1
	fi
}

# forbid RULE REGEX PATTERN...: no line of these files matches.
forbid() {
	rule=$1 regex=$2
	shift 2
	files "$@" >"$list"
	xargs -r grep -nHE "$regex" <"$list" | grep -v 'style: ' >"$found"
	report "$rule"
}

forbid 'unsafe or locale-dependent call' \
	'(^|[^[:alnum:]_>.])(strcpy|strcat|strncpy|strncat|v?sprintf|gets|strtok(_r)?|atoi|atol|atoll|system|popen)\(' \
	'src/*.c' 'src/*.h'
forbid 'unfinished work' '(^|[^[:alnum:]])(TODO|FIXME|XXX|HACK)([^[:alnum:]]|$)' \
	'src/*' 'tests/*.c' 'tests/*.h' 'tests/*.sh' 'platforms/*' 'man/*' '*.md'
forbid 'packed struct (decode with a reader)' \
	'__attribute__[[:space:]]*\(\([^)]*packed|#[[:space:]]*pragma[[:space:]]+pack|_packed_' \
	'src/*.c' 'src/*.h'
forbid 'struct typedef' '^typedef[[:space:]]+(struct|union|enum)' 'src/*.c' 'src/*.h'
forbid 'host of a package mirror' \
	'(deb|ftp|security|snapshot|archive|ports|mirrors?|packages)\.[[:alnum:].-]*(debian|ubuntu|fedoraproject|centos|kernel)\.(org|com)' \
	'src/*' 'tests/*' 'scripts/*' 'meson*' '*.md'
forbid 'path of one machine' '(^|[^[:alnum:]_/.])/(home|work|Users)/[[:alnum:]]' \
	'src/*' 'tests/*' 'scripts/*' 'meson*'
forbid 'trailing blank' '[[:blank:]]$' '*.c' '*.h' '*.sh' '*.build' '*.md' '*.yaml'

# The licence stands at the top (line 2 after #!).
files '*.c' '*.h' '*.sh' >"$list"
while read -r f; do
	head -n 2 "$f" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' ||
		echo "$f:1: no SPDX line"
done <"$list" >"$found"
report 'licence'

# Sizes. A function starts at a "{" in the first column and ends at such a "}".
files 'src/*.c' 'src/*.h' >"$list"
: >"$found"
while read -r f; do
	awk -v f="$f" '
		/^\{/ { start = FNR }
		/^\}/ {
			if (start && FNR - start - 1 > 100)
				print f ":" start ": function of " FNR - start - 1 " lines"
			else if (start && FNR - start - 1 > 60)
				print "warning: " f ":" start ": function of " \
					FNR - start - 1 " lines" >"/dev/stderr"
			start = 0
		}
		END { if (FNR > 1000) print f ":1000: file of " FNR " lines" }' "$f"
done <"$list" >>"$found"
report 'size'

# The version that the project formats with; others differ in details.
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	files 'src/*.c' 'src/*.h' 'tests/*.c' 'tests/*.h' >"$list"
	xargs -r clang-format --dry-run <"$list" 2>&1 |
		sed -n 's/^\([^ ]*:[0-9]*\):[0-9]*: warning: .*/\1: not as clang-format has it/p' |
		sort -u >"$found"
	report 'format'
else
	echo 'clang-format 14 is not installed: format not checked' >&2
fi

[ $bad -eq 0 ] && echo 'style: nothing found'
exit $bad
