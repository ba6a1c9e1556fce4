#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The "run" of try-xl.sh, in the first domain: its folder holds paravet, its libraries, and
# what else it is to be told, in "words"; the guest is the third disk.
PARAVET_PLATFORMS=$PWD/platforms PARAVET_CONFIG=/dev/null TMPDIR=$PWD/tmp
libraries=$PWD/lib
export PARAVET_PLATFORMS PARAVET_CONFIG TMPDIR
status=0

prove() { # [ENV OPTION...]
	# shellcheck disable=SC2046  # words are what is wanted
	LD_LIBRARY_PATH=$libraries exec "$@" ./bin/paravet prove -v --keep-log log $(cat words) \
		/dev/vdc
}

# What a boot has made: domains, devices, bridges, files.
left() {
	xl list | grep paravet-
	grep -H . /sys/block/nbd*/pid
	ls -d /sys/class/net/paravet-*
	find tmp -mindepth 1
	pgrep -a paravet
} 2>/dev/null

nothing_left() { # AFTER-WHAT
	tries=0
	while [ -n "$(left)" ] && [ $tries -lt 60 ]; do
		tries=$((tries + 1))
		sleep 2
	done
	[ -z "$(left)" ] && echo "nothing is left after $1" && return
	echo "left after $1:"
	left
	status=1
}

# To a pipe, for a line a step.
{
	(prove)
	echo "prove: exit status $?"
} 2>&1 | cat
nothing_left 'the end'
tail -n 5 log/*

# ended_by SIGNAL SECONDS WORD: a boot that is killed so long after this was said.
ended_by() {
	# What a shell starts in the background is not ended by SIGINT otherwise.
	(prove env --default-signal=INT) >said 2>&1 &
	pid=$!
	until grep -q "$3" said || ! kill -0 $pid; do sleep 1; done
	sleep "$2"
	left
	if ! kill -"$1" $pid; then
		echo "SIG$1 came after the end"
		status=1
	fi
	nothing_left "SIG$1"
}

ended_by INT 15 'verdict'
ended_by KILL 60 'Xen host'
exit $status
