#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A description of the machine is read beside the disks or alone, and changes no answer.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3

small_disk disk.img
cat >guest.cfg <<'EOT'
name = "rhel5"
builder = "hvm"
memory = 512
boot = "c"
disk = [ 'file:/var/lib/xen/disk.img,hda,w', 'tap:aio:/var/lib/xen/disk.img,xvda,w' ]
vif = [ 'mac=00:16:3e:2e:c5:a9,bridge=xenbr0' ]
EOT

run "$PARAVET" inspect --machine guest.cfg
status 'a description alone is shown' 0
has 'its form, name and size' out 'guest.cfg: xl, rhel5, xen, hvm, bios, 512 MiB'
has 'an emulated disk' out 'hda       emulated  ide, /var/lib/xen/disk.img, raw, boots as number 1 (line 5)'
has 'a PV disk' out 'xvda      PV'
has 'a card of both kinds' out 'network   both'
has 'one image twice' out 'hda and xvda are both /var/lib/xen/disk.img'
lacks 'nothing is said of disks that were not given' out 'Kernels'

run "$PARAVET" inspect --machine guest.cfg disk.img
has 'the disk given is found in it' out ': is disk.img (line 5)'
has 'and the guest is read' out 'Test OS 7'
run "$PARAVET" inspect --sandbox off --machine guest.cfg --root tree
status 'beside a directory, without confinement' 0
run "$PARAVET" inspect --machine guest.cfg -a disk.img,format=raw --format json
cp out facts.json
cat >look.py <<'EOT'
import json
m = json.load(open("facts.json"))["machine"]
assert m["kind"] == "hvm" and m["source"] == "guest.cfg", m
assert [d["disk"] for d in m["disks"]] == ["disk.img", "disk.img"], m
assert m["nics"][0]["emulated"] and m["nics"][0]["pv"], m
EOT
holds 'the same as JSON' python3 look.py
if python3 -c 'import jsonschema' 2>/dev/null; then
	cat >validate.py <<'EOT'
import json, sys, jsonschema
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open("facts.json")))
EOT
	holds 'as its schema says' python3 validate.py "$SOURCE/schema/facts.schema.json"
else
	skip 'as its schema says' 'python3-jsonschema is not installed'
fi

run "$PARAVET" check disk.img
plain=$STATUS
lacks 'without a description nothing is said of one' out 'described by'
cp out plain.txt
run "$PARAVET" check --machine guest.cfg disk.img
status 'with one the answer is the same' "$plain"
has 'and it is named' out 'Machine described by guest.cfg (xl)'
has 'its remarks follow' out 'Note: hda and xvda are both /var/lib/xen/disk.img, once emulated and once'
has 'one more' out 'Note: network card 1 (line 6) has no type'
cp out described.txt
holds 'lines are wrapped' awk 'length > 80 { bad = 1 } END { exit bad }' described.txt
has 'the next command names it too' described.txt '--machine guest.cfg --on'
sed -e '/^Machine described by/,/^$/{/^$/!d}' -e 's/ --machine guest.cfg//' described.txt >rest.txt
same 'nothing else changes' rest.txt plain.txt
sed "s,hda,hdb,; s,/disk.img,/$(printf '\033')[2J.img," guest.cfg >other.cfg
truncate -s 1M second.img
run "$PARAVET" check --machine other.cfg disk.img second.img
has 'a disk of it that was not given' out 'hdb of the machine (/var/lib/xen/\x1b[2J.img) was not given'
has 'a disk given that it does not name' out 'second.img was given, but the description names no disk'
run "$PARAVET" check --machine guest.cfg
status 'check needs a disk' 64

run "$PARAVET" inspect --machine nowhere disk.img
status 'a description that is not there' 66
has 'is named' err 'nowhere'
printf 'name = "x"\ndisk = [ "phy:/x,hda,w"\n' >cut.cfg
run "$PARAVET" inspect --machine cut.cfg disk.img
status 'a damaged one is bad data' 65
has 'with its line' err 'cut.cfg: line 2: the list of `disk` has no end'
run "$PARAVET" inspect --machine disk.img disk.img
status 'a disk is no description' 65
has 'and too large for one' err 'is this a disk?'
: >empty
run "$PARAVET" inspect --machine empty
status 'nor is an empty file' 65
mkfifo fifo
run timeout 60 "$PARAVET" inspect --machine fifo
status 'a fifo does not block' 66
run "$PARAVET" inspect --machine guest.cfg --machine guest.cfg disk.img
status 'the last of two counts' 0
run "$PARAVET" kernel --machine guest.cfg 2.6.18-53.el5
status 'commands without a guest do not take it' 64

{
	printf '<!DOCTYPE domain [<!ENTITY a "%s">' "$(head -c 1000 /dev/zero | tr '\0' a)"
	printf '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><domain><name>&b;</name></domain>'
} >bomb.xml
run "$PARAVET" inspect --machine bomb.xml
status 'entities are refused' 65
has 'for their document type' err 'document type'
printf '<domain type="kvm"><name>\033[2J</name></domain>' >escape.xml
run "$PARAVET" inspect --machine escape.xml
lacks 'no terminal sequence gets out' out "$(printf '\033')"
printf 'name = "\033[2J"\ntype = "hvm"\ndisk = [ "phy:/\033[2J,hda,w" ]\n' >escape.cfg
run "$PARAVET" inspect --machine escape.cfg
status 'names with control characters' 0
lacks 'are shown escaped' out "$(printf '\033')"
finish
