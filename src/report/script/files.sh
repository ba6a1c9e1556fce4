# shellcheck shell=sh disable=SC2034,SC2154 # they are one script
# SPDX-License-Identifier: LGPL-2.1-or-later
# Files --------------------------------------------------------------------------------

# backup FILE: once. Of some folders every file is read, whatever its name ends in (older
# modprobe, initramfs-tools, ifupdown, initscripts, wicked, NetworkManager): it is beside those.
backup() {
	copy=$1.paravet-orig
	case ${1%/*} in
	*/modprobe.d | */initramfs-tools/conf.d | */interfaces.d | */network-scripts | \
		*/sysconfig/network | */system-connections)
		folder=${1%/*}
		copy=${folder%/*}/${1##*/}.paravet-orig
		;;
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

