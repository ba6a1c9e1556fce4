#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""volume-group.py [--type striped|raid1|mirror] [--failed N] [--unclean] IMAGE DISK DISK: spreads the
image of a file system over two new disks, as the logical volume vg0/root of LVM2: in stripes, or one
image of it on each. The image with number N failed when the other one ran alone; the log of an unclean
mirror says that its images may differ. lvm itself takes block devices only, and makes mirrored volumes
only where the kernel has the device mapper."""
import argparse
import struct
import zlib

EXTENT, DATA, AREA, STRIPE = 1 << 20, 1 << 20, 4096, 4096
REGION = 512 << 10
PVS = ["smaPV%d-0000-1111-2222-3333-4444-555555" % number for number in range(2)]
ALL = (1 << 64) - 1


def crc(data):
    return ~zlib.crc32(data, ~0xf597a6cf & 0xffffffff) & 0xffffffff


def physical(size):
    return "".join(f"""
pv{number} {{
id = "{uuid}"
device = "/dev/sd{"bc"[number]}"
status = ["ALLOCATABLE"]
dev_size = {size // 512}
pe_start = {DATA // 512}
pe_count = {(size - DATA) // EXTENT}
}}""" for number, uuid in enumerate(PVS))


def volume(name, number, extents, body, visible=""):
    return f"""{name} {{
id = "smaLV{number}-0000-1111-2222-3333-4444-555555"
status = ["READ", "WRITE"{visible}]
segment_count = 1
segment1 {{
start_extent = 0
extent_count = {extents}
{body}
}}
}}
"""


def linear(name, number, extents, pv, first):
    return volume(name, number, extents, f"""type = "striped"
stripe_count = 1
stripes = [
"pv{pv}", {first}
]""")


def striped(extents):
    return volume("root", 0, extents, f"""type = "striped"
stripe_count = 2
stripe_size = {STRIPE // 512}
stripes = [
"pv0", 0,
"pv1", 0
]""", ', "VISIBLE"')


def raid1(extents):
    return volume("root", 0, extents, f"""type = "raid1"
device_count = 2
region_size = {REGION // 512}
raids = [
"root_rmeta_0", "root_rimage_0",
"root_rmeta_1", "root_rimage_1"
]""", ', "VISIBLE"') + "".join(linear(f"root_rmeta_{pv}", 1 + pv, 1, pv, 0) +
                               linear(f"root_rimage_{pv}", 3 + pv, extents, pv, 1) for pv in range(2))


def mirror(extents):
    return volume("root", 0, extents, f"""type = "mirror"
mirror_count = 2
mirror_log = "root_mlog"
region_size = {REGION // 512}
mirrors = [
"root_mimage_0", 0,
"root_mimage_1", 0
]""", ', "VISIBLE"') + "".join(linear(f"root_mimage_{pv}", 3 + pv, extents, pv, 1)
                               for pv in range(2)) + linear("root_mlog", 1, 1, 0, 0)


def metadata(size, volumes):
    return f"""vg0 {{
id = "smaVG0-0000-1111-2222-3333-4444-555555"
seqno = 1
status = ["RESIZEABLE", "READ", "WRITE"]
extent_size = {EXTENT // 512}
max_lv = 0
max_pv = 0
physical_volumes {{{physical(size)}
}}
logical_volumes {{
{volumes}}}
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


def superblock(size, place, failed):
    """Of dm-raid: the image that failed knows nothing of it. 4 KiB behind it, MD's bitmap of regions
    that were being written: none."""
    alone = failed is not None and place != failed
    events = 18 if alone else 17
    first = struct.pack("<4sIIIQQQQIIII", b"DmRd", 1, 2, place, events,
                        1 << failed if alone else 0, ALL, ALL, 1, 0, 0, 0)
    more = struct.pack("<QIIIIQQQQ", ALL, 1, 0, 0, 0, size // 512, 0, 0, size // 512)
    bitmap = struct.pack("<4sI16xQQQIII", b"bitm", 4, events, events, size // 512, 0, REGION, 5)
    return (first + more).ljust(4096, b"\0") + bitmap.ljust(4096, b"\0")


def log(size, unclean):
    regions = size // REGION
    clean = (1 << regions) - (2 if unclean else 1)
    return struct.pack("<IIQ", 0x4d695272, 2, regions).ljust(1024, b"\0") + clean.to_bytes(
        regions // 8 + 1, "little")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--type", choices=("striped", "raid1", "mirror"), default="striped")
    parser.add_argument("--failed", type=int)
    parser.add_argument("--unclean", action="store_true")
    parser.add_argument("image")
    parser.add_argument("disks", nargs=2)
    args = parser.parse_args()
    with open(args.image, "rb") as file:
        image = file.read()
    stripes = args.type == "striped"
    size = DATA + (len(image) // 2 if stripes else EXTENT + len(image))
    make = {"striped": striped, "raid1": raid1, "mirror": mirror}[args.type]
    text = metadata(size, make(len(image) // EXTENT))
    for number, path in enumerate(args.disks):
        with open(path, "wb") as disk:
            disk.seek(512)
            disk.write(label(PVS[number], size))
            disk.seek(AREA)
            disk.write(area(text))
            disk.seek(DATA)
            if stripes:
                for at in range(number * STRIPE, len(image), 2 * STRIPE):
                    disk.write(image[at:at + STRIPE])
            else:
                if args.type == "raid1":
                    disk.write(superblock(len(image), number, args.failed))
                elif number == 0:
                    disk.write(log(len(image), args.unclean))
                disk.seek(DATA + EXTENT)
                disk.write(image)


main()
