#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the XFS reader reads what mkfs.xfs wrote: file systems of every shape are made
from one tree of files, and every file, directory and link must come back; damage must end in
an error. Where this machine lets us mount XFS, Linux itself fills some. Usage: oracle-xfs.py
FS-DUMP"""
import glob
import lzma
import os
import random
import re
import shutil
import struct

import fstools
from fstools import check, differ, dump, files_of, finish, need, run, tree_lines

need("mkfs.xfs", "xfs_db")
RANDOM = random.Random(31)
HERE = os.path.dirname(os.path.abspath(__file__))
KIB, MIB = 1 << 10, 1 << 20
# mkfs.xfs makes no file system below 300 MiB, unless it is for its own tests.
os.environ.update(TEST_DIR="1", TEST_DEV="1", QA_CHECK_FS="1")

# name, mkfs.xfs's arguments
SHAPES = [
    ("v5", []),
    ("v5-1k", ["-b", "size=1024"]),
    ("v5-2k", ["-b", "size=2048"]),
    ("v5-64k", ["-b", "size=65536"]),
    ("v5-dir-64k", ["-n", "size=65536"]),
    ("v5-1k-dir-64k", ["-b", "size=1024", "-n", "size=65536"]),
    ("v5-1k-dir-8k", ["-b", "size=1024", "-n", "size=8192"]),
    ("v5-inode-1k", ["-i", "size=1024"]),
    ("v5-inode-2k", ["-i", "size=2048"]),
    ("v5-sector-4k", ["-s", "size=4096"]),
    ("v5-groups", ["-d", "agcount=7"]),
    ("v5-plain", ["-m", "reflink=0,finobt=0,bigtime=0,inobtcount=0", "-i", "sparse=0"]),
    ("v5-rmap", ["-m", "rmapbt=1"]),
    ("v5-wide", ["-i", "nrext64=1"]),
    ("v5-stripe", ["-d", "su=64k,sw=4"]),
    ("v4", ["-m", "crc=0"]),
    ("v4-types", ["-m", "crc=0", "-n", "ftype=1"]),
    ("v4-no-types", ["-m", "crc=0", "-n", "ftype=0"]),
    ("v4-512", ["-m", "crc=0", "-b", "size=512"]),
    ("v4-512-dir-4k", ["-m", "crc=0", "-b", "size=512", "-n", "size=4096,ftype=0"]),
    ("v4-1k", ["-m", "crc=0", "-b", "size=1024", "-i", "size=256"]),
    ("v4-64k", ["-m", "crc=0", "-b", "size=65536", "-n", "ftype=0"]),
    ("v4-old", ["-m", "crc=0", "-i", "size=256,attr=1,projid32bit=0", "-l", "version=1,lazy-count=0"]),
]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def make_tree(root):
    """A protofile cannot name what has a blank in it."""
    for n in (0, 1, 100, 511, 512, 513, 1023, 4095, 4096, 4097, 65535, 65536, 300000, 2 * MIB + 123):
        write("%s/files/%d" % (root, n), RANDOM.randbytes(n))
    for count in (1, 5, 40, 130, 700):  # short, one block, a leaf, a tree of leaves
        for i in range(count):
            write("%s/dirs/%d/%s%d" % (root, count, "n" * RANDOM.randrange(60), i), b"%d" % i)
    for i in range(2500):
        write("%s/many/%s%d" % (root, chr(97 + i % 26) * (i * 7 % 90), i), b"%d" % i if i % 5 == 0 else b"")
    for name in ("n" * 255, "\u00e4\u00f6\u00fc", ".hidden", "*", "x\\y", "\x1b[31m", "a:b", "-"):
        write("%s/names/%s" % (root, name), name.encode())
    write(root + "/deep/" + "/".join("abcdefghijklmno") + "/file", b"deep")
    os.makedirs(root + "/empty")
    os.makedirs(root + "/links")
    for n in (1, 20, 155, 156):
        os.symlink(("../" + "x" * 400)[:n] if n > 1 else "y", "%s/links/%d" % (root, n))
    os.symlink("/absolute/place", root + "/links/absolute")
    os.mkfifo(root + "/pipe")


def proto_of(root, path):
    """mkfs.xfs's description of the tree."""
    lines = ["-", "0 0", "d--755 0 0"]

    def add(directory, depth):
        for name in sorted(os.listdir(directory)):
            full = os.path.join(directory, name)
            if os.path.islink(full):
                lines.append("%s l--777 0 0 %s" % (name, os.readlink(full)))
            elif os.path.isdir(full):
                lines.append("%s d--755 0 0" % name)
                add(full, depth + 1)
                lines.append("$")
            elif os.path.isfile(full):
                lines.append("%s ---644 0 0 %s" % (name, full))
            else:
                lines.append("%s p--644 0 0" % name)
    add(root, 0)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines + ["$", ""]))


def new_image(image, size=320 * MIB):
    if os.path.exists(image):
        os.unlink(image)
    with open(image, "wb") as f:
        f.truncate(size)
    return [image]


def make_image(image, *arguments, size=320 * MIB):
    run("mkfs.xfs", "-q", "-f", *arguments, *new_image(image, size))


def value(image, field):
    """What xfs_db says of the superblock."""
    out = run("xfs_db", "-r", "-c", "sb 0", "-c", "p " + field, image)
    return out.decode().split("=")[1].strip().strip('"')


def shapes(work, source):
    image, proto = work + "/image", work + "/proto"
    proto_of(source, proto)
    want = tree_lines(source)
    for name, arguments in SHAPES:
        make_image(image, "-L", "label " + name[:6], *arguments, "-p", proto)
        status, out, err = dump("list", image)
        found = files_of(out)
        check(status == 0 and found == want, name, (status, differ(found, want), err[-900:]))
        uuid = value(image, "uuid")
        check(out.startswith(("fs xfs %s label %s clean\n" % (uuid, name[:6])).encode()), name + ": its name", out[:100])
        check(dump("identify", image)[1] == ("xfs %s label %s\n" % (uuid, name[:6])).encode(), name + ": identity")


def damaged_log(image):
    """What the log holds is believed whole or not at all."""
    start = int(value(image, "logstart"))
    with open(image, "r+b") as f:
        f.seek(start * 4 * KIB)
        log = f.read(int(value(image, "logblocks")) * 4 * KIB)
        used = [at for at in range(0, len(log), 512) if log[at:at + 4] == b"\xfe\xed\xba\xbe"]
        for i in range(60):
            at = RANDOM.choice(used) + RANDOM.randrange(3000)
            put(f, start * 4 * KIB + at, bytes((log[at] ^ 1 << RANDOM.randrange(8),)))
            f.flush()
            status, out, err = dump("list", image)
            put(f, start * 4 * KIB + at, log[at:at + 1])
            check(status in (0, 1) and (status == 0 or b"error" in out), "a log with a flipped bit %d" % i, (out[:200], err[-900:]))


def by_linux(work):
    """Images that Linux wrote, and what it saw in them (xfs-linux.py)."""
    image = work + "/linux"
    for path in sorted(glob.glob(HERE + "/xfs-images/*.list.xz")):
        name = os.path.basename(path)[:-len(".list.xz")]
        fstools.unpack(path[:-len(".list.xz")] + ".xz", image)
        with lzma.open(path) as f:
            want = f.read().splitlines()
        status, out, err = dump("list", image)
        found = files_of(out)
        check(status == 0 and found == want, "by Linux: " + name, (status, differ(found, want), out[:300], err[-900:]))
        state = out.splitlines()[0].split()[-1]
        check(state == (b"replayed" if name.startswith("dirty") else b"clean"), name + ": state of its log", state)
        status, out, err = dump("stored", image)
        check((files_of(out) == want) == (not name.startswith("dirty")), name + ": as it is stored", (status, out[:300]))
        if name == "dirty":
            damaged_log(image)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def place_of(image, path):
    """The byte at which a file's inode lies."""
    out = run("xfs_db", "-r", "-c", "path " + path, "-c", "addr", image).decode()
    return int(re.search(r"byte offset (\d+)", out).group(1))


def split(work, source):
    """Blocks of a directory may lie apart: the first extent of each is torn into single blocks,
    which are moved to the end of the disk, last to first."""
    image, proto = work + "/image", work + "/proto"
    proto_of(source, proto)
    make_image(image, "-m", "crc=0", "-b", "size=1024", "-i", "size=512", "-n", "size=4096", "-d", "agcount=1",
               "-p", proto)
    free = 320 * KIB - 100
    with open(image, "r+b") as f:
        for directory in ("/dirs/700", "/dirs/40"):
            place = place_of(image, directory)
            f.seek(place)
            inode = bytearray(f.read(512))
            count = struct.unpack_from(">I", inode, 76)[0]
            extents = [struct.unpack_from(">QQ", inode, 100 + 16 * i) for i in range(count)]
            at, start, n = extents[0][0] >> 9, (extents[0][0] & 511) << 43 | extents[0][1] >> 21, \
                extents[0][1] & (1 << 21) - 1
            new = []
            for i in range(min(n, 4)):
                f.seek((start + i) * KIB)
                block = f.read(KIB)
                f.seek((start + i) * KIB)
                f.write(b"\xee" * KIB)
                f.seek(free * KIB)
                f.write(block)
                new.append(((at + i) << 9 | free >> 43, (free << 21 | 1) & (1 << 64) - 1))
                free -= 2
            if n > 4:
                new.append(((at + 4) << 9 | (start + 4) >> 43, ((start + 4) << 21 | n - 4) & (1 << 64) - 1))
            new += extents[1:]
            struct.pack_into(">I", inode, 76, len(new))
            for i, extent in enumerate(new):
                struct.pack_into(">QQ", inode, 100 + 16 * i, *extent)
            f.seek(place)
            f.write(inode)
    status, out, err = dump("list", image)
    found, want = files_of(out), tree_lines(source)
    check(status == 0 and found == want, "blocks of directories in pieces", (status, differ(found, want), err[-900:]))


def refused(work, source):
    """What is not read says so by name."""
    image, proto, other = work + "/image", work + "/proto", work + "/other"
    with open(other, "wb") as f:
        f.truncate(100 * MIB)
    run("mkfs.xfs", "-q", "-f", "-l", "logdev=%s,size=16m" % other, *new_image(image))
    status, out, _ = dump("list", image)
    check(status == 1 and out.startswith(b"error unsupported xfs xfs: log: its log is on another device"),
          "a log on another device", out)
    write(source + "-rt/file", b"on the realtime device" * 1000)
    proto_of(source + "-rt", proto)
    make_image(image, "-r", "rtdev=%s" % other, "-m", "reflink=0", "-p", proto)
    run("xfs_db", "-x", "-c", "path /file", "-c", "write core.realtime 1", image)
    status, out, _ = dump("list", image)
    check(status == 1 and b"lie on the realtime device" in out, "a file on the realtime device", out)
    make_image(image)
    with open(image, "r+b") as f:  # xfs_db does not write what it does not know
        sector = bytearray(f.read(512))
        struct.pack_into(">I", sector, 216, 0x11b)
        struct.pack_into("<I", sector, 224, 0)
        struct.pack_into("<I", sector, 224, crc32c(sector))
        f.seek(0)
        f.write(sector)
    status, out, _ = dump("list", image)
    check(status == 1 and b"features that are not supported: metadir" in out, "a feature that is not known", out)
    make_image(image)
    run("xfs_db", "-x", "-c", "sb 0", "-c", "write features_incompat 0x1b", image)
    status, out, _ = dump("list", image)
    check(status == 1 and b"run xfs_repair" in out, "marked as in need of repair", out)
    make_image(image, "-m", "uuid=11111111-2222-3333-4444-555555555555")
    run("xfs_admin", "-U", "66666666-7777-8888-9999-aaaaaaaaaaaa", image)
    status, out, _ = dump("list", image)
    check(status == 0 and out.startswith(b"fs xfs 66666666-7777-8888-9999-aaaaaaaaaaaa - clean\n"),
          "another UUID than that of its metadata", out)


def put(f, at, data):
    f.seek(at)
    f.write(data)


def folded(work):
    """Names may be compared without case."""
    image = work + "/image"
    for i in range(200):
        write("%s/folded/Name-%d" % (work, i), b"")
    proto_of(work + "/folded", work + "/proto")
    make_image(image, "-n", "version=ci", "-p", work + "/proto")
    status, out, err = dump("find", image, "/nAME-77")
    check(status == 0 and b"\nf 2f6e414d452d3737 0 " in out, "names without case", (out, err))


def damage(work):
    source, image, bad = work + "/small", work + "/image", work + "/bad"
    for i in range(60):
        write("%s/dir/%s%02d" % (source, "n" * i, i), b"%d" % i * 100)
    os.symlink("dir/00", source + "/link")
    proto_of(source, work + "/proto")
    for version, arguments in (("v5", []), ("v4", ["-m", "crc=0"])):
        make_image(image, *arguments, "-b", "size=1024", "-p", work + "/proto", size=16 * MIB)
        good_out = dump("list", image)[1]
        with open(image, "rb") as f:
            good = f.read()
        for n in (0, 3, 4, 511, 512, 65535, 65536, MIB, 16 * MIB - 1):
            shutil.copyfile(image, bad)
            os.truncate(bad, n)
            status, out, err = dump("list", bad)
            check(status == 1 and (b"error corrupt" in out if n >= 65536 else b"error" in out),
                  "%s: cut to %d bytes" % (version, n), (status, out[:300], err[-900:]))
        used = [at for at in range(0, 16 * MIB, 64) if good[at:at + 64].strip(b"\0")]
        for i in range(100):
            with open(image, "r+b") as f:
                spots = [RANDOM.randrange(512) if RANDOM.randrange(5) == 0 else RANDOM.choice(used) + RANDOM.randrange(64)
                         for _ in range(1 + i % 3)]
                for at in spots:
                    put(f, at, bytes((good[at] ^ 1 << RANDOM.randrange(8),)))
                f.flush()
                status, out, err = dump("list", image)
                for at in spots:
                    put(f, at, good[at:at + 1])
            check(status == 0 or (status == 1 and b"error" in out), "%s: flipped bits %d" % (version, i),
                  (status, out[:300], err[-900:]))
            # Only the bytes of files have no checksum in version 5.
            if version == "v5" and status == 0:
                names = [l.split(b" ")[:3] for l in out.splitlines()]
                check(names == [l.split(b" ")[:3] for l in good_out.splitlines()],
                      "v5: flipped bits %d changed no name" % i, differ(out.splitlines(), good_out.splitlines()))


def few_reads(work):
    """A file in one piece takes one read more, whatever its size; a name in a directory of
    thousands takes a few."""
    source, image = work + "/one", work + "/image"
    write(source + "/file", RANDOM.randbytes(20 * MIB))
    for i in range(4000):
        write("%s/dir/%d-%s" % (source, i, "n" * 40), b"")
    proto_of(source, work + "/proto")
    make_image(image, "-p", work + "/proto")
    for path, most, size in (("/", 8, MIB), ("/file", 220, 41 * MIB), ("/dir/1234-" + "n" * 40, 14, MIB)):
        status, _, err = dump("find", image, path)
        reads, read = int(err.split()[1]), int(err.split()[3])
        check(status == 0 and reads <= most and read <= size, "few reads: " + path[:10], err)


def main():
    with fstools.scratch() as work:
        source = work + "/tree"
        make_tree(source)
        shapes(work, source)
        split(work, source)
        by_linux(work)
        refused(work, source)
        few_reads(work)
        folded(work)
        damage(work)
    finish()


main()
