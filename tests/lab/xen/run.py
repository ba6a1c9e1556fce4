#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts one guest on the Xen host of build.sh and tells what was seen of it, as JSON.

    run.py LAB --disk FILE [--offer emulated|pv] ... [--direct KERNEL INITRD CMDLINE]

Everything is emulated (TCG): neither KVM nor a machine with Xen is used. The disks are not
changed. dom0-init.sh explains the marks; "ms" counts from the start of QEMU.
Exit status: 0 the guest ended or --until was seen, 1 the host failed, 2 the time was over.
"""
import argparse
import ctypes
import json
import os
import re
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time

OFFERS = {"emulated": "ahci", "ide": "ide", "pv": "pv"}
STATUS = {"ended": 0, "seen": 0, "failed": 1, "timeout": 2}
PR_SET_PDEATHSIG = 1
GUEST_LINES = 15  # the last ones, for the JSON; --log has all


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", help="folder made by build.sh")
    parser.add_argument("--disk", action="append", default=[], help="a disk of the guest")
    parser.add_argument("--format", action="append", default=[], choices=["raw", "qcow2"],
                        help="of the disk at the same place in the list (default raw)")
    parser.add_argument("--offer", action="append", default=[], choices=sorted(OFFERS),
                        help="of the disk at the same place; the last one holds for the rest"
                        " (default emulated: AHCI that a PV driver takes over)")
    parser.add_argument("--nic", choices=["emulated", "pv"], help="add a network card")
    parser.add_argument("--mac", default="00:16:3e:00:00:01", help="its address")
    parser.add_argument("--direct", nargs=3, metavar=("KERNEL", "INITRD", "CMDLINE"),
                        help="boot these straight, without firmware and boot loader")
    parser.add_argument("--memory", type=int, default=512, help="of the guest, in MiB")
    parser.add_argument("--timeout", type=float, default=600, help="seconds")
    parser.add_argument("--until", help="end when a mark or a line of the guest (\"guest: ...\")"
                        " matches this regular expression")
    parser.add_argument("--log", help="file for the host's whole console")
    return parser.parse_args()


def at(values, i, default):
    return values[min(i, len(values) - 1)] if values else default


def virtio_disk(number, path, image_format):
    """A disk of the host: the dom0's root, then those that its orders name vdb, vdc ..."""
    path = path.replace(",", ",,")
    return ["-drive", f"if=none,id=d{number},file={path},format={image_format},snapshot=on",
            "-device", f"virtio-blk-pci,drive=d{number}"]


def qemu_command(options, mark, cmdline_file):
    lab = os.path.abspath(options.lab)
    disks, orders = [(os.path.join(lab, "dom0.img"), "raw")], []
    guest = []
    for i, path in enumerate(options.disk):
        offer = OFFERS[at(options.offer, i, "emulated")]
        guest.append(f"vd{chr(ord('a') + len(disks))}/xvd{chr(ord('a') + i)}/{offer}")
        disks.append((path, at(options.format[i:i + 1], 0, "raw")))
    orders += [f"paravet.mark={mark}", f"paravet.memory={options.memory}",
               "paravet.disks=" + ",".join(guest)]
    if options.nic:
        orders.append(f"paravet.nics={options.mac}/{options.nic}")
    if options.direct:
        for word, path in zip(("kernel", "initrd", "cmdline"),
                              (*options.direct[:2], cmdline_file)):
            orders.append(f"paravet.{word}=vd{chr(ord('a') + len(disks))}")
            disks.append((path, "raw"))
    # A comma separates the modules that the hypervisor is handed.
    kernel = f"{lab}/vmlinux.dom0 console=hvc0 quiet {' '.join(orders)}".replace(",", ",,")
    # Debian's Xen has no shadow paging, so npt; and with newer CPU models its dom0 crashed.
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64,+svm,+npt,+nx",
               "-smp", "2", "-m", str(1536 + options.memory), "-nodefaults", "-no-user-config",
               "-display", "none", "-serial", "stdio", "-no-reboot",
               "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny",
               "-kernel", f"{lab}/xen",
               "-append", "console=com1 noreboot dom0_mem=768M,max:768M",
               "-initrd", f"{kernel},{lab}/dom0-initrd.gz"]
    for number, (path, image_format) in enumerate(disks):
        command += virtio_disk(number, path, image_format)
    return command


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Watch:
    """Sorts the console's lines: marks, the guest's, and the rest (the host's own)."""

    def __init__(self, mark, until):
        self.mark, self.until = mark + " ", re.compile(until) if until else None
        self.start = time.monotonic()
        self.marks, self.guest = [], []
        self.outcome = None

    def line(self, text):
        ms = int((time.monotonic() - self.start) * 1000)
        if text.startswith(self.mark):
            text = text[len(self.mark):]
            self.marks.append({"ms": ms, "text": text})
            if text.startswith("failed"):
                self.outcome = "failed"
            elif text == "end":
                self.outcome = self.outcome or "ended"
                return False
        elif text.startswith("guest: "):
            self.guest.append({"ms": ms, "text": text[len("guest: "):]})
        else:
            return True
        if self.until and self.until.search(text):
            self.outcome = "seen"
            return False
        return True


def follow(child, watch, log, timeout):
    """Reads the console until the watch has enough, the machine is gone or time is over."""
    buffer = b""
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = watch.start + timeout - time.monotonic()
            if left <= 0:
                watch.outcome = "timeout"
                return
            if not ready.select(left):
                continue
            data = os.read(child.stdout.fileno(), 65536)
            if not data:
                watch.outcome = watch.outcome or "failed"
                return
            if log:
                log.write(data)
                log.flush()
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                if not watch.line(line.decode("utf-8", "replace").rstrip("\r")):
                    return


def main():
    options = parse_arguments()
    mark = "PARAVET-" + secrets.token_hex(4)
    watch = Watch(mark, options.until)
    log = open(options.log, "wb") if options.log else None
    with tempfile.NamedTemporaryFile() as cmdline:
        if options.direct:
            cmdline.write(options.direct[2].encode())
            cmdline.flush()
        with subprocess.Popen(qemu_command(options, mark, cmdline.name), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, preexec_fn=die_with_parent) as child:
            try:
                follow(child, watch, log, options.timeout)
            except KeyboardInterrupt:
                watch.outcome = "failed"
            finally:
                child.kill()
    json.dump({"outcome": watch.outcome, "marks": watch.marks,
               "guest": watch.guest[-GUEST_LINES:]}, sys.stdout, indent=1, ensure_ascii=True)
    print()
    sys.exit(STATUS[watch.outcome])


if __name__ == "__main__":
    main()
