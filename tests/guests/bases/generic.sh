# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# Debian as its installer leaves it: the full kernel, initramfs-tools, GRUB for BIOS.
base_packages=linux-image-amd64,initramfs-tools,busybox,zstd,systemd-sysv,udev,e2fsprogs,grub-pc-bin,grub2-common
base_initramfs=list-ide
