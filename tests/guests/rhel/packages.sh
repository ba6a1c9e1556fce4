# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The package database: rpmbuild makes the packages from the guest's files, rpm installs
# their headers into a database of its own, and db5.3_load writes these into the format
# that rpm had in the days of RHEL 3 to 6.

# build_package NAME VERSION-RELEASE ARCH [PATH...]: paths as in a spec's %files.
build_package() {
	local name=$1 version=$2 target=$3 top=$scratch_dir/rpm
	local spec=$top/$name-$version.spec
	shift 3
	mkdir -p "$top"
	cat >"$spec" <<-SPEC
		Name: $name
		Version: ${version%-*}
		Release: ${version##*-}
		Summary: part of a sample guest
		License: LGPL-2.1-or-later
		AutoReqProv: no
		%description
		Made for the tests of paravet.
		%install
		mkdir -p %{buildroot}
		cp -al $tree/. %{buildroot}/
		%files
		%defattr(-,root,root)
	SPEC
	printf '%s\n' "$@" >>"$spec"
	rpmbuild -bb --quiet --target "$target" --define "_topdir $top" \
		--define 'debug_package %{nil}' --define '__os_install_post %{nil}' \
		--define '_build_id_links none' --define '_binary_filedigest_algorithm 1' \
		--define '_binary_payload w1.gzdio' --define '_unpackaged_files_terminate_build 0' \
		"$spec" >"$spec.log" 2>&1 || die "rpmbuild failed: $name: $(cat "$spec.log")"
}

build_kernel_package() { # NAME VERSION-RELEASE UNAME
	local -a files=("/boot/*-$3" "%dir /lib/modules/$3" "/lib/modules/$3/kernel")
	case $rhel in 5 | 6) files+=("/boot/symvers-$3.gz") ;; esac
	case $rhel in 5 | 6) files+=("%ghost /boot/$(initrd_name "$3")") ;; esac
	[ "$1" != kernel-xen ] || files+=("/boot/xen.gz-$2")
	build_package "$1" "$2" "$arch" "${files[@]}"
}

build_user_packages() {
	local modules=module-init-tools
	[ "$rhel" != 3 ] || modules=modutils
	build_package redhat-release "$rhel-$update" "$user_arch" /etc/redhat-release
	build_package "$modules" 3.3-0.el "$user_arch" /sbin/modprobe /sbin/insmod
	build_package bash 3.2-21.el "$user_arch" /bin/bash /bin/sh
	build_package grub 0.97-13 "$user_arch"
	build_package "$maker" 5.1-1 "$user_arch" "/sbin/$maker"
}

make_packages() {
	local i package name version target dir
	for i in "${!uname_of[@]}"; do
		build_kernel_package "${package_of[i]}" "${version_of[i]}" "${uname_of[i]}"
	done
	for package in "${kmod_packages[@]}"; do
		read -r name version target dir <<<"$package"
		build_package "$name" "$version" "$target" "$dir"
	done
	build_user_packages
	rpm --dbpath "$scratch_dir/db" -i --justdb --nodeps --noscripts --nosignature --ignorearch \
		--ignoreos --ignoresize "$scratch_dir"/rpm/RPMS/*/*.rpm 2>"$scratch_dir/rpm.log" ||
		die "rpm: $(cat "$scratch_dir/rpm.log")"
	write_database "$(rpmdb --dbpath "$scratch_dir/db" --exportdb | od -An -v -tx1 | tr -d ' \n')"
}

le32() { # NUMBER -> REPLY, as hexadecimal digits
	printf -v REPLY '%02x%02x%02x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24))
}

# The name (tag 1000) in a header of hexadecimal digits -> REPLY, as such digits.
name_in_header() {
	local header=$1 entries=$((16#${1:0:8})) i at
	for ((i = 0; i < entries; i++)); do
		at=$((16 + i * 32))
		[ "${header:at:8}" = 000003e8 ] || continue
		at=$((16 + entries * 32 + 16#${header:at+16:8} * 2))
		REPLY=
		while [ "${header:at:2}" != 00 ]; do
			REPLY+=${header:at:2}
			at=$((at + 2))
		done
		return
	done
	die "a package without a name"
}

load_table() { # FILE, pairs on stdin
	{
		printf 'VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END\n'
		cat
		echo DATA=END
	} | db5.3_load "$1"
}

# write_database LIST: headers one after the other, each behind a magic of eight bytes.
write_database() {
	local list=$1 at=0 size count=0 header dir=$tree/var/lib/rpm LC_ALL=C
	local -A index=()
	mkdir -p "$dir"
	: >"$scratch_dir/pairs"
	while [ "$at" -lt ${#list} ]; do
		size=$((8 + 16 * 16#${list:at+16:8} + 16#${list:at+24:8}))
		header=${list:at+16:size*2}
		at=$((at + 16 + size * 2))
		count=$((count + 1))
		name_in_header "$header"
		set -- "$REPLY"
		le32 "$count"
		index[$1]+=${REPLY}00000000
		printf ' %s\n %s\n' "$REPLY" "$header" >>"$scratch_dir/pairs"
	done
	le32 "$count"
	printf ' 00000000\n %s\n' "$REPLY" >>"$scratch_dir/pairs"
	load_table "$dir/Packages" <"$scratch_dir/pairs"
	for at in "${!index[@]}"; do
		printf ' %s\n %s\n' "$at" "${index[$at]}"
	done | load_table "$dir/Name"
}
