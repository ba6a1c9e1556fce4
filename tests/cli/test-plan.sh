#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# plan prints the steps that a guest needs, in three forms, and says what blocks them.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs python3

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

# What apply leaves to people is that list: each step under its number, with its commands and lines.
rm -rf guest
cp -R tree guest
echo 'CONFIG_EXT4_FS=y' >>"guest/boot/config-$release"
grub_disk system.img guest
sed 's,phy:/dev/vg/rhel5,file:system.img,' guest.cfg >system.cfg
run "$PARAVET" plan --on rhel5-xen --machine system.cfg system.img
status 'a guest that lacks the package' 1
[ "$(tail -n 2 out | tr -s ' \n' ' ' | sed 's/ $//')" = "Not from outside: step 1 is more than a \
change of files, and the changes of files rest on it" ] && pass 'why nothing of it is tried comes last' ||
	fail 'why nothing of it is tried comes last'
cp out plan.txt
run "$PARAVET" plan --on rhel5-xen --format markdown --machine system.cfg system.img
has 'in Markdown, too' out 'Not from outside: step 1 is more'
run "$PARAVET" plan --on rhel5-xen --format json --machine system.cfg system.img
has 'and as JSON' out '"untried":"step 1 is more than a change of files'
run "$PARAVET" apply --on rhel5-xen --machine system.cfg --dry-run system.img
status 'apply leaves the steps to people' 1
has 'none is made' out 'rhel5-xen: fixable: nothing was changed'
numbers() { sed -n 's/^ *\([0-9]*\)\. .*/\1/p' "$1"; }
tasks() { sed -n '/^        /p; /^      [-+]/p' "$1"; }
[ "$(numbers out)" = "$(numbers plan.txt)" ] && pass 'all of them, numbered as in the plan' ||
	fail 'all of them, numbered as in the plan'
[ "$(tasks out)" = "$(tasks plan.txt)" ] && pass 'with every command and line' ||
	fail 'with every command and line'
tasks out >tasks
has 'also how it is shut down after those steps' tasks 'shutdown -h now'
tr -s ' \n' ' ' <out >line
lacks 'an option that would not do it is not offered' line '--machine-out writes'
run "$PARAVET" apply --on rhel5-xen --machine system.cfg -o new.img --machine-out new.cfg system.img
has 'nor is the description written' out 'Note: new.cfg was not written: no step changes system.cfg'

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

# What apply would make of the files is tried on a copy of the disk.
old_names_tree old
grub_disk old.img old
before=$(sha256sum old.img)
ls >before.list
run "$PARAVET" plan --on kvm:virtio-blk old.img
status 'a guest that apply makes ready' 1
ls >after.list
[ "$(sha256sum old.img)" = "$before" ] && pass 'the disk is as it was' || fail 'the disk is as it was'
sed -i '/^after.list$/d' after.list
same 'nothing is left behind' after.list before.list
has 'the sum of a file, before and after' out "      $(sha256sum <old/etc/fstab | cut -c 1-12) -> "
has 'what has to hold' out \
	'only if: those files are as they were read, partition 1 is clean'
has 'how the step is undone' out 'undo: those files as they were'
has 'what comes of it' out 'Make them from outside (ready then): paravet apply old.img'
has 'how all of it is undone' out 'Undo: delete new.qcow2;'
[ "$(awk 'length > 80' out | wc -l)" -eq 0 ] && pass 'its lines fit a terminal' ||
	fail 'its lines fit a terminal'
[ "$(wc -l <out)" -le 40 ] && pass 'and one screen' || fail 'and one screen'
run "$PARAVET" plan -v --on kvm:virtio-blk old.img
has 'with -v the sums are whole' out "      $(sha256sum <old/etc/fstab | cut -d' ' -f1)"
run "$PARAVET" plan --on kvm:virtio-blk --format markdown old.img
has 'in Markdown, too' out "$(sha256sum <old/etc/fstab | cut -d' ' -f1) -> "
run "$PARAVET" plan --on kvm:virtio-blk --format json old.img
cp out plan.json
run "$PARAVET" apply --on kvm:virtio-blk --copy -o new.img old.img
status 'apply' 0
cat >sums.py <<'EOT'
import hashlib, json, subprocess
plan = json.load(open("plan.json"))["plan"]
def sum_of(disk, path):
    text = subprocess.run(["debugfs", "-R", "cat " + path, disk + "?offset=1048576"],
                          capture_output=True, check=True).stdout
    return hashlib.sha256(text).hexdigest()
assert (plan["after"], plan["untried"]) == ("ready", None), plan
files = [f for s in plan["steps"] for f in s["files"]]
assert [f["path"] for f in files] == ["/etc/fstab", "/boot/grub/grub.cfg"], files
for f in files:
    assert f["old_sha256"] == sum_of("old.img", f["path"]), f
    assert f["new_sha256"] == sum_of("new.img", f["path"]), f
    assert (f["disk"], f["volume"], f["how"]) == ("old.img", "partition 1", "edited"), f
step = plan["steps"][0]
kinds = [s["kind"] for s in step["preconditions"]]
assert kinds == ["file", "file", "clean", "line", "line"], kinds
line = next(s for s in step["preconditions"] if s["kind"] == "line")
assert (line["path"], line["line"], line["text"]) == ("/etc/fstab", 2, "/dev/sda1"), line
assert [(s["kind"], s["sha256"]) for s in step["undo"]] == \
       [("file", f["old_sha256"]) for f in files], step["undo"]
EOT
holds 'the sums are those of the files, as they are and as apply makes them' python3 sums.py
if python3 -c 'import jsonschema' 2>/dev/null; then
	holds 'as its schema says' python3 validate.py "$SOURCE/schema/plan.schema.json"
fi

# What cannot be tried is said, and the plan stays.
cp old.img unclean.img
debugfs -w -R 'ssv state 0' "unclean.img?offset=$SMALL_OFFSET" 2>/dev/null
run "$PARAVET" plan --on kvm:virtio-blk unclean.img
status 'a file system that apply refuses' 1
has 'is told with the reason' out 'Not from outside, and without sums: unclean.img: partition 1:'
has 'the lines are there' out '+ UUID='
has 'and what they rest on' out 'only if: those lines are as they were read'
lacks 'no sums' out 'SHA-256'
lacks 'nor is apply offered' out 'paravet apply'
run "$PARAVET" plan --on kvm:virtio-blk --format json unclean.img
has 'as JSON' out '"untried":"unclean.img: partition 1: ext4: '
lacking_tree lacking 6.1.0-9-amd64
run "$PARAVET" plan --on kvm:virtio-blk --root lacking
has 'nor are files of a folder tried' out 'without sums: files of a folder are not changed'

# A kernel that lacks the driver altogether: which package has one that does not.
lacking_tree small 6.1.0-9-686
: >small/lib/modules/6.1.0-9-686/modules.builtin
: >small/lib/modules/6.1.0-9-686/modules.dep
rm small/lib/modules/6.1.0-9-686/kernel/virtio_blk.ko
run "$PARAVET" plan --on xen --root small
status 'a kernel without Xen' 1
tr -s ' \n' ' ' <out >line
has 'it is a step' line '1. Bring the driver in why: xen_blkfront is neither'
has 'in one step' line 'install linux-image-686-pae; the 686 kernel is without PAE'

# Some of the kernels only.
lacking_tree kernels 6.1.0-9-amd64 6.1.0-8-amd64
grub_disk kernels.img kernels
on='--on=kvm:virtio-blk'
run "$PARAVET" plan "$on" kernels.img
status 'every kernel of the menu is changed' 1
has 'the default one' out '/boot/initrd.img-6.1.0-9-amd64, with all'
has 'and the other one' out '/boot/initrd.img-6.1.0-8-amd64, with all'
tr -s ' \n' ' ' <out >line
has 'by hand, too' line 'update-initramfs -u -k 6.1.0-9-amd64; the same for 6.1.0-8-amd64'
run "$PARAVET" plan "$on" --kernel 6.1.0-9-amd64 kernels.img
has 'only the one that is named' out '/boot/initrd.img-6.1.0-9-amd64, with all'
lacks 'not the other one' out 'initrd.img-6.1.0-8'
tr -s ' \n' ' ' <out >line
has 'apply is told the same' line "--on kvm:virtio-blk --kernel 6.1.0-9-amd64"
run "$PARAVET" plan "$on" --kernel 6.1.0-9-amd64 --kernel 6.1.0-8-amd64 --format json kernels.img
has 'both may be named' out '"kernels":["6.1.0-9-amd64","6.1.0-8-amd64"]'
run "$PARAVET" plan "$on" --kernel 6.1.0-7-amd64 kernels.img
status 'one that is not there' 64
has 'those there are are listed' err \
	'the boot loader offers no kernel 6.1.0-7-amd64; it offers 6.1.0-9-amd64, 6.1.0-8-amd64'
run "$PARAVET" apply "$on" --kernel 6.1.0-7-amd64 -o x.qcow2 kernels.img
status 'nor does apply know it' 64
run "$PARAVET" check --kernel 6.1.0-9-amd64 kernels.img
status 'check takes all' 64
run "$PARAVET" apply "$on" --kernel 6.1.0-8-amd64 --copy -o left-out.img kernels.img
status 'a kernel that starts by default and was left out is fixable still' 1
run "$PARAVET" plan "$on" --kernel 6.1.0-8-amd64 kernels.img
tr -s ' \n' ' ' <out >line
has 'which kernel it is then done for by hand' line \
	'-k 6.1.0-9-amd64; for this kernel instead: 6.1.0-8-amd64'
run "$PARAVET" apply "$on" --kernel 6.1.0-8-amd64 --dry-run kernels.img
has 'it is said so' out 'with the changes fixable'
has 'and why' out 'Still: virtio_blk is not in /boot/initrd.img-6.1.0-9-amd64'
run "$PARAVET" check "$on" left-out.img
status 'check says the same' 1
run "$PARAVET" apply "$on" --kernel 6.1.0-9-amd64 --copy -o default.img kernels.img
status 'with it the guest is ready' 0
for which in 9 8; do
	debugfs -R "cat /boot/initrd.img-6.1.0-$which-amd64" "default.img?offset=$SMALL_OFFSET" \
		2>/dev/null >"initrd-$which"
done
same 'the other initramfs is as it was' initrd-8 kernels/boot/initrd.img-6.1.0-8-amd64
cmp -s initrd-9 kernels/boot/initrd.img-6.1.0-9-amd64 && fail 'its own is not' || pass 'its own is not'

finish
