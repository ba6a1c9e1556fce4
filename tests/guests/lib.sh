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

# apt_sources SUITE ARCH: the machine's own apt sources of that suite, one-line style. Another
# suite is taken from where the machine's comes from, and so is another architecture, without
# what came after the release. Empty if there are none: then mmdebstrap takes its default.
apt_sources() {
	local more=
	[ "$2" = "$(dpkg --print-architecture)" ] || more=no
	apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' -v suite="$1" -v own="$(suite)" -v more="$more" '
			$1 != "Debian" || $3 ~ /^cdrom:/ { next }
			$2 == suite { print "deb", $3, $4, $5 }
			more == "" && ($2 == suite "-updates" || $2 == suite "-security") {
				print "deb", $3, $4, $5
			}
			suite != own && $2 == own && $5 == "main" { print "deb", $3, suite, $5 }
		' | sort -u
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

# A base tree is described by these; load_base NAME reads them from a file of bases/.
#   base_suite      Debian's suite; empty: this machine's
#   base_arch       its architecture; empty: this machine's
#   base_packages   what is installed, with commas
#   base_initramfs  the kinds of initramfs that inside.sh makes
#   base_options    more options for mmdebstrap
load_base() {
	base_suite='' base_arch='' base_packages='' base_initramfs=''
	base_options=()
	. "$guests_dir/bases/$1.sh"
}

# Key of everything a base tree is made from, so that a change rebuilds it.
base_key() {
	{
		cat "$guests_dir/inside.sh" "$guests_dir/uuids.sh"
		echo "${base_suite:-$(suite)} ${base_arch:-$(dpkg --print-architecture)}"
		echo "$base_packages $base_initramfs ${base_options[*]}"
	} | sha256sum | cut -c1-16
}

# debian_tree WORK NAME PACKAGES [OPTION...]: leaves WORK/tree.tar, a minimal Debian with
# these packages; the options are mmdebstrap's, its hooks above all.
debian_tree() {
	local work=$1 name=$2 packages=$3 mode option suite=${base_suite:-$(suite)} arch
	local -a sources=() options=()
	shift 3
	arch=${base_arch:-$(dpkg --print-architecture)}
	options+=(--architectures="$arch")
	mode=$(mmdebstrap_mode) ||
		skip "this user cannot make user namespaces (package uidmap, /etc/subuid)"
	command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
	while IFS= read -r option; do sources+=("$option"); done < <(apt_sources "$suite" "$arch")
	while IFS= read -r option; do options+=(--aptopt="$option"); done < <(apt_proxy_options)
	chmod 755 "$work"
	say "installing Debian $suite with $name packages, mode $mode (about a minute) ..."
	if ! mmdebstrap --quiet --mode="$mode" --variant=minbase --format=tar \
		--include="$packages" --aptopt='APT::Install-Recommends "false"' \
		"${options[@]}" \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		"$@" "$suite" "$work/tree.tar" "${sources[@]}" >"$work/log" 2>&1; then
		cat "$work/log" >&2
		die "mmdebstrap failed: $name (is the package archive reachable?)"
	fi
}

# build_base NAME CACHE: leaves CACHE/base-NAME-KEY.tar.zst, as the variables of load_base
# describe it, and prints its path.  Two that ask at once get one.
build_base() {
	local name=$1 cache=$2 tarball work lock start=$SECONDS
	tarball=$cache/base-$name-$(base_key).tar.zst
	exec {lock}>"$cache/base-$name.lock"
	flock "$lock"
	if [ -s "$tarball" ]; then
		echo "$tarball"
		return
	fi
	rm -f "$cache/base-$name-"????????????????.tar.zst
	work=$(mktemp -d "$cache/base-$name.XXXXXX")
	remove_at_exit "$work"
	debian_tree "$work" "$name" "$base_packages" "${base_options[@]}" \
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

# in_tree TREE COMMAND...: runs a program of the tree, with the host's devices and a /proc of
# its own.  A user is root in there only by name: then fakeroot does not see what it makes,
# and takes it for root's as well.
in_tree() {
	local -a as_root=()
	[ -z "${FAKEROOTKEY-}" ] || as_root=(--user --map-root-user)
	env -u LD_PRELOAD unshare "${as_root[@]}" --mount --pid --fork sh -c '
		mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" || exit
		tree=$1
		shift
		PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 exec chroot "$tree" "$@"' \
		sh "$@"
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

# grub_legacy CACHE: prints where Debian's copy of GRUB Legacy lies, fetched once.
grub_legacy() {
	local cache=$1/grub-legacy work
	if [ ! -s "$cache/stage2" ]; then
		work=$(mktemp -d "$1/grub-legacy.XXXXXX")
		remove_at_exit "$work"
		(cd "$work" && apt-get -q download grub-legacy >log 2>&1) ||
			skip "apt-get has no package grub-legacy: $(tail -n 1 "$work/log")"
		dpkg -x "$work"/grub-legacy_*.deb "$work/tree"
		rm -rf "$cache"
		mv "$work"/tree/usr/lib/grub/*-pc "$cache"
	fi
	echo "$cache"
}

# copy_grub_legacy GRUB DIR MENU: its files on the guest's disk. stage2 is told where its menu
# is, as GRUB's "setup" does it.
copy_grub_legacy() {
	cp "$1"/{stage1,stage2,e2fs_stage1_5} "$2/"
	poke "$2/stage2" $((0x217)) "$3\\0"
}

# install_grub_legacy DISK GRUB STAGE2: as "setup (hd0)" of GRUB does it: stage1 in the first
# sector, stage1_5 behind it, which finds the rest by its name on the first partition.
install_grub_legacy() {
	local sectors
	sectors=$((($(stat -c %s "$2/e2fs_stage1_5") + 511) / 512))
	dd if="$2/stage1" of="$1" bs=1 count=440 conv=notrunc status=none
	poke "$1" $((0x42)) '\x00\x20\x01\x00\x00\x00\x00\x02'
	poke "$1" $((0x4b)) '\x90\x90'
	dd if="$2/e2fs_stage1_5" of="$1" bs=512 seek=1 conv=notrunc status=none
	poke "$1" $((512 + 0x1fc)) "\\x$(printf %02x $((sectors - 1)))\\x00"
	poke "$1" $((512 + 0x219)) '\x00'
	poke "$1" $((512 + 0x21c)) "$3\\0"
}

# make_esp DISK START_MIB SIZE_MIB TREE: a FAT file system, as the EFI system partition is.
make_esp() {
	local file=$1.esp entry
	truncate -s "${3}M" "$file"
	mkfs.fat -F 32 -s 1 -i "${ESP_UUID/-/}" "$file" >/dev/null
	for entry in "$4"/*; do
		mcopy -s -i "$file" "$entry" ::
	done
	dd if="$file" of="$1" bs=1M seek="$2" conv=notrunc,sparse status=none
	rm "$file"
}

# make_fs DISK START_MIB SIZE_MIB TYPE UUID TREE [OPTION...]
make_fs() {
	local disk=$1 offset=$(($2 * 1048576)) size=${3}M type=$4 uuid=$5 tree=$6
	shift 6
	mke2fs -q -F -t "$type" -U "$uuid" -d "$tree" -E "offset=$offset,root_owner=0:0" \
		-m 1 "$@" "$disk" "$size"
}

type_bios_boot=21686148-6449-6E6F-744E-656564454649
type_linux=0FC63DAF-8483-4772-8E79-3D69D8477DE4
type_esp=C12A7328-F81F-11D2-BA4B-00A0C93EC93B

# make_gpt DISK "SIZE_MIB TYPE"...: partitions one behind the other from 1 MiB on.
make_gpt() {
	local disk=$1 start=1 table='' size type
	shift
	while read -r size type; do
		table+="start=${start}MiB, size=${size}MiB, type=$type"$'\n'
		start=$((start + size))
	done < <(printf '%s\n' "$@")
	truncate -s $((start + 1))M "$disk"
	printf 'label: gpt\nlabel-id: %s\n%s' "$DISK_UUID" "$table" | sfdisk --quiet "$disk"
}

# make_disk LAYOUT TREE DISK: partition table, file systems and boot code, a sparse raw file.
make_disk() {
	local layout=$1 tree=$2 disk=$3 root_mib boot_mib=128 esp_mib=40
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
		if [ "$layout" = mbr-grub-legacy ]; then
			make_fs "$disk" 1 "$root_mib" ext3 "$ROOT_UUID" "$tree" -I 128
			install_grub_legacy "$disk" "$tree/boot/grub" /boot/grub/stage2
		else
			make_fs "$disk" 1 "$root_mib" ext4 "$ROOT_UUID" "$tree"
			install_grub "$disk" "$tree" 1
		fi
		;;
	gpt)
		make_gpt "$disk" "1 $type_bios_boot" "$root_mib $type_linux"
		make_fs "$disk" 2 "$root_mib" ext4 "$ROOT_UUID" "$tree"
		install_grub "$disk" "$tree" 2048
		;;
	gpt-boot)
		make_gpt "$disk" "1 $type_bios_boot" "$boot_mib $type_linux" "$root_mib $type_linux"
		install_grub "$disk" "$tree" 2048
		make_fs "$disk" 2 "$boot_mib" ext2 "$BOOT_UUID" "$tree/boot"
		find "$tree/boot" -mindepth 1 -delete
		make_fs "$disk" $((boot_mib + 2)) "$root_mib" ext4 "$ROOT_UUID" "$tree"
		;;
	uefi)
		make_gpt "$disk" "$esp_mib $type_esp" "$root_mib $type_linux"
		make_esp "$disk" 1 "$esp_mib" "$tree/boot/efi"
		find "$tree/boot/efi" -mindepth 1 -delete
		make_fs "$disk" $((esp_mib + 1)) "$root_mib" ext4 "$ROOT_UUID" "$tree"
		;;
	*) die "unknown layout $layout" ;;
	esac
}
