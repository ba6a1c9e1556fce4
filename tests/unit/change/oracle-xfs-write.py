#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that files changed on XFS are what was asked for: xfs_repair finds nothing, xfs_db
and our own reader see the bytes, sizes and times, nothing else of the image changed, and what
would take more than a file's own blocks is refused. Usage: oracle-xfs-write.py CHANGE-RUN FS-DUMP"""
import lzma
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

os.environ["PATH"] += ":/usr/sbin:/sbin"
# mkfs.xfs makes no file system below 300 MiB, unless it is for its own tests.
os.environ.update(TEST_DIR="1", TEST_DEV="1", QA_CHECK_FS="1", TZ="UTC")
RUN, DUMP = (os.path.abspath(p) for p in sys.argv[1:3])
HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = random.Random(7)
KIB, MIB = 1 << 10, 1 << 20
NOW = 1700000000
failed = 0

SHAPES = [
    ("v5", 4 * KIB, []),
    ("v5-1k", KIB, ["-b", "size=1024"]),
    ("v5-no-bigtime", 4 * KIB, ["-m", "bigtime=0,reflink=0"]),
    ("v5-rmap", 4 * KIB, ["-m", "rmapbt=1"]),
    ("v5-wide", 4 * KIB, ["-i", "nrext64=1,size=2048"]),
    ("v4", 4 * KIB, ["-m", "crc=0"]),
    ("v4-512", 512, ["-m", "crc=0", "-b", "size=512", "-n", "ftype=0"]),
]


def check(good, name, said=""):
    global failed
    print("%s %s%s" % ("ok" if good else "not ok", name, ": " + str(said) if said and not good else ""))
    failed += not good


def run(*args, ok=(0,)):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode not in ok:
        sys.exit("%s: %d %s" % (" ".join(args), p.returncode, p.stdout[-800:]))
    return p.stdout.decode(errors="replace")


def change(image, *lines):
    """Exit status and what was said; a crash is a failure of its own."""
    p = subprocess.run([RUN, image, str(NOW)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       input="".join(line + "\n" for line in lines).encode(), timeout=120)
    said = p.stdout.decode(errors="replace")
    if p.returncode not in (0, 1) or "Sanitizer" in said or "runtime error" in said:
        check(False, "no crash", said[-1500:])
    return p.returncode, said


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def sound(name, image):
    p = subprocess.run(["xfs_repair", "-n", "-o", "force_geometry", image], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    check(p.returncode == 0, name + ": xfs_repair finds nothing", p.stdout[-1500:])


def seen(image, path):
    out = subprocess.run([DUMP, "find", image, path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False).stdout.decode()
    return out.splitlines()[-1].split()[2:] if out.startswith("fs ") else [out]


def dump_of(data):
    return [str(len(data)), "%08x" % zlib.crc32(data)]


def changes(a, b):
    """Blocks of 512 that differ."""
    a, b = read(a), read(b)
    return [at for at in range(0, len(a), 512) if a[at:at + 512] != b[at:at + 512]] if len(a) == len(b) else None


def shapes(work):
    image, before, new = work + "/image", work + "/before", work + "/new"
    for name, block, arguments in SHAPES:
        files = {"text": 700, "exact": 2 * block, "long": 300000, "none": 0}
        lines = ["-", "0 0", "d--755 0 0"]
        for file, size in files.items():
            write(work + "/" + file, RANDOM.randbytes(size))
            lines.append("%s ---644 0 0 %s/%s" % (file, work, file))
        write(work + "/proto", "\n".join(lines + ["$", ""]).encode())
        write(image, b"")
        os.truncate(image, 20 * MIB)
        run("mkfs.xfs", "-q", "-f", *arguments, "-p", work + "/proto", image)
        shutil.copyfile(image, before)
        room = -(-700 // block) * block
        for n in (1, 699, 700, 701, room - 1, room):
            data = RANDOM.randbytes(n)
            write(new, data)
            status, said = change(image, "replace /text " + new)
            check(status == 0 and seen(image, "/text") == dump_of(data), "%s: %d bytes" % (name, n), (said, seen(image, "/text")))
        check(len(changes(before, image)) <= room // 512 + 4, name + ": only blocks of the file and its inode changed")
        data = RANDOM.randbytes(299000)
        write(new, data)
        more = RANDOM.randbytes(100)
        write(work + "/more", more)
        status, said = change(image, "replace /long " + new, "append /long " + work + "/more")
        check(status == 0 and seen(image, "/long") == dump_of(data + more), name + ": a long file", said)
        sound(name, image)
        db = run("xfs_db", "-r", "-c", "path /long", "-c", "p core.size core.mtime core.mtime.sec core.ctime.sec core.nblocks", image)
        check("core.size = 299100" in db and db.count("Tue Nov 14 22:13:20 2023") >= 2, name + ": size and times", db)
        shutil.copyfile(image, before)
        write(new, b"x" * (room + 1))
        for line, why in (("replace /text " + new, "its blocks hold %d" % room),
                          ("append /exact " + work + "/more", "its blocks hold %d" % (2 * block)),
                          ("replace /none " + new, "its blocks hold 0"),
                          ("room replace /text 10 create / 10", "names are neither made"),
                          ("room append /long 9000000", "its blocks hold"),
                          ("create / name 644 - " + new, "names are neither made"),
                          ("mkdirs / a/b 755 -", "names are neither made"),
                          ("unlink / text", "names are neither made")):
            status, said = change(image, line)
            check(status == 1 and "error refused" in said and why in said and changes(before, image) == [],
                  "%s: %s is refused" % (name, line.split()[0]), said)
        status, said = change(image, "room replace /text %d append /long 1" % room)
        check(status == 0, name + ": what fits has room", said)


def by_linux(work):
    """Holes, room that was never written, shared blocks: of the images that xfs-linux.py made."""
    image, new = work + "/linux", work + "/new"
    write(new, b"new")
    for name in ("filled", "filled-1k"):
        with lzma.open("%s/../fs/xfs-images/%s.xz" % (HERE, name)) as f:
            write(image, f.read())
        before = work + "/before"
        shutil.copyfile(image, before)
        for path, why in (("/torn", "it has holes"), ("/far", "it has holes"), ("/unwritten", "it has holes"),
                          ("/shared-too", "may share blocks"), ("/shared", "may share blocks")):
            status, said = change(image, "replace %s %s" % (path, new))
            check(status == 1 and "error refused" in said and why in said and changes(before, image) == [],
                  "%s: %s is refused" % (name, path), said)
        status, said = change(image, "replace /behind " + new)
        check(status == 1 and "its blocks hold 0" in said, name + ": room that was never written", said)
        sound(name, image)
    with lzma.open(HERE + "/../fs/xfs-images/dirty.xz") as f:
        write(image, f.read())
    before = work + "/before"
    shutil.copyfile(image, before)
    status, said = change(image, "unlink / x")
    check(status == 1 and "error refused xfs: it was not unmounted cleanly" in said and changes(before, image) == [],
          "one that was not unmounted is refused", said)


def main():
    if not all(shutil.which(p) for p in ("mkfs.xfs", "xfs_db", "xfs_repair")):
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="paravet-change-") as work:
        shapes(work)
        by_linux(work)
    sys.exit(1 if failed else 0)


main()
