#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# First program of the Xen host's first domain: runs one guest, tells what is seen of it from
# outside, and ends with it. Orders come as words on the kernel's command line; the
# machine's second and later virtio disks (vdb, vdc ...) are those the caller gave:
#
#   paravet.disks=vdb/xvda/ahci,vdc/xvdb/pv
#                      the guest's disks: which, its name, and how it is offered. "ahci" and
#                      "ide": as an emulated disk too, which the firmware and GRUB read and the
#                      guest's PV driver takes over; "pv": as a PV disk and nothing else
#   paravet.nics=00:16:3e:00:00:01/emulated
#                      its network cards on a bridge without a way out: "emulated" (an rtl8139
#                      that a PV driver takes over) or "pv"
#   paravet.memory=512 of the guest, in MiB
#   paravet.program=vdb
#                      make no guest: this disk (ext4) holds a program "run", which is started
#                      in its folder as on any Xen host (tests/lab/xen/try-xl.sh)
#   paravet.mark=WORD  first word of each line that is meant for the caller. The guest does not
#                      know it, so nothing that the guest prints passes for such a line
#
# The lines:
#   WORD dom0 ready                  the host is up, the guest is being made
#   WORD guest created               the guest runs
#   WORD disk xvda connected         its PV driver and the host agreed on a ring
#   WORD disk xvda reads N writes N  requests through the PV driver so far
#   WORD nic vif1.0 connected        as for disks
#   WORD nic vif1.0 packets N        frames that came out of the PV card ("vif1.0-emu": out of
#                                    the emulated one, which firmware uses as well)
#   WORD frame vif1.0 BYTES          the first of them, their beginning in hex
#   WORD guest ended CODE            0 powered off, 1 rebooted, 3 crashed
#   WORD program ended STATUS        of paravet.program
#   WORD failed ...                  the host could not do it, and why
#   WORD end                         always last
# What the guest prints on its serial line stands behind "guest: ".

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mark=PARAVET disks='' nics='' memory=512 program=''
told=/run/told

tell() { echo "$mark $*"; }

# tell_once KEY WORD...: unless it was the last thing told under this key.
tell_once() {
	key=$1
	shift
	last=
	[ ! -f "$told/$key" ] || read -r last <"$told/$key"
	[ "$last" != "$*" ] || return 0
	echo "$*" >"$told/$key"
	tell "$@"
}

finish() {
	tell end
	sync
	echo o >/proc/sysrq-trigger
	sleep 60
}

# fail TEXT [FILE...]: the end, with the last lines of these logs.
fail() {
	text=$1
	shift
	tell "failed $text"
	[ $# = 0 ] || tail -q -n 5 "$@" 2>/dev/null | while IFS= read -r line; do
		tell "failed $line"
	done
	exit 1
}

read_orders() {
	# shellcheck disable=SC2013  # words are what is wanted
	for word in $(cat /proc/cmdline); do
		value=${word#*=}
		case $word in
		paravet.mark=*) mark=$value ;;
		paravet.disks=*) disks=$(echo "$value" | tr , ' ') ;;
		paravet.nics=*) nics=$(echo "$value" | tr , ' ') ;;
		paravet.memory=*) memory=$value ;;
		paravet.program=*) program=$value ;;
		esac
	done
}

mount_all() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /tmp
	mkdir -p /dev/pts /dev/shm "$told" /run/lock /run/xen /var/log/xen /var/lib/xen
	mount -t devpts devpts /dev/pts
	# Xen's hotplug scripts take their lock on a descriptor's name, and wait for ever without.
	ln -sf /proc/self/fd /dev/fd
	ln -sf /proc/self/fd/0 /dev/stdin
}

start_xen() {
	modprobe -a xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback \
		loop tun bridge || fail "a module of the host could not be loaded"
	mount -t xenfs xenfs /proc/xen
	bin=/usr/lib/xen-$(cat /sys/hypervisor/version/major).$(cat /sys/hypervisor/version/minor)/bin
	"$bin/xenstored" >/run/xenstored.log 2>&1 || fail "xenstored did not start" /run/xenstored.log
	tries=0
	until xenstore-read / >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || fail "xenstored does not answer" /run/xenstored.log
		sleep 0.2
	done
	"$bin/xen-init-dom0" >/run/init-dom0.log 2>&1 || fail "xen-init-dom0" /run/init-dom0.log
	# xl waits for the guest's console to have a name.
	"$bin/xenconsoled" || fail "xenconsoled did not start"
	ip link add name xenbr0 type bridge
	ip link set xenbr0 up
}

# disk_words ORDER: sets device, name and offer.
disk_words() {
	device=${1%%/*} offer=${1##*/} name=${1#*/}
	name=${name%/*}
}

disk_spec() { echo "format=raw,vdev=$name,access=rw,backendtype=phy,target=/dev/$device"; }

write_config() {
	bus=ahci
	echo 'name="guest"'
	echo 'type="hvm"'
	echo 'vcpus=1'
	echo "memory=$memory"
	echo 'serial="file:/tmp/guest.serial"'
	echo 'vga="none"'
	echo 'vnc=0'
	echo 'boot="c"'
	# A cheap clock: a trapped one costs minutes under emulation.
	echo 'tsc_mode="native"'
	echo 'on_poweroff="destroy"'
	echo 'on_reboot="destroy"'
	echo 'on_crash="destroy"'
	echo 'disk=['
	for order in $disks; do
		disk_words "$order"
		case $offer in
		pv) continue ;;
		ide) bus=ide ;;
		esac
		echo "  \"$(disk_spec)\","
	done
	echo ']'
	echo "hdtype=\"$bus\""
	# A guest starts from its disks or not at all.
	echo 'device_model_args=["-global","rtl8139.romfile="]'
	echo 'vif=['
	for order in $nics; do
		case ${order##*/} in
		pv) kind=type=vif ;;
		*) kind=type=ioemu,model=rtl8139 ;;
		esac
		echo "  \"mac=${order%/*},bridge=xenbr0,$kind\","
	done
	echo ']'
}

# A PV disk named xvda always gets an emulated twin in the configuration; one that is attached
# while the guest is stopped before its first instruction does not.
create_guest() {
	write_config >/run/guest.cfg
	: >/tmp/guest.serial
	# xl gives up on a device model that takes a minute to start, as one on a busy machine
	# may. What it has read by then is in memory the next time.
	tries=0
	until xl create -p /run/guest.cfg >/run/xl.log 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 4 ] || fail "xl create" /run/xl.log /var/log/xen/qemu-dm-guest.log
	done
	domain=$(xl domid guest)
	for order in $disks; do
		disk_words "$order"
		[ "$offer" = pv ] || continue
		xl block-attach "$domain" "$(disk_spec)" >/run/xl.log 2>&1 ||
			fail "xl block-attach" /run/xl.log
	done
	xl unpause "$domain"
	tell guest created
}

# What is looked at again and again is read from sysfs by the shell itself: a new process costs
# the emulated host up to a tenth of a second, which the guest then lacks.
value_of() { value=; [ ! -r "$1" ] || read -r value <"$1"; }

# Connected: the guest's driver has answered.
look_at_disk() { # FOLDER
	id=${1##*-}
	value_of "$1/state"
	[ "$value" = Connected ] || return 0
	value_of "$told/name-$id"
	if [ -z "$value" ]; then
		value=$(xenstore-read "/local/domain/0/backend/vbd/$domain/$id/dev")
		echo "$value" >"$told/name-$id"
		tell disk "$value" connected
	fi
	name=$value
	value_of "$1/statistics/rd_req"
	reads=$value
	value_of "$1/statistics/wr_req"
	[ -z "$reads" ] || tell_once "requests-$id" disk "$name" reads "$reads" writes "$value"
}

look_at_guest() {
	for folder in "/sys/bus/xen-backend/devices/vbd-$domain"-*; do
		look_at_disk "$folder"
	done
	for folder in "/sys/bus/xen-backend/devices/vif-$domain"-*; do
		value_of "$folder/state"
		[ "$value" != Connected ] ||
			tell_once "vif-${folder##*-}" nic "vif$domain.${folder##*-}" connected
	done
	for folder in "/sys/class/net/vif$domain".*; do
		value_of "$folder/statistics/rx_packets"
		[ "${value:-0}" = 0 ] ||
			tell_once "packets-${folder##*/}" nic "${folder##*/}" packets "$value"
	done
}

ended() {
	code=$(sed -n 's/.*has shut down, reason code \([0-9]*\).*/\1/p' /var/log/xen/xl-guest.log)
	[ -n "$code" ]
}

watch_guest() {
	# Fires once at the start, and when a domain stops. dash reaps it after its next "sleep".
	xenstore-watch -n 2 @releaseDomain >/dev/null &
	watcher=$!
	while kill -0 $watcher 2>/dev/null; do
		look_at_guest
		sleep 2
	done
	tries=0
	until ended || [ $tries = 30 ]; do
		tries=$((tries + 1))
		sleep 1
	done
	tell guest ended "${code:-unknown}"
	# The serial line's last words.
	sleep 1
}

# Lines of a guest may be of any length; the start of one says enough.
follow_serial() {
	tail -n +1 -f /tmp/guest.serial | sed -u -E 's/\r//g; s/^(.{0,500}).*/guest: \1/'
}

run_program() {
	mkdir /run/program
	mount -t ext4 "/dev/$program" /run/program || fail "the disk of the program"
	(cd /run/program && ./run)
	tell program ended $?
	umount /run/program
}

mount_all
read_orders
trap finish EXIT
start_xen
tell dom0 ready
if [ -n "$program" ]; then
	run_program
	exit
fi
create_guest
follow_serial &
[ -z "$nics" ] || dom0-frames "$mark" "vif$domain." &
watch_guest
