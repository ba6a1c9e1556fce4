# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# Debian for virtual machines: the small kernel, initramfs-tools, GRUB for BIOS and UEFI.
base_packages=linux-image-cloud-amd64,initramfs-tools,busybox,zstd,systemd-sysv,udev,e2fsprogs,grub-pc-bin,grub-efi-amd64-bin,grub2-common
base_initramfs=
