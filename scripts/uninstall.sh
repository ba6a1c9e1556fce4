#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# uninstall.sh BUILD_DIR: removes each file that `make install` from that build directory
# wrote, then the folders it made or that are the project's own, where they are empty.
set -eu

log=$1/meson-logs/install-log.txt
if [ ! -f "$log" ]; then
	echo "paravet: nothing was installed from $1" >&2
	exit 1
fi
# Last first, so that a folder comes after what is in it.
grep '^/' "$log" | sort -r | while IFS= read -r path; do
	if [ -d "$path" ] && [ ! -L "$path" ]; then
		rmdir "$path" 2>/dev/null || true
		continue
	fi
	rm -f "$path"
	folder=$(dirname "$path")
	while case $folder in */paravet | */paravet/*) true ;; *) false ;; esac; do
		rmdir "$folder" 2>/dev/null || break
		folder=$(dirname "$folder")
	done
done
rm "$log"
