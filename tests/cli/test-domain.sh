#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A domain of libvirt is a source: libvirt's own test driver says which disks it has and whether it
# runs; one that does not is changed like any guest.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3

run "$PARAVET" check -c test:///default disk.img
status 'a connection without a domain' 64
run "$PARAVET" check -d web disk.img
status 'a domain and disks' 64
has 'are told apart' err 'name either disks or a domain'
run env PATH=/nowhere "$PARAVET" check -d web
status 'without virsh' 69
has 'the package is named' err 'virsh is not installed, which asks libvirt: install the package libvirt-clients'
command -v virsh >/dev/null || finish # the rest asks it

lacking_tree lacking 6.1.0-9-amd64
grub_disk "$WORK/web.img" lacking
truncate -s 1M data.img

# domain NAME STATE DISK...
domain() {
	cat <<-EOT
		<domain type='test' xmlns:d='http://libvirt.org/schemas/domain/test/1.0'>
		<name>$1</name><memory>262144</memory><os><type arch='x86_64'>hvm</type></os><devices>
		<controller type='scsi' index='0' model='virtio-scsi'/>
		$3 </devices>$2</domain>
	EOT
}
FILE="<disk type='file'><driver name='qemu' type='raw'/><source file='$WORK/web.img'/><target dev='hda' bus='ide'/></disk>"
VOLUME="<disk type='volume'><driver type='raw'/><source pool='p' volume='v'/><target dev='hdb' bus='ide'/></disk>"
LOST="<disk type='volume'><driver type='raw'/><source pool='p' volume='lost'/><target dev='hdb' bus='ide'/></disk>"
NET="<disk type='network'><driver type='raw'/><source protocol='nbd' name='x'><host name='h'/></source><target dev='hda' bus='ide'/></disk>"
OFF='<d:runstate>5</d:runstate>'
{
	echo '<node>'
	domain web "$OFF" "$FILE $VOLUME"
	domain runs '' "$FILE"
	domain saved "$OFF<d:hasmanagedsave/>" "$FILE"
	domain lost "$OFF" "$FILE $LOST"
	domain net "$OFF" "$NET"
	domain 'a b; uri' "$OFF" "$FILE"
	cat <<-EOT
		<pool type='dir'><name>p</name><source/><target><path>$WORK</path></target>
		<volume type='file'><name>v</name><capacity>1048576</capacity>
		<target><path>$WORK/data.img</path></target></volume></pool></node>
	EOT
} >node.xml
URI=test://$WORK/node.xml

run "$PARAVET" inspect -d web -c "$URI"
status 'a domain is read' 0
has 'with its files, and volumes of pools' out "$WORK/web.img, $WORK/data.img: Small Debian 12"
has 'its configuration counts' out "hda       emulated  ide, $WORK/web.img, raw"
lacks 'one that is shut off has no note' out 'note:'
run "$PARAVET" inspect -d web -c "$URI" --format json
cp out facts.json
holds 'it is told in the facts' python3 -c '
import json, sys
m = json.load(open("facts.json"))["machine"]
assert (m["domain"], m["connection"], m["finds_disks"]) == ("web", sys.argv[1], True), m
assert m["disks"][1]["pool"] == "p", m' "$URI"
run "$PARAVET" check -d web -c "$URI" --on kvm
status 'and judged' 1
has 'the next command has the same words' out "paravet plan -d web -c test://"
run "$PARAVET" check --backing=refuse -d web -c "$URI" --on kvm
status 'its disks are no files behind an image' 1
run env LIBVIRT_DEFAULT_URI="$URI" "$PARAVET" inspect -d web
status "libvirt's usual connection" 0
run "$PARAVET" inspect -d 'a b; uri' -c "$URI"
status 'no name is more than a name' 0

run "$PARAVET" check -d runs -c "$URI" --on kvm
status 'one that runs is judged' 1
has 'and it is told' out 'Note: libvirt says that the domain is not shut off'
sha256sum web.img >sums
for how in '-o new.qcow2' '--copy -o new.img' '--in-place'; do
	# shellcheck disable=SC2086
	run "$PARAVET" apply -d runs -c "$URI" --on kvm $how
	status "it is not changed ($how)" 66
	has 'by name' err 'the domain runs is not shut off: shut it down first'
done
run "$PARAVET" apply -d runs -c "$URI" --on kvm --dry-run
status 'what would be changed is told' 0
run "$PARAVET" apply -d saved -c "$URI" --on kvm --in-place
status 'nor is one that would go on' 66
has 'with its state' err 'the domain saved has a saved state'
holds 'nothing was written' sha256sum -c sums

run "$PARAVET" inspect -d lost -c "$URI"
status 'a volume that is not there' 66
has 'is told with its line' err 'a disk is missing: virsh: '
run "$PARAVET" inspect -d net -c "$URI"
status 'a disk on the network' 65
has 'is refused by name' err '(network) is no file or block device of this machine'
run "$PARAVET" inspect -d nobody -c "$URI"
status 'no such domain' 66
has "in libvirt's words" err "domain nobody: virsh: failed to get domain 'nobody'"
has 'and where to look' err 'virsh list --all'
run "$PARAVET" inspect -d web -c "test:///$WORK/a-name-that-is-longer-than-eighty-characters-so-that-it-would-not-be-told-whole.xml"
status 'a connection that cannot be made' 69
has 'all of the reason is told' err 'told-whole.xml'
has 'and what to do' err '-c URI names another connection'
run "$PARAVET" inspect -d --all -c "$URI"
status 'a name is no option' 66
run "$PARAVET" inspect -d web -c qemu+ssh://root@host/system
status 'another machine' 65
has 'has other disks' err 'qemu+ssh://root@host/system is another machine'
run "$PARAVET" inspect -d test -c test:///default
has 'the domain that libvirt makes up' err 'a disk is missing: /guest/diskimage1'

run "$PARAVET" apply -d web -c "$URI" --on kvm --in-place --undo undo
status 'one that is shut off is changed' 0
run "$PARAVET" check -d web -c "$URI" --on kvm
status 'and is ready' 0
run "$PARAVET" undo undo
status 'and undone' 0
holds 'byte for byte' sha256sum -c sums
finish
