#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# uninstall.sh BUILD_DIR: removes each file that `make install` from that build directory
# wrote, then the project's own folders if they are empty.
set -eu

log=$1/meson-logs/install-log.txt
if [ ! -f "$log" ]; then
	echo "paravet: nothing was installed from $1" >&2
	exit 1
fi
grep '^/' "$log" | while IFS= read -r file; do
	rm -f "$file"
	folder=$(dirname "$file")
	while case $folder in */paravet | */paravet/*) true ;; *) false ;; esac; do
		rmdir "$folder" 2>/dev/null || break
		folder=$(dirname "$folder")
	done
done
rm "$log"
