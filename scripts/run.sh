#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD_DIR GUESTS_DIR [DISK...]: what `make run` shows. Without disks it makes
# sample guests.
# A verdict (exit status 0 to 3) is success, whatever it says; an error is not.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build=$1 guests=$2
shift 2
paravet=$build/src/cli/paravet
export PARAVET_PLATFORMS="${PARAVET_PLATFORMS:-$source_dir/platforms}"
failed=0

check() {
	local status=0
	printf '\n$ paravet check %s\n' "$*"
	"$paravet" check "$@" || status=$?
	[ "$status" -le 3 ] || failed=1
}

if [ $# -gt 0 ]; then
	check "$@" # several disks are one guest
	exit "$failed"
fi

# sample NAME [OPTION...]: makes that guest and checks it.
sample() {
	local name=$1 built
	local -a disks
	shift
	if built=$("$source_dir/tests/guests/build.sh" "$name" "$guests"); then
		mapfile -t disks <<<"$built"
		check "${disks[@]#"$PWD/"}" "$@"
	else
		echo "paravet: no sample guest $name could be made here (the lines above say why);" >&2
		echo '         name a disk of your own: make run IMAGE="disk.qcow2"' >&2
		failed=1
	fi
}

if "$source_dir/scripts/install-deps.sh" run; then
	sample sample
	sample rhel5-pae --on rhel5-xen
else
	failed=1
fi

# This machine itself, where it has a kernel of its own (a container has none).
if compgen -G '/boot/vmlinuz-*' >/dev/null || compgen -G '/lib/modules/*' >/dev/null; then
	check --root /
fi
exit "$failed"
