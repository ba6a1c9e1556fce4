# shellcheck shell=sh disable=SC2034,SC2154 # they are one script
# SPDX-License-Identifier: LGPL-2.1-or-later
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

# has_size FILE BYTES
has_size() {
	[ "$(wc -c <"$1" | tr -d ' ')" = "$2" ]
}

# initramfs GENERATOR IMAGE RELEASE SIZE [MODULE...]: has it made anew, where it is not yet
# as it has to be. The plan saw that one of SIZE bytes is not, whatever names it holds.
initramfs() {
	generator=$1 image=$2 release=$3 size=$4
	shift 4
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
	if [ -z "$changed" ] && ! has_size "$image" "$size" && ! is_stale "$image" &&
		holds "$image" "$@"; then
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

