# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# From the tree to a disk.

# mib_of FOLDER MORE: so many MiB as it needs, and MORE.
mib_of() { echo $(($(kib_of "$1") / 1024 + 1 + $2)); }

put_part() { # DISK START_MIB FILE
	dd if="$3" of="$1" bs=1M seek="$2" conv=notrunc,sparse status=none
	rm "$3"
}

# grub_code DISK SECTOR: GRUB's first two pieces; SECTOR is that of the second one.
grub_code() {
	mkdir -p "$scratch_dir/grub/boot/grub"
	cp -r "$scratch_dir/.parts/layout-gpt/boot/grub/i386-pc" "$scratch_dir/grub/boot/grub/"
	install_grub "$1" "$scratch_dir/grub" "$2"
}

# grub_environment PATH NAME=VALUE...
grub_environment() {
	local text
	printf -v text '%s\n' '# GRUB Environment Block' "${@:2}"
	printf '%s%*s' "$text" $((1024 - ${#text})) '' | tr ' ' '#' |
		sed '1s/#GRUB#Environment#Block/ GRUB Environment Block/' >"$tree$1"
}

# make_btrfs DISK START_MIB SIZE_MIB UUID OPTION... SUBVOLUME=FOLDER...
make_btrfs() {
	local part=$scratch_dir/part log=$scratch_dir/btrfs.log
	python3 "$guests_dir/../unit/fs/btrfs_maker.py" --uuid "$4" --sum crc32c "${@:5}" 2>"$log" ||
		skip "btrfs_maker.py: $(tail -n 1 "$log")"
	[ "$(stat -c %s "$part")" -le $(($3 * 1048576)) ] || die "Btrfs of more than $3 MiB"
	put_part "$1" "$2" "$part"
}

# proto_of FOLDER: what mkfs.xfs -p makes a file system of.
proto_of() {
	local path mode
	for path in "$1"/* "$1"/.[!.]*; do
		[ -e "$path" ] || [ -L "$path" ] || continue
		printf -v mode '%03o' $((8#$(stat -c %a "$path") & 0777))
		if [ -L "$path" ]; then
			echo "${path##*/} l--777 0 0 $(readlink "$path")"
		elif [ -d "$path" ]; then
			echo "${path##*/} d--$mode 0 0"
			proto_of "$path"
			echo '$'
		else
			echo "${path##*/} ---$mode 0 0 $path"
		fi
	done
}

# make_xfs DISK START_MIB SIZE_MIB UUID FOLDER: not below 300 MiB, of which nearly all is a hole.
make_xfs() {
	local part=$scratch_dir/part
	needs mkfs.xfs
	{
		printf '%s\n' - '0 0' 'd--755 0 0'
		proto_of "$5"
		echo '$'
	} >"$scratch_dir/proto"
	truncate -s "$3M" "$part"
	mkfs.xfs -q -m "uuid=$4" -p "$scratch_dir/proto" "$part" >"$scratch_dir/xfs.log" 2>&1 ||
		die "mkfs.xfs: $(cat "$scratch_dir/xfs.log")"
	put_part "$1" "$2" "$part"
}
