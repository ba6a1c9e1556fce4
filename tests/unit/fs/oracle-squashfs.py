#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the SquashFS reader reads what mksquashfs wrote: one tree of files packed in every
way must come back whole, and damage must end in an error. Usage: oracle-squashfs.py FS-DUMP"""
import os
import random
import shutil
import struct

import fstools
from fstools import check, differ, dump, files_of, finish, need, run, tree_lines

need("mksquashfs")
RANDOM = random.Random(23)
KIB, MIB = 1 << 10, 1 << 20
COMPRESSORS = ("gzip", "lzo", "xz", "lz4", "zstd")
BLOCKS = ("4K", "128K", "1M")

# what is packed how, and mksquashfs's arguments
SHAPES = [
    ("nothing compressed", ["-noI", "-noD", "-noF", "-noX"]),
    ("inodes not compressed", ["-noI"]),
    ("data not compressed", ["-noD", "-noF"]),
    ("no fragments", ["-no-fragments"]),
    ("all ends in fragments", ["-always-use-fragments", "-b", "16K"]),
    ("no table for NFS", ["-no-exports"]),
    ("holes kept as zeroes", ["-no-sparse", "-b", "8K"]),
    ("nothing shared", ["-no-duplicates", "-no-hardlinks"]),
    ("xz with a filter", ["-comp", "xz", "-Xbcj", "x86,arm", "-Xdict-size", "100%"]),
    ("lz4, high compression", ["-comp", "lz4", "-Xhc"]),
    ("lzo, one of its ways", ["-comp", "lzo", "-Xalgorithm", "lzo1x_1_15"]),
    ("gzip, a small window", ["-comp", "gzip", "-Xwindow-size", "9", "-Xcompression-level", "1"]),
    ("zstd, its best", ["-comp", "zstd", "-Xcompression-level", "22"]),
]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def some_bytes(n):
    """Bytes that pack a little, well, or not at all."""
    return RANDOM.choice((
        lambda: RANDOM.randbytes(n),
        lambda: (RANDOM.randbytes(61) * (n // 61 + 1))[:n],
        lambda: bytes(RANDOM.choices(b"abcdefgh\n", k=n)),
    ))()


def make_tree(root):
    for n in (0, 1, 4095, 4096, 4097, 8191, 65536, 131071, 131072, 131073, 300000, MIB, MIB + 1, 3 * MIB + 7):
        write("%s/sizes/%d" % (root, n), some_bytes(n))
    names = ["with blank", "\u00e4\u00f6\u00fc", "n" * 255, ".hidden", "a\nb", "x\\y", "*"]
    for name in names:
        write("%s/names/%s" % (root, name), name.encode())
    write(root + "/a/b/c/d/e/f/g/h/deep", b"deep")
    os.makedirs(root + "/empty")
    os.symlink("../sizes/1", root + "/a/link")
    os.symlink("/" + "long/" * 600 + "end", root + "/a/long-link")
    os.symlink("nowhere", root + "/dangling")
    os.mkfifo(root + "/pipe")
    for name in ("one", "two"):
        write("%s/same/%s" % (root, name), b"the same bytes" * 3000)
    os.link(root + "/same/one", root + "/same/hard-link")
    for n in (5 * MIB, 40 * KIB, 4 * MIB + 5): # holes make an extended inode
        with open("%s/holes-%d" % (root, n), "wb") as f:
            f.truncate(n)
            f.seek(n // 2)
            f.write(b"in the middle of nothing")
    os.truncate(root + "/holes-40960", 0)
    os.truncate(root + "/holes-40960", 40960) # nothing but a hole
    for i in range(1200): # more than one run, and an index
        write("%s/many/%04d-%s" % (root, i, "x" * (i % 40)), b"%d" % i if i % 3 else b"")


def make_image(image, *arguments):
    if os.path.exists(image) and "-root-becomes" not in arguments:
        os.unlink(image)
    source, *rest = arguments
    run("mksquashfs", source, image, "-no-progress", "-quiet", "-no-recovery", "-processors", "1", *rest)


def compare(name, image, want):
    status, out, err = dump("list", image)
    found = files_of(out)
    check(status == 0 and found == want, name, (status, differ(found, want), err[-900:]))
    return out


def shapes(work, source):
    image, want = work + "/image", tree_lines(source)
    for compressor in COMPRESSORS:
        for block in BLOCKS:
            make_image(image, source, "-comp", compressor, "-b", block)
            out = compare("%s in blocks of %s" % (compressor, block), image, want)
            check(out.startswith(b"fs squashfs - - -\n"), "its name", out[:80])
    for name, arguments in SHAPES:
        make_image(image, source, *arguments)
        compare(name, image, want)
    check(dump("identify", image)[1] == b"squashfs - -\n", "identity", dump("identify", image))
    make_image(image, source, "-comp", "lzma")
    status, out, _ = dump("list", image)
    check(status == 1 and out.startswith(b"error unsupported") and b"with lzma" in out, "lzma is named", out)


def devices(work):
    """Devices and their like need no root in the image."""
    source, image, lines = work + "/devices", work + "/image", []
    os.makedirs(source)
    arguments = []
    for entry in ("null c 666 0 0 1 3", "disk b 600 0 0 8 0", "socket i 600 0 0 s", "queue i 600 0 0 f"):
        arguments += ["-p", entry]
        lines.append(b"o %s 0 " % ("/" + entry.split()[0]).encode().hex().encode())
    make_image(image, source, *arguments)
    compare("devices", image, sorted(lines + [b"d 2f 0 "]))


def appended(work):
    """mksquashfs can add to an image: what was its root may become a directory of the new one."""
    for how in ([], ["-root-becomes", "old"]):
        both, new, image = work + "/both", work + "/new", work + "/appended"
        for path in (both, new, work + "/first"):
            shutil.rmtree(path, ignore_errors=True)
        write(work + "/first/dir/sub/file", b"first" * 5000)
        write(new + "/more/there/file", b"second" * 5000)
        write(new + "/top", b"top")
        make_image(image, work + "/first", "-b", "4K")
        run("mksquashfs", new, image, "-no-progress", "-quiet", "-no-recovery", *how)
        shutil.copytree(new, both)
        shutil.copytree(work + "/first", both + "/old" if how else both, dirs_exist_ok=True)
        compare("appended " + " ".join(how), image, tree_lines(both))


def stress(work):
    """Random trees in random shapes."""
    for seed in range(6):
        RANDOM.seed(500 + seed)
        source, image = work + "/stress", work + "/image"
        shutil.rmtree(source, ignore_errors=True)
        os.makedirs(source)
        dirs, files = [source], []
        for i in range(400):
            path = "%s/%d-%s" % (RANDOM.choice(dirs), i, "n" * RANDOM.randrange(60))
            kind = RANDOM.randrange(10)
            if kind == 0:
                os.makedirs(path)
                dirs.append(path)
            elif kind == 1:
                os.symlink("../" * RANDOM.randrange(4) + "t" * RANDOM.randrange(1, 200), path)
            elif kind == 2 and files:
                os.link(RANDOM.choice(files), path)
            else:
                write(path, some_bytes(RANDOM.choice((0, 1, 700, 5000, 40000, 200000))))
                files.append(path)
        arguments = ["-comp", RANDOM.choice(COMPRESSORS), "-b", RANDOM.choice(("4K", "32K", "256K"))]
        for option in ("-noI", "-noD", "-noF", "-no-fragments", "-always-use-fragments", "-no-exports"):
            if RANDOM.randrange(3) == 0:
                arguments.append(option)
        make_image(image, source, *arguments)
        compare("random tree %d: %s" % (seed, " ".join(arguments)), image, tree_lines(source))


def damage(work):
    source, image, bad = work + "/small", work + "/image", work + "/bad"
    for i in range(30):
        write("%s/dir/file%02d" % (source, i), RANDOM.randbytes(100) * RANDOM.randrange(200))
    os.symlink("dir/file01", source + "/link")
    for arguments in [["-comp", c, "-b", "4K"] for c in COMPRESSORS] + [["-noI", "-noD", "-noF", "-noX", "-b", "4K"]]:
        name = " ".join(arguments)
        make_image(image, source, "-nopad", *arguments)
        with open(image, "rb") as f:
            good = f.read()
        used = struct.unpack_from("<Q", good, 40)[0]
        check(used == len(good), name + ": not padded", (used, len(good)))
        for n in [0, 3, 50, 95, 96, 100, used // 2, used - 1]:
            write(bad, good[:n])
            status, out, err = dump("list", bad)
            check(status == 1 and (b"error corrupt" in out if n >= 96 else b"error" in out),
                  "%s: cut to %d bytes" % (name, n), (status, out[:300], err[-900:]))
        tables = struct.unpack_from("<Q", good, 64)[0]
        for i in range(50):
            data = bytearray(good)
            for _ in range(1 + i % 4):
                start, end = RANDOM.choice(((0, 96), (96, used), (tables, used), (tables, used)))
                data[RANDOM.randrange(start, end)] ^= 1 << RANDOM.randrange(8)
            write(bad, data)
            status, out, err = dump("list", bad)
            check(status == 0 or (status == 1 and b"error" in out), "%s: flipped bits %d" % (name, i),
                  (status, out[:300], err[-900:]))


def few_reads(work):
    """A file in one piece takes one read a block, its metadata a few."""
    source, image = work + "/one", work + "/image"
    write(source + "/file", RANDOM.randbytes(20 * MIB))
    make_image(image, source, "-noD")
    status, _, err = dump("list", image)
    reads = int(err.split()[1])
    # 160 blocks as a whole, 160 and some for pieces that are no blocks.
    check(status == 0 and reads <= 500, "few reads", "%d" % reads)


def main():
    with fstools.scratch() as work:
        os.environ["LC_ALL"] = "C.UTF-8"
        source = work + "/tree"
        make_tree(source)
        shapes(work, source)
        devices(work)
        appended(work)
        stress(work)
        few_reads(work)
        damage(work)
    finish()


main()
