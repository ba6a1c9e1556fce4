#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# kmod-package.sh RHEL KERNEL FLAVOUR ARCH OUT.rpm [COMPRESSION]: a kmod-xenpv package of
# drivers that the sample guests' kernels of that release, flavour and architecture load, as
# their recipes' kmod_xenpv makes them (rhel/kmod.sh), e.g.
#     kmod-package.sh 5 2.6.18-53.el5 PAE i686 kmod-xenpv-PAE.rpm w9.bzdio
# Exit status 77: this machine lacks something, said on stderr.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rhel/lib.sh"

[ $# -ge 5 ] || die "usage: kmod-package.sh RHEL KERNEL FLAVOUR ARCH OUT.rpm [COMPRESSION]"
for program in as rpmbuild; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
rhel=$1 update=0 arch=$4 out=$5 compression=${6:-w9.gzdio}
scratch_dir=$(mktemp -d)
trap 'rm -rf "$scratch_dir"' EXIT
tree=$scratch_dir/tree
kmod_xenpv "$2" "$3" "$4"
read -r name version target dir <<<"${kmod_packages[0]}"
mkdir -p "$tree/usr/share/doc/$name"
echo "a package of a sample guest" >"$tree/usr/share/doc/$name/README"
cat >"$scratch_dir/spec" <<-SPEC
	Name: $name
	Version: ${version%-*}
	Release: ${version##*-}
	Summary: drivers of a sample guest
	License: LGPL-2.1-or-later
	AutoReqProv: no
	%description
	Made for the tests of paravet.
	%post
	echo a scriptlet ran >/scriptlet
	%install
	mkdir -p %{buildroot}
	cp -al $tree/. %{buildroot}/
	%files
	%defattr(-,root,root)
	$dir
	/usr/share/doc/$name/README
SPEC
rpmbuild -bb --quiet --target "$target" --define "_topdir $scratch_dir/rpm" \
	--define 'debug_package %{nil}' --define '__os_install_post %{nil}' \
	--define '_build_id_links none' --define '_binary_filedigest_algorithm 1' \
	--define "_binary_payload $compression" "$scratch_dir/spec" >"$scratch_dir/log" 2>&1 ||
	die "rpmbuild failed: $(cat "$scratch_dir/log")"
mv "$scratch_dir"/rpm/RPMS/*/*.rpm "$out"
