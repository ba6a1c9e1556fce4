#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has Linux itself write XFS, as root, and compares what the reader sees with what Linux sees.
  xfs-linux.py FS-DUMP images    writes xfs-images/NAME.xz and NAME.list for oracle-xfs.py
  xfs-linux.py FS-DUMP stress N  N random runs, each stopped in its midst, so that the log matters"""
import lzma
import os
import random
import shutil
import subprocess
import sys
import tempfile

import fstools
from fstools import differ, dump, files_of, run, tree_lines

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.update(TEST_DIR="1", TEST_DEV="1", QA_CHECK_FS="1")
KIB, MIB = 1 << 10, 1 << 20


class Mounted:
    """An image, mounted; `stop` ends it as a power cut would."""

    def __init__(self, image, stop=False, options="loop"):
        self.image, self.stop, self.options = image, stop, options
        self.path = tempfile.mkdtemp(prefix="paravet-xfs-")

    def __enter__(self):
        run("mount", "-t", "xfs", "-o", self.options, self.image, self.path)
        return self.path

    def __exit__(self, *_):
        if self.stop:
            run("xfs_io", "-x", "-c", "shutdown -f" if self.stop == "flush" else "shutdown", self.path)
        run("umount", self.path)
        os.rmdir(self.path)


def make_image(image, *arguments, size=24 * MIB):
    if os.path.exists(image):
        os.unlink(image)
    with open(image, "wb") as f:
        f.truncate(size)
    run("mkfs.xfs", "-q", "-f", *arguments, image)


def seen_by_linux(image):
    """After Linux replayed the log, on a copy."""
    copy = image + ".copy"
    run("cp", "--sparse=always", image, copy)
    with Mounted(copy) as path:
        lines = tree_lines(path)
    os.unlink(copy)
    return lines


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def fill(root):
    """What a protofile cannot make."""
    for n in (1, 100, 300, 335, 336, 337, 400, 900, 1000, 1023):
        os.makedirs(root + "/links", exist_ok=True)
        os.symlink(("../" + "x/" * 600)[:n], "%s/links/%d" % (root, n))
    for name in ("with blank", "line\nbreak", " ", "\udcff\udcfe"):
        write("%s/names/%s" % (root, name), os.fsencode(name))
    # Holes, a tree of extents, room that is allocated and not written.
    with open(root + "/torn", "wb") as f:
        for i in range(600):
            f.seek(i * 8 * KIB)
            f.write(b"%d" % i * 100)
    with open(root + "/far", "wb") as f:
        f.write(b"first")
        f.seek(1 << 40)
        f.write(b"last")
    os.truncate(root + "/far", 100 * MIB)
    write(root + "/unwritten", b"begins")
    run("fallocate", "-l", "300000", root + "/unwritten")
    write(root + "/behind", b"")
    run("fallocate", "-n", "-l", "300000", root + "/behind")
    write(root + "/shared", b"the same " * 5000)
    run("cp", "--reflink=auto", root + "/shared", root + "/shared-too")
    with open(root + "/shared-too", "r+b") as f:
        f.seek(20000)
        f.write(b"but here")
    os.link(root + "/shared", root + "/linked")
    run("setfattr", "-n", "user.x", "-v", "y" * 300, root + "/shared", ok=(0, 1)) if shutil.which("setfattr") else 0
    for kind, minor in (("c", 3), ("b", 4)):
        run("mknod", root + "/device-" + kind, kind, "1", str(minor))
    run("mkfifo", root + "/pipe")
    # Directories with holes where blocks became free, and with deleted entries in the index.
    for i in range(1500):
        write("%s/thinned/%s-%d" % (root, "n" * (i % 50), i), b"")
    for name in sorted(os.listdir(root + "/thinned")):
        number = int(name.rsplit("-", 1)[1])
        if 300 <= number < 1100 or number % 7 == 0:
            os.unlink(root + "/thinned/" + name)


def change(root, rnd, steps):
    """Random changes of all that has a way through the log."""
    files, dirs = [], [root]
    for where, below, names in os.walk(root):
        dirs += [os.path.join(where, d) for d in below]
        files += [os.path.join(where, n) for n in names]
    for step in range(steps):
        kind = rnd.randrange(14)
        path = "%s/%s%d" % (rnd.choice(dirs), "abcdefgh"[step % 8] * rnd.randrange(1, 80), step)
        try:
            if kind <= 3:
                with open(path, "wb") as f:
                    f.write(b"%d " % step * rnd.choice((0, 1, 50, 3000)))
                files.append(path)
            elif kind == 4:
                os.mkdir(path)
                dirs.append(path)
            elif kind == 5 and files:
                os.unlink(files.pop(rnd.randrange(len(files))))
            elif kind == 6:
                os.symlink("t" * rnd.choice((3, 80, 500, 1000)), path)
                files.append(path)
            elif kind == 7 and files:
                victim = files.pop(rnd.randrange(len(files)))
                os.rename(victim, path)
                files.append(path)
            elif kind == 8 and files:
                with open(rnd.choice(files), "r+b") as f:
                    f.seek(rnd.randrange(100000))
                    f.write(b"more" * rnd.randrange(2000))
            elif kind == 9 and files:
                os.truncate(rnd.choice(files), rnd.randrange(20000))
            elif kind == 10:
                where = path
                os.mkdir(where)
                dirs.append(where)
                for i in range(rnd.randrange(300)):
                    with open("%s/%s%d" % (where, "m" * rnd.randrange(40), i), "wb"):
                        pass
            elif kind == 11 and len(dirs) > 1:
                shutil.rmtree(dirs.pop(rnd.randrange(1, len(dirs))), ignore_errors=True)
            elif kind == 12 and files:
                run("cp", "--reflink=always", rnd.choice(files), path, ok=(0, 1))
            elif kind == 13 and files:
                run("fallocate", "-p", "-o", "0", "-l", "8192",
                    rnd.choice(files), ok=(0, 1))
            if rnd.randrange(40) == 0:
                os.sync()
        except OSError:
            pass


def compare(name, image, want):
    status, out, err = dump("list", image)
    found = files_of(out)
    good = status == 0 and found == want
    print("%s %s%s" % ("ok" if good else "not ok", name,
                       "" if good else ": %s" % ((status, differ(found, want), out[:300], err[-600:]),)), flush=True)
    return good


STRESS_SHAPES = [[], ["-b", "size=1024"], ["-n", "size=65536", "-b", "size=1024"], ["-m", "rmapbt=1"],
                 ["-m", "reflink=0,finobt=0"], ["-l", "su=32k"], ["-l", "su=256k"], ["-i", "size=2048"],
                 ["-s", "size=4096"], ["-i", "nrext64=1"]]


def stress(work, count):
    bad = 0
    for seed in range(count):
        rnd = random.Random(seed)
        image = work + "/image"
        shape = STRESS_SHAPES[seed % len(STRESS_SHAPES)]
        make_image(image, *shape, size=rnd.choice((24, 40, 320)) * MIB)
        options = rnd.choice(("loop", "loop,logbsize=256k", "loop,logbsize=32k", "loop,wsync"))
        if rnd.randrange(3) == 0:
            with Mounted(image) as path:
                change(path, rnd, rnd.randrange(400))
        with Mounted(image, stop=rnd.choice((True, "flush", "flush")), options=options) as path:
            change(path, rnd, rnd.choice((3, 30, 300, 2000)))
        want = seen_by_linux(image)
        if not compare("seed %d: %s %s, %d lines" % (seed, " ".join(shape), options, len(want)), image, want):
            bad += 1
            run("cp", "--sparse=always", image, "/tmp/xfs-bad-%d.img" % seed)
    return bad


def keep(work, name, image):
    folder = HERE + "/xfs-images"
    os.makedirs(folder, exist_ok=True)
    want = seen_by_linux(image)
    with open(image, "rb") as f, lzma.open("%s/%s.xz" % (folder, name), "wb", preset=9) as out:
        shutil.copyfileobj(f, out)
    with lzma.open("%s/%s.list.xz" % (folder, name), "wb", preset=9) as out:
        out.write(b"\n".join(want) + b"\n")
    compare(name, image, want)
    print(name, os.path.getsize("%s/%s.xz" % (folder, name)), os.path.getsize("%s/%s.list.xz" % (folder, name)))


def images(work):
    image = work + "/image"
    make_image(image)
    with Mounted(image) as path:
        fill(path)
    keep(work, "filled", image)
    make_image(image, "-b", "size=1024", "-m", "rmapbt=1")
    with Mounted(image) as path:
        fill(path)
    keep(work, "filled-1k", image)

    for name, arguments, steps, options in (("dirty", [], 60, "loop"), ("dirty-1k", ["-b", "size=1024"], 120, "loop,wsync")):
        make_image(image, *arguments, size=20 * MIB)
        rnd = random.Random(name)
        with Mounted(image) as path:
            change(path, rnd, 20)
        with Mounted(image, stop="flush", options=options) as path:
            change(path, rnd, steps)
        keep(work, name, image)


def main():
    with fstools.scratch() as work:
        if sys.argv[2] == "images":
            images(work)
            sys.exit(0)
        sys.exit(stress(work, int(sys.argv[3])) > 0)


main()
