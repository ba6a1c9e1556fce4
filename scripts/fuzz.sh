#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# fuzz.sh BUILD_DIR SECONDS: builds the fuzz targets and gives each that many seconds under
# libFuzzer, starting from its seeds; what it finds new stays in BUILD_DIR/corpus.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build=$1 seconds=$2 failed=()
mapfile -t targets < <(ninja -C "$build" -t targets all |
	sed -n 's,^\(tests/fuzz/fuzz-[^.:]*\): .*,\1,p')
[ "${#targets[@]}" -gt 0 ] || { echo "paravet: no fuzz target is there" >&2; exit 1; }
ninja -C "$build" "${targets[@]}"
for target in "${targets[@]}"; do
	name=${target##*/fuzz-} target=$build/$target
	mkdir -p "$build/corpus/$name" "$build/crashes"
	echo "== $name, $seconds s"
	shopt -s nullglob
	seeds=("$source_dir"/tests/fuzz/*/"seeds-$name")
	"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$build/crashes/$name-" "$build/corpus/$name" "${seeds[@]}" ||
		failed+=("$name")
done
[ "${#failed[@]}" -eq 0 ] || { echo "paravet: fuzzing found faults: ${failed[*]}" >&2; exit 1; }
