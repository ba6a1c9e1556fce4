#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest keeps the names of its network cards where the platform changes them: check tells
# it, plan has a rule by the card's address in the form that this guest understands, apply
# and the script make it, and nothing is left to warn of. Where nobody knows the address
# people are told.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs debugfs e2fsck python3 qemu-img

cat >guest.vmx <<'EOT'
config.version = "8"
virtualHW.version = "13"
displayName = "web"
ethernet0.present = "TRUE"
ethernet0.virtualDev = "vmxnet3"
ethernet0.generatedAddress = "00:50:56:AA:BB:01"
EOT
on='--on kvm'
with="$on --machine guest.vmx"
mac=00:50:56:aa:bb:01

# A guest whose disk is as it has to be, and which udev names by place.
old_names_tree base
sed -i "s,/dev/sda1,UUID=$SMALL_UUID," base/etc/fstab base/boot/grub/grub.cfg
mkdir -p base/etc/udev/rules.d base/usr/lib/udev/rules.d base/usr/lib/systemd/network
echo '# rules' >base/usr/lib/udev/rules.d/80-net-setup-link.rules
printf '[Match]\nOriginalName=*\n\n[Link]\nNamePolicy=keep kernel slot path\n' \
	>base/usr/lib/systemd/network/99-default.link
: >base/usr/lib/systemd/libsystemd-shared-252.so

# guest NAME: a copy of it, in $tree.
guest() {
	tree=$1
	cp -R base "$1"
}

# guest_file DISK PATH: its bytes.
guest_file() {
	debugfs -R "cat $2" "$1?offset=$SMALL_OFFSET" 2>/dev/null
}

# kept NAME FILE: apply makes FILE as ./wanted has it; then all is well.
kept() {
	grub_disk disk.img "$tree"
	# shellcheck disable=SC2086
	run "$PARAVET" check $with disk.img
	status "$1: fixable" 1
	has "$1: it is the card" out 'kvm: network card fixable:'
	rm -f new.qcow2 again.qcow2
	# shellcheck disable=SC2086
	run "$PARAVET" apply $with -o new.qcow2 disk.img
	status "$1: apply" 0
	has "$1: which file" out "$2"
	qemu-img convert -O raw new.qcow2 new.img
	guest_file new.img "$2" >found
	same "$1: what is in it" found wanted
	run e2fsck -fn "new.img?offset=$SMALL_OFFSET"
	status "$1: the file system is whole" 0
	# shellcheck disable=SC2086
	run "$PARAVET" check $on new.img
	status "$1: ready" 0
	lacks "$1: without a warning" out 'Note: '
	# shellcheck disable=SC2086
	run "$PARAVET" apply $with -o again.qcow2 new.img
	status "$1: the second time" 0
	has "$1: there is nothing to do" out 'nothing to do'
}

# Debian's interfaces, and systemd as of Debian 12.
guest debian
mkdir -p debian/etc/network
printf 'auto lo\niface lo inet loopback\nauto ens192\niface ens192 inet static\n' \
	>debian/etc/network/interfaces
grub_disk disk.img debian
# shellcheck disable=SC2086
run "$PARAVET" check $on disk.img
status 'a name by place is no fault of a driver' 0
has 'but it is told' out 'Note: kvm: network card: /etc/network/interfaces:3'
has 'what it is about' out 'configures ens192'
has 'and what to do' out 'what to do: plan it with --machine FILE'
# shellcheck disable=SC2086
run "$PARAVET" plan $on disk.img
status 'the plan has nothing to do' 0
has 'and tells it, too' out 'Note: /etc/network/interfaces:3 configures ens192'
# shellcheck disable=SC2086
run "$PARAVET" plan $with disk.img
status 'with the address there is a step' 1
has 'the file' out '/etc/systemd/network/10-paravet-ens192.link, at its end'
has 'its lines' out "      + PermanentMACAddress=$mac"
has 'how it is made' out 'paravet apply disk.img --machine guest.vmx'
# shellcheck disable=SC2086
run "$PARAVET" plan $with --script disk.img
has 'as a script' out "last /etc/systemd/network/10-paravet-ens192.link '[Match]' Perm"
cp out script.sh
sed '/^begin /,$d' script.sh >functions.sh
# shellcheck disable=SC2016
make='. ./functions.sh; scratch=. pass=make; last "$PWD/made/a.link" "[Match]" Name=x'
holds 'whose function makes a file' sh -c "$make"
cp made/a.link first
holds 'or leaves it' sh -c "$make"
same 'as it is' made/a.link first
printf '[Match]\nPermanentMACAddress=%s\n[Link]\nName=ens192\n' "$mac" >wanted
kept 'a .link file' /etc/systemd/network/10-paravet-ens192.link

# What nobody labels is told.
cp -R debian labels
mkdir labels/etc/selinux
printf 'SELINUX=enforcing\nSELINUXTYPE=targeted\n' >labels/etc/selinux/config
grub_disk labels.img labels
# shellcheck disable=SC2086
run "$PARAVET" plan $with labels.img
has 'the plan asks for a relabel where a new file gets no label' out 'note: /etc/systemd/network'
tr -s ' \n' ' ' <out >line
has 'and how' line '10-paravet-ens192.link: it has no SELinux label: restorecon in the guest sets it'
# shellcheck disable=SC2086
run "$PARAVET" plan $with --format markdown labels.img
has 'also as a document' out 'it has no SELinux label: restorecon'

# netplan, systemd before 240: udev's own rules, behind those that are there.
guest ubuntu
mkdir -p ubuntu/etc/netplan
rm ubuntu/usr/lib/systemd/libsystemd-shared-252.so
: >ubuntu/usr/lib/systemd/libsystemd-shared-237.so
printf 'network:\n  ethernets:\n    ens192: {dhcp4: true}\n' >ubuntu/etc/netplan/01.yaml
echo '# mine' >ubuntu/etc/udev/rules.d/70-persistent-net.rules
printf '# mine\nSUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="%s", ATTR{type}=="1", NAME="ens192"\n' \
	"$mac" >wanted
kept 'a rule of udev' /etc/udev/rules.d/70-persistent-net.rules

# netplan by driver.
guest driver
mkdir -p driver/etc/netplan
printf 'network:\n  ethernets:\n    lan:\n      match:\n        driver: vmxnet3  # old\n      dhcp4: true\n' \
	>driver/etc/netplan/01.yaml
sed "s/driver: vmxnet3/macaddress: \"$mac\"/" driver/etc/netplan/01.yaml >wanted
kept 'netplan by driver' /etc/netplan/01.yaml

# networkd by place.
guest place
mkdir -p place/etc/systemd/network
printf '[Match]\nPath=pci-0000:0b:00.0\n\n[Network]\nDHCP=yes\n' \
	>place/etc/systemd/network/lan.network
sed "s/^Path=.*/MACAddress=$mac/" place/etc/systemd/network/lan.network >wanted
kept 'networkd by place' /etc/systemd/network/lan.network

# networkd by driver and by name: one apply mends both.
guest both
mkdir -p both/etc/systemd/network
printf '[Match]\nName=ens192\nDriver=vmxnet3\n\n[Network]\nDHCP=yes\n' \
	>both/etc/systemd/network/lan.network
printf '[Match]\nPermanentMACAddress=%s\n[Link]\nName=ens192\n' "$mac" >wanted
kept 'networkd by driver and name' /etc/systemd/network/10-paravet-ens192.link
guest_file new.img /etc/systemd/network/lan.network >found
has 'its driver is gone, too' found "MACAddress=$mac"

# ifcfg files of initscripts, as of RHEL 7.
guest redhat
mkdir -p redhat/etc/sysconfig/network-scripts
echo '# rules' >redhat/usr/lib/udev/rules.d/60-net.rules
: >redhat/usr/lib/udev/rename_device
echo x >redhat/usr/lib/udev/rename_device
printf 'DEVICE=ens192\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.5\n' \
	>redhat/etc/sysconfig/network-scripts/ifcfg-ens192
{
	cat redhat/etc/sysconfig/network-scripts/ifcfg-ens192
	echo "HWADDR=$mac"
} >wanted
kept 'ifcfg' /etc/sysconfig/network-scripts/ifcfg-ens192

# A key file of NetworkManager that has the address itself.
guest nm
mkdir -p nm/etc/NetworkManager/system-connections
printf '[connection]\nid=lan\ntype=ethernet\ninterface-name=ens192\n\n[ethernet]\nmac-address=%s\n' \
	00:50:56:AA:BB:01 >nm/etc/NetworkManager/system-connections/lan.nmconnection
printf '[Match]\nPermanentMACAddress=%s\n[Link]\nName=ens192\n' "$mac" >wanted
kept 'a key file' /etc/systemd/network/10-paravet-ens192.link

# A hostile name gets into no file, command or terminal.
guest hostile
mkdir -p hostile/etc/netplan
printf 'network: {ethernets: {"ens1\\e;x": {}}}\n' >hostile/etc/netplan/01.yaml
grub_disk disk.img hostile
# shellcheck disable=SC2086
run "$PARAVET" plan $with disk.img
status 'a name that is none gets no rule' 0
has 'it is told' out 'configures ens1\x1b;x'
lacks 'but printable' out "$(printf '\033')"
finish
