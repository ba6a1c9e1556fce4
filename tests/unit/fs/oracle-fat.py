#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the FAT reader reads what mkfs.fat and mtools wrote: file systems of every
shape are made from one tree of files, and every file and directory must come back; and that
damage ends in an error. Usage: oracle-fat.py FS-DUMP"""
import os
import random
import shutil
import struct

import fstools
from fstools import check, differ, dump, files_of, finish, need, run, tree_lines

need("mkfs.fat", "mcopy", "mdel", "blkid")
RANDOM = random.Random(12)
KIB, MIB = 1 << 10, 1 << 20

# name, size, mkfs.fat arguments; how large the files may be in all
SHAPES = [
    ("12, a floppy disk", 1440 * KIB, ["-F", "12"], MIB),
    ("12, clusters of 8 KiB", 16 * MIB, ["-F", "12", "-s", "16"], 8 * MIB),
    ("12, one table", 4 * MIB, ["-F", "12", "-s", "4", "-f", "1"], 2 * MIB),
    ("16, clusters of 512 bytes", 16 * MIB, ["-F", "16", "-s", "1"], 8 * MIB),
    ("16, clusters of 4 KiB", 40 * MIB, ["-F", "16", "-s", "8"], 16 * MIB),
    ("16, clusters of 64 KiB", 512 * MIB, ["-F", "16", "-s", "128"], 100 * MIB),
    ("16, sectors of 2 KiB", 64 * MIB, ["-F", "16", "-S", "2048"], 16 * MIB),
    ("32, clusters of 512 bytes", 64 * MIB, ["-F", "32", "-s", "1"], 20 * MIB),
    ("32, clusters of 4 KiB", 300 * MIB, ["-F", "32", "-s", "8"], 20 * MIB),
    ("32, clusters of 32 KiB", 2100 * MIB, ["-F", "32", "-s", "64"], 100 * MIB),
    ("32, sectors of 4 KiB", 300 * MIB, ["-F", "32", "-S", "4096", "-s", "1"], 20 * MIB),
    ("chosen by mkfs.fat", 96 * MIB, [], 20 * MIB),
]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def make_tree(root, room):
    for n in (0, 1, 511, 512, 513, 4095, 4096, 4097, 65535, 65536, 65537, 300000, 5 * MIB + 7):
        if n * 3 < room:
            write("%s/files/%d" % (root, n), RANDOM.randbytes(n))
    for name in ("UPPER.TXT", "lower.txt", "MiXed.TxT", "UPPER.low", "lower.UP", "noext",
                 "a-rather-long-name-1.cfg", "a-rather-long-name-2.cfg", "dots.in.many.places",
                 "with blank", "x" * 200 + ".y", "13characters!", "26characters,twice-as-long",
                 "a+b,c;d=[e]'f'&(g)^%~`#@!$", "Gr\u00fc\u00dfe.txt", "\u65e5\u672c\u8a9e",
                 "snow \u2603 man", "\u00c9T\u00c9.TXT", "$x{y}"):
        write("%s/Names/%s" % (root, name), name.encode())
    os.makedirs(root + "/deep/" + "/".join("level-%d" % i for i in range(18)))
    write(root + "/deep/level-0/level-1/at-two", b"two")
    os.makedirs(root + "/empty")
    write(root + "/EFI/debian/grub.cfg", b"configfile\n")
    write(root + "/EFI/BOOT/BOOTX64.EFI", RANDOM.randbytes(1000))


def make_image(path, size, arguments):
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.truncate(size)
    run("mkfs.fat", "-i", "1234abcd", "-n", "A LABEL", *arguments, path)


def copy_in(image, source):
    run("mcopy", "-i", image, "-s", "-Q", "-o",
        *("%s/%s" % (source, n) for n in sorted(os.listdir(source))), "::/")


def mtools_lines(work, image):
    """What mtools reads."""
    out = work + "/back"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    run("mcopy", "-i", image, "-s", "-Q", "-n", "::/*", out)
    return tree_lines(out)


def compare(name, work, image, want):
    status, out, err = dump("list", image)
    got = files_of(out)
    check(status == 0 and got == want, name, differ(got, want) or (out[:300], err[-1500:]))
    check(out.splitlines()[:1] == [b"fs vfat 1234-ABCD A LABEL -"], name + ": identity", out[:100])
    back = mtools_lines(work, image)
    check(back == want, name + ": mtools agrees", differ(back, want))
    said = run("blkid", "-p", "-o", "export", image).splitlines()
    status, out, err = dump("identify", image)
    check(status == 0 and out == b"vfat 1234-ABCD A LABEL\n" and b"TYPE=vfat" in said and
          b"UUID=1234-ABCD" in said, name + ": blkid agrees", (out, said))


def shapes(work):
    for name, size, arguments, room in SHAPES:
        source, image = work + "/source", work + "/image"
        shutil.rmtree(source, ignore_errors=True)
        make_tree(source, room)
        make_image(image, size, arguments)
        copy_in(image, source)
        compare(name, work, image, tree_lines(source))


def any_case(work):
    """Names are found in any case, and by their short form."""
    image = work + "/image"
    for path, want in (("/efi/DEBIAN/Grub.CFG", 0), ("/EFI/debian/grub.cfg", 0), ("/NAMES/lower.TXT", 0),
                       ("/names/A-RATH~1.CFG", 0), ("/efi/debian/grub.cf", 1), ("/efi/debia", 1)):
        status, out, err = dump("find", image, path)
        check(status == want, "look up %s" % path, (status, out, err[-500:]))


def many_entries(work):
    """More than one piece and one cluster, and asked for often."""
    for arguments in (["-F", "16", "-s", "4"], ["-F", "32", "-s", "1"]):
        source, image = work + "/many", work + "/image"
        shutil.rmtree(source, ignore_errors=True)
        for i in range(1500):
            write("%s/dir/%04d, one of many files with long names" % (source, i), b"%d" % i if i % 3 else b"")
        make_image(image, 64 * MIB, arguments)
        copy_in(image, source)
        compare("1500 entries " + " ".join(arguments), work, image, tree_lines(source))


def fragmented(work):
    """What mtools writes into the place of deleted files is torn."""
    for arguments in (["-F", "12", "-s", "8"], ["-F", "16", "-s", "1"], ["-F", "32", "-s", "1"]):
        source, image = work + "/torn", work + "/image"
        shutil.rmtree(source, ignore_errors=True)
        for i in range(400):
            write("%s/f%04d" % (source, i), RANDOM.randbytes(3000))
        make_image(image, 34 * MIB if "32" in arguments else 10 * MIB, arguments)
        copy_in(image, source)
        for i in range(0, 400, 2):
            os.unlink("%s/f%04d" % (source, i))
        run("mdel", "-i", image, *("::/f%04d" % i for i in range(0, 400, 2)))
        big = work + "/add"
        shutil.rmtree(big, ignore_errors=True)
        write(big + "/big", RANDOM.randbytes(5 * MIB))
        write(source + "/big", open(big + "/big", "rb").read())
        copy_in(image, big)
        compare("torn " + " ".join(arguments), work, image, tree_lines(source))


def stress(work):
    """A random tree, made in steps with deletions between them."""
    letters = "abcXYZ 0189-_."
    for seed in range(4):
        RANDOM.seed(100 + seed)
        source, image = work + "/stress", work + "/image"
        shutil.rmtree(source, ignore_errors=True)
        make_image(image, 40 * MIB, [["-F", "12", "-s", "32"], ["-F", "16"], ["-F", "32", "-s", "1"],
                                     ["-F", "16", "-s", "2"]][seed])
        os.makedirs(source)
        for step in range(3):
            add = "%s/step%d" % (work, step)
            shutil.rmtree(add, ignore_errors=True)
            seen, dirs = set(), ["/in-%d" % step]
            for i in range(150):
                name = "".join(RANDOM.choice(letters) for _ in range(RANDOM.randrange(1, 40))).strip(" .") or "n"
                path = RANDOM.choice(dirs) + "/%d" % RANDOM.randrange(10) + name
                if path.lower() in seen:
                    continue
                seen.add(path.lower())
                if RANDOM.randrange(6) == 0:
                    dirs.append(path)
                    os.makedirs(add + path, exist_ok=True)
                else:
                    write(add + path, RANDOM.randbytes(RANDOM.choice((0, 1, 700, 9000, 40000))))
            copy_in(image, add)
            shutil.copytree(add, source, dirs_exist_ok=True)
            gone = [n for n in os.listdir(source + "/in-%d" % step)
                    if os.path.isfile("%s/in-%d/%s" % (source, step, n))][::2]
            for name in gone:
                os.unlink("%s/in-%d/%s" % (source, step, name))
                run("mdel", "-i", image, "::/in-%d/%s" % (step, name))
        compare("random tree %d" % seed, work, image, tree_lines(source))


class Image:
    """A FAT16 or FAT32 image in memory, to be damaged."""

    def __init__(self, path):
        self.size = os.path.getsize(path)
        with open(path, "rb") as f:
            self.data = bytearray(f.read(2 * MIB)) # all that is not zero
        self.sector, self.per_cluster, reserved, fats, roots = struct.unpack_from("<HBHBH", self.data, 11)
        sectors = struct.unpack_from("<H", self.data, 22)[0]
        self.wide = sectors == 0
        if self.wide:
            sectors = struct.unpack_from("<I", self.data, 36)[0]
        self.table = reserved * self.sector
        self.root = self.table + fats * sectors * self.sector
        self.first = self.root + roots * 32

    def write(self, path, size=None):
        with open(path, "wb") as f:
            f.write(self.data[:size])
            f.truncate(self.size if size is None else size)

    def entry(self, name):
        """Where the short entry of that name lies."""
        found = self.data.index(name, self.root)
        while found % 32:
            found = self.data.index(name, found + 1)
        return found

    def start(self, entry):
        return struct.unpack_from("<H", self.data, entry + 26)[0]

    def set_start(self, entry, cluster):
        struct.pack_into("<H", self.data, entry + 26, cluster)

    def set_next(self, cluster, to):
        if self.wide:
            struct.pack_into("<I", self.data, self.table + cluster * 4, to)
        else:
            struct.pack_into("<H", self.data, self.table + cluster * 2, to & 0xffff)


def damaged_file(work, base, kind):
    """Each damage is an error of the file, and the others are read."""
    def try_one(name, change, words, status=1, listed=True):
        image = Image(base)
        change(image)
        image.write(work + "/bad")
        got, out, err = dump("list", work + "/bad")
        check(got == status and all(w in out for w in words) and
              (not listed or b"f " + b"/ONE.BIN".hex().encode() in out),
              "%s: %s" % (kind, name), (got, out[:900], err[-900:]))

    def first_of(name):
        return lambda i: i.start(i.entry(name))

    two, one = first_of(b"TWO     BIN"), first_of(b"ONE     BIN")
    try_one("nothing", lambda i: None, [], 0)
    try_one("a loop", lambda i: i.set_next(two(i) + 1, two(i)), [b"error corrupt", b"loop"])
    try_one("a loop of one", lambda i: i.set_next(two(i), two(i)), [b"error corrupt", b"loop"])
    try_one("a chain that ends early", lambda i: i.set_next(two(i), 0x0fffffff), [b"error corrupt", b"it has 1 of"])
    try_one("a free cluster", lambda i: i.set_next(two(i), 0), [b"error corrupt", b"marked as free"])
    try_one("a bad cluster", lambda i: i.set_next(two(i), 0x0ffffff7), [b"error corrupt", b"marked as bad"])
    try_one("a cluster outside", lambda i: i.set_next(two(i), 0x0fffff0), [b"error corrupt", b"does not exist"])
    try_one("a first cluster outside", lambda i: i.set_start(i.entry(b"TWO     BIN"), 0xfff0),
            [b"error corrupt", b"run fsck.fat"])
    try_one("a chain into another file", lambda i: i.set_next(two(i), one(i)), [b"error corrupt", b"another file"])
    try_one("two files with one chain", lambda i: i.set_start(i.entry(b"TWO     BIN"), one(i)),
            [b"error corrupt", b"another file"])
    try_one("a size past the chain",
            lambda i: struct.pack_into("<I", i.data, i.entry(b"TWO     BIN") + 28, 3 * MIB),
            [b"error corrupt", b"run fsck.fat"])
    try_one("a size past the file system",
            lambda i: struct.pack_into("<I", i.data, i.entry(b"TWO     BIN") + 28, 60 * MIB),
            [b"error corrupt", b"larger than the file system"])
    try_one("a directory that leads to itself",
            lambda i: i.set_start(i.entry(b"INNER      "), i.start(i.entry(b"OUTER      "))),
            [b"error corrupt", b"two directories"])
    try_one("a directory that is a file", lambda i: i.set_start(i.entry(b"OUTER      "), one(i)),
            [b"error corrupt", b"not a directory"])
    try_one("a directory without clusters", lambda i: i.set_start(i.entry(b"OUTER      "), 0),
            [b"error corrupt", b"does not exist"])

    def spoil_long_name(i):
        i.data[i.entry(b"A-LONG~1TXT") - 32 + 13] ^= 1
    try_one("a long name with a wrong checksum", spoil_long_name, [b"/A-LONG~1.TXT".hex().encode()], 0)

    def outside_the_plane(i):
        at = i.entry(b"A-LONG~1TXT") - 32 + 1
        i.data[at:at + 4] = "\U0001f600".encode("utf-16-le")
    try_one("a character of two units", outside_the_plane, ["/\U0001f600long-name.txt".encode().hex().encode()], 0)
    try_one("a name with a slash", lambda i: i.data.__setitem__(i.entry(b"TWO     BIN") + 1, 0x2f),
            [b"error corrupt", b"name"], listed=False)

    def set_state(i, value):
        i.data[65 if i.wide else 37] = value
    try_one("mounted at the time", lambda i: set_state(i, 1), [b"remark was not unmounted"], 0)
    try_one("errors noted", lambda i: set_state(i, 2), [b"remark errors recorded"], 0)
    try_one("mounted by Windows at the time",
            lambda i: i.set_next(1, 0x07ffffff if i.wide else 0x7fff), [b"remark was not unmounted"], 0)

    def poke(offset, form, value):
        return lambda i: struct.pack_into(form, i.data, offset, value)
    try_one("more sectors than there are", lambda i: (poke(19, "<H", 0)(i), poke(32, "<I", 0x7fffffff)(i)),
            [b"error corrupt", b"cut off"], listed=False)
    try_one("no first sector", poke(0, "512s", b""), [b"error absent"], listed=False)
    if Image(base).wide:
        try_one("another table in use", poke(40, "<H", 0x81), [b"error unsupported", b"table 2"], listed=False)
        try_one("another version", poke(42, "<H", 0x100), [b"error unsupported", b"1.0"], listed=False)
        try_one("a root outside", poke(44, "<I", 0x0fffff0), [b"error corrupt", b"root"], listed=False)


def damage(work):
    source = work + "/small"
    write(source + "/ONE.BIN", RANDOM.randbytes(3000))
    write(source + "/TWO.BIN", RANDOM.randbytes(9000))
    write(source + "/a-long-name.txt", b"long")
    write(source + "/OUTER/INNER/file", b"inside")
    for kind, arguments, size in (("16", ["-F", "16", "-s", "1"], 5 * MIB),
                                  ("32", ["-F", "32", "-s", "1"], 34 * MIB),
                                  ("12", ["-F", "12", "-s", "1"], MIB)):
        base = work + "/base"
        make_image(base, size, arguments)
        copy_in(base, source)
        if kind != "12":
            damaged_file(work, base, kind)
        for n in list(range(0, 4096, 512)) + [size // 2, size - 512]:
            Image(base).write(work + "/bad", n)
            status, out, err = dump("list", work + "/bad")
            check(status == 1 and b"error" in out, "%s: cut to %d bytes" % (kind, n), (status, out[:200], err))
        for i in range(120):
            image = Image(base)
            # The first sector, the first part of the table, the root directory and what follows.
            for start, n in RANDOM.choices(((11, 80), (image.table, 128), (image.root, 4 * KIB)), k=1 + i % 8):
                image.data[start + RANDOM.randrange(n)] ^= 1 << RANDOM.randrange(8)
            image.write(work + "/bad")
            status, out, err = dump("list", work + "/bad")
            check(status == 0 or (status == 1 and b"error" in out), "%s: flipped bits %d" % (kind, i),
                  (status, out[:300], err[-800:]))


def one_read(work):
    """A file in one piece is read at once, and the table in long pieces."""
    source, image = work + "/one", work + "/image"
    write(source + "/file", RANDOM.randbytes(20 * MIB))
    make_image(image, 64 * MIB, ["-F", "32", "-s", "1"])
    copy_in(image, source)
    status, out, err = dump("list", image)
    reads = int(err.split()[1])
    # One for the whole, 210 in pieces, some for the rest.
    check(status == 0 and reads <= 250, "few reads", "%d" % reads)


def main():
    with fstools.scratch() as work:
        write(work + "/mtoolsrc", b"mtools_skip_check=1\ndefault_codepage=437\n")
        os.environ.update(MTOOLSRC=work + "/mtoolsrc", LC_ALL="C.UTF-8")
        shapes(work)
        any_case(work)
        many_entries(work)
        fragmented(work)
        stress(work)
        one_read(work)
        damage(work)
    finish()


main()
