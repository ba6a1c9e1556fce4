# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes logs into the journals of ext3 and ext4, in every form that Linux has written."""
import os
import random
import struct
import subprocess

RANDOM = random.Random(5)
BS = 1024
MAGIC = b"\xc0\x3b\x39\x98"
CHECKSUM, REVOKE, WIDE, ASYNC, V2, V3, FAST = 1, 1, 2, 4, 8, 16, 32

FEATURES = [("plain", 0, REVOKE), ("64bit", 0, REVOKE | WIDE), ("v1", CHECKSUM, REVOKE),
            ("v1-64bit", CHECKSUM, REVOKE | WIDE), ("v1-async", CHECKSUM, REVOKE | ASYNC),
            ("v2", 0, REVOKE | V2), ("v2-64bit", 0, REVOKE | V2 | WIDE),
            ("v3", 0, REVOKE | V3), ("v3-64bit", 0, REVOKE | V3 | WIDE),
            ("v3-async", 0, REVOKE | V3 | ASYNC | WIDE)]

CRC32C = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
    CRC32C.append(i)
CRC32 = []
for i in range(256):
    i <<= 24
    for _ in range(8):
        i = (i << 1 ^ (0x04C11DB7 if i & 0x80000000 else 0)) & 0xFFFFFFFF
    CRC32.append(i)


def crc32c(crc, data):
    for b in data:
        crc = CRC32C[(crc ^ b) & 255] ^ crc >> 8
    return crc


def crc32be(crc, data):
    for b in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ CRC32[crc >> 24 ^ b]
    return crc


def be32(*numbers):
    return struct.pack(">%dI" % len(numbers), *numbers)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def debugfs(image, *commands):
    p = subprocess.run(["debugfs", "-w", "-f", "/dev/stdin", image], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, input="\n".join(commands).encode() + b"\n")
    return p.stdout


def make_base(path, *arguments, size=BS, journal="1", total="8M"):
    """A file system with a few files, in blocks of `size` bytes."""
    source = path + ".d"
    os.makedirs(source, exist_ok=True)
    for i in range(20):
        write("%s/f%d" % (source, i), RANDOM.randbytes(3000))
    write(path, b"")
    subprocess.run(["mke2fs", "-q", "-F", "-b", str(size), "-J", "size=" + journal, "-d", source,
                    *arguments, path, total], check=True, stdout=subprocess.DEVNULL)


def journal_blocks(image, count):
    out = debugfs(image, *["bmap <8> %d" % i for i in range(count)])
    return [int(l) for l in out.split(b"\n") if l.isdigit()]


class Journal:
    """Writes a log into an image, from block `start` on, in the form of `features`."""

    def __init__(self, image, places, compat=0, incompat=REVOKE, start=1, sequence=7):
        self.image = bytearray(read(image))
        self.places, self.compat, self.incompat = places, compat, incompat
        self.at, self.sequence = start, sequence
        self.uuid = RANDOM.randbytes(16)
        self.seed = crc32c(0xFFFFFFFF, self.uuid)
        self.sum = 0xFFFFFFFF
        self.end = len(places) - (256 if incompat & FAST else 0)
        self.time = 1000
        self.header(start, sequence)

    def csum(self):
        return self.incompat & (V2 | V3)

    def header(self, start, sequence):
        sb = bytearray(BS)
        sb[:0x30] = MAGIC + be32(4, 0, BS, len(self.places), 1, sequence, start, 0,
                                 self.compat, self.incompat, 0)
        sb[0x30:0x40] = self.uuid
        sb[0x40:0x44] = be32(1)
        sb[0x50] = 4 if self.csum() else 0
        sb[0x54:0x58] = be32(256 if self.incompat & FAST else 0)
        if self.csum():
            sb[0xFC:0x100] = be32(crc32c(0xFFFFFFFF, sb))
        self.put(0, sb)

    def put(self, number, data):
        at = self.places[number] * BS
        self.image[at:at + BS] = data.ljust(BS, b"\0")

    def append(self, data):
        self.put(self.at, data)
        self.at = 1 if self.at + 1 == self.end else self.at + 1

    def sealed(self, block, field):
        if self.csum():
            block[field:field + 4] = be32(crc32c(self.seed, block))
        return block

    def descriptor(self, writes, spoil=None):
        block = bytearray(MAGIC + be32(1, self.sequence))
        datas = []
        for i, (number, data) in enumerate(writes):
            flags = 2 if i else 0
            if data[:4] == MAGIC:
                flags |= 1
                data = b"\0\0\0\0" + data[4:]
            if i + 1 == len(writes):
                flags |= 8
            sum32 = crc32c(crc32c(self.seed, be32(self.sequence)), data) if self.csum() else 0
            if spoil == "data" and i == 0:
                sum32 ^= 1
            if self.incompat & V3:
                block += be32(number & 0xFFFFFFFF, flags, number >> 32, sum32)
            else:
                block += be32(number & 0xFFFFFFFF) + struct.pack(">HH", sum32 & 0xFFFF, flags)
                if self.incompat & WIDE:
                    block += be32(number >> 32)
                if self.incompat & V2:
                    block += b"\0\0"
            if not flags & 2:
                block += self.uuid
            datas.append(data)
        block = self.sealed(block.ljust(BS, b"\0"), BS - 4)
        if spoil == "descriptor":
            block[BS - 1] ^= 1
        self.append(block)
        self.sum = crc32be(self.sum, block)
        for data in datas:
            self.append(data)
            self.sum = crc32be(self.sum, data)

    def revoke(self, numbers, spoil=None):
        wide = self.incompat & WIDE
        size = 16 + len(numbers) * (8 if wide else 4)
        block = bytearray(MAGIC + be32(5, self.sequence, size))
        for n in numbers:
            block += struct.pack(">Q", n) if wide else be32(n)
        block = self.sealed(block.ljust(BS, b"\0"), BS - 4)
        if spoil == "revoke":
            block[20] ^= 1
        self.append(block)

    def commit(self, spoil=None, time=None):
        self.time += 10
        block = bytearray(MAGIC + be32(2, self.sequence))
        block += be32(0x01040000, self.sum) if self.compat & CHECKSUM else be32(0, 0)
        block = block.ljust(48, b"\0") + struct.pack(">Q", time or self.time)
        block = self.sealed(block.ljust(BS, b"\0"), 16)
        if spoil == "commit":
            block[17] ^= 1
        self.append(block)
        self.sum = 0xFFFFFFFF
        self.sequence += 1

    def save(self, path):
        write(path, self.image)
        debugfs(path, "feature needs_recovery")


def random_block(escaped=False):
    return (MAGIC if escaped else b"data") + RANDOM.randbytes(BS - 4)


def several(j, free):
    """Three transactions with escapes and revocations, and one that was not committed;
    returns what the first one wrote."""
    first = [(free[i], random_block(i % 3 == 0)) for i in range(20)]
    j.descriptor(first)
    j.descriptor([(free[30 + i], random_block()) for i in range(10)])
    j.commit()
    j.descriptor([(free[3], random_block(True)), (free[40], random_block())])
    j.revoke([free[1], free[2], free[31], 5])
    j.commit()
    j.descriptor([(free[2], random_block()), (free[2], random_block(True))])
    j.revoke([free[40]])
    j.descriptor([(free[41], random_block())])
    j.commit()
    j.descriptor([(free[50], random_block()), (free[0], random_block())])  # no commit
    return first


def journaled(base, after, image, size, *checksum):
    """debugfs writes into the journal of `image`, a copy of `base`, what makes `after` of it."""
    a, b = read(base), read(after)
    changed = [i for i in range(len(a) // size) if a[i * size:(i + 1) * size] != b[i * size:(i + 1) * size]]
    write(image, a)
    commands = ["jo " + " ".join(checksum)]
    for part in range(0, len(changed), 25):
        numbers = changed[part:part + 25]
        write("%s.part%d" % (image, part), b"".join(b[i * size:(i + 1) * size] for i in numbers))
        commands.append("jw -b %s %s.part%d" % (",".join(map(str, numbers)), image, part))
    debugfs(image, *commands, "jw -r %d" % (len(a) // size - 5), "jc")
