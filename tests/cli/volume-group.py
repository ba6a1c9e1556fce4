#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""volume-group.py IMAGE DISK DISK: spreads the image of a file system over two new disks, as the
striped logical volume vg0/root of LVM2. lvm itself takes block devices only."""
import struct
import sys
import zlib

EXTENT, DATA, AREA, STRIPE = 1 << 20, 1 << 20, 4096, 4096
PVS = ["smaPV%d-0000-1111-2222-3333-4444-555555" % number for number in range(2)]


def crc(data):
    return ~zlib.crc32(data, ~0xf597a6cf & 0xffffffff) & 0xffffffff


def volumes(size):
    return "".join(f"""
pv{number} {{
id = "{uuid}"
device = "/dev/sd{"bc"[number]}"
status = ["ALLOCATABLE"]
dev_size = {size // 512}
pe_start = {DATA // 512}
pe_count = {(size - DATA) // EXTENT}
}}""" for number, uuid in enumerate(PVS))


def metadata(size):
    return f"""vg0 {{
id = "smaVG0-0000-1111-2222-3333-4444-555555"
seqno = 1
status = ["RESIZEABLE", "READ", "WRITE"]
extent_size = {EXTENT // 512}
max_lv = 0
max_pv = 0
physical_volumes {{{volumes(size)}
}}
logical_volumes {{
root {{
id = "smaLV0-0000-1111-2222-3333-4444-555555"
status = ["READ", "WRITE", "VISIBLE"]
segment_count = 1
segment1 {{
start_extent = 0
extent_count = {2 * (size - DATA) // EXTENT}
type = "striped"
stripe_count = 2
stripe_size = {STRIPE // 512}
stripes = [
"pv0", 0,
"pv1", 0
]
}}
}}
}}
}}
contents = "Text Format Volume Group"
version = 1
creation_host = "test"
creation_time = 1
""".encode() + b"\0"


def label(uuid, size):
    pv = uuid.replace("-", "").encode() + struct.pack(
        "<QQQQQQQQQ", size, DATA, 0, 0, 0, AREA, DATA - AREA, 0, 0)
    rest = (struct.pack("<I", 32) + b"LVM2 001" + pv).ljust(492, b"\0")
    return b"LABELONE" + struct.pack("<QI", 1, crc(rest)) + rest


def area(text):
    rest = b" LVM2 x[5A%r0N*>" + struct.pack(
        "<IQQQQII", 1, AREA, DATA - AREA, 512, len(text), crc(text), 0)
    rest = rest.ljust(508, b"\0")
    return struct.pack("<I", crc(rest)) + rest + text


def main():
    with open(sys.argv[1], "rb") as file:
        image = file.read()
    size = DATA + len(image) // 2
    for number, path in enumerate(sys.argv[2:]):
        with open(path, "wb") as disk:
            disk.seek(512)
            disk.write(label(PVS[number], size))
            disk.seek(AREA)
            disk.write(area(metadata(size)))
            disk.seek(DATA)
            for at in range(number * STRIPE, len(image), 2 * STRIPE):
                disk.write(image[at:at + STRIPE])


main()
