# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# Debian with dracut in place of initramfs-tools, and logical volumes.
base_packages=linux-image-cloud-amd64,dracut,zstd,lvm2,systemd-sysv,udev,e2fsprogs,grub-pc-bin,grub2-common
base_initramfs=dracut-hostonly
