# shellcheck shell=sh disable=SC2034,SC2154 # they are one script
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands --------------------------------------------------------------------------------

# todo COMMAND...: are they to be run now? What was run is noted, and not run again.
todo() {
	noted=/var/lib/paravet/commands-run
	[ "$pass" != check ] || return 1
	if grep -Fx "$*" "$noted" >/dev/null 2>&1; then
		doing "was run before (noted in $noted): $*"
		return 1
	fi
	for command; do
		doing "$command"
	done
	[ "$pass" = make ]
}

ran() {
	mkdir -p /var/lib/paravet
	printf '%s\n' "$*" >>/var/lib/paravet/commands-run
}

# finish: status 2 where something is left to a person.
finish() {
	number=
	[ "$left" = 1 ] || exit 0
	tell ''
	tell 'What is marked "by hand" is left to you.'
	exit 2
}
