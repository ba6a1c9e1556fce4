#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# install-deps.sh build|run|check|bench|fuzz|lab|xen-lab: installs the Debian packages that step
# needs and that are missing, saying which and why. Silent when nothing is missing. On other
# systems it names the libraries and goes on when pkg-config finds them.
set -eu

say() { printf 'paravet: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

build='gcc libc6-dev meson ninja-build pkg-config libext2fs-dev libyaml-dev libjansson-dev
	zlib1g-dev libzstd-dev liblzma-dev libbz2-dev liblz4-dev libsqlite3-dev
	libexpat1-dev libmd-dev libxxhash-dev'
# Used when the machine's architecture has them.
build_optional='libisal-dev libgcrypt20-dev'
guest='mmdebstrap debian-archive-keyring e2fsprogs fdisk zstd
	binutils rpm db5.3-util cpio gzip kmod util-linux'
guest_user='fakeroot uidmap'
check='libcmocka-dev clang-format lvm2 qemu-system-x86 lzop lz4 xz-utils bzip2 qemu-utils
	python3 python3-jsonschema python3-yaml mandoc mtools dosfstools squashfs-tools btrfs-progs xfsprogs ovmf
	libarchive-dev systemd-boot-efi extlinux libvirt-clients openssh-sftp-server'
bench='isal pigz lz4 xz-utils bzip2 python3 qemu-utils xfsprogs btrfs-progs dosfstools mtools'
lab='qemu-system-x86 qemu-system-arm qemu-efi-aarch64 seabios arch-test ovmf qemu-utils
	dosfstools mtools lz4 xz-utils bzip2 lzop python3 python3-yaml'
xen_lab='qemu-system-x86 mmdebstrap debian-archive-keyring e2fsprogs cpio gzip kmod
	xz-utils zstd lz4 python3'
fuzz='clang libclang-rt-dev llvm'
libraries='ext2fs expat libmd libxxhash sqlite3 yaml-0.1 jansson zlib libzstd liblzma liblz4'

optional=
case ${1-} in
build) packages=$build optional=$build_optional why='to build paravet' ;;
run) packages=$guest why='to make two small sample guests' ;;
check) packages="$build $guest $check" optional=$build_optional why='to test paravet' ;;
bench) packages="$build $guest $bench" optional=$build_optional why='to measure paravet' ;;
fuzz) packages="$build $fuzz libcmocka-dev" optional=$build_optional why='to fuzz paravet' ;;
lab) packages="$guest $lab" why='to boot real guests' ;;
xen-lab) packages=$xen_lab why='to make a Xen host inside QEMU' ;;
*) die "usage: install-deps.sh build|run|check|bench|fuzz|lab|xen-lab" ;;
esac
case $1 in
run | check | bench | lab | xen-lab) [ "$(id -u)" = 0 ] || packages="$packages $guest_user" ;;
esac

# On another system: name what is needed, and go on if it is there.
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	missing=
	for program in cc meson ninja pkg-config; do
		command -v "$program" >/dev/null || missing="$missing $program"
	done
	for library in $libraries; do
		pkg-config --exists "$library" 2>/dev/null || missing="$missing $library"
	done
	[ -z "$missing" ] && exit 0
	say "this is not Debian, so nothing was installed. Please install$missing"
	say "(a C compiler, meson, ninja, pkg-config, and the development files of: $libraries, bzip2)"
	exit 1
fi

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

known_to_apt() {
	[ -n "$(apt-cache --quiet=0 policy "$1" 2>/dev/null |
		sed -n 's/^  Candidate: //p' | grep -v '^(none)$')" ]
}

missing_of() {
	for package; do
		installed "$package" || printf '%s ' "$package"
	done
}

# shellcheck disable=SC2086  # lists of package names
{
	missing=$(missing_of $packages)
	missing_optional=$(missing_of $optional)
}
# An optional package that apt has never heard of is no reason to do anything.
if [ -z "$missing" ]; then
	for package in $missing_optional; do
		known_to_apt "$package" && missing="$missing$package "
	done
	[ -n "$missing" ] || exit 0
	missing_optional=
fi

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	die "missing packages, and neither root nor sudo to install them. As root, run:
    apt-get install --no-install-recommends $missing"
fi

say "installing $why: $missing$missing_optional"
update() { $as_root apt-get -q update; }
for package in $missing; do
	known_to_apt "$package" || { update; break; }
done
for package in $missing_optional; do
	known_to_apt "$package" && missing="$missing$package "
done
install_missing() {
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install --no-install-recommends $missing
}
# Package lists grow old: a file that is gone from the archive is asked for again.
install_missing || { update && install_missing; } ||
	die "apt-get could not install: $missing"
