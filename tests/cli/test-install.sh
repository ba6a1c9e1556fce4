#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `make install` installs works from there: the program finds its platforms, a program of
# somebody else builds on the library with pkg-config, and `make uninstall` leaves nothing.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires meson cc pkg-config mke2fs make

unset PARAVET_PLATFORMS
cp -r "$SOURCE/Makefile" "$SOURCE/scripts" .
setup="meson setup build $SOURCE --prefix=$WORK/usr --libdir=lib -Dtests=false"
if ! $setup >setup.log 2>&1 || ! ninja -C build >build.log 2>&1; then
	tail -5 setup.log build.log >err
	fail 'it builds without tests'
	finish
fi
holds 'make install' make -s install PREFIX="$WORK/usr"
for file in bin/paravet lib/libparavet.so include/paravet/paravet.h lib/pkgconfig/paravet.pc \
	share/man/man1/paravet.1 share/man/man5/paravet-platform.5 share/paravet/platforms/kvm.yaml \
	share/paravet/schema/facts.schema.json share/paravet/schema/undo.schema.json share/bash-completion/completions/paravet; do
	[ -e "usr/$file" ] && pass "$file is installed" || fail "$file is installed"
done
small_disk disk.img
export LD_LIBRARY_PATH="$WORK/usr/lib"
run usr/bin/paravet check --on kvm disk.img
status 'the installed program finds its platforms' 3

cat >user.c <<'EOF'
#include <stdio.h>

#include <paravet/paravet.h>

int main(int argc, char **argv)
{
	struct paravet *p = paravet_new();
	int answer = -1;

	if (p && argc == 2 && paravet_set_platforms(p, "kvm") == 0 &&
	    paravet_add_disk(p, argv[1], NULL) == 0 && paravet_read(p) == 0 &&
	    paravet_judge(p) == 0) {
		answer = paravet_answer(p);
		puts(paravet_report(p, PARAVET_JSON, 0));
	} else if (p) {
		puts(paravet_error(p));
	}
	paravet_free(p);
	return answer == PARAVET_UNKNOWN ? 0 : 1;
}
EOF
export PKG_CONFIG_PATH="$WORK/usr/lib/pkgconfig"
# shellcheck disable=SC2046
holds 'a program builds on the library' cc -Wall -Werror -o user user.c $(pkg-config --cflags --libs paravet)
holds 'and judges a guest' ./user disk.img
has 'with the same document' out '"platform":"kvm"'
exported=$(nm -D --defined-only usr/lib/libparavet.so | awk '{print $3}' | grep -v '^paravet_\|^PARAVET_' | wc -l)
[ "$exported" -eq 0 ] && pass 'nothing but paravet_ is exported' || fail 'nothing but paravet_ is exported'
holds 'make uninstall' make -s uninstall PREFIX="$WORK/usr"
[ -z "$(find usr -type f -o -type l 2>/dev/null)" ] && pass 'no file is left' || fail 'no file is left'
finish
