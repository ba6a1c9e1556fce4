#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# plan prints the steps that a guest needs, in three forms, and says what blocks them.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3

# RHEL 5.1 with the kernel of the guide's example and without drivers, as a directory: the
# header of a kernel image, and where the drivers would lie.
release=2.6.18-53.1.4.el5PAE
mkdir -p tree/etc tree/boot/grub "tree/lib/modules/$release/kernel" tree/bin tree/sbin
echo 'Red Hat Enterprise Linux Server release 5.1 (Tikanga)' >tree/etc/redhat-release
echo '/dev/hda1 / ext3 defaults 1 1' >tree/etc/fstab
echo 'alias eth0 8139cp' >tree/etc/modprobe.conf
: >tree/sbin/modprobe
python3 "$HERE/make-module.py" "tree/lib/modules/$release/kernel/8139cp.ko" depends= \
	vermagic="$release SMP mod_unload 686 gcc-4.1" need=struct_module:11
echo 'kernel/8139cp.ko:' >"tree/lib/modules/$release/modules.dep"
printf 'CONFIG_X86=y\nCONFIG_BLK_DEV_IDEDISK=y\nCONFIG_BLK_DEV_PIIX=y\nCONFIG_EXT3_FS=y\n' \
	>"tree/boot/config-$release"
mkdir -p tree/etc/sysconfig/network-scripts
printf 'DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=dhcp\n' >tree/etc/sysconfig/network-scripts/ifcfg-eth0
printf 'default=0\ntitle RHEL\n\tkernel /boot/vmlinuz-%s ro root=/dev/hda1\n' "$release" \
	>tree/boot/grub/grub.conf
python3 - "tree/boot/vmlinuz-$release" "$release" <<'EOT'
import struct, sys
image = bytearray(4096)
image[0x1f1] = 1
image[0x1fe:0x200] = b"\x55\xaa"
image[0x202:0x206] = b"HdrS"
struct.pack_into("<HIHH", image, 0x206, 0x020c, 0, 0, 0x600 - 0x200)
image[0x211] = 1
name = (sys.argv[2] + " (test) #1 SMP\0").encode()
image[0x600:0x600 + len(name)] = name
open(sys.argv[1], "wb").write(image)
EOT
cat >guest.cfg <<'EOT'
name = "rhel5"
builder = "hvm"
disk = [ 'phy:/dev/vg/rhel5,hda,w' ]
vif = [ 'type=ioemu,bridge=xenbr0' ]
EOT

run "$PARAVET" plan --root tree
status 'a platform is needed' 64
has 'it is asked for' err 'for which platform? try: --on kvm'
run "$PARAVET" plan --on kvm,xen --root tree
status 'one at a time' 64
run "$PARAVET" plan --on all --root tree
status 'so all are too many' 64
run "$PARAVET" plan --on kvm
status 'a disk is needed' 64
run "$PARAVET" plan --on kvm --format html --root tree
status 'there is no such form' 64
has 'those there are are listed' err 'text, json or markdown'
run "$PARAVET" check --format markdown --root tree
status 'check has no such form' 64

run "$PARAVET" plan --on rhel5-xen --root tree
status 'a folder does not show the boot loader' 3
has 'the answer comes first' out 'rhel5-xen: unknown, supported: 6 steps remain'
has 'what is missing' out 'name the disks instead'
has 'what stays' out 'Note: tree stays as it is: GRUB cannot read para-virtualized block devices'
has 'the package for this kernel' out ' 1. Install kmod-xenpv-PAE for 2.6.18-53.1.4.el5PAE'
has 'its command' out '        yum install kmod-xenpv-PAE'
has 'what it rests on' out 'unverified: rests on a page that was not at hand'
has 'the line that changes' out '/etc/modprobe.conf:1'
has 'as it is' out '      - alias eth0 8139cp'
has 'as it will be' out '      + alias eth0 xen-vnif'
has 'where a step is done' out 'On the host'
has 'how to see the lines of the description' out 'With --machine FILE'
has 'the last step is a check' out '        ifconfig eth0'
lacks 'sources are told on demand' out 'source:'
[ "$(awk 'length > 80' out | wc -l)" -eq 0 ] && pass 'its lines fit a terminal' ||
	fail 'its lines fit a terminal'
run "$PARAVET" plan -v --on rhel5-xen --root tree
has 'with -v they are' out 'source: Red Hat Enterprise Linux 5 Virtualization Guide, 12.4'
has 'and where the reason was read' out 'read in: tree, /etc/modprobe.conf:1'

run "$PARAVET" plan --on rhel5-xen --root tree --machine guest.cfg
has 'the entry of the card' out 'guest.cfg:4, the rest of the line stays'
has 'as it is there' out '      - type=ioemu,bridge=xenbr0'
has 'and as it will be' out '      + bridge=xenbr0'
has 'xm is given that file' out '        xm create guest.cfg'
lacks 'the hint is not needed' out '--machine FILE'

run "$PARAVET" plan --on rhel5-xen --root tree --host rhel5.0/x86_64
has 'a host that the documents do not support' out 'rhel5-xen: unknown, unsupported: 6 steps remain'
has 'and why' out 'Note: the host is RHEL 5.0'

run "$PARAVET" plan --on rhel5-xen --root tree --format markdown
status 'Markdown has the same status' 3
has 'its title' out '# rhel5-xen: unknown, supported: 6 steps remain'
has 'a heading for each step' out '### 1. Install kmod-xenpv-PAE for'
has 'changes' out '+alias eth0 xen-vnif'
has 'and words that are no markup' out 'xen\_vnif'

run "$PARAVET" plan --on rhel5-xen --root tree --format json
cp out plan.json
cat >look.py <<'EOT'
import json
document = json.load(open("plan.json"))
steps = document["plan"]["steps"]
assert document["format"] == 1, document
assert [s["n"] for s in steps] == list(range(1, len(steps) + 1)), steps
alias = next(s for s in steps if s["id"] == "alias")
assert alias["edits"] == [{"file": "/etc/modprobe.conf", "line": 1, "whole": True,
                           "before": "alias eth0 8139cp", "after": "alias eth0 xen-vnif"}], alias
assert alias["subjects"] == ["eth0"] and not alias["verified"] and alias["cites"], alias
assert document["plan"]["obstacles"][0]["state"] == "unknown", document
EOT
holds 'the same as JSON' python3 look.py
if python3 -c 'import jsonschema' 2>/dev/null; then
	cat >validate.py <<'EOT'
import json, sys, jsonschema
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open("plan.json")))
EOT
	holds 'as its schema says' python3 validate.py "$SOURCE/schema/plan.schema.json"
else
	skip 'as its schema says' 'python3-jsonschema is not installed'
fi

# A name that somebody else chose is neither a command nor a terminal sequence.
cat >hostile.xml <<'EOT'
<domain type='xen'><name>x; reboot</name><os><type>hvm</type></os>
<devices><interface type='bridge'><model type='rtl8139'/></interface></devices></domain>
EOT
run "$PARAVET" plan --on rhel5-xen --root tree --machine hostile.xml
has 'it is quoted for the shell' out "virsh start 'x; reboot'"
has 'libvirt is given the changed description first' out '        virsh define hostile.xml'
sed 's/name = .*/name = "x; reboot \o033[2J"/' guest.cfg >"$(printf 'hos\033[2Jtile.cfg')"
run "$PARAVET" plan --on rhel5-xen --root tree --machine "$(printf 'hos\033[2Jtile.cfg')"
has 'nor is the name of a file' out "xm create \"\$(printf 'hos\\033\\1332Jtile.cfg')\""
lacks 'no terminal sequence gets out' out "$(printf '\033')"
run "$PARAVET" plan --on rhel5-xen --root tree --machine "$(printf 'hos\033[2Jtile.cfg')" --format markdown
lacks 'nor in Markdown' out "$(printf '\033')"

small_tree small
small_disk disk.img small
run "$PARAVET" plan --on kvm disk.img
status 'a guest without a kernel' 3
has 'has no steps' out 'kvm: unknown, not listed: no step is known'
finish
