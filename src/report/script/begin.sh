# shellcheck shell=sh disable=SC2034,SC2154 # they are one script
# SPDX-License-Identifier: LGPL-2.1-or-later
# What every script of `paravet plan --script` begins with, behind its header. The steps
# follow as a function steps(), which is run twice: pass=check looks whether every file is
# what the plan saw, and changes nothing; then pass=make, or pass=show with -n.

LC_ALL=C
export LC_ALL
dry='' pass='' left=0 changed='' remake='' number='' program=$0

# plain WORD...: one line, and nothing in it that drives a terminal.
plain() {
	printf '%s' "$*" | tr '\n' ' ' | cat -v
}

stop() {
	printf '%s: %s\n' "$program" "$(plain "$@")" >&2
	exit 1
}

tell() {
	[ "$pass" = check ] || printf '%s\n' "$(plain "$@")"
}

# begin: options, root, a folder for scratch files.
begin() {
	while [ $# -gt 0 ]; do
		case $1 in
		-n) dry=1 ;;
		-h)
			printf 'usage: %s [-n]\n  -n  show what would be done, and do nothing\n' "$program"
			exit 0
			;;
		*)
			printf 'usage: %s [-n]\n' "$program" >&2
			exit 64
			;;
		esac
		shift
	done
	[ "$(id -u)" = 0 ] || stop 'only root can do this'
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/paravet.XXXXXX") || stop 'no room for scratch files'
	trap at_exit 0
	trap 'exit 1' 1 2 15
}

at_exit() {
	code=$?
	rm -rf "$scratch"
	[ "$code" = 0 ] || [ -z "$number" ] || [ "$pass" != make ] ||
		printf '%s: stopped in step %s; what comes after it was not done\n' "$program" "$number" >&2
	exit "$code"
}

# Is this the guest that the plan was made for? ---------------------------------------

# is_os ID VERSION: by /etc/os-release; '' is not known.
is_os() {
	for pair in "ID=$1" "VERSION_ID=$2"; do
		value=$(sed -n "s/^${pair%%=*}=//p" /etc/os-release 2>/dev/null | tr -d "\"'" | head -n 1)
		[ -z "$value" ] || [ -z "${pair#*=}" ] || [ "$value" = "${pair#*=}" ] ||
			stop "not the guest of this plan: ${pair%%=*} is $value, not ${pair#*=}"
	done
}

has_kernel() {
	[ -d "/lib/modules/$1" ] || stop "not the guest of this plan: it has no kernel $1"
}

# has_root NAME...: / in fstab is one of these.
has_root() {
	now=$(awk '$1 !~ /^#/ && $2 == "/" { print $1; exit }' /etc/fstab 2>/dev/null)
	for name; do
		[ "$now" != "$name" ] || return 0
	done
	stop "not the guest of this plan: / is ${now:-unknown} in /etc/fstab, not $1"
}

# is_root_uuid UUID: of what is mounted, where that can be told.
is_root_uuid() {
	now=$(findmnt -n -o UUID / 2>/dev/null) || now=
	[ -z "$now" ] || [ "$now" = "$1" ] ||
		stop "not the guest of this plan: / has the UUID $now, not $1"
}

# Telling ------------------------------------------------------------------------------

step() {
	changed='' remake='' number=$1
	tell ''
	tell "$1. $2"
}

why() { tell "   why: $*"; }
note() { tell "   $*"; }

# by_hand TEXT: what this script leaves to a person.
by_hand() {
	left=1
	tell "   by hand: $*"
}

doing() {
	if [ "$pass" = show ]; then tell "   -n: $*"; else tell "   $*"; fi
}

# run COMMAND...
run() {
	doing "$*"
	[ "$pass" = make ] || return 0
	"$@"
}

