#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands for QEMU with a Xen host in it; the folder it is called in says what it does.

    fails     the host cannot make the guest
    stands    the host stands still before it has made the guest
    faults    the guest's emulated processor fails
    pv        the guest's PV driver reads /sbin/init, after kernel and initramfs
    emulated  the same is read from the emulated disk; the guest claims otherwise

The disk is one of boot-sector.py: its first sector says where these files lie.
"""
import os
import re
import socket
import struct
import sys
import time

SECTOR = 512
WORDS = " ".join(sys.argv)
MARK = re.search(r"paravet\.mark=(\w+) ", WORDS)[1]


def inherited(pattern):
    return socket.socket(fileno=int(re.search(pattern, WORDS)[1]))


CONSOLE = inherited(r"id=serial,fd=(\d+)")


def say(text):
    CONSOLE.sendall(text.encode() + b"\r\n")


def tell(text):
    say(f"{MARK} {text}")


class Disk:
    """The guest's first disk, by the NBD protocol."""

    def __init__(self):
        self.socket = inherited(r"node-name=drive0,server\.type=fd,server\.str=(\d+)")
        self.receive(18)
        self.socket.sendall(struct.pack(">I8sII", 3, b"IHAVEOPT", 1, 0))
        self.receive(10)

    def receive(self, size):
        data = b""
        while len(data) < size:
            data += self.socket.recv(size - len(data)) or sys.exit("the disk is gone")
        return data

    def read(self, sector):
        self.socket.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 0, 0, sector * SECTOR, SECTOR))
        return self.receive(16 + SECTOR)[16:]


def start_guest():
    disk = Disk()
    table = disk.read(0)[510 - 3 * 16:510]
    kernel, initramfs, init = (struct.unpack_from("<Q", table, 16 * i + 8)[0] for i in range(3))
    say("(d1) Booting from Hard Disk...")
    disk.read(kernel)
    disk.read(initramfs)
    time.sleep(1)
    return disk, init


def main():
    kind = os.path.basename(os.path.dirname(sys.argv[0]))
    tell("dom0 ready")
    if kind == "fails":
        tell("failed xl create")
        tell("failed no memory")
        return
    if kind == "stands":
        time.sleep(60)
    tell("guest created")
    if kind == "faults":
        say("(XEN) d1v0 Triple fault - invoking HVM shutdown action 1")
        tell("guest ended 1")
        return
    disk, init = start_guest()
    if kind == "pv":
        tell("disk xvda connected")
        tell("disk xvda reads 5 writes 0")
        time.sleep(1)
    disk.read(init)
    if kind == "pv":
        tell("disk xvda reads 9 writes 0")
    else:
        say("guest: disk xvda connected")
        say("guest: PARAVET disk xvda reads 9 writes 0")
    time.sleep(60)


main()
tell("end")
