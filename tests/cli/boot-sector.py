#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a disk with a file system bootable by a first sector that does what a guest does.

    boot-sector.py DISK good|panic|hang PATH...

The sector reads the last block of each file in order, as a boot loader reads a kernel and
an initramfs; before the last file it waits, as for a kernel that starts. "panic" prints on
the serial port in place of the last read, "hang" does nothing. debugfs says where a file
lies.
"""
import struct
import subprocess
import sys

BLOCK, SECTORS, AT, BUFFER = 4096, 8, 0x7C00, 0x8000
TEXT = b"\r\nKernel panic - not syncing: no root\r\n"


def last_block(disk, path):
    out = subprocess.run(["debugfs", "-R", f"blocks {path}", disk], check=True,
                         capture_output=True, text=True).stdout
    return int(out.split()[-1])


def read_at(address):
    return b"\xbe" + struct.pack("<H", address) + b"\xb4\x42\xcd\x13"  # int 13h, extended read


def main():
    disk, kind, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    packets = [struct.pack("<BBHHHQ", 16, 0, SECTORS, BUFFER, 0, last_block(disk, path) * SECTORS)
               for path in paths]
    table = AT + 510 - 16 * len(packets)
    code = b"\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c\xfb"  # ds = ss = 0, a stack, interrupts
    for i in range(len(packets)):
        if i == len(packets) - 1:
            code += b"\x52\xb4\x86\xb9\x0f\x00\xba\x00\x00\xcd\x15\x5a"  # int 15h: wait 1 s
            if kind == "panic":
                for byte in TEXT:
                    code += b"\xba\xf8\x03\xb0" + bytes([byte]) + b"\xee"  # out 3f8h, al
            if kind != "good":
                break
        code += read_at(table + 16 * i)
    code += b"\xf4\xeb\xfd"  # again: hlt; jmp again
    sector = code.ljust(510 - 16 * len(packets), b"\0") + b"".join(packets) + b"\x55\xaa"
    assert len(sector) == 512
    with open(disk, "r+b") as file:
        file.write(sector)


main()
