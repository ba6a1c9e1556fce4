# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2016
# Debian for virtual machines on arm64, unpacked only: no program of it runs here. One hook takes
# off the paths that dpkg would leave out, since the filter for them costs 8 s; the other notes
# the packages as dpkg would, and leaves room for what build.sh looks for in a base.
base_arch=arm64
base_packages=base-files,linux-image-cloud-arm64,initramfs-tools,busybox,systemd-sysv,udev,e2fsprogs,grub-efi-arm64-signed
base_options=(--variant=extract
	--setup-hook='rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"'
	--extract-hook='
	mkdir -p "$1/.parts/layout-uefi"
	for deb in $MMDEBSTRAP_ESSENTIAL; do
		dpkg-deb --field "$1/$deb" | sed "1a Status: install ok installed"
		echo
	done >"$1/var/lib/dpkg/status"')
