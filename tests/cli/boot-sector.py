#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a disk with a file system bootable by a first sector that does what a guest does.

    boot-sector.py DISK good|panic|hang|reset|late-reset|off|kernel PATH...

The sector reads the last block of each file in order, as a boot loader reads a kernel and
an initramfs; before the last file it waits, as for a kernel that starts. In place of the last
read "panic" prints on the serial port, "hang" does nothing, "reset" starts the machine again,
"late-reset" 3 seconds later, "off" turns it off then. "kernel" puts what reads the last file
into the first one instead, as an x86 boot image, and leaves the sector alone. debugfs says where
a file lies.
"""
import struct
import subprocess
import sys

BLOCK, SECTORS, AT, BUFFER = 4096, 8, 0x7C00, 0x8000
INSTEAD = {  # of the last read
    "reset": b"\xb0\xfe\xe6\x64",  # by the keyboard's controller
    "late-reset": b"\xb0\xfe\xe6\x64",
    "off": b"\xba\x04\x06\xb8\x00\x20\xef",  # S5, where SeaBIOS puts the register: 604h
}
SECONDS = {"reset": 0, "late-reset": 4, "off": 4}
WAIT = b"\x52\xb4\x86\xb9\x0f\x00\xba\x00\x00\xcd\x15\x5a"  # int 15h: 1 s
TEXT = b"\r\nKernel panic - not syncing: VFS: Unable to mount root fs\r\n"


def blocks_of(disk, path):
    out = subprocess.run(["debugfs", "-R", f"blocks {path}", disk], check=True,
                         capture_output=True, text=True).stdout
    return [int(word) for word in out.split()]


def read_at(address):
    return b"\xbe" + struct.pack("<H", address) + b"\xb4\x42\xcd\x13"  # int 13h, extended read


def boot_image(packet):
    """The x86 boot protocol, Documentation/arch/x86/boot.rst: setup code of one sector."""
    image = bytearray(1024)
    image[0x1f1] = 1
    image[0x1fe:0x200] = b"\x55\xaa"
    image[0x200:0x202] = b"\xeb\x6e"  # jmp 270h
    image[0x202:0x206] = b"HdrS"
    image[0x206:0x208] = struct.pack("<H", 0x20c)
    image[0x211] = 1  # loaded high
    image[0x22c:0x230] = struct.pack("<I", 0x7fffffff)  # where an initramfs may lie
    image[0x236] = 1  # for 64 bits
    image[0x2a0:0x2b0] = packet
    # ds is where the image lies; dl = the first disk; again: hlt; jmp again
    code = b"\xfb\xb2\x80" + read_at(0x2a0) + b"\xf4\xeb\xfd"
    image[0x270:0x270 + len(code)] = code
    return image


def main():
    disk, kind, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    packets = [struct.pack("<BBHHHQ", 16, 0, SECTORS, BUFFER, 0, blocks_of(disk, path)[-1] * SECTORS)
               for path in paths]
    if kind == "kernel":
        with open(disk, "r+b") as file:
            file.seek(blocks_of(disk, paths[0])[0] * BLOCK)
            file.write(boot_image(packets[-1]))
        return
    table = AT + 510 - 16 * len(packets)
    code = b"\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c\xfb"  # ds = ss = 0, a stack, interrupts
    for i in range(len(packets)):
        if i == len(packets) - 1:
            code += WAIT * SECONDS.get(kind, 1) + INSTEAD.get(kind, b"")
            if kind == "panic":
                code += b"\xba\xf8\x03"
                for byte in TEXT:
                    code += b"\xb0" + bytes([byte]) + b"\xee"  # out 3f8h, al
            if kind != "good":
                break
        code += read_at(table + 16 * i)
    code += b"\xf4\xeb\xfd"  # again: hlt; jmp again
    sector = code.ljust(510 - 16 * len(packets), b"\0") + b"".join(packets) + b"\x55\xaa"
    assert len(sector) == 512
    with open(disk, "r+b") as file:
        file.write(sector)


main()
