# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Helpers for the tests of the program, which print TAP (meson: protocol 'tap'). A test is:
#
#     #!/bin/sh
#     # What this proves, in one sentence.
#     . "$(dirname "$0")/lib.sh"
#     requires qemu-img
#     run "$PARAVET" check disk.img
#     status 'a missing disk is an error' 2
#     has 'it is named' err 'disk.img'
#     finish
#
# Set from outside: PARAVET, the program; PARAVET_FIXTURES, a folder of sample data. Each
# test runs in an empty folder of its own ($WORK), which is removed at the end.

set -u
HERE=$(cd "$(dirname "$0")" && pwd)
SOURCE=$(cd "$HERE/../.." && pwd)
PARAVET=${PARAVET:-$SOURCE/build/src/cli/paravet}
FIXTURES=${PARAVET_FIXTURES:-$SOURCE/../shared/fixtures}
export LC_ALL=C NO_COLOR=1
export PARAVET_CONFIG=/dev/null # not what the person who runs this has
unset PARAVET_DEBUG

COUNT=0 FAILED=0 CLEANUP=:
STATUS=0 OUT=out ERR=err
WORK=$(mktemp -d) || exit 99
cd "$WORK" || exit 99

at_exit() {
	code=$?
	trap - EXIT
	eval "$CLEANUP"
	cd / && rm -rf "$WORK"
	exit "$code"
}
trap at_exit EXIT
trap 'exit 99' HUP INT TERM

# cleanup COMMAND: runs COMMAND at the end as well, however the test ends.
cleanup() {
	CLEANUP="$1; $CLEANUP"
}

# skip_all REASON: the whole test does not apply here.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# requires PROGRAM...: skips the test where one of them is not installed.
requires() {
	for program; do
		command -v "$program" >/dev/null 2>&1 || skip_all "$program is not installed"
	done
}

# fixture NAME: skips the test without this sample file; its path is then in FIXTURE.
fixture() {
	FIXTURE=$FIXTURES/$1
	[ -e "$FIXTURE" ] || skip_all "no sample data $1"
}

pass() {
	COUNT=$((COUNT + 1))
	echo "ok $COUNT - $*"
}

# fail NAME: also shows what the last run said.
fail() {
	COUNT=$((COUNT + 1))
	FAILED=$((FAILED + 1))
	echo "not ok $COUNT - $*"
	echo "# status $STATUS"
	for stream in "$OUT" "$ERR"; do
		[ -s "$stream" ] && sed "s/^/# $stream: /" "$stream"
	done
	return 0
}

# skip NAME REASON: one check does not apply.
skip() {
	COUNT=$((COUNT + 1))
	echo "ok $COUNT - $1 # SKIP $2"
}

# run COMMAND...: its status, output and errors are checked next.
run() {
	STATUS=0
	"$@" >"$OUT" 2>"$ERR" </dev/null || STATUS=$?
}

# status NAME WANT: the exit status. A sanitizer's report is a failure in any case.
status() {
	if grep -q 'Sanitizer\|runtime error:' "$ERR"; then
		fail "$1 (sanitizer report)"
	elif [ "$STATUS" -eq "$2" ]; then
		pass "$1"
	else
		fail "$1 (wanted status $2)"
	fi
}

# has NAME FILE TEXT: a line of FILE (out, err, ...) holds TEXT as it stands.
has() {
	if grep -qF -e "$3" "$2"; then pass "$1"; else fail "$1 (no \"$3\" in $2)"; fi
}

# lacks NAME FILE TEXT
lacks() {
	if grep -qF -e "$3" "$2"; then fail "$1 (\"$3\" in $2)"; else pass "$1"; fi
}

# same NAME FILE WANTED: FILE has the same bytes as the file WANTED; shows the difference.
same() {
	if cmp -s "$2" "$3"; then
		pass "$1"
	else
		fail "$1"
		diff "$3" "$2" | sed 's/^/# /'
	fi
}

# empty NAME FILE
empty() {
	if [ -s "$2" ]; then fail "$1"; else pass "$1"; fi
}

# holds NAME COMMAND...: COMMAND succeeds.
holds() {
	name=$1
	shift
	run "$@"
	status "$name" 0
}

# finish: the plan, last. Without it a test that broke off counts as failed.
finish() {
	echo "1..$COUNT"
	[ "$FAILED" -eq 0 ]
	exit
}
