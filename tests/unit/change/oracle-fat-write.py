#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that files changed on FAT12, FAT16 and FAT32 are what was asked for: fsck.fat finds
nothing, mtools reads the bytes, names and times, our own reader the same, and what is refused
leaves the image as it was. Usage: oracle-fat-write.py CHANGE-RUN FS-DUMP"""
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

from changetools import KIB, MIB, change, check, finish, read, refused, run, seen, write

RANDOM = random.Random(7)
os.environ["TZ"] = "UTC"
os.environ["MTOOLS_SKIP_CHECK"] = "1"

# name, size, mkfs.fat arguments
SHAPES = [
    ("12, a floppy disk", 1440 * KIB, ["-F", "12"]),
    ("12, one table", 4 * MIB, ["-F", "12", "-s", "4", "-f", "1"]),
    ("12, clusters of 8 KiB", 16 * MIB, ["-F", "12", "-s", "16"]),
    ("16, clusters of 512 bytes", 16 * MIB, ["-F", "16", "-s", "1"]),
    ("16, clusters of 4 KiB", 40 * MIB, ["-F", "16", "-s", "8"]),
    ("16, sectors of 2 KiB", 40 * MIB, ["-F", "16", "-S", "2048"]),
    ("32, clusters of 512 bytes", 40 * MIB, ["-F", "32", "-s", "1"]),
    ("32, sectors of 4 KiB", 280 * MIB, ["-F", "32", "-S", "4096", "-s", "1"]),
    ("as in an ESP", 40 * MIB, ["-F", "32", "-s", "1", "-n", "EFI"]),
]


class Work:
    """Source files and the image made of them."""

    def __init__(self, path):
        self.path, self.image, self.tree = path, path + "/img", path + "/tree"
        for n in (0, 100, 512, 5000, 65537, 200000):
            write("%s/files/%d" % (self.tree, n), RANDOM.randbytes(n))
        write(self.tree + "/EFI/debian/grub.cfg", b"root=/dev/sda2\n" * 40)
        write(self.tree + "/EFI/debian/a-long-name-that-goes.conf", b"x" * 3000)
        write(self.tree + "/EFI/BOOT/BOOTX64.EFI", RANDOM.randbytes(1000))
        write(self.tree + "/initrd", RANDOM.randbytes(150001))
        for n in (0, 10, 512, 3000, 90000, 180000):
            write(self.new(n), RANDOM.randbytes(n))

    def new(self, n):
        return "%s/new/%d" % (self.path, n)

    def make(self, size, arguments):
        if os.path.exists(self.image):
            os.unlink(self.image)
        with open(self.image, "wb") as f:
            f.truncate(size)
        run("mkfs.fat", "-i", "1234abcd", *arguments, self.image)
        run("mcopy", "-i", self.image, "-s", "-Q", "-o",
            *("%s/%s" % (self.tree, n) for n in sorted(os.listdir(self.tree))), "::/")

    def small(self):
        self.make(4 * MIB, ["-F", "12", "-s", "4"])

    def poke(self, off, data):
        with open(self.image, "r+b") as f:
            f.seek(off)
            f.write(data)


def before(work):
    return {"/" + os.path.relpath(os.path.join(d, n), work.tree):
            read(os.path.join(d, n)) for d, _, names in os.walk(work.tree) for n in names}


def sums(files):
    return {p: (len(d), zlib.crc32(d)) for p, d in files.items()}


def fsck(image):
    p = subprocess.run(["fsck.fat", "-n", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = p.stdout.decode(errors="replace").splitlines()
    # Its own name, and what it counted.
    return p.returncode == 0 and len(lines) == 2, "\n".join(lines)


def compare(work, name, want):
    """Each of the three readers."""
    good, said = fsck(work.image)
    check(good, name + ": fsck.fat finds nothing", said)
    got = seen(work.image)
    check(got == sums(want), name + ": our reader sees what was written",
          [(p, sums(want).get(p), got.get(p)) for p in sorted(set(want) | set(got))
           if sums(want).get(p) != got.get(p)][:4])
    back = work.path + "/back"
    shutil.rmtree(back, ignore_errors=True)
    os.makedirs(back)
    run("mcopy", "-i", work.image, "-s", "-Q", "-n", "::/*", back)
    got = {"/" + os.path.relpath(os.path.join(d, n), back): read(os.path.join(d, n))
           for d, _, names in os.walk(back) for n in names}
    check(got == want, name + ": mtools agrees", sorted(set(got) ^ set(want))[:4])


def all_changes(work, name, size, arguments):
    work.make(size, arguments)
    want, lines = before(work), []
    compare(work, name + ", to begin with", want)
    for path, n in (("/EFI/debian/grub.cfg", 3000), ("/files/65537", 10), ("/files/0", 3000),
                    ("/files/100", 0), ("/files/512", 512), ("/files/200000", 180000)):
        lines.append("replace %s %s" % (path, work.new(n)))
        want[path] = read(work.new(n))
    for path, n in (("/initrd", 90000), ("/initrd", 10), ("/files/5000", 0), ("/files/512", 3000)):
        lines.append("append %s %s" % (path, work.new(n)))
        want[path] += read(work.new(n))
    for folder, made, n in (("/EFI/debian", "custom.cfg", 3000), ("/EFI/debian", "PLAIN.CFG", 10),
                            ("/", "a-new-name-of-the-root.conf", 90000), ("/", "EMPTY", 0),
                            ("/EFI/debian", "custom.config", 10), ("/EFI/debian", ".hidden", 10),
                            ("/EFI/debian", "13characters!", 10), ("/EFI/debian", "x" * 255, 10),
                            ("/EFI/debian", "a+b,c;d=[e].f", 10), ("/EFI/debian", "two.dots.here", 10)):
        lines.append("create %s %s 600 - %s" % (folder, made, work.new(n)))
        want[os.path.join(folder, made)] = read(work.new(n))
    for i in range(40):
        lines.append("create /EFI/BOOT a-name-that-fills-clusters-%d like /initrd %s"
                     % (i, work.new(10)))
        want["/EFI/BOOT/a-name-that-fills-clusters-%d" % i] = read(work.new(10))
    lines += ["mkdirs / loader/entries//deep/ 755 -", "mkdirs / loader/entries 755 -",
              "create /loader/entries debian.conf 600 - " + work.new(512),
              "unlink /EFI/debian a-long-name-that-goes.conf",
              "create /EFI/debian gone 600 - " + work.new(90000), "unlink /EFI/debian gone"]
    want["/loader/entries/debian.conf"] = read(work.new(512))
    del want["/EFI/debian/a-long-name-that-goes.conf"]
    status, said = change(work.image, *lines)
    check(status == 0, name + ": changes are made", said)
    compare(work, name, want)
    said = run("mdir", "-i", work.image, "::/EFI/debian").decode()
    lines = {line.split()[-1]: line for line in said.splitlines() if line.startswith(("C", "P", "g"))}
    check(all("2023-11-14  22:13" in lines[n] for n in ("custom.cfg", "custom.config", "22:13")),
          name + ": times are set", said)
    check("PLAIN    CFG" in said and "CUSTOM~1 CFG" in said and "CUSTOM~2 CON" not in said,
          name + ": short names", said)
    if "32" in arguments:
        free, last = struct.unpack("<II", part(work, info_at(work) + 488, 8))
        check(1 < last < size and 0 < free < size, name + ": FSInfo", (free, last))


def part(work, off, n):
    with open(work.image, "rb") as f:
        f.seek(off)
        return f.read(n)


def info_at(work):
    head = part(work, 0, 64)
    return struct.unpack("<H", head[48:50])[0] * struct.unpack("<H", head[11:13])[0]


def table_at(work):
    """Where the first and the second copy begin."""
    head = part(work, 0, 64)
    sector, _, reserved = struct.unpack("<HBH", head[11:16])
    size = struct.unpack("<H", head[22:24])[0] or struct.unpack("<I", head[36:40])[0]
    return reserved * sector, (reserved + size) * sector


def poke_both(work, off, data):
    for at in table_at(work):
        work.poke(at + off, data)


def first_cluster(work, name):
    """Of an entry with this short name."""
    image = read(work.image)
    at = image.index(name)
    return struct.unpack("<H", image[at + 26:at + 28])[0], at


def states(work):
    """File systems that are not to be touched."""
    line = "replace /initrd " + work.new(10)
    shapes = {"12": ["-F", "12", "-s", "4"], "16": ["-F", "16", "-s", "1"],
              "32": ["-F", "32", "-s", "1"]}
    for bits, arguments in shapes.items():
        size = 40 * MIB if bits == "32" else 4 * MIB if bits == "12" else 16 * MIB
        state = 65 if bits == "32" else 37
        for value, word in ((1, "shut the guest down"), (2, "run fsck.fat")):
            work.make(size, arguments)
            work.poke(state, bytes([value]))
            refused(work.image, "FAT%s, state %d" % (bits, value), word, line)
        if bits == "12":
            continue
        for value, word in ((0x0b, "errors are recorded"), (0x07, "shut the guest down")):
            work.make(size, arguments)
            off, data = (7, bytes([value])) if bits == "32" else (3, bytes([value << 4 | 15]))
            poke_both(work, off, data)
            refused(work.image, "FAT%s, noted in the table %#x" % (bits, value), word, line)
        work.make(size, arguments)
        work.poke(table_at(work)[1] + 400, b"\x05")
        refused(work.image, "FAT%s, tables that differ" % bits, "not the same", line)
    work.make(40 * MIB, shapes["32"])
    work.poke(40, b"\x80")
    refused(work.image, "one table in use", "only one of its tables", line)
    work.poke(40, b"\0")
    work.poke(info_at(work) + 488, struct.pack("<II", 77, 0xffffffff))
    want = before(work)
    want["/initrd"] = read(work.new(10))
    status, said = change(work.image, line)
    check(status == 0, "a wrong hint of what is free", said)
    compare(work, "a wrong hint of what is free", want)


def chains(work):
    """Clusters that are shared, in a loop or missing, of any file."""
    line = "create / new 600 - " + work.new(10)
    make = lambda: work.make(16 * MIB, ["-F", "16", "-s", "1"])
    make()
    one, at = first_cluster(work, b"INITRD     ")
    other, _ = first_cluster(work, b"200000     ")
    work.poke(at + 26, struct.pack("<H", other))
    refused(work.image, "two files at one cluster", "another file", line)
    for value, word, name in ((one, "damaged", "a loop"), (other + 5, "another file", "a joint"),
                              (0, "free one", "an end that is free"), (0xfff7, "damaged", "a bad one"),
                              (0xffff, "fewer clusters", "a short chain"), (1, "damaged", "cluster 1"),
                              (0xfff0, "damaged", "one that does not exist")):
        make()
        poke_both(work, 2 * (one + 3), struct.pack("<H", value))
        refused(work.image, "a chain with " + name, word, line)
    make()
    poke_both(work, 2 * 30000, b"\xff\xff")
    status, said = change(work.image, line)
    check(status == 0, "a lost cluster does no harm", said)
    check(seen(work.image).get("/new") == sums({0: read(work.new(10))})[0], "and is left alone")


def no_room(work):
    """What room says fits, and no more."""
    work.small()
    # Clusters of 2 KiB: what is free, but for the growth of two directories.
    said = run("mdir", "-i", work.image, "::").decode()
    free = int("".join(said.split(" bytes free")[0].splitlines()[-1].split()))
    fits = free - 2 * 2048
    write(work.path + "/fits", RANDOM.randbytes(fits))
    refused(work.image, "too much", "no room", "room create /files %d" % (free + 1))
    refused(work.image, "too much to append", "no room", "room append /initrd %d" % (free + 2048))
    refused(work.image, "too much for two", "no room",
            "room create /files %d create /EFI %d" % (fits // 2, fits // 2 + 6000))
    status, said = change(work.image, "room create /files %d" % fits,
                          "create /files fits 600 - %s/fits" % work.path,
                          "append /files/100 " + work.new(512))
    check(status == 0, "what fits is written", said)
    want = before(work)
    want.update({"/files/fits": read(work.path + "/fits"),
                 "/files/100": want["/files/100"] + read(work.new(512))})
    compare(work, "what fits", want)
    refused(work.image, "more than is free", "no room", "create / new 600 - " + work.new(90000))
    # The root of FAT12 and FAT16 has the entries that it has.
    work.make(4 * MIB, ["-F", "12", "-s", "4", "-r", "32"])
    refused(work.image, "room in a small root", "root directory", "room create / 1 create / 1")
    status, said = change(work.image, *["create / a-long-name-in-the-root-%d 600 - %s"
                                        % (i, work.new(10)) for i in range(12)])
    check(status == 1 and "root directory" in said, "names in a small root", said)


def names(work):
    line = " 600 - " + work.new(10)
    work.small()
    for name, word in (("a:b", "such characters"), ("a*b", "such characters"), ("ends.", "cannot be"),
                       ("Gr\u00fcn", "beyond ASCII"), ("GRUB.CFG", "there is a file"),
                       ("grub.cfg", "there is a file"), ("A-LONG~1.CON", "there is a file")):
        refused(work.image, "the name " + name.encode("ascii", "replace").decode(), word,
                "create /EFI/debian " + name + line)
    refused(work.image, "a directory where a file is", "there is a file", "mkdirs / initrd/x 755 -")
    refused(work.image, "a directory as a file", "no regular file", "replace /EFI " + work.new(10))
    refused(work.image, "a file as a directory", "not a directory", "create /initrd x" + line)
    # Names that have one short name, and a directory that is full of removed ones.
    made = ["a-name-of-many-%d.conf" % i for i in range(130)]
    status, said = change(work.image, *["create /EFI/debian " + n + line for n in made],
                          *["unlink /EFI/debian " + n for n in made[:100]],
                          *["create /EFI/debian again-%d" % i + line for i in range(50)])
    want = before(work)
    for n in made[100:] + ["again-%d" % i for i in range(50)]:
        want["/EFI/debian/" + n] = read(work.new(10))
    check(status == 0, "many names", said[-300:])
    compare(work, "many names", want)
    shorts = run("mdir", "-f", "-i", work.image, "::/EFI/debian").decode()
    check("A-NAM~10" in shorts or "A-NA~101" in shorts, "numbers grow into the basis", shorts[:800])
    # What lies behind a directory's end stays behind it.
    work.make(16 * MIB, ["-F", "16", "-s", "8"])
    _, at = first_cluster(work, b"GRUB    CFG")
    end = at
    while read(work.image)[end]:
        end += 32
    for i in range(1, 20):
        work.poke(end + 32 * i, b"GARBAGE%03d\x01\x20" % i)
    status, said = change(work.image, "create /EFI/debian one-more" + line)
    want = before(work)
    want["/EFI/debian/one-more"] = read(work.new(10))
    got = seen(work.image)
    check(status == 0 and got == sums(want), "garbage behind the end", (said, sorted(got)))


def old_nodes(work):
    """A directory that was found once gets names until it is longer than it was."""
    work.make(16 * MIB, ["-F", "16", "-s", "1"])
    status, said = change(work.image, "keep - /EFI", *[
        "create @/EFI a-name-that-fills-clusters-%d like /initrd %s" % (i, work.new(10))
        for i in range(60)], "mkdirs @/EFI a/b like /initrd")
    want = before(work)
    want.update({"/EFI/a-name-that-fills-clusters-%d" % i: read(work.new(10)) for i in range(60)})
    check(status == 0, "nodes stay good", said[-300:])
    compare(work, "nodes stay good", want)
    status, said = change(work.image, "keep - /initrd", "append /initrd " + work.new(3000),
                          "append @/initrd " + work.new(10))
    check(status == 0, "a file that grew is still the one", said)


def at_random(work):
    """Seeded changes one after another, in pieces of what is free, against a model."""
    kinds = [["-F", "12", "-s", "2"], ["-F", "16", "-s", "1"], ["-F", "32", "-s", "1"]]
    for turn in range(9):
        bits = kinds[turn % 3][1]
        work.make({"12": 3 * MIB, "16": 8 * MIB, "32": 40 * MIB}[bits], kinds[turn % 3])
        model, lines = before(work), []
        for i in range(60):
            path = RANDOM.choice(sorted(model))
            n = RANDOM.choice((0, 10, 512, 3000, 90000))
            verb = RANDOM.choice(("replace", "append", "create", "unlink"))
            if verb == "create":
                path = "/files/Made-%d.txt" % i
                lines.append("create /files Made-%d.txt 644 - %s" % (i, work.new(n)))
                model[path] = read(work.new(n))
            elif verb == "unlink" and "Made" in path:
                lines.append("unlink %s %s" % os.path.split(path))
                del model[path]
            elif verb != "unlink":
                lines.append("%s %s %s" % (verb, path, work.new(n)))
                model[path] = (model[path] if verb == "append" else b"") + read(work.new(n))
        status, said = change(work.image, *lines)
        check(status == 0, "at random %d" % turn, said[-300:])
        compare(work, "at random %d" % turn, model)


def times(work):
    """Dates that FAT does not have become the nearest one."""
    for now, want in ((0, (1980, 1, 1)), (951782400, (2000, 2, 29)), (4107542399, (2100, 2, 28)),
                      (4107542400, (2100, 3, 1)), (5000000000, (2107, 12, 31)), (-5, (1980, 1, 1))):
        work.small()
        status, said = change(work.image, "replace /initrd " + work.new(10), now=now)
        _, at = first_cluster(work, b"INITRD     ")
        date = struct.unpack("<H", read(work.image)[at + 24:at + 26])[0]
        check(status == 0 and ((date >> 9) + 1980, date >> 5 & 15, date & 31) == want,
              "the time %d" % now, (said, date))


def main():
    for tool in ("mkfs.fat", "fsck.fat", "mcopy"):
        if not shutil.which(tool):
            sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="paravet-change-") as path:
        work = Work(path)
        for name, size, arguments in SHAPES:
            all_changes(work, name, size, arguments)
        for part in (states, chains, no_room, names, old_nodes, at_random, times):
            part(work)
    finish()


main()
