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
	python3 - "$1" <<-'EOT'
		import os, stat, sys

		def line(kind, path):
		    info = os.lstat(path)
		    mode = stat.S_IMODE(info.st_mode)
		    return "%s%s%s%03o %d %d" % (kind, "u" if mode & 0o4000 else "-",
		                                 "g" if mode & 0o2000 else "-", mode & 0o777,
		                                 info.st_uid, info.st_gid)

		def add(folder):
		    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
		        if " " in entry.name:
		            sys.exit("a blank in a name: " + entry.path)
		        if entry.is_symlink():
		            print(entry.name, line("l", entry.path), os.readlink(entry.path))
		        elif entry.is_dir():
		            print(entry.name, line("d", entry.path))
		            add(entry.path)
		            print("$")
		        elif entry.is_file():
		            print(entry.name, line("-", entry.path), entry.path)

		print("-\n0 0")
		print(line("d", sys.argv[1]))
		add(sys.argv[1])
		print("$")
	EOT
}

# make_xfs DISK START_MIB SIZE_MIB UUID FOLDER: not below 300 MiB, of which nearly all is a hole.
make_xfs() {
	local part=$scratch_dir/part
	command -v mkfs.xfs >/dev/null || skip 'mkfs.xfs is not installed'
	proto_of "$5" >"$scratch_dir/proto" || die "$5 cannot be put on XFS"
	truncate -s "$3M" "$part"
	mkfs.xfs -q -m "uuid=$4" -p "$scratch_dir/proto" "$part" >"$scratch_dir/xfs.log" 2>&1 ||
		die "mkfs.xfs: $(cat "$scratch_dir/xfs.log")"
	put_part "$1" "$2" "$part"
}

# make_plain_btrfs DISK START_MIB SIZE_MIB UUID FOLDER: as mkfs.btrfs makes it, without subvolumes.
make_plain_btrfs() {
	local part=$scratch_dir/part
	command -v mkfs.btrfs >/dev/null || skip 'mkfs.btrfs is not installed'
	truncate -s "$3M" "$part"
	mkfs.btrfs -q -U "$4" --rootdir "$5" "$part" >"$scratch_dir/btrfs.log" 2>&1 ||
		die "mkfs.btrfs: $(cat "$scratch_dir/btrfs.log")"
	[ "$(stat -c %s "$part")" -le $(($3 * 1048576)) ] || die "Btrfs of more than $3 MiB"
	put_part "$1" "$2" "$part"
}
