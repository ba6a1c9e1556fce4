#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a command takes, what its help lists and what bash completes are the same options.
. "$(dirname "$0")/lib.sh"
requires bash

# completed WORD...: what bash offers for the last one, sorted, into the file "offered".
completed() {
	# shellcheck disable=SC2016
	bash -c '. "$0"; COMP_WORDS=(paravet "$@") COMP_CWORD=$#; _paravet
		printf "%s\n" "${COMPREPLY[@]}"' "$SOURCE/completions/paravet.bash" "$@" \
		2>/dev/null | sort >offered
}

# offers NAME WANTED WORD...: the words, in one line.
offers() {
	name=$1 wanted=$2
	shift 2
	completed "$@"
	if [ "$(paste -sd' ' offered)" = "$wanted" ]; then
		pass "$name"
	else
		fail "$name (not \"$wanted\" but \"$(paste -sd' ' offered)\")"
	fi
}

commands='check inspect kernel matrix module plan apply undo prove'
for command in $commands; do
	"$PARAVET" "$command" --help | grep -o '^ *\(-[a-z], \)\?--[a-z-]\+' |
		grep -o -e '--[a-z-]\+' | sort -u >"$command.help"
done
sort -u -- *.help >known
for command in $commands; do
	while read -r option; do
		# The last word keeps it from going on.
		run "$PARAVET" "$command" "$option" 1 --no-such-option
		grep -q 'does not take' err || echo "$option"
	done <known >taken
	# A folder is refused later, with the reason.
	case $command in apply | prove) sed -i '/^--root$/d' taken ;; esac
	same "$command: the help lists what is taken" "$command.help" taken
	completed "$command" --
	same "$command: what is completed is in the help" offered "$command.help"
done

offers 'the word of an option' 'json text' check --format ''
offers 'behind =' 'json text' check --format =
offers 'begun behind =' json check --format = j
offers 'a platform' vmware check --on vm
offers 'a list of platforms' kvm,vmware check --on kvm,vm
offers 'the next of a list' 'kvm,hyperv' check --on kvm,hy
offers 'one platform only' '' apply --on kvm,vm
offers 'not all of them' '' apply --on al
finish
