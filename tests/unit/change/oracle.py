#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that QEMU reads from a committed overlay or copy exactly the source with its changes,
that qemu-img check finds nothing wrong, that the source stays as it was, and that QEMU keeps off
what is locked.
Usage: oracle.py COMMIT-RUN"""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

RUN = os.path.abspath(sys.argv[1])
if not shutil.which("qemu-img") or not shutil.which("qemu-io"):
    sys.exit(77)
RANDOM = random.Random(23)
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
failed = 0


def check(good, name, said=""):
    global failed
    print("ok " + name if good else "not ok %s: %s" % (name, said))
    failed += not good


def run(*args, may_fail=False):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if p.returncode and not may_fail:
        sys.exit("%s: %s" % (" ".join(args), p.stdout.decode()))
    return p.stdout.decode() if not may_fail else (p.returncode, p.stdout.decode())


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def forget(*paths):
    for path in paths:
        if os.path.exists(path):
            os.unlink(path)


def make_raw(path, size):
    with open(path, "wb") as f:
        for _ in range(30):
            f.seek(RANDOM.randrange(size))
            f.write(RANDOM.randbytes(RANDOM.randrange(1, 100000)))
        f.truncate(size)


def random_changes(size, count):
    for _ in range(count):
        off = RANDOM.randrange(size)
        if RANDOM.random() < 0.3:
            off -= off % (64 * KIB)
        n = min(size - off, RANDOM.choice((1, 512, 4096, 65536, 70000, 300000)))
        if n:
            yield off, n, RANDOM.choice(("zero", 0, RANDOM.randrange(1, 256)))


def apply(path, changes):
    """The changes made by plain writes to a raw disk."""
    with open(path, "r+b") as f:
        for off, n, byte in changes:
            f.seek(off)
            f.write(bytes([0 if byte == "zero" else byte]) * n)


def spelled(changes):
    return ["%d:%d:%s" % c for c in changes]


def has_holes(path):
    return os.stat(path).st_blocks * 512 < os.path.getsize(path)


def commits(name, image, fmt, size, changes):
    """Both sinks for one source."""
    before = digest(image)
    run("qemu-img", "convert", "-f", fmt, "-O", "raw", image, "want.raw")
    os.truncate("want.raw", size)
    apply("want.raw", changes)
    said = run(RUN, image, fmt, *spelled(changes), "--", "overlay", "new.qcow2", image, fmt)
    code, said = run("qemu-img", "check", "-f", "qcow2", "new.qcow2", may_fail=True)
    check(code == 0 and "No errors were found" in said, name + ": qemu-img check", said)
    code, said = run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", "new.qcow2", "want.raw",
                     may_fail=True)
    check(code == 0 and "identical" in said, name + ": qemu-img compare", said)
    info = json.loads(run("qemu-img", "info", "--output=json", "new.qcow2"))
    check(info["virtual-size"] == (size + 511) // 512 * 512 and
          info["backing-filename"].endswith(image) and info["backing-filename-format"] == fmt,
          name + ": qemu-img info", info)
    # QEMU goes on writing there, and its own count of clusters still agrees.
    run("qemu-io", "-f", "qcow2", "-c", "write -P 9 0 512", "-c", "write -z 0 512", "new.qcow2")
    code, said = run("qemu-img", "check", "-f", "qcow2", "new.qcow2", may_fail=True)
    check(code == 0, name + ": and when QEMU wrote to it", said)
    run(RUN, image, fmt, *spelled(changes), "--", "copy", "new.raw")
    check(digest("new.raw") == digest("want.raw"), name + ": the raw copy")
    check(digest(image) == before, name + ": the source is as it was")
    forget("new.qcow2", "new.raw", "want.raw")


def shapes():
    for size in (512, 4096, 65536, 65536 + 512, MIB - 512, 3 * MIB + 512, 5 * MIB + 77):
        make_raw("disk.raw", size)
        commits("raw of %d bytes" % size, "disk.raw", "raw", size,
                list(random_changes(size, 25)))
    commits("no change", "disk.raw", "raw", size, [])
    commits("the last byte", "disk.raw", "raw", size, [(size - 1, 1, 88)])
    commits("all zero", "disk.raw", "raw", size, [(0, size, "zero")])
    commits("all new", "disk.raw", "raw", size, [(0, size, 7)])
    size = 4 * MIB + 512
    make_raw("base.raw", size)
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "mid.qcow2")
    run("qemu-io", "-f", "qcow2", "-c", "write -P 3 1M 300k", "-c", "write -z 2M 1M", "mid.qcow2")
    commits("qcow2 with a backing file", "mid.qcow2", "qcow2", size,
            list(random_changes(size, 40)))
    run("qemu-img", "convert", "-c", "-O", "qcow2", "mid.qcow2", "small.qcow2")
    commits("compressed qcow2", "small.qcow2", "qcow2", size, list(random_changes(size, 40)))


def large():
    """Several L2 tables."""
    size = 3 * GIB + 512
    forget("disk.raw")
    with open("disk.raw", "wb") as f:
        f.truncate(size)
    changes = [(0, 5, 1), (512 * MIB - 1, 2, 2), (GIB, 1, 3), (2 * GIB, 600 * MIB, "zero"),
               (size - 512, 512, 4)]
    run(RUN, "disk.raw", "raw", *spelled(changes), "--", "overlay", "new.qcow2", "disk.raw", "raw")
    code, said = run("qemu-img", "check", "new.qcow2", may_fail=True)
    check(code == 0, "large: qemu-img check", said)
    apply("disk.raw", [c for c in changes if c[2] != "zero"])
    code, said = run("qemu-img", "compare", "-F", "raw", "new.qcow2", "disk.raw", may_fail=True)
    check(code == 0, "large: qemu-img compare", said)
    run(RUN, "disk.raw", "raw", "--", "copy", "new.raw")
    check(has_holes("new.raw"), "a copy has holes")
    forget("new.qcow2", "new.raw")


def refusals():
    make_raw("disk.raw", MIB)
    make_raw("odd:name.raw", MIB)
    run(RUN, "odd:name.raw", "raw", "5:5:5", "--", "overlay", "new.qcow2", "odd:name.raw", "raw")
    code, said = run("qemu-img", "check", "new.qcow2", may_fail=True)
    check(code == 0, "a name with a colon", said)
    forget("new.qcow2")
    for name, args, word in (
            ("a long name", ("overlay", "new.qcow2", "x" * 1024, "raw"), "1024 bytes"),
            ("no name", ("overlay", "new.qcow2", "", "raw"), "0 bytes"),
            ("another format", ("overlay", "new.qcow2", "disk.raw", "tar"), "is a disk image")):
        code, said = run(RUN, "disk.raw", "raw", "5:5:5", "--", *args, may_fail=True)
        check(code == 1 and "usage" in said and word in said, name + " is refused", said)
        check(os.path.getsize("new.qcow2") == 0, name + ": nothing was written")
        forget("new.qcow2")


def locks():
    """QEMU keeps off an image that is held, as far as it has to."""
    make_raw("disk.raw", MIB)
    for mode, may_read in (("read", True), ("write", False)):
        holder = subprocess.Popen([RUN, "disk.raw", "hold", mode], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        check(holder.stdout.readline() == b"held\n", "held to " + mode)
        code, said = run("qemu-io", "-f", "raw", "-c", "write 0 512", "disk.raw", may_fail=True)
        check(code != 0 and "lock" in said, "held to %s: QEMU does not write" % mode, said)
        code, said = run("qemu-io", "-r", "-f", "raw", "-c", "read 0 512", "disk.raw", may_fail=True)
        check((code == 0) == may_read, "held to %s: QEMU may read: %s" % (mode, may_read), said)
        holder.stdin.close()
        holder.wait()
    code, said = run("qemu-io", "-f", "raw", "-c", "write 0 512", "disk.raw", may_fail=True)
    check(code == 0, "and no longer", said)


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    shapes()
    large()
    refusals()
    locks()
    os.chdir("/")
print("%d failed" % failed)
sys.exit(1 if failed else 0)
