#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the qcow2 reader reads what QEMU wrote: images of every shape are made by
qemu-img and qemu-io, and blocks-dump must give the bytes that qemu-img convert gives.
Usage: oracle.py BLOCKS-DUMP"""
import os
import random
import shutil
import subprocess
import sys
import tempfile

DUMP = os.path.abspath(sys.argv[1])
if not shutil.which("qemu-img") or not shutil.which("qemu-io"):
    sys.exit(77)
RANDOM = random.Random(7)
MIB = 1 << 20
failed = 0


def run(*args):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode:
        sys.exit("%s: %s" % (" ".join(args), p.stderr.decode()))
    return p.stdout


def check(good, name, said=""):
    global failed
    print("%s %s%s" % ("ok" if good else "not ok", name, ": " + said if said else ""))
    failed += not good


def fill(path, size, density=0.4):
    """A raw disk with random, repeated and empty ranges."""
    with open(path, "wb") as f:
        f.truncate(size)
        at = 0
        while at < size:
            n = min(size - at, RANDOM.choice((512, 4096, 30000, 65536, 300000)))
            kind = RANDOM.random()
            if kind < density:
                f.seek(at)
                f.write(RANDOM.randbytes(n) if kind < density / 2
                        else (b"paravet %d " % at * (n // 8 + 1))[:n])
            at += n


def scribble(path, size, commands):
    """Random writes, zero writes and discards through QEMU's own writer."""
    args = ["qemu-io", "-f", "qcow2"]
    for i in range(commands):
        off = RANDOM.randrange(size // 512) * 512
        n = min(RANDOM.randrange(1, 400) * 512, size - off)
        verb = RANDOM.choice(("write -P %d" % (i % 255 + 1), "write -z", "write -z -u",
                              "discard"))
        args += ["-c", "%s %d %d" % (verb, off, n)]
    run(*args, path)


def create(path, size, options="", *more):
    run("qemu-img", "create", "-q", "-f", "qcow2", *(["-o", options] if options else []),
        *more, path, str(size))


def compare(name, path, pieces=(65536,), chain=None):
    raw = path + ".expected"
    run("qemu-img", "convert", "-O", "raw", path, raw)
    with open(raw, "rb") as f:
        want = f.read()
    os.unlink(raw)
    for piece in pieces:
        p = subprocess.run([DUMP, "-c", str(piece), path], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        said = p.stderr.decode()
        good = p.returncode == 0 and p.stdout == want
        if chain is not None:
            good = good and said.split("\n")[:-1] == chain
        check(good, "%s, pieces of %d" % (name, piece), "" if good else said)


def shapes():
    size = 6 * MIB + 512 * 3
    for options in ("compat=0.10", "compat=1.1", "cluster_size=512", "cluster_size=4096",
                    "cluster_size=2M", "extended_l2=on", "compat=0.10,cluster_size=4k",
                    "extended_l2=on,cluster_size=16k", "extended_l2=on,cluster_size=2M",
                    "preallocation=metadata", "preallocation=falloc,cluster_size=4k",
                    "lazy_refcounts=on", "refcount_bits=64"):
        create("shape", size, options)
        scribble("shape", size, 60)
        compare(options, "shape", (65536, 1000003, 777))
        os.unlink("shape")


def converted():
    for size in (512, 65536, MIB, 3 * MIB + 512, 5000192):
        fill("disk.raw", size)
        for options in ("", "cluster_size=4096", "cluster_size=2M", "extended_l2=on",
                        "compression_type=zstd", "compat=0.10"):
            for compress in ([], ["-c"]):
                run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", *compress,
                    *(["-o", options] if options else []), "disk.raw", "converted")
                compare("converted, %d bytes, %s %s" % (size, options, compress),
                        "converted", (65536, 4093))
    # The last one is compressed: plain writes into its clusters.
    scribble("converted", 5000192, 20)
    compare("compressed, then written", "converted", (65536, 512))


def sparse():
    size = 3 << 40
    create("sparse", size)
    run("qemu-io", "-f", "qcow2", "-c", "write -P 7 %d 64k" % (size - 65536), "sparse")
    p = subprocess.Popen([DUMP, "-c", "67108864", "sparse"], stdout=subprocess.PIPE)
    good = p.stdout.read(MIB) == bytes(MIB)
    p.stdout.close()
    p.terminate()
    p.wait()
    check(good, "a sparse disk of 3 TiB")


def chains():
    size = 4 * MIB
    fill("base.raw", size - 300 * 1024 - 512)
    create("mid", size, "cluster_size=4096", "-b", "base.raw", "-F", "raw")
    scribble("mid", size, 15)
    create("upper", size + 77 * 512, "extended_l2=on", "-b", "mid", "-F", "qcow2")
    scribble("upper", size + 77 * 512, 15)
    os.mkdir("sub")
    create("sub/top", size + 200 * 512, "compat=0.10", "-b", "../upper", "-F", "qcow2")
    scribble("sub/top", size + 200 * 512, 15)
    compare("a chain of four", "sub/top", (65536, 5000),
            ["backing qcow2 ../upper", "backing qcow2 mid", "backing raw base.raw"])
    create("plain", size, "", "-u", "-b", "base.raw", "-F", "raw")
    unstate("plain")
    compare("a raw backing file of unstated format", "plain", (65536,),
            ["backing raw base.raw"])


def data_files():
    size = 4 * MIB + 512
    for raw in ("off", "on"):
        create("ext", size, "data_file=ext.data,data_file_raw=" + raw)
        scribble("ext", size, 20)
        compare("external data file, raw=" + raw, "ext", (65536, 999),
                ["data raw ext.data"])
        os.unlink("ext")
        os.unlink("ext.data")


def patched(source, path, offset, data):
    shutil.copy(source, path)
    with open(path, "r+b") as f:
        f.seek(offset)
        f.write(data)


def unstate(path):
    """Makes the backing format's header extension one that nobody knows."""
    with open(path, "r+b") as f:
        head = f.read(4096)
        f.seek(head.index(b"\xe2\x79\x2a\xca"))
        f.write(b"\x12\x34\x56\x78")


def foreign_images():
    for fmt, path in (("vdi", "v"), ("vmdk", "k"), ("vhdx", "x"), ("vpc", "c"),
                      ("qed", "qed"), ("qcow", "q1"), ("parallels", "par")):
        run("qemu-img", "convert", "-f", "raw", "-O", fmt, "base.raw", path)
    run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=fixed",
        "base.raw", "fixed")
    run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o",
        "subformat=monolithicFlat", "base.raw", "flat.vmdk")


def bad_images():
    fill("base.raw", MIB)
    create("q", MIB)
    create("unstated", MIB, "", "-b", "q", "-F", "qcow2")
    unstate("unstated")
    create("a", MIB, "", "-b", "q", "-F", "qcow2")
    create("b", MIB, "", "-b", "a", "-F", "qcow2")
    run("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "b", "-F", "qcow2", "a")
    create("deep0", MIB)
    for i in range(34):
        create("deep%d" % (i + 1), MIB, "", "-u", "-b", "deep%d" % i, "-F", "qcow2")
    create("nbd", MIB, "", "-u", "-b", "nbd://localhost/x", "-F", "raw")
    create("json", MIB, "", "-u", "-b", 'json:{"driver":"null-co"}', "-F", "raw")
    create("gone", MIB, "", "-u", "-b", "not-there", "-F", "raw")
    patched("q", "luks", 35, b"\2")
    patched("q", "dirty", 79, b"\1")
    patched("q", "marked", 79, b"\2")
    patched("q", "odd", 72, b"\x80")
    patched("q", "v9", 7, b"\x09")
    patched("q", "bits", 23, b"\x16")
    fill("dense", MIB, 1)
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "dense", "cut")
    os.truncate("cut", 700000)
    run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "dense", "cut-z")
    os.truncate("cut-z", os.path.getsize("cut-z") - 20000)
    foreign_images()
    create("onto-vmdk", MIB, "", "-b", "k", "-F", "vmdk")
    os.mkfifo("fifo")
    open("empty", "wb").close()
    patched("empty", "tiny", 510, b"x")


def refusals():
    bad_images()
    for path, want in (("unstated", "ambiguous: "), ("a", "loop"),
                       ("deep34", "limit: "), ("nbd", "not a plain file name"),
                       ("json", "not a plain file name"), ("gone", "absent: "),
                       ("dirty", "check -r all"), ("marked", "corrupt: "),
                       ("luks", "encrypted"), ("odd", "bit 63"), ("v9", "version 9"),
                       ("bits", "2^22"), ("cut", "truncated"), ("cut-z", "corrupt: "),
                       ("v", "VDI"), ("k", "VMDK"), ("flat.vmdk", "VMDK"),
                       ("x", "VHDX"), ("c", "VHD"), ("fixed", "VHD"), ("qed", "QED"),
                       ("q1", "qcow version 1"), ("par", "Parallels"),
                       ("onto-vmdk", "VMDK"), (".", "a directory"), ("fifo", "a pipe"),
                       ("empty", "is empty"), ("tiny", "511 bytes")):
        p = subprocess.run([DUMP, path], stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, timeout=60)
        said = p.stderr.decode()
        check(p.returncode == 1 and want in said, path, said.strip().split("\n")[-1])
    p = subprocess.run([DUMP, "q", "raw"], stdout=subprocess.PIPE)
    with open("q", "rb") as f:
        check(p.stdout == f.read(), "raw, when named, is raw whatever is inside")


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    for part in (shapes, converted, sparse, chains, data_files, refusals):
        part()
    os.chdir("/")
sys.exit(1 if failed else 0)
