#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `paravet module`: a module loads where its words and symbols are the kernel's, and is
# refused with the first link that breaks.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires python3 mke2fs gzip

module() {
	python3 "$HERE/make-module.py" "$@"
}

REL=2.6.18-53.el5
MAGIC="$REL SMP mod_unload"
DIR=tree/lib/modules/$REL
small_tree tree
mkdir -p "$DIR/kernel"
echo >tree/boot/vmlinuz-$REL
for name in ext3 jbd; do
	module "$DIR/kernel/$name.ko" depends= vermagic="$MAGIC K7 gcc-4.1" \
		need=struct_module:11 need=printk:22
	echo "kernel/$name.ko:"
done >"$DIR/modules.dep"
printf '0x00000011\tstruct_module\tvmlinux\tEXPORT_SYMBOL\n0x00000022\tprintk\tvmlinux\tEXPORT_SYMBOL\n' >symvers
gzip -c symvers >tree/boot/symvers-$REL.gz

fit() {
	file=$1
	shift
	module "$file" depends= need=struct_module:11 need=printk:22 "$@"
}

fit xen-platform-pci.ko vermagic="$MAGIC K7 gcc-4.1" export=xenbus_read:33
run "$PARAVET" module xen-platform-pci.ko --root tree
status 'a module of this kernel loads' 0
has 'the answer comes first' out 'xen-platform-pci.ko: loads'
has 'both names are told' out 'xen-pci-platform and xen-platform-pci'

fit i686.ko vermagic="$MAGIC 686 gcc-4.1"
run "$PARAVET" module i686.ko --root tree
status 'one for another processor is refused' 2
has 'the word is named' out 'built for 686, the kernel for'
has 'and what to take instead' out 'athlon'

fit other.ko vermagic="2.6.18-8.el5 SMP mod_unload K7 gcc-4.1"
run "$PARAVET" module other.ko --root tree
status 'the version does not count where CRCs agree' 0
module crc.ko depends= vermagic="$MAGIC K7 gcc-4.1" need=struct_module:12 need=printk:22
run "$PARAVET" module crc.ko --root tree
status 'a CRC that differs is refused' 2
has 'the symbol is named' out 'disagrees about the version of'
has 'both values and the list are shown' out '0x00000012 here, 0x00000011'
module gone.ko depends= vermagic="$MAGIC K7 gcc-4.1" need=struct_module:11 need=gone:44
run "$PARAVET" module gone.ko --root tree
status 'a symbol that nothing exports is refused' 2
has 'it is named' out 'nothing exports gone'
has 'another build may' out 'take the module that was built for this kernel'
module wide.ko arch=x86_64 depends= vermagic="$MAGIC"
run "$PARAVET" module wide.ko --root tree
status 'another architecture is refused' 2
has 'both are named' out 'the module is for x86_64, the kernel for i386'

module vbd.ko depends=xen-platform-pci vermagic="$MAGIC K7 gcc-4.1" need=struct_module:11 \
	need=xenbus_read:33
run "$PARAVET" module vbd.ko --root tree
status 'a dependency that is not there is refused' 2
has 'the symbol is named first' out 'nothing exports xenbus_read'
has 'and the module' out 'xen_platform_pci'
has 'and what to do' out 'name xen-platform-pci.ko as well'
lacks 'another build would not help' out 'built for this kernel'
grep 'it needs xen_platform_pci' out >lines
holds 'the module is named once' test "$(wc -l <lines)" -eq 1
run "$PARAVET" module vbd.ko xen-platform-pci.ko --root tree
status 'it loads together with what it needs' 0

rm tree/boot/symvers-$REL.gz
run "$PARAVET" module gone.ko --root tree
status 'without a list, a symbol that no other module uses is unknown' 3
has 'what is missing is named' out 'Module.symvers or System.map'
run "$PARAVET" module xen-platform-pci.ko --root tree
status 'the other modules show the CRCs as well' 0
printf '0x00000011\tstruct_module\tvmlinux\n0x0000' >"tree/boot/symvers-$REL"
run "$PARAVET" module -v gone.ko --root tree
status 'a list that is cut short is none' 3
has 'that is told' out 'cut short'
rm "tree/boot/symvers-$REL"

run "$PARAVET" module gone.ko --root tree --for "$REL:symvers"
status 'a list may be given for a guest' 2
run "$PARAVET" module i686.ko --for "$REL:symvers"
status 'a list alone does not say how the kernel was built' 3
run "$PARAVET" module i686.ko --for "$REL:symvers" --neighbour "$DIR/kernel/ext3.ko"
status 'with a neighbour it is refused' 2
run "$PARAVET" module other.ko --for "$REL:symvers" --neighbour "$DIR/kernel/ext3.ko"
status 'or loads' 0

truncate -s 8M disk.img
mke2fs -q -F -t ext4 -d tree disk.img
run "$PARAVET" module xen-platform-pci.ko i686.ko --for disk.img
status 'from a disk; the worst counts' 2
run "$PARAVET" module xen-platform-pci.ko --for disk.img --kernel 2.6.9
status 'a kernel that is not there is an error' 64
has 'those that are there are named' err "$REL"

# RHEL 3: .o files, whose symbols have the CRC in their names.
REL3=2.4.21-50.EL
mkdir -p tree3/lib/modules/$REL3/kernel tree3/boot
small_tree tree3
echo >tree3/boot/vmlinuz-$REL3
for name in ext3 jbd; do
	module "tree3/lib/modules/$REL3/kernel/$name.o" kernel_version=$REL3 need=printk:22
	echo "/lib/modules/$REL3/kernel/$name.o:"
done >tree3/lib/modules/$REL3/modules.dep
module good.o kernel_version=2.4.21-52.EL need=printk:22
run "$PARAVET" module good.o --root tree3
status 'a module of Linux 2.4 loads by its CRCs' 0
module bad.o kernel_version=$REL3 need=printk:23
run "$PARAVET" module bad.o --root tree3
status 'or is refused by them' 2
has 'why the package matters is told' out 'on RHEL 3 the driver package has to match'
run "$PARAVET" module good.o --root tree
status 'on Linux 2.6 it is refused' 2
has 'because it is of Linux 2.4' out 'it is a module of Linux 2.4'
lacks 'what it does not state is no evidence' out 'SMP'
run "$PARAVET" module other.ko --root tree3
status 'and the other way round' 2
has 'that is told too' out 'it is a module of Linux 2.6'

# A package of drivers for other kernels leaves folders that are no kernels.
mkdir -p tree3/lib/modules/2.4.21-52.EL/extra tree3/lib/modules/2.4.21-54.EL
cp good.o tree3/lib/modules/2.4.21-52.EL/extra/
run "$PARAVET" module good.o --root tree3
status 'a folder that holds drivers only is not asked about' 0
lacks 'it has no answer' out '(kernel 2.4.21-52.EL)'
has 'one remark names it' out 'left out: 2.4.21-52.EL, 2.4.21-54.EL'
run "$PARAVET" module good.o --root tree3 --kernel 2.4.21-52.EL
status 'unless it is named' 3
has 'then it has one' out '(kernel 2.4.21-52.EL)'
lacks 'and nothing is left out' out 'left out'
mkdir -p tree3/var/lib/dpkg
cat >tree3/var/lib/dpkg/status <<-'EOF'
	Package: linux-image-2.4.21-54.EL
	Status: install ok installed
	Architecture: i386
	Version: 1
EOF
run "$PARAVET" module good.o --root tree3
has 'one that a package owns is asked about' out '(kernel 2.4.21-54.EL)'
has 'and not left out' out 'left out: 2.4.21-52.EL ('
mkdir tree3/boot/grub
printf 'title Old\n\troot (hd0,0)\n\tkernel /boot/vmlinuz-2.4.21-52.EL ro\n' >tree3/boot/grub/menu.lst
run "$PARAVET" module good.o --root tree3
has 'and so is one that a boot entry starts' out '(kernel 2.4.21-52.EL, the default)'
lacks 'then none is left out' out 'left out'
rm -r "tree3/boot/vmlinuz-$REL3" tree3/var tree3/boot/grub
run "$PARAVET" module good.o --root tree3
status 'where nothing else is there, nothing is known' 3
has 'and what to name is told' out '--kernel'

head -c 300 xen-platform-pci.ko >cut.ko
run "$PARAVET" module cut.ko --root tree
status 'a damaged module is refused' 2
echo '<html>' >html.ko
run "$PARAVET" module html.ko --root tree
status 'what is no module is refused' 2
has 'the reason is told' out 'not an ELF file'
printf 'garbage\n' >bad-symvers
run "$PARAVET" module other.ko --for "$REL:bad-symvers"
status 'a list given that is none is bad data' 65
printf 'ID=x\n' >empty-os
mkdir -p nothing/etc nothing/sbin && cp empty-os nothing/etc/os-release
run "$PARAVET" module other.ko --root nothing
status 'a guest without kernels says nothing' 3
has 'that is told' out 'no kernel was found'
run "$PARAVET" module other.ko
status 'no kernel at all is a usage error' 64
has 'with a hint' err '--for DISK'
run "$PARAVET" module --root tree
status 'and so is no module' 64
run "$PARAVET" module none.ko --root tree
status 'a file that is not there' 66
# To open one is an error of its own: it tells that nobody looked before.
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket.ko")'
run "$PARAVET" module socket.ko --root tree
status 'what is no file is not opened' 66
has 'but seen' err 'socket.ko: it is not a regular file'
run "$PARAVET" check --neighbour other.ko disk.img
status 'other commands do not take its options' 64

if python3 -c 'import jsonschema' 2>/dev/null; then
	"$PARAVET" module --format json i686.ko crc.ko cut.ko --root tree >module.json 2>err
	holds 'JSON follows its schema' python3 -c '
import json, sys, jsonschema
schema, document = (json.load(open(p)) for p in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(document)
assert document["format"] == 1
assert document["answer"] == "refused"' "$SOURCE/schema/module.schema.json" module.json
fi
finish
