#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""md-array.py [OPTION...] IMAGE MEMBER...: writes an image over members of a Linux software RAID
array, with their superblocks. mdadm --create itself takes block devices only. A member is FILE or
FILE:OFFSET:SIZE (bytes, within a file that is there). Nothing is written for a member called "-"."""
import argparse
import struct

MAGIC, SECTOR, SUPER = 0xa92b4efc, 512, 4096
LEVELS = {"linear": -1, "raid0": 0, "raid1": 1, "raid4": 4, "raid5": 5, "raid6": 6, "raid10": 10}
UUID = bytes.fromhex("3aaa012229827cfa5331ad66ca767371")
CREATED, EVENTS = 1700000000, 40
SPARE, FAULTY = 0xffff, 0xfffe


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--level", default="raid1", choices=LEVELS)
    p.add_argument("--metadata", default="1.2", choices=["0.90", "1.0", "1.1", "1.2"])
    p.add_argument("--layout", default="n2")
    p.add_argument("--chunk", type=int, default=65536)
    p.add_argument("--name", default="web01:root")
    p.add_argument("--minor", type=int, default=0, help="of version 0.90: /dev/md with this number")
    p.add_argument("--uuid", type=bytes.fromhex, default=UUID)
    p.add_argument("--stale", type=int, action="append", default=[], help="left behind, with other bytes")
    p.add_argument("--failed", type=int, action="append", default=[], help="the others say so")
    p.add_argument("--rebuilding", type=int, action="append", default=[])
    p.add_argument("--bitmap", action="store_true")
    p.add_argument("--reshaping", action="store_true")
    p.add_argument("--dirty", action="store_true")
    p.add_argument("image")
    p.add_argument("members", nargs="+")
    return p.parse_args()


class Member:
    def __init__(self, o, number, spec):
        self.number = number
        self.path, self.at, size = (spec.split(":") + ["0", "0"])[:3] if ":" in spec else (spec, "0", "0")
        self.at, self.size = int(self.at), int(size)
        if self.path != "-" and not self.size:
            with open(self.path, "rb") as f:
                self.size = f.seek(0, 2)
        self.here = self.path != "-"
        self.stale = number in o.stale
        self.failed = number in o.failed
        if o.metadata == "0.90":
            self.super = self.size // 65536 * 65536 - 65536
        elif o.metadata == "1.0":
            self.super = (self.size - 8192) // 4096 * 4096
        else:
            self.super = 0 if o.metadata == "1.1" else 4096
        self.data = 65536 if o.metadata in ("1.1", "1.2") else 0
        self.space = (self.size if self.data else self.super) - self.data


def checksum(data, at):
    data = data[:at] + bytes(4) + data[at + 4:]
    total = sum(struct.unpack("<%dI" % (len(data) // 4), data[:len(data) // 4 * 4]))
    if len(data) % 4:
        total += struct.unpack("<H", data[-2:])[0]
    return ((total & 0xffffffff) + (total >> 32)) & 0xffffffff


def layout_number(o):
    if o.level == "raid0":
        return {"original": 1, "alternate": 2}.get(o.layout, 0)
    if o.level != "raid10":
        return 2 if o.level in ("raid5", "raid6") else 0
    kind, copies = o.layout[0], int(o.layout[1:])
    return copies | 1 << 8 if kind == "n" else 1 | copies << 8 | (kind == "o") << 16


def super_1(o, m, members, used):
    features = (o.bitmap and 1) | (m.number in o.rebuilding and 2) | (o.reshaping and 4)
    if o.level == "raid0" and layout_number(o):
        features |= 4096
    roles = [n.number for n in members]
    for n in members:
        if n.failed and not m.failed:
            roles[n.number] = FAULTY
    s = bytearray(256)
    struct.pack_into("<IIII16s32s", s, 0, MAGIC, 1, features, 0, o.uuid, o.name.encode())
    struct.pack_into("<QiIQIIi", s, 64, CREATED, LEVELS[o.level], layout_number(o), used // SECTOR,
                     o.chunk // SECTOR if o.level != "raid1" else 0, len(members), 8 if o.bitmap else 0)
    struct.pack_into("<QQQQI", s, 128, m.data // SECTOR, m.space // SECTOR, m.super // SECTOR,
                     8 if m.number in o.rebuilding else 0, m.number)
    struct.pack_into("<16s", s, 168, b"device-%09d" % m.number)
    struct.pack_into("<QQQII", s, 192, CREATED, EVENTS - 10 * (m.stale or m.failed),
                     0 if o.dirty else 2**64 - 1, 0, len(roles))
    s += struct.pack("<%dH" % len(roles), *roles)
    struct.pack_into("<I", s, 216, checksum(bytes(s), 216))
    return bytes(s)


def super_0(o, m, members, used):
    words = [0] * 1024
    uuid = struct.unpack(">4I", o.uuid)
    words[0:12] = [MAGIC, 0, 91 if o.reshaping else 90, 0, 0, uuid[0], CREATED, LEVELS[o.level] & 0xffffffff,
                   used // 1024, len(members), len(members), o.minor]
    words[13:16] = uuid[1:]
    working = sum(not n.failed for n in members)
    words[32:38] = [CREATED, (0 if o.dirty else 1) | (o.bitmap and 256), working, working,
                    len(members) - working, 0]
    words[39] = EVENTS - 10 * (m.stale or m.failed)
    words[64:66] = [layout_number(o), o.chunk]
    for n in members:
        state = 9 if n.failed and not m.failed else 2 if n.number in o.rebuilding else 6
        words[128 + 32 * n.number:133 + 32 * n.number] = [n.number, 8, 16 * n.number + 1, n.number, state]
        if n is m:
            words[992:997] = words[128 + 32 * n.number:133 + 32 * n.number]
    data = struct.pack("<1024I", *words)
    return data[:152] + struct.pack("<I", checksum(data, 152)) + data[156:]


def zones(o, members):
    """Of RAID0: (start in the array, start on each, bytes of each, members)."""
    sizes, done, start = [m.space // o.chunk * o.chunk for m in members], 0, 0
    for end in sorted(set(sizes)):
        some = [m for m, size in zip(members, sizes) if size >= end]
        yield start, done, end - done, some
        start += (end - done) * len(some)
        done = end


def pieces(o, members, used, total):
    """(offset in the array, bytes, [(member, offset in its data)...])"""
    count = len(members)
    if o.level == "raid1":
        yield 0, total, [(m, 0) for m in members]
    elif o.level == "linear":
        at = 0
        for m in members:
            size = m.space // o.chunk * o.chunk
            yield at, size, [(m, 0)]
            at += size
    elif o.level == "raid0":
        for start, done, size, some in zones(o, members):
            for i in range(size // o.chunk * len(some)):
                turn = i + (start // o.chunk if o.layout == "original" else 0)
                yield start + i * o.chunk, o.chunk, [(some[turn % len(some)], done + i // len(some) * o.chunk)]
    elif o.level == "raid10":
        kind, copies = o.layout[0], int(o.layout[1:])
        for i in range(total // o.chunk):
            to = []
            for k in range(copies):
                if kind == "n":
                    nth = i * copies + k
                    to.append((members[nth % count], nth // count * o.chunk))
                elif kind == "f":
                    to.append((members[(i + k) % count], (i // count + k * (used // o.chunk // copies)) * o.chunk))
                else:
                    to.append((members[(i + k) % count], (i // count * copies + k) * o.chunk))
            yield i * o.chunk, o.chunk, to
    else:
        yield 0, min(total, used), [(members[0], 0)]


def main():
    o = options()
    members = [Member(o, number, spec) for number, spec in enumerate(o.members)]
    for m in members:
        if not m.here:
            m.size, m.super, m.space = members[0].size, members[0].super, members[0].space
            if not members[0].here:
                m.space = members[-1].space
    used = min(m.space for m in members) // o.chunk * o.chunk
    with open(o.image, "rb") as f:
        image = f.read()
    total = len(image)
    if o.level == "raid10":
        total = used // o.chunk * len(members) // int(o.layout[1:]) * o.chunk
    files = {m: open(m.path, "r+b") for m in members if m.here}
    for off, size, to in pieces(o, members, used, total):
        for m, at in to:
            if m.here and image[off:off + size]:
                files[m].seek(m.at + m.data + at)
                bad = m.stale or m.failed or m.number in o.rebuilding
                files[m].write(b"\xee" * len(image[off:off + size]) if bad else image[off:off + size])
    for m, f in files.items():
        f.seek(m.at + m.super)
        f.write((super_0 if o.metadata == "0.90" else super_1)(o, m, members, used))
        f.close()


main()
