# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The kernel's image and its modules, and the databases of packages that own them.

# What is kept of Debian's modules: disks and cards of every platform.
drivers='sd_mod ata_piix virtio_pci virtio_blk virtio_scsi
	virtio_net virtio_balloon xen-blkfront xen-netfront vmw_pvscsi vmxnet3 hv_storvsc hv_netvsc
	ena gve'

# module_files MODULE...: with what they need, below the folder of the kernel.
module_files() {
	local module
	for module; do
		modprobe -d "$scratch_dir" -S "$release" --show-depends "$module"
	done | sed -n "s,^insmod .*/lib/modules/$release/\([^ ]*\).*,\1,p" | sort -u
}

# pack_file FILE SUFFIX: as modules of that suffix are packed.
pack_file() {
	case $2 in
	gz) gzip -9n "$1" ;;
	xz) xz --check=crc32 --lzma2=preset=0 "$1" ;;
	zst) zstd -q --rm "$1" ;;
	esac
}

# install_modules ROOT SUFFIX MODULE...: into ROOT/lib/modules, with indexes.
install_modules() {
	local root=$1 suffix=$2 from=$scratch_dir/lib/modules/$release to file
	to=$root/lib/modules/$release
	shift 2
	mkdir -p "$to"
	for file in $(module_files "$@"); do
		if [ -e "$tree/lib/modules/$release/$file${suffix:+.$suffix}" ]; then
			install -D -m 644 "$tree/lib/modules/$release/$file${suffix:+.$suffix}" \
				"$to/$file${suffix:+.$suffix}"
		else
			install -D -m 644 "$from/$file" "$to/$file"
			pack_file "$to/$file" "$suffix"
		fi
	done
	cp "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
	depmod -b "$root" "$release" 2>"$scratch_dir/depmod" || die "depmod: $(cat "$scratch_dir/depmod")"
}

# kernel SUFFIX IMAGE CONFIG MODULE...: image and configuration go to these paths of the tree.
kernel() {
	# shellcheck disable=SC2086  # words
	install_modules "$tree" "$1" $drivers "${@:4}"
	install -D -m 644 "$scratch_dir/boot/vmlinuz-$release" "$tree$2"
	install -D -m 644 "$scratch_dir/boot/config-$release" "$tree$3"
}

# rpm_sqlite NAME:VERSION-RELEASE:PATH,PATH...: as rpm itself installs them.
rpm_sqlite() {
	local dir=$tree/usr/lib/sysimage/rpm package name version paths
	needs rpmbuild rpm
	for package; do
		IFS=: read -r name version paths <<<"$package"
		IFS=, read -ra paths <<<"$paths"
		build_package "$name" "$version" "$arch" "${paths[@]}"
	done
	mkdir -p "$dir"
	rpm --dbpath "$dir" --define '_db_backend sqlite' -i --justdb --nodeps --noscripts \
		--nosignature --ignorearch --ignoreos --ignoresize "$scratch_dir"/rpm/RPMS/*/*.rpm \
		2>"$scratch_dir/rpm.log" || die "rpm: $(cat "$scratch_dir/rpm.log")"
	rm -f "$dir/.rpm.lock"
	ln -s ../../usr/lib/sysimage/rpm "$tree/var/lib/rpm"
}

# rpm_ndb NAME VERSION-RELEASE PATH...: one package. Debian's rpm has no such backend.
rpm_ndb() {
	local dir=$tree/usr/lib/sysimage/rpm
	mkdir -p "$dir"
	paths_below "${@:3}" | python3 -c '
import sys
sys.path.insert(0, sys.argv[1])
import rpmdb_maker as make
files = ["/" + line.rstrip("/\n") for line in sys.stdin]
version, _, release = sys.argv[3].partition("-")
sys.stdout.buffer.write(make.ndb([make.header(sys.argv[2], version, release, files=files)]))
' "$guests_dir/../unit/guest" "$1" "$2" >"$dir/Packages.db"
	ln -s ../../usr/lib/sysimage/rpm "$tree/var/lib/rpm"
}

# paths_below PATH...: files and folders of the tree, as packages list them: without a slash in
# front, and with one behind folders.
paths_below() {
	(cd "$tree" && find "${@#/}" -type d -printf '%p/\n' -o -printf '%p\n') | LC_ALL=C sort
}

# pacman_package NAME VERSION PATH...
pacman_package() {
	local dir=$tree/var/lib/pacman/local/$1-$2
	mkdir -p "$dir"
	[ -e "${dir%/*}/ALPM_DB_VERSION" ] || echo 9 >"${dir%/*}/ALPM_DB_VERSION"
	printf '%%%s%%\n%s\n\n' NAME "$1" VERSION "$2" BASE "$1" ARCH "$arch" REASON 1 >"$dir/desc"
	{
		echo %FILES%
		paths_below "${@:3}"
		echo
	} >"$dir/files"
}

# apk_package NAME VERSION PATH...: appended to the database.
apk_package() {
	local db=$tree/lib/apk/db/installed path dir=.
	mkdir -p "${db%/*}"
	{
		printf '%s\n' "P:$1" "V:$2" "A:$arch" 'L:GPL-2.0-only'
		paths_below "${@:3}" | while read -r path; do
			case $path in
			*/) dir=${path%/} && echo "F:$dir" && continue ;;
			esac
			[ "$dir" = "${path%/*}" ] || { dir=${path%/*} && echo "F:$dir"; }
			echo "R:${path##*/}"
		done
		echo
	} >>"$db"
}
