#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the ext reader reads what mke2fs and debugfs wrote: file systems of every
shape are made from one tree of files, and every file, directory and link must come back.
Usage: oracle-ext.py FS-DUMP"""
import os
import random
import re
import shutil
import subprocess

import fstools
from fstools import check, differ, dump, files_of, finish, need, run, tree_lines

need("mke2fs", "debugfs", "e2fsck")
RANDOM = random.Random(11)
MIB = 1 << 20

# name, type that blkid names, journal, mke2fs arguments
SHAPES = [
    ("ext2-1k", "ext2", "-", ["-t", "ext2", "-b", "1024"]),
    ("ext2-4k", "ext2", "-", ["-t", "ext2", "-b", "4096"]),
    ("ext2-old", "ext2", "-", ["-t", "ext2", "-O", "none", "-I", "128"]),
    ("ext3-1k", "ext3", "clean", ["-t", "ext3", "-b", "1024"]),
    ("ext3-2k", "ext3", "clean", ["-t", "ext3", "-b", "2048", "-I", "128"]),
    ("ext3-4k", "ext3", "clean", ["-t", "ext3", "-b", "4096", "-O", "dir_index"]),
    ("ext4-1k", "ext4", "clean", ["-t", "ext4", "-b", "1024"]),
    ("ext4-2k", "ext4", "clean", ["-t", "ext4", "-b", "2048"]),
    ("ext4-4k", "ext4", "clean", ["-t", "ext4", "-b", "4096", "-O", "64bit,metadata_csum"]),
    ("ext4-64k", "ext4", "-", ["-t", "ext4", "-b", "65536", "-O", "^has_journal"]),
    ("ext4-plain", "ext4", "clean", ["-t", "ext4", "-O", "^64bit,^metadata_csum"]),
    ("ext4-uninit", "ext4", "clean", ["-t", "ext4", "-O", "^metadata_csum,uninit_bg"]),
    ("ext4-bigalloc", "ext4", "clean", ["-t", "ext4", "-O", "bigalloc", "-C", "65536", "-b", "4096"]),
    ("ext4-metabg", "ext4", "clean", ["-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode"]),
    ("ext4-blocks", "ext4", "clean", ["-t", "ext4", "-O", "^extent,^64bit"]),
    ("ext4-casefold", "ext4", "clean", ["-t", "ext4", "-O", "casefold", "-E", "encoding=utf8"]),
    ("ext4-more", "ext4", "clean",
     ["-t", "ext4", "-O", "sparse_super2,large_dir,ea_inode,metadata_csum_seed,orphan_file"]),
    ("ext4-inline", "ext4", "clean", ["-t", "ext4", "-O", "inline_data,metadata_csum", "-I", "256"]),
    ("ext4-inline-1k", "ext4", "clean", ["-t", "ext4", "-O", "inline_data", "-I", "1024"]),
]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def sparse(path, size, step, piece):
    """A file with a piece of data every `step` bytes."""
    with open(path, "wb") as f:
        f.truncate(size)
        for at in range(0, size, step):
            f.seek(at)
            f.write(RANDOM.randbytes(piece))


def make_tree(root):
    for n in (0, 1, 59, 60, 61, 100, 150, 159, 160, 161, 300, 800, 1023, 1024, 1025, 4095,
              4096, 4097, 12 * 1024, 13 * 1024, 65535, 65536, 300000, 5 * MIB + 123):
        write("%s/files/%d" % (root, n), RANDOM.randbytes(n))
    os.makedirs(root + "/sparse")
    sparse(root + "/sparse/end", 3 * MIB, 4 * MIB, 10)
    sparse(root + "/sparse/many", 6 * MIB, 8192, 4096)
    sparse(root + "/sparse/far", 70 * MIB, 9 * MIB, 5000)
    with open(root + "/sparse/empty", "wb") as f:
        f.truncate(MIB + 7)
    for i in range(30):
        write("%s/some/%d" % (root, i), b"%d" % i)
    os.makedirs(root + "/deep/" + "/".join("abcdefghij"))
    os.makedirs(root + "/empty")
    os.makedirs(root + "/links")
    for n in (1, 10, 58, 59, 60, 61, 100, 255, 1000):
        os.symlink(("../" + "x" * 5000)[:n] if n > 1 else "y", "%s/links/%d" % (root, n))
    os.symlink("/absolute/place", root + "/links/absolute")
    os.link(root + "/files/300000", root + "/hard")
    os.mkfifo(root + "/pipe")
    write(root + "/N" + "n" * 254, b"the longest name")
    write(root + "/odd \n\x1b[31m \\ name", b"odd")
    write(os.fsencode(root) + b"/no-utf8-\xff\xfe", b"bytes")


def make_image(path, source, arguments, size="110M"):
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb"):
        pass
    run("mke2fs", "-q", "-F", "-N", str(6000 if size != "3M" else 64), "-L", "a label", "-U",
        "01234567-89ab-cdef-0123-456789abcdef", "-d", source, *arguments, path, size)


def compare(name, image, want, fs_type, journal):
    status, out, err = dump("list", image)
    got = files_of(out)
    head = ("fs %s 01234567-89ab-cdef-0123-456789abcdef a label %s" % (fs_type, journal)).encode()
    check(status == 0 and got == want, name, differ(got, want) or (out[:300], err[-1500:]))
    check(out.splitlines()[:1] == [head], name + ": identity", out[:100])


def many_entries(work):
    """Directories with a hash index of one and of two levels."""
    source = work + "/many"
    for i in range(5000):
        write("%s/dir/a-rather-long-name-of-a-file-number-%04d" % (source, i), b"")
    for fs_type, size in (("ext3", "1024"), ("ext4", "1024"), ("ext4", "4096")):
        make_image(work + "/many.img", source, ["-t", fs_type, "-b", size], "24M")
        compare("5000 entries " + fs_type, work + "/many.img", tree_lines(source), fs_type,
                "clean")
        run("e2fsck", "-fyD", work + "/many.img", ok=(0, 1))
        compare("5000 entries, indexed " + fs_type, work + "/many.img", tree_lines(source),
                fs_type, "clean")


def long_links(work):
    source = work + "/long"
    os.makedirs(source)
    for n in (1023, 2000, 4000, 4095):
        os.symlink("z" * n, "%s/%d" % (source, n))
    make_image(work + "/long.img", source, ["-t", "ext4", "-b", "4096"], "16M")
    compare("long links", work + "/long.img", tree_lines(source), "ext4", "clean")


def fragmented(work):
    """debugfs writes files into what deleted files left free: torn extents and blocks."""
    for kind in (["-t", "ext4", "-b", "1024"], ["-t", "ext3", "-b", "1024"],
                 ["-t", "ext4", "-b", "1024", "-O", "metadata_csum,^has_journal"]):
        source, image = work + "/frag", work + "/frag.img"
        shutil.rmtree(source, ignore_errors=True)
        for i in range(1500):
            write("%s/f%04d" % (source, i), RANDOM.randbytes(4000))
        make_image(image, source, kind, "12M")
        big = RANDOM.randbytes(2600 * 1024)
        write(work + "/big", big)
        commands = "".join("rm f%04d\n" % i for i in range(0, 1500, 2))
        commands += "write %s/big big\n" % work
        run("debugfs", "-w", "-f", "/dev/stdin", image, input=commands.encode())
        for i in range(0, 1500, 2):
            os.unlink("%s/f%04d" % (source, i))
        write(source + "/big", big)
        out = run("debugfs", "-R", "stat big", image)
        check(out.count(b"-") > 200, "the file is really torn", out[-200:])
        compare("fragmented " + " ".join(kind), image, tree_lines(source), kind[1],
                "-" if "^has_journal" in kind[-1] else "clean")


def odd(work):
    """What is understood but cannot be read, or is worth a remark."""
    image = work + "/odd.img"

    def after(name, commands, words, status=1):
        make_image(image, work + "/small", ["-t", "ext4", "-b", "1024", "-O", "^metadata_csum"], "8M")
        run("debugfs", "-w", "-f", "/dev/stdin", image, input="\n".join(commands).encode() + b"\n")
        got, out, err = dump("list", image)
        check(got == status and all(w in out for w in words), name, (got, out[:600], err[-500:]))

    after("errors recorded", ["ssv state 3"], [b"remark errors recorded"], 0)
    after("unknown feature", ["ssv feature_incompat 0x12c2"], [b"error unsupported", b"dirdata"])
    after("unknown bit", ["ssv feature_incompat 0x800002c2"], [b"error unsupported", b"0x80000000"])
    after("encrypted directory", ["feature encrypt", "sif d1 flags 0x80800"],
          [b"error unsupported", b"fscrypt", b"f " + b"/d2/2".hex().encode()])
    after("encrypted file", ["feature encrypt", "sif d1/1 flags 0x80800"],
          [b"error unsupported", b"fscrypt", b"f " + b"/d1/4".hex().encode()])
    after("deleted inode in use", ["sif d1/1 links_count 0"], [b"error corrupt", b"deleted"])
    after("root is no directory", ["sif <2> mode 0100644"], [b"error corrupt", b"root directory"])
    after("more blocks than the device", ["ssv blocks_count 9000"], [b"error corrupt", b"cut off"])
    after("no inodes", ["ssv inodes_per_group 0"], [b"error corrupt"])
    after("huge groups", ["ssv blocks_per_group 8"], [b"error"])
    after("file size past its blocks", ["sif d1/1 size 100000"], [b"f " + b"/d1/1".hex().encode() + b" 100000"], 0)
    after("not unmounted, no journal", ["feature -has_journal", "ssv state 0"],
          [b"remark was not unmounted"], 0)


def one_read(work):
    """A file in one piece is read at once."""
    os.makedirs(work + "/one")
    write(work + "/one/file", RANDOM.randbytes(20 * MIB))
    make_image(work + "/one.img", work + "/one", ["-t", "ext4"], "64M")
    status, out, err = dump("list", work + "/one.img")
    reads = int(err.split()[1])
    told = subprocess.run(["debugfs", "-R", "ex /file", work + "/one.img"],
                          capture_output=True, text=True, check=True).stdout
    extents = sum(1 for line in told.splitlines() if re.match(r" *\d+/ *\d+ ", line))
    # One for each extent of the whole, 210 for the second time in pieces (one more where an
    # extent ends inside a piece), the rest to open, for its inode and for the blocks of its
    # tree of extents. By blocks: 5,120.
    check(status == 0 and extents and reads <= 24 + 210 + 2 * extents, "few reads",
          "%d for %d extents" % (reads, extents))


def damage(work):
    """Cut and overwritten images end in success or an error; cut ones never in success."""
    image, bad = work + "/whole.img", work + "/bad.img"
    make_image(image, work + "/small", ["-t", "ext4", "-b", "1024", "-O", "metadata_csum"], "3M")
    with open(image, "rb") as f:
        whole = f.read()
    for n in list(range(0, 4096, 512)) + [len(whole) // 2, len(whole) - 1024]:
        write(bad, whole[:n])
        status, out, err = dump("list", bad)
        check(status == 1 and b"error" in out, "cut to %d bytes" % n, (status, out[:200], err))
    want = files_of(dump("list", image)[1])
    for i in range(150):
        data = bytearray(whole)
        for _ in range(1 + i % 8):
            at = RANDOM.randrange(1024, 1024 * 400)
            data[at] ^= 1 << RANDOM.randrange(8)
        write(bad, data)
        status, out, err = dump("list", bad)
        got = files_of(out)
        # Data blocks have no checksums; names, sizes and links have.
        strip = [b" ".join(l.split(b" ")[:3]) for l in got]
        good = [b" ".join(l.split(b" ")[:3]) for l in want]
        check(status == 1 or (status == 0 and strip == good), "flipped bits %d" % i,
              (status, differ(got, want), out[:300], err[-800:]))


def main():
    with fstools.scratch() as work:
        source = work + "/source"
        make_tree(source)
        want = tree_lines(source)
        status, out, err = dump("list", source)
        check(status == 0 and files_of(out) == want, "directory of the host",
              differ(files_of(out), want) or err)
        for name, fs_type, journal, arguments in SHAPES:
            # mke2fs 1.47 writes sparse files wrongly where inline_data is on.
            if "inline" in name:
                shutil.rmtree(source + "/sparse", ignore_errors=True)
                want = tree_lines(source)
            make_image(work + "/img", source, arguments)
            compare(name, work + "/img", want, fs_type, journal)
        for i in range(40):
            write("%s/small/d%d/%d" % (work, i % 3, i), RANDOM.randbytes(i * 100))
        os.symlink("z" * 200, work + "/small/link")
        many_entries(work)
        long_links(work)
        fragmented(work)
        odd(work)
        one_read(work)
        damage(work)
    finish()


main()
