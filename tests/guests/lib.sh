# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The parts build.sh is made of: the base tree (Debian's own packages, by mmdebstrap), its
# extraction, partition tables, file systems and boot code.  Nothing here needs root: as a
# user, fakeroot keeps the owners while a tree becomes a file system.

guests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$guests_dir/uuids.sh"

say() { printf '%s: %s\n' "${speaker:-guests}" "$*" >&2; }
die() { say "$*"; exit 1; }

# remove_at_exit DIR: work in progress of this (sub)shell, removed however it ends.
remove_at_exit() {
	scratch=$1
	trap 'rm -rf "$scratch"' EXIT
}

# What is missing on this machine is a reason to skip (77), not a failure.
skip() { say "skipped: $*"; exit 77; }

suite() {
	local codename
	codename=$(. /etc/os-release && echo "${ID:-}:${VERSION_CODENAME:-}")
	case $codename in
	debian:?*) echo "${codename#debian:}" ;;
	*) echo bookworm ;;
	esac
}

# The machine's own apt sources of that suite, one-line style; empty if there are none, and
# then mmdebstrap takes its default.
apt_sources() {
	apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' -v suite="$1" '$1 == "Debian" && $3 !~ /^cdrom:/ &&
			($2 == suite || $2 == suite "-updates" || $2 == suite "-security") {
				print "deb", $3, $4, $5
			}' | sort -u
}

# A proxy the machine's apt is set to use is used for the guest's packages too.
apt_proxy_options() {
	apt-config dump 2>/dev/null |
		grep -E '^Acquire::(https?::(Proxy|Pipeline-Depth|Timeout)|Retries)' || true
}

mmdebstrap_mode() {
	if unshare --mount --pid --fork true 2>/dev/null; then
		echo unshare
	elif [ "$(id -u)" = 0 ]; then
		echo root
	elif command -v newuidmap >/dev/null && grep -q "^$(id -un):" /etc/subuid 2>/dev/null &&
		unshare --user --map-root-user true 2>/dev/null; then
		echo unshare
	else
		return 1
	fi
}

# Key of everything a base tree is made from, so that a change rebuilds it.
base_key() {
	{
		cat "$guests_dir/inside.sh" "$guests_dir/uuids.sh" "$guests_dir/bases/$1.sh"
		suite
		dpkg --print-architecture
	} | sha256sum | cut -c1-16
}

# debian_tree WORK NAME PACKAGES [OPTION...]: leaves WORK/tree.tar, a minimal Debian of this
# machine's suite with these packages; the options are mmdebstrap's, its hooks above all.
debian_tree() {
	local work=$1 name=$2 packages=$3 mode option
	local -a sources=() options=()
	shift 3
	mode=$(mmdebstrap_mode) ||
		skip "this user cannot make user namespaces (package uidmap, /etc/subuid)"
	command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
	while IFS= read -r option; do sources+=("$option"); done < <(apt_sources "$(suite)")
	while IFS= read -r option; do options+=(--aptopt="$option"); done < <(apt_proxy_options)
	chmod 755 "$work"
	say "installing Debian $(suite) with $name packages, mode $mode (about a minute) ..."
	if ! mmdebstrap --quiet --mode="$mode" --variant=minbase --format=tar \
		--include="$packages" --aptopt='APT::Install-Recommends "false"' \
		"${options[@]}" \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		"$@" "$(suite)" "$work/tree.tar" "${sources[@]}" >"$work/log" 2>&1; then
		cat "$work/log" >&2
		die "mmdebstrap failed: $name (is the package archive reachable?)"
	fi
}

# build_base NAME CACHE: leaves CACHE/base-NAME-KEY.tar.zst and prints its path.
build_base() {
	local name=$1 cache=$2 tarball work start=$SECONDS
	tarball=$cache/base-$name-$(base_key "$name").tar.zst
	if [ -s "$tarball" ]; then
		echo "$tarball"
		return
	fi
	local base_packages='' base_initramfs=''
	. "$guests_dir/bases/$name.sh"
	rm -f "$cache/base-$name-"*
	work=$(mktemp -d "$cache/base-$name.XXXXXX")
	remove_at_exit "$work"
	debian_tree "$work" "$name" "$base_packages" \
		--customize-hook='mkdir "$1/.build"' \
		--customize-hook="upload $guests_dir/inside.sh /.build/inside.sh" \
		--customize-hook="upload $guests_dir/uuids.sh /.build/uuids.sh" \
		--customize-hook="chroot \"\$1\" sh /.build/inside.sh $base_initramfs" \
		--customize-hook='rm -r "$1/.build"'
	zstd --quiet --rm -1 -T2 "$work/tree.tar" -o "$work/tree.tar.zst"
	mv "$work/tree.tar.zst" "$tarball"
	say "$name tree ready after $((SECONDS - start)) s"
	echo "$tarball"
}

# with_owners COMMAND...: runs it so that files keep the owners a tree gives them.
with_owners() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		command -v fakeroot >/dev/null || skip "fakeroot is not installed"
		fakeroot -- "$@"
	fi
}

# extract_tree TARBALL DIR INITRAMFS LAYOUT: the guest's tree with the chosen parts in place.
extract_tree() {
	local part
	mkdir -p "$2"
	tar -I zstd -xf "$1" -C "$2" --exclude='./dev/*'
	for part in "initramfs-$3" "layout-$4"; do
		if [ -d "$2/.parts/$part" ]; then
			cp -a "$2/.parts/$part/." "$2/"
		elif [ "$part" != "initramfs-default" ]; then
			die "the tree holds no part $part"
		fi
	done
	rm -r "$2/.parts"
	# As a user: fakeroot lets its root read a file of mode 0 once it has seen the chmod.
	find "$2" -type f ! -perm -u=r -exec sh -c \
		'for file; do chmod --reference="$file" "$file"; done' sh {} +
}

kib_of() { du -sk --apparent-size "$1" | cut -f1; }

# Bytes of a little-endian number of eight bytes, as printf escapes.
le64() {
	local n=$1 i
	for ((i = 0; i < 8; i++, n >>= 8)); do printf '\\x%02x' $((n & 255)); done
}

poke() { # FILE OFFSET ESCAPES
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# install_grub DISK TREE SECTOR: as grub-install does: boot code into the first sector, the
# core image at SECTOR, each told where the next piece lies.
install_grub() {
	local disk=$1 grub=$2/boot/grub/i386-pc sector=$3
	dd if="$grub/boot.img" of="$disk" bs=1 count=440 conv=notrunc status=none
	poke "$disk" $((0x5c)) "$(le64 "$sector")"
	dd if="$grub/core.img" of="$disk" bs=512 seek="$sector" conv=notrunc status=none
	poke "$disk" $((sector * 512 + 0x1f4)) "$(le64 $((sector + 1)))"
}

# make_fs DISK START_MIB SIZE_MIB TYPE UUID TREE
make_fs() {
	mke2fs -q -F -t "$4" -U "$5" -d "$6" -E "offset=$(($2 * 1048576)),root_owner=0:0" \
		-m 1 "$1" "${3}M"
}

# make_disk LAYOUT TREE DISK: partition table, file systems and boot code, a sparse raw file.
make_disk() {
	local layout=$1 tree=$2 disk=$3 root_mib boot_mib=128
	root_mib=$(($(kib_of "$tree") * 115 / 102400 + 48))
	rm -f "$disk"
	case $layout in
	mbr*)
		truncate -s $((root_mib + 2))M "$disk"
		sfdisk --quiet "$disk" <<-TABLE
			label: dos
			label-id: 0x5a1e0c7f
			start=1MiB, size=${root_mib}MiB, type=83, bootable
		TABLE
		make_fs "$disk" 1 "$root_mib" ext4 "$ROOT_UUID" "$tree"
		install_grub "$disk" "$tree" 1
		;;
	gpt)
		truncate -s $((root_mib + 3))M "$disk"
		sfdisk --quiet "$disk" <<-TABLE
			label: gpt
			label-id: $DISK_UUID
			start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
			start=2MiB, size=${root_mib}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
		TABLE
		make_fs "$disk" 2 "$root_mib" ext4 "$ROOT_UUID" "$tree"
		install_grub "$disk" "$tree" 2048
		;;
	gpt-boot)
		truncate -s $((root_mib + boot_mib + 3))M "$disk"
		sfdisk --quiet "$disk" <<-TABLE
			label: gpt
			label-id: $DISK_UUID
			start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
			start=2MiB, size=${boot_mib}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
			start=$((boot_mib + 2))MiB, size=${root_mib}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
		TABLE
		install_grub "$disk" "$tree" 2048
		make_fs "$disk" 2 "$boot_mib" ext2 "$BOOT_UUID" "$tree/boot"
		find "$tree/boot" -mindepth 1 -delete
		make_fs "$disk" $((boot_mib + 2)) "$root_mib" ext4 "$ROOT_UUID" "$tree"
		;;
	*) die "unknown layout $layout" ;;
	esac
}
