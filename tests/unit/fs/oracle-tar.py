#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the reader of tar archives reads what GNU tar wrote, and that damage must end in an
error. Usage: oracle-tar.py FS-DUMP"""
import os
import random
import shutil

import fstools
from fstools import check, differ, dump, files_of, finish, need, run, tree_lines

need("tar")
RANDOM = random.Random(31)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def make_tree(root, longest):
    """A random tree whose paths and links have at most so many bytes."""
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    dirs, files = [""], []
    for i in range(300):
        path = "%s/%d-%s" % (RANDOM.choice(dirs), i, "n" * RANDOM.randrange(90))
        if len(path) > longest:
            continue
        kind = RANDOM.randrange(10)
        if kind == 0:
            os.makedirs(root + path)
            dirs.append(path)
        elif kind == 1:
            os.symlink("../" * RANDOM.randrange(4) + "t" * RANDOM.randrange(1, longest - 10), root + path)
        elif kind == 2 and files:
            os.link(root + RANDOM.choice(files), root + path)
        elif kind == 3:
            os.mkfifo(root + path)
        else:
            write(root + path, RANDOM.randbytes(RANDOM.choice((0, 1, 511, 512, 513, 5000, 70000))))
            files.append(path)


def compare(name, archive, want):
    status, out, err = dump("tar", archive)
    found = files_of(out)
    check(status == 0 and found == want, name, (status, differ(found, want), err[-900:]))


def shapes(work):
    tree, archive = work + "/tree", work + "/archive"
    for form, longest in (("gnu", 2000), ("oldgnu", 90), ("ustar", 90), ("posix", 90)):
        for seed in range(3):
            RANDOM.seed(700 + seed)
            make_tree(tree, longest)
            run("tar", "--format=" + form, "-cf", archive, "-C", tree, ".")
            compare("%s, random tree %d" % (form, seed), archive, tree_lines(tree))
    # Names of more than a hundred bytes are split by ustar.
    make_tree(tree, 90)
    os.makedirs(tree + "/" + "d" * 90 + "/" + "e" * 50)
    write(tree + "/" + "d" * 90 + "/" + "e" * 50 + "/" + "f" * 90, b"deep")
    run("tar", "--format=ustar", "-cf", archive, "-C", tree, ".")
    compare("ustar with prefixes", archive, tree_lines(tree))
    write(work + "/plain/file", b"text")
    run("tar", "--format=v7", "-cf", archive, "-C", work + "/plain", ".")
    status, out, _ = dump("tar", archive)
    check(status == 1 and out.startswith(b"error absent"), "an archive without a magic number", out[:100])


def damage(work):
    tree, archive, bad = work + "/tree", work + "/archive", work + "/bad"
    make_tree(tree, 300)
    run("tar", "--format=gnu", "-cf", archive, "-C", tree, ".")
    with open(archive, "rb") as f:
        good = f.read()
    for i in range(150):
        data = bytearray(good)
        if i < 30:
            data = data[:RANDOM.randrange(len(data) - 20000)]
        else:
            for _ in range(1 + i % 4):
                head = data.index(b"ustar", RANDOM.randrange(len(data) * 3 // 4)) - 257
                data[head + RANDOM.randrange(512)] ^= 1 << RANDOM.randrange(8)
        write(bad, data)
        status, out, err = dump("tar", bad)
        check(status == 0 or (status == 1 and b"error" in out), "damage %d" % i, (status, out[:300], err[-800:]))


def main():
    with fstools.scratch() as work:
        shapes(work)
        damage(work)
    finish()


main()
