#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.sh NAME... OUTDIR: builds the guests of tests/lab/matrix of these names into OUTDIR,
# without root, and prints each disk's path.  What is up to date is left alone.  Exit status
# 77: this machine lacks something, said on stderr.  The words of a guest:
#   recipe=NAME        that sample guest of tests/guests/recipes; no other word counts then
#   suite=             bullseye, bookworm or trixie
#   arch=              amd64 or i386
#   kernel=            generic, cloud, 686 or 686-pae: Debian's name of the kernel
#   initramfs=         most, list or dep (initramfs-tools), dracut or dracut-hostonly
#   modules=A,B,...    for list: what it holds
#   made-on=           for dep and dracut-hostonly: the disk of the machine that makes it,
#                      ide, ahci, virtio-blk or virtio-scsi
#   compress=          the initramfs' compressor; empty: Debian's default
#   layout=            gpt, gpt-boot, mbr, mbr-grub-legacy or uefi
#   root= fstab=       what names / there instead of its UUID
#   cmdline=WORD       on the kernel's command line, besides; may come again
#   blacklist=MODULE   in modprobe.d, when the initramfs is made
#   stale-initramfs=MODULE  the initramfs' index of modules was made without it
#   stale-root=MODULE  so was that of /
#   foreign=MODULE     the initramfs holds it as foreign-kernel= of foreign-suite= has it
set -euo pipefail
lab_dir=$(cd "$(dirname "$0")" && pwd)
. "$lab_dir/../guests/lib.sh"
# shellcheck disable=SC2034  # read by say()
speaker=lab

[ $# -ge 2 ] || die "usage: build.sh NAME... OUTDIR"
out=${!#}
names=("${@:1:$#-1}")
mkdir -p "$out"
out=$(cd "$out" && pwd)
export PATH=$PATH:/usr/sbin:/sbin TMPDIR=$out

# block NAME: that guest's lines of the matrix.
block() {
	awk -v name="$1" '
		$1 == "guest" { inside = $2 == name }
		inside && $1 != "guest" && $1 !~ /^#/ { print }
	' "$lab_dir/matrix"
}

# load_guest NAME: its words, with defaults, in word[].
load_guest() {
	local line key
	declare -gA word=([recipe]='' [suite]=bookworm [arch]=amd64 [kernel]=generic
		[initramfs]=most [modules]='' [made-on]='' [compress]='' [layout]=gpt
		[root]="UUID=$ROOT_UUID" [fstab]="UUID=$ROOT_UUID" [cmdline]='' [blacklist]=''
		[stale-initramfs]='' [stale-root]='' [foreign]='' [foreign-kernel]=generic
		[foreign-suite]=bookworm)
	[ -n "$(block "$1")" ] || die "no guest $1 in tests/lab/matrix"
	while read -r line; do
		key=${line%%=*}
		[ -v "word[$key]" ] && [ "$key" != "$line" ] || die "guest $1: unknown word $line"
		if [ "$key" = cmdline ]; then
			word[cmdline]+=" ${line#*=}"
		else
			word[$key]=${line#*=}
		fi
	done < <(block "$1" | awk '$1 != "says" && $1 != "boots"' | tr -s ' \t' '\n' | sed '/^$/d')
}

is_dracut() { [[ ${word[initramfs]} = dracut* ]]; }

# describe_base SUITE KERNEL: the base tree of a guest with them; its name in $base.
describe_base() {
	local kernel=$2 module folder maker=initramfs-tools
	! is_dracut || maker=dracut
	base=$1-${word[arch]}-$kernel-$maker
	base_suite=$1 base_arch=${word[arch]} base_initramfs=''
	base_packages=$maker,zstd,bzip2,xz-utils,lzop,lz4,systemd-sysv,udev,e2fsprogs
	base_packages+=,grub-pc-bin,grub2-common
	[ "$maker" = dracut ] || base_packages+=,busybox
	[ "$base_arch" != amd64 ] || base_packages+=,grub-efi-amd64-bin
	case $kernel in
	generic) base_packages+=,linux-image-amd64 ;;
	cloud) base_packages+=,linux-image-cloud-amd64 ;;
	*) base_packages+=,linux-image-$kernel ;;
	esac
	# Half of the full kernel's modules, which neither a disk nor a network card needs.
	base_options=()
	for folder in sound drivers/media drivers/gpu drivers/infiniband drivers/net/wireless; do
		for module in /lib /usr/lib; do
			base_options+=("--dpkgopt=path-exclude=$module/modules/*/kernel/$folder/*")
		done
	done
}

lab_key() {
	{
		cat "$guests_dir/lib.sh" "$lab_dir/build.sh"
		block "$1" | awk '$1 != "says" && $1 != "boots"'
		base_key
	} | sha256sum | cut -c1-16
}

# What an administrator writes into the guest's settings before the initramfs is made. The
# functions share tree, the guest's files, and release, its kernel's.

set_names() {
	local old="UUID=$ROOT_UUID"
	sed -i 's,set timeout=5$,set timeout=1,' "$1"
	sed -i 's,^GRUB_TIMEOUT=5,GRUB_TIMEOUT=1,' "$tree/etc/default/grub"
	sed -i "s,root=$old ,root=${word[root]}${word[cmdline]} ," "$1"
	sed -i "s,^$old / ext4,${word[fstab]} / $root_type," "$tree/etc/fstab"
	[ -z "${word[cmdline]}" ] || sed -i "s,^\(GRUB_CMDLINE_LINUX=.*\)\"$,\1${word[cmdline]}\"," \
		"$tree/etc/default/grub"
}

# The menu as Debian's update-grub of GRUB Legacy writes it.
write_legacy_menu() {
	local dir=$tree/boot/grub words
	words="root=${word[root]}${word[cmdline]} ro console=ttyS0 quiet"
	rm -r "$dir"
	mkdir "$dir"
	copy_grub_legacy "$1" "$dir" /boot/grub/menu.lst
	echo '(hd0)	/dev/sda' >"$dir/device.map"
	printf '%s\n' 'default		0' 'timeout		1' \
		"### BEGIN AUTOMAGIC KERNELS LIST" "# kopt=root=${word[root]} ro" \
		"title		Debian GNU/Linux, kernel $release" 'root		(hd0,0)' \
		"kernel		/boot/vmlinuz-$release $words" \
		"initrd		/boot/initrd.img-$release" \
		"### END DEBIAN AUTOMAGIC KERNELS LIST" >"$dir/menu.lst"
}

set_initramfs_tools() {
	local settings=$tree/etc/initramfs-tools kind=${word[initramfs]}
	sed -i "s/^MODULES=.*/MODULES=$kind/" "$settings/initramfs.conf"
	[ -z "${word[compress]}" ] ||
		sed -i "s/^COMPRESS=.*/COMPRESS=${word[compress]}/" "$settings/initramfs.conf"
	[ -z "${word[modules]}" ] || tr , '\n' <<<"${word[modules]}" >>"$settings/modules"
}

set_dracut() {
	local settings=$tree/etc/dracut.conf.d/50-lab.conf hostonly=no
	[ "${word[initramfs]}" != dracut-hostonly ] || hostonly=yes
	echo "hostonly=\"$hostonly\"" >"$settings"
	[ -z "${word[compress]}" ] || echo "compress=\"${word[compress]}\"" >>"$settings"
}

# module_file MODULE: its path in the tree.
module_file() {
	local file
	file=$(find "$tree"/lib/modules/ -name "$1.ko*" | head -n 1)
	[ -n "$file" ] || die "the kernel $release has no module $1"
	echo "${file#"$tree"}"
}

make_initramfs() {
	if is_dracut; then
		in_tree "$tree" dracut --force --quiet "/boot/initrd.img-$release" "$release"
	else
		in_tree "$tree" mkinitramfs -o "/boot/initrd.img-$release" "$release"
	fi
}

# The index of modules as it was before this module came.
forget_module() { # FOLDER_WITH_LIB FILE_IN_IT
	in_tree "$tree" sh -ec '
		mv "$1$2" /forgotten
		depmod -b "$1/" "$3"
		mv /forgotten "$1$2"' sh "$1" "$2" "$release"
}

forget_module_of_initramfs() {
	local file=/boot/initrd.img-$release
	[ "${word[compress]}" = gzip ] || die "stale-initramfs wants compress=gzip"
	in_tree "$tree" sh -ec 'mkdir /unpacked; cd /unpacked; zcat "$1" | cpio -id' sh "$file"
	tree=$tree/unpacked module_file "$1" >"$tree/forgotten-file"
	forget_module /unpacked "$(cat "$tree/forgotten-file")"
	in_tree "$tree" sh -ec '
		cd /unpacked
		find . | cpio -o -R 0:0 -H newc | gzip -n >"$1"
		rm -r /unpacked /forgotten-file' sh "$file"
}

# The initramfs gets the module of another kernel; / keeps its own.
make_initramfs_with_foreign() { # MODULE TARBALL
	local file other=$tree/foreign
	file=$tree$(module_file "$1")
	mkdir "$other"
	tar -I zstd -xf "$2" -C "$other" --wildcards "*/kernel/*/${file##*/}"
	mv "$file" "$other.own"
	find "$other" -type f -exec cp {} "$file" \;
	[ -s "$file" ] || die "the foreign kernel has no module $1"
	make_initramfs
	mv "$other.own" "$file"
	rm -r "$other"
}

# A machine of that kind makes the initramfs: a service of the guest's own does it at the
# next start and powers off.
add_maker_service() {
	local unit=$tree/etc/systemd/system/make-initramfs.service
	local command='update-initramfs -u'
	! is_dracut || command="dracut --force --quiet /boot/initrd.img-$release $release"
	cat >"$unit" <<-UNIT
		[Unit]
		Description=Make the initramfs of this machine
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -ec 'rm -f /etc/systemd/system/*/make-initramfs.service; rm /etc/systemd/system/make-initramfs.service; $command; echo initramfs made >/dev/ttyS0'
		ExecStopPost=/bin/systemctl --no-block poweroff
	UNIT
	mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
	ln -s "/etc/systemd/system/make-initramfs.service" \
		"$tree/etc/systemd/system/multi-user.target.wants/"
}

# It is started without its boot loader, so that it may wait for its disk as long as a busy
# machine makes it wait.
boot_maker() { # DISK KERNEL INITRAMFS
	local -a device
	local words="root=UUID=$ROOT_UUID ro console=ttyS0 rootdelay=900 rd.timeout=900 rd.retry=900"
	case ${word[made-on]} in
	ide) device=(-device ide-hd,drive=disk) ;;
	ahci) device=(-device ich9-ahci,id=hba -device ide-hd,bus=hba.0,drive=disk) ;;
	virtio-blk) device=(-device virtio-blk-pci,drive=disk) ;;
	virtio-scsi) device=(-device virtio-scsi-pci,id=hba -device scsi-hd,bus=hba.0,drive=disk) ;;
	*) die "unknown made-on=${word[made-on]}" ;;
	esac
	say "starting ${names[1]} once on ${word[made-on]}, to make its initramfs (minutes) ..."
	timeout 2400 qemu-system-x86_64 -machine pc,accel=tcg -cpu max -m 1024 -nodefaults \
		-no-user-config -display none -no-reboot -serial "file:$1.log" \
		-kernel "$2" -initrd "$3" -append "$words" \
		-drive "file=$1,format=raw,if=none,id=disk,cache=unsafe" "${device[@]}" || true
	if ! grep -q 'initramfs made' "$1.log"; then
		tail -n 20 "$1.log" >&2
		die "the guest did not make its initramfs"
	fi
	rm "$1.log"
}

# Runs with the owners kept: everything between the tarball and the disk.
make_guest() { # TARBALL WORK FOREIGN_TARBALL GRUB_LEGACY
	local part=${word[layout]} root_type=ext4 remake=
	tree=$2/tree
	[ "$part" != mbr-grub-legacy ] || part=mbr root_type=ext3
	extract_tree "$1" "$tree" default "$part"
	release=$(ls "$tree/lib/modules")
	set_names "$tree/boot/grub/grub.cfg"
	[ "$root_type" != ext3 ] || write_legacy_menu "$4"
	[ -z "${word[blacklist]}" ] ||
		echo "blacklist ${word[blacklist]}" >"$tree/etc/modprobe.d/${word[blacklist]}.conf"
	if is_dracut; then set_dracut; else set_initramfs_tools; fi
	case ${word[initramfs]} in most | dracut) ;; *) remake=yes ;; esac
	[ -z "${word[compress]}${word[blacklist]}${word[foreign]}" ] || remake=yes
	if [ -n "${word[made-on]}" ]; then
		add_maker_service
	elif [ -n "${word[foreign]}" ]; then
		make_initramfs_with_foreign "${word[foreign]}" "$3"
	elif [ -n "$remake" ]; then
		make_initramfs
	fi
	[ -z "${word[stale-initramfs]}" ] || forget_module_of_initramfs "${word[stale-initramfs]}"
	[ -z "${word[stale-root]}" ] || forget_module '' "$(module_file "${word[stale-root]}")"
	cp "$tree/boot/vmlinuz-$release" "$2/kernel"
	cp "$tree/boot/initrd.img-$release" "$2/initramfs"
	make_disk "${word[layout]}" "$tree" "$2/disk"
	[ -z "${word[made-on]}" ] || boot_maker "$2/disk" "$2/kernel" "$2/initramfs"
}

check_tools() {
	local program
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
		skip "the guests are made from Debian's packages on an amd64 Debian"
	for program in zstd sfdisk mke2fs; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
	if [ "${word[arch]}" = i386 ]; then
		command -v arch-test >/dev/null || skip "arch-test is not installed"
		arch-test -n i386 >/dev/null || skip "this machine does not run i386 programs itself"
	fi
	if [ "${word[layout]}" = uefi ]; then
		command -v mkfs.fat >/dev/null || skip "dosfstools is not installed"
		command -v mcopy >/dev/null || skip "mtools is not installed"
	fi
	[ -z "${word[made-on]}" ] || command -v qemu-system-x86_64 >/dev/null ||
		skip "qemu-system-x86_64 is not installed"
}

build_one() {
	local name=$1 disk=$out/$1.img key work tarball foreign='' grub='' base lock start=$SECONDS
	load_guest "$name"
	if [ -n "${word[recipe]}" ]; then
		"$guests_dir/build.sh" "${word[recipe]}" "$out"
		return
	fi
	check_tools
	exec {lock}>"$out/$name.lock"
	flock "$lock"
	if [ -n "${word[foreign]}" ]; then
		describe_base "${word[foreign-suite]}" "${word[foreign-kernel]}"
		foreign=$(build_base "$base" "$out")
	fi
	[ "${word[layout]}" != mbr-grub-legacy ] || grub=$(grub_legacy "$out")
	describe_base "${word[suite]}" "${word[kernel]}"
	key=$(lab_key "$name")
	if [ -e "$disk" ] && [ "$(cat "$out/$name.key" 2>/dev/null)" = "$key" ]; then
		echo "$disk"
		return
	fi
	rm -f "$disk" "$out/$name.key"
	tarball=$(build_base "$base" "$out")
	work=$(mktemp -d "$out/$name.XXXXXX")
	remove_at_exit "$work"
	with_owners "$lab_dir/build.sh" --make-guest "$name" "$tarball" "$work" "$foreign" "$grub" \
		"$out" >"$work/log" || { cat "$work/log" >&2; die "$name could not be built"; }
	mv "$work/disk" "$disk"
	rm -rf "$work"
	echo "$key" >"$out/$name.key"
	say "$name built in $((SECONDS - start)) s"
	echo "$disk"
}

if [ "${names[0]}" = --make-guest ]; then
	load_guest "${names[1]}"
	make_guest "${names[@]:2}"
	exit
fi
for name in "${names[@]}"; do
	(build_one "$name")
done
