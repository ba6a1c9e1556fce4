# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Sample guests of Red Hat Enterprise Linux 3 to 6. Nothing of Red Hat's is in them: the
# files are made here, in the forms these releases use, by the tools that make such files:
# the assembler, rpmbuild, Berkeley DB, depmod, mke2fs, sfdisk, and GRUB Legacy's own code.
#
# A recipe of this family defines guest(), which says what the guest is made of:
#   system RHEL VERSION ARCH NAME    first; ARCH as rpm names that of the kernel
#   kernel VERSION-RELEASE [FLAVOUR] installs a kernel; the last one is the default
#   kmod_xenpv ...                   the package of drivers (kmod.sh)
#   alias_line WORDS                 a line of modprobe.conf or modules.conf
#   data_disk SPEC                   how fstab names the file system of the second disk
# and may set
#   root=lvm                         / on VolGroup00 instead of a partition
#   boot_options=WORDS               what the kernel's command line has besides
#
# The parts share: tree and scratch_dir (folders), rhel, update, arch, bits (of the guest),
# abi (which kernel's symbols), exporter (symbols to modules of that kernel).

rhel_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for part in objects kernel kmod initrd system packages disks; do
	. "$rhel_dir/$part.sh"
done

# What is needed beside the programs every Debian has.
rhel_check_tools() {
	local program
	for program in as ld objcopy rpmbuild rpmdb db5.3_load cpio mke2fs sfdisk mkswap depmod; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
	[ "$root" != lvm ] || command -v python3 >/dev/null || skip "python3 is not installed"
	as --32 -o /dev/null /dev/null 2>/dev/null || skip "as does not assemble for i386"
}

# rhel_make_guest NAME WORK GRUB: leaves the disks NAME-system.img and NAME-data.img, the
# description NAME.xm of the virtual machine and NAME.initrd in WORK.
rhel_make_guest() {
	local name=$1 work=$2 grub=$3
	tree=$work/tree
	scratch_dir=$work/scratch
	mkdir -p "$tree" "$scratch_dir"
	guest
	finish_kernels
	write_system_files
	write_menu "$grub"
	make_packages
	make_system_disk "$work/$name-system.img" "$grub"
	make_data_disk "$work/$name-data.img"
	write_domain "$name" >"$work/$name.xm"
	cp "$tree/boot/$(initrd_name "${uname_of[-1]}")" "$work/$name.initrd"
}
