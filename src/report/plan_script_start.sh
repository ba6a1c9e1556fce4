# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What every script of `paravet plan --script` begins with, behind its header. The steps
# follow as a function steps(), which is run twice: pass=check looks whether every file is
# what the plan saw, and changes nothing; then pass=make, or pass=show with -n.

LC_ALL=C
export LC_ALL
dry='' pass='' left=0 changed='' remake='' number='' program=$0

stop() {
	printf '%s: %s\n' "$program" "$*" >&2
	exit 1
}

tell() {
	[ "$pass" = check ] || printf '%s\n' "$*"
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

# Files --------------------------------------------------------------------------------

# backup FILE: once. Older modprobe reads every file of modprobe.d, so it is beside it.
backup() {
	case $1 in
	*/modprobe.d/*) copy=${1%/modprobe.d/*}/${1##*/}.paravet-orig ;;
	*) copy=$1.paravet-orig ;;
	esac
	if [ -e "$1" ] && [ ! -e "$copy" ]; then
		cp -p "$1" "$copy" || {
			rm -f "$copy"
			return 1
		}
	fi
}

# put FILE: gives it the text of $scratch/new; mode, owner and labels stay.
put() {
	changed=1
	case $1 in
	/etc/default/grub | /etc/default/grub.d/*) remake=1 ;;
	esac
	doing "change $1"
	if [ "$pass" = show ]; then
		diff "$1" "$scratch/new" | sed -n 's/^[<>]/      &/p' | cat -v
	fi
	[ "$pass" = make ] || return 0
	backup "$1" || stop "no room for a copy of $1"
	cat "$scratch/new" >"$1"
}

# edit FILE HOW LINE BEFORE AFTER: see the program below. The new text is in $scratch/new.
# Status 0: it is another one; 3: all is done; 4: line LINE is not what the plan saw.
edit() {
	status=0
	HOW=$2 LINE=$3 BEFORE=$4 AFTER=$5 awk '
	# Words W[1..n] with the blanks G[1..n] before them and G[n + 1] behind.
	function split_words(s,   n) {
		for (n = 0; match(s, /[^ \t]+/); s = substr(s, RSTART + RLENGTH)) {
			G[++n] = substr(s, 1, RSTART - 1)
			W[n] = substr(s, RSTART, RLENGTH)
		}
		G[n + 1] = s
		return n
	}
	function before_here(i, n,   k) {
		for (k = 1; k <= nb; k++)
			if (i + k - 1 > n || (W[i + k - 1] "") != (B[k] ""))
				return 0
		return nb > 0
	}
	function after_here(i, n,   k) {
		for (k = 1; k <= na; k++)
			if (i + k - 1 > n || (W[i + k - 1] "") != (A[k] ""))
				return 0
		return na > 0
	}
	function keep(i, many,   k, out) {
		out = ""
		for (k = 0; k < many; k++) out = out G[i + k] W[i + k]
		return out
	}
	# Puts after in place of before: hit, where before stood; fine, where after did. The
	# longer one is looked for first, as it may begin with the other.
	function words(s,   n, i, out) {
		n = split_words(s)
		out = ""
		hit = fine = 0
		for (i = 1; i <= n; ) {
			if (after_here(i, n) && (na >= nb || !before_here(i, n))) {
				fine = 1
				out = out keep(i, na)
				i += na
			} else if (before_here(i, n)) {
				hit = 1
				out = out (na ? G[i] after : "")
				i += nb
			} else {
				out = out keep(i, 1)
				i++
			}
		}
		return out G[n + 1]
	}
	function plain(s,   n, i, out) {
		n = split_words(s)
		out = n ? W[1] : ""
		for (i = 2; i <= n; i++) out = out " " W[i]
		return out
	}
	function is_kernel_line(s) {
		return s ~ /^[ \t]*(linux|linux16|linuxefi|kernel|module|options|append|APPEND)[ \t=]/
	}
	# GRUB_CMDLINE_LINUX="...": the words between the quotes.
	function setting(s,   head, mark, tail, end, body, new) {
		match(s, /=/)
		head = substr(s, 1, RSTART)
		s = substr(s, RSTART + 1)
		mark = substr(s, 1, 1)
		if (mark != "\"" && mark != "\047") {
			mark = "\""
			if (s ~ /[ \t#]/) return head s
			body = s
			tail = ""
		} else {
			s = substr(s, 2)
			end = index(s, mark)
			if (!end) return head mark s
			body = substr(s, 1, end - 1)
			tail = substr(s, end + 1)
		}
		new = words(body)
		if (!nb && !fine) new = body (body == "" ? "" : " ") after
		if (new == body) return head (s == body ? body : mark body mark tail)
		return head mark new mark tail
	}
	BEGIN {
		how = ENVIRON["HOW"]
		want = ENVIRON["LINE"] + 0
		before = ENVIRON["BEFORE"]
		after = ENVIRON["AFTER"]
		nb = split_words(before)
		for (i = 1; i <= nb; i++) B[i] = W[i]
		na = split_words(after)
		for (i = 1; i <= na; i++) A[i] = W[i]
	}
	{ old = $0 }
	how == "words" && NR == want {
		seen = 1
		$0 = words(old)
		good = hit || fine
	}
	# There it would be the line that the plan means.
	how == "words" && NR != want && is_kernel_line(old) {
		words(old)
		if (hit) elsewhere = 1
	}
	how == "line" && NR == want {
		seen = 1
		if (plain(old) == plain(before)) { good = 1; $0 = after }
		else good = plain(old) == plain(after)
	}
	how == "end" && plain(old) == plain(after) { there = 1 }
	how == "menu" && is_kernel_line(old) { $0 = words(old) }
	how == "all" { $0 = words(old) }
	how == "grub" && old ~ /^[ \t]*GRUB_CMDLINE_LINUX(_DEFAULT)?=/ {
		if (nb || old ~ /LINUX=/) $0 = setting(old)
	}
	$0 != old { other = 1 }
	{ print }
	END {
		if (how == "end" && !there) { print after; other = 1 }
		if (how == "words" && !good && (na || !seen || elsewhere)) exit 4
		if (how == "line" && !good) exit 4
		exit other ? 0 : 3
	}' "$1" >"$scratch/new" || status=$?
	case $status in
	0 | 3 | 4) return "$status" ;;
	*) stop "awk failed on $1" ;;
	esac
}

# change HOW FILE LINE BEFORE AFTER: makes an edit, and stops where FILE is another one.
change() {
	[ -f "$2" ] || stop "there is no file $2"
	status=0
	edit "$2" "$1" "$3" "$4" "$5" || status=$?
	case $status in
	0) put "$2" ;;
	3) doing "$2 is as it has to be" ;;
	*) stop "line $3 of $2 is not what the plan saw ($4): make a new plan" ;;
	esac
}

# words FILE LINE BEFORE AFTER: words of that line; AFTER may be ''.
words() { change words "$@"; }
# line FILE LINE BEFORE AFTER: the whole line.
line() { change line "$@"; }

# last FILE LINE...: lines at the end, those that are not there. The file may be new.
last() {
	file=$1
	shift
	if [ ! -e "$file" ]; then
		changed=1
		doing "make $file"
		[ "$pass" = make ] || return 0
		mkdir -p "${file%/*}"
		printf '%s\n' "$@" >"$file"
		return 0
	fi
	for text; do
		change end "$file" 0 '' "$text"
	done
}

# The boot loader's menu ------------------------------------------------------------------

# kind_of MENU: who writes it: grubby, a generator, or nobody but people.
kind_of() {
	if command -v grubby >/dev/null 2>&1; then
		echo grubby
	elif head -n 20 "$1" | grep 'DO NOT EDIT THIS FILE' >/dev/null && menu_tool >/dev/null; then
		echo generator
	else
		echo people
	fi
}

menu_tool() {
	command -v update-grub || command -v grub2-mkconfig || command -v grub-mkconfig
}

# grubby_has KERNEL WORD: is the word on its command line?
grubby_has() {
	now=$(grubby --info="$1" | sed -n 's/^args=//p; /^root=/p' | tr -d '"' | tr '\n' ' ')
	case " $now " in
	*" $2 "*) return 0 ;;
	*) return 1 ;;
	esac
}

# by_grubby KERNEL REMOVE ADD
by_grubby() {
	if { [ -z "$2" ] || ! grubby_has "$1" "$2"; } && { [ -z "$3" ] || grubby_has "$1" "$3"; }; then
		doing "the menu is as it has to be for $1"
		return 0
	fi
	[ -z "$2" ] || grubby_has "$1" "$2" ||
		stop "the entry of $1 is not what the plan saw ($2): make a new plan"
	remove=$2
	case $3 in
	"${2%%=*}="*) remove= ;; # --args puts the new value in its place
	esac
	run grubby --update-kernel="$1" ${remove:+--remove-args="$remove"} ${3:+--args="$3"}
}

# Is BEFORE on a kernel's line of the menu?
is_in_menu() {
	edit "$1" menu 0 "$2" "$3"
}

# menu FILE LINE KERNEL BEFORE AFTER REMOVE ADD: words of a kernel's command line. As a
# line of the menu they are BEFORE and AFTER; for grubby, the words that go and come.
menu() {
	[ -f "$1" ] || stop "there is no file $1"
	case $(kind_of "$1") in
	grubby) by_grubby "$3" "$6" "$7" ;;
	generator)
		if is_in_menu "$1" "$4" "$5"; then
			[ "$pass" != check ] || words "$1" "$2" "$4" "$5"
			remake=1
		fi
		;;
	*) words "$1" "$2" "$4" "$5" ;;
	esac
	[ -n "$6" ] || settings "$7"
}

# settings ADD: from which the menu of the next kernel is made. Words of them that go or
# change are steps of their own.
settings() {
	if [ -f /etc/kernel/cmdline ] && edit /etc/kernel/cmdline all 0 '' "$1"; then
		put /etc/kernel/cmdline
	fi
	if [ -f /etc/default/grub ] && edit /etc/default/grub grub 0 '' "$1"; then
		put /etc/default/grub
	fi
}

# menu_made FILE: makes a generated menu anew.
menu_made() {
	[ "$remake" ] && [ "$(kind_of "$1")" = generator ] || return 0
	remake=
	tool=$(menu_tool)
	case $tool in
	*update-grub) set -- "$1" "$tool" ;;
	*) set -- "$1" "$tool" -o "$1" ;;
	esac
	menu=$1
	shift
	[ "$pass" != make ] || backup "$menu" || stop "no room for a copy of $menu"
	run "$@" || tell "   $1 failed: the menu itself is changed instead"
}

# menu_keeps FILE BEFORE AFTER: whatever the generator made of it.
menu_keeps() {
	[ "$pass" = make ] && [ "$(kind_of "$1")" = generator ] || return 0
	is_in_menu "$1" "$2" "$3" || return 0
	put "$1"
	tell "   $1 had to be changed itself: see to it that its generator does not bring ${2:-the old words} back"
}

# The initramfs ---------------------------------------------------------------------------

# held_by IMAGE: the names of its files; fails where nothing can list them.
held_by() {
	for lister in lsinitramfs lsinitrd lsinitcpio; do
		if command -v "$lister" >/dev/null 2>&1; then
			$lister "$1" 2>/dev/null
			return
		fi
	done
	gzip -dc "$1" 2>/dev/null | cpio -it 2>/dev/null
}

# either NAME: a pattern for it with dashes or underscores.
either() {
	printf '%s' "$1" | sed 's/[-_]/[-_]/g'
}

# holds IMAGE MODULE...
holds() {
	held_by "$1" >"$scratch/held" || return 1
	shift
	for module; do
		grep "/$(either "$module")\.k*o" "$scratch/held" >/dev/null || return 1
	done
}

# Settings that were changed after the image was made.
is_stale() {
	[ -n "$(find /etc/initramfs-tools /etc/dracut.conf /etc/dracut.conf.d /etc/mkinitcpio.conf \
		/etc/sysconfig/kernel /etc/modprobe.conf /etc/modprobe.d /etc/crypttab /etc/lvm \
		/etc/mdadm /etc/mdadm.conf -type f -newer "$1" \
		! -name '*.paravet-orig' 2>/dev/null)" ]
}

# file_of RELEASE MODULE: the name that its file has.
file_of() {
	found=$(find "/lib/modules/$1/" -name "$(either "$2").*o*" | head -n 1)
	found=${found##*/}
	printf '%s' "${found%%.*}"
}

# initramfs GENERATOR IMAGE RELEASE [MODULE...]: has it made anew, where it is not yet as
# it has to be.
initramfs() {
	generator=$1 image=$2 release=$3
	shift 3
	if [ ! -f "$image" ] || [ ! -d "/lib/modules/$release" ]; then
		stop "there is no $image, or no /lib/modules/$release"
	fi
	case $generator in
	initramfs-tools) tool=update-initramfs ;;
	suse-mkinitrd) tool=mkinitrd ;;
	*) tool=$generator ;;
	esac
	command -v "$tool" >/dev/null 2>&1 || stop "$tool is not installed, which made $image"
	[ "$pass" != check ] || return 0
	if [ -z "$changed" ] && ! is_stale "$image" && holds "$image" "$@"; then
		doing "$image is as it has to be"
		return 0
	fi
	[ "$pass" != make ] || backup "$image" ||
		tell "   there is no room for a copy of $image: it is made anew without one"
	generate "$@"
	if [ "$pass" = make ] && held_by "$image" >/dev/null && ! holds "$image" "$@"; then
		by_hand "$image was made anew, but still lacks one of: $*"
	fi
}

generate() {
	case $generator in
	initramfs-tools) run update-initramfs -u -k "$release" ;;
	dracut) run dracut --force "$image" "$release" ;;
	mkinitcpio) run mkinitcpio -P ;;
	suse-mkinitrd) run mkinitrd ;;
	mkinitrd)
		# Red Hat's: names of modules are words without blanks.
		preloads=
		for module; do
			preloads="$preloads --preload=$(file_of "$release" "$module")"
		done
		# shellcheck disable=SC2086
		run mkinitrd -f $preloads "$image" "$release"
		;;
	esac
}

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
