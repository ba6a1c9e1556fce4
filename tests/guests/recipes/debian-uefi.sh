# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034
# A Debian that UEFI starts: GRUB on an EFI system partition, which leads to the menu in /boot.
base=cloud
layout=uefi
