#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that the Btrfs reader reads what mkfs.btrfs wrote, and what Linux would write:
compressed extents, subvolumes and every profile over several devices come from
btrfs_maker.py, whose images `btrfs restore` reads, too. Usage: oracle-btrfs.py FS-DUMP"""
import itertools
import os
import random
import shutil
import struct
import subprocess

import btrfs_maker
import fstools
from btrfs_maker import FS_TREE, Image, MIB, ROOT_DIR, SECTOR, key
from fstools import check, differ, dump, files_of, finish, need, run, tree_lines

need("mkfs.btrfs", "btrfs", "lzop", "zstd")
RANDOM = random.Random(31)

# name, mkfs.btrfs's arguments
SHAPES = [
    ("usual", []),
    ("xxhash", ["--csum", "xxhash", "-n", "4096"]),
    ("sha256", ["--csum", "sha256", "-n", "8192"]),
    ("blake2", ["--csum", "blake2", "-n", "32768"]),
    ("large nodes", ["-n", "65536"]),
    ("large sectors", ["-s", "16384", "-n", "16384"]),
    ("mixed", ["-M"]),
    ("mixed and twice", ["-M", "-m", "dup", "-d", "dup"]),
    ("holes told", ["-O", "^no-holes"]),
    ("old", ["-O", "^no-holes,^skinny-metadata,^extref", "-R", "^free-space-tree", "-m", "single"]),
    ("twice", ["-m", "dup", "-d", "dup"]),
    ("shrunk", ["--shrink"]),
    ("many", []), # thousands of files from here on
    ("many in small nodes", ["-n", "4096"]),
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


def make_tree(root, many):
    for n in (0, 1, 2047, 2048, 2049, 4000, 4095, 4096, 4097, 16000, 65536, 131072, 131073, 400000, 3 * MIB + 7):
        write("%s/sizes/%d" % (root, n), some_bytes(n))
    for name in ("with blank", "\u00e4\u00f6", "n" * 255, ".hidden", "a\nb", "x\\y", "*"):
        write("%s/names/%s" % (root, name), name.encode())
    deep = root + "/" + "/".join("d" * RANDOM.randrange(1, 60) for _ in range(18))
    write(deep + "/deep", b"deep")
    os.makedirs(root + "/empty")
    os.symlink("../sizes/1", root + "/names/link")
    os.symlink("/" + "long/" * 600 + "end", root + "/names/long-link")
    os.link(root + "/sizes/4097", root + "/names/hard-link")
    os.mkfifo(root + "/pipe")
    for n in (5 * MIB, 40960):
        with open("%s/holes-%d" % (root, n), "wb") as f:
            f.truncate(n)
            f.seek(n // 2)
            f.write(b"in the middle of nothing")
    for i in range(many):
        write("%s/many/%04d-%s" % (root, i, "x" * (i % 40)), b"%d" % i * (i % 300))


def compare(name, want, verb, image, *more):
    status, out, err = dump(verb, image, *more)
    found = files_of(out)
    check(status == 0 and found == want, name, (status, out[:300], differ(found, want), err[-900:]))
    return out


def collisions():
    """Two names that a directory has under one number."""
    seen = {}
    while True:
        name = b"%x" % RANDOM.getrandbits(64)
        other = seen.setdefault(btrfs_maker.name_hash(name), name)
        if other != name:
            return name, other


# --- mkfs.btrfs ---

def shapes(work):
    source, image = work + "/tree", work + "/image"
    make_tree(source, 250)
    for name in collisions():
        write("%s/%s" % (source, name.decode()), name)
    want = tree_lines(source)
    for name, arguments in SHAPES:
        if name == "many":
            for i in range(4000):
                write("%s/more/%d%s" % (source, RANDOM.getrandbits(40), "y" * (i % 90)), b"%d" % i * (i % 99))
            want = tree_lines(source)
        if os.path.exists(image):
            os.unlink(image)
        with open(image, "wb") as f:
            f.truncate(160 * MIB)
        run("mkfs.btrfs", "-q", "-L", "a label", "-U", "12345678-1234-1234-1234-123456789abc", "--rootdir", source,
            *arguments, image)
        out = compare(name, want, "list", image)
        check(out.startswith(b"fs btrfs 12345678-1234-1234-1234-123456789abc a label -\n"), name + ": its name", out[:90])
    status, out, err = dump("identify", image)
    check(out == b"btrfs 12345678-1234-1234-1234-123456789abc a label\n", "identity", out)
    few_reads(work, image)


def few_reads(work, image):
    status, out, err = dump("find", image, "/sizes/%d" % (3 * MIB + 7))
    reads, size = int(err.split()[1]), int(err.split()[3])
    # The file is read twice, once in 32 pieces.
    check(status == 0 and reads < 80 and size < 9 * MIB, "few reads", (reads, size))


def empty_devices(work):
    """What mkfs.btrfs writes over several devices holds no files, but all of its trees."""
    for profile, n in (("raid0", 2), ("raid1", 2), ("raid1c3", 3), ("raid1c4", 4), ("raid10", 4), ("single", 3)):
        images = ["%s/device-%d" % (work, i) for i in range(n)]
        for image in images:
            with open(image, "wb") as f:
                f.truncate(130 * MIB)
        run("mkfs.btrfs", "-q", "-f", "-d", profile, "-m", profile, *images)
        compare("mkfs.btrfs: %s" % profile, [b"d 2f 0 "], "devices", *reversed(images))


# --- The maker's ---

def packed(work):
    source, image, restored = work + "/small", work + "/made", work + "/restored"
    make_tree(source, 50)
    os.unlink(source + "/pipe") # `btrfs restore` leaves it out
    want = tree_lines(source)
    for how, kind in (("zlib", "crc32c"), ("lzo", "xxhash"), ("zstd", "sha256"), (None, "blake2")):
        made = Image(48 * MIB, sum_kind=kind, chunk=8 * MIB, data="dup" if how is None else "single", metadata="dup")
        made.trees[FS_TREE].copy_in(source, how)
        made.write(image)
        compare("packed by %s, %s" % (how, kind), want, "list", image)
        shutil.rmtree(restored, ignore_errors=True)
        os.makedirs(restored)
        run("btrfs", "restore", "-S", image, restored)
        check(tree_lines(restored) == want, "btrfs restore: %s, %s" % (how, kind),
              differ(tree_lines(restored), want))


def extents(work):
    """Extents of every kind, and parts of them."""
    made, image, want = Image(32 * MIB), work + "/made", {}
    tree = made.trees[FS_TREE]
    block = lambda n: b"".join(bytes([RANDOM.randrange(64, 70)]) * 512 for _ in range(n * 8))

    def add(name, size, *pieces, flags=0):
        ino = tree.add(ROOT_DIR, name, 0o100644, size, flags)
        for p in pieces:
            p(ino)
        return ino

    data, other = block(32), block(8)
    for how in (None, "zlib", "lzo", "zstd"):
        tag = (how or "plain").encode()
        # the same stored extent: whole, its middle, and its end behind a hole
        disk, stored = [], []
        add(tag + b"-whole", len(data), lambda i: (lambda d: (disk.append(d[0]), stored.append(d[1])))(
            tree.piece(i, 0, data, how)))
        want[tag + b"-whole"] = data
        part = lambda at, off, n, i: tree.extent(i, at, n, 1, btrfs_maker.PACKING.get(how, 0), len(data), disk[0],
                                                 stored[0], off)
        add(tag + b"-middle", 20480, lambda i: part(0, 8192, 20480, i))
        want[tag + b"-middle"] = data[8192:28672]
        add(tag + b"-torn", 40960 + 5, lambda i: part(8192, 4096, 8192, i), lambda i: part(24576, 65536, 4096, i),
            lambda i: part(40960, 0, 4096, i))
        want[tag + b"-torn"] = (bytes(8192) + data[4096:12288] + bytes(8192) + data[65536:69632] + bytes(12288) +
                                data[:5])
        if how:
            add(tag + b"-inline", 900, lambda i: tree.inline(i, data[:900], how))
            want[tag + b"-inline"] = data[:900]
    add(b"set-aside", 50000, lambda i: tree.extent(i, 0, 49152 + 4096, 2, disk=16 * MIB, stored=53248))
    want[b"set-aside"] = bytes(50000)
    add(b"told-hole", 12288, lambda i: tree.extent(i, 0, 8192), lambda i: tree.piece(i, 8192, other[:4096]))
    want[b"told-hole"] = bytes(8192) + other[:4096]
    add(b"nothing", 1 << 21)
    want[b"nothing"] = bytes(1 << 21)
    add(b"no-sums", 8192, lambda i: tree.piece(i, 0, other[:8192], None, False), flags=1)
    want[b"no-sums"] = other[:8192]
    add(b"grown-inline", 6000, lambda i: tree.inline(i, data[:100]))
    want[b"grown-inline"] = data[:100] + bytes(5900)
    add(b"lost-sums", 8192, lambda i: tree.piece(i, 0, other[:8192], None, False))
    add(b"of-nothing", 100, lambda i: tree.inline(i, b""))
    made.write(image)
    for name, data in want.items():
        path = "/" + name.decode()
        status, out, err = dump("find", image, path)
        line = b"f %s %d %08x\n" % (path.encode().hex().encode(), len(data), fstools.zlib.crc32(data))
        check(status == 0 and out.endswith(line), "extents: " + path, (out, line, err[-900:]))
    status, out, _ = dump("find", image, "/lost-sums")
    check(status == 1 and b"has no checksum" in out, "a sum that is not there", out)
    status, out, _ = dump("find", image, "/of-nothing")
    check(status == 1 and b"an inline extent of 0 bytes" in out, "an extent without a byte", out)


def make_profile(profile, n, source):
    # The data differ in their profile from the trees, which have to be found without any one device.
    safe = profile if profile.startswith(("raid1", "dup")) else "raid1"
    made = Image(20 * MIB, n, data=profile, metadata=safe if n > 1 else "dup", chunk=MIB)
    made.trees[FS_TREE].copy_in(source)
    return made


def profiles(work):
    source = work + "/profile"
    write(source + "/large", RANDOM.randbytes(3 * MIB + 12345))
    for i in range(120):
        write("%s/dir/%03d" % (source, i), RANDOM.randbytes(RANDOM.randrange(9000)))
    want = tree_lines(source)
    # profile, devices, how many may be missing
    for profile, n, spare in (("raid0", 3, 0), ("raid1", 2, 1), ("raid1", 3, 1), ("raid1c3", 3, 2), ("raid1c4", 4, 3),
                              ("raid10", 4, 1), ("single", 2, 0)):
        images = ["%s/p%d" % (work, i) for i in range(n)]
        make_profile(profile, n, source).write(*images)
        name = "%s over %d" % (profile, n)
        compare(name, want, "devices", *images)
        for kept in itertools.combinations(images, n - spare - (spare == 0)):
            status, out, err = dump("devices", *kept)
            gone = n - len(kept)
            check(out.count(b"missing device") == (gone if b"fs btrfs" in out else 0), name + ": missing ones are named",
                  out[-300:])
            if spare:
                check(status == 0 and files_of(out) == want, "%s without %d" % (name, gone),
                      (status, out[-300:], err[-900:]))
            else:
                check(status == 1 and b"is not among the disks given" in out, name + " needs all", out[-300:])
    status, out, _ = dump("devices", images[0], images[0])
    check(status == 1 and b"error ambiguous" in out, "the same device twice", out)


def copies(work):
    """A damaged copy is passed over, sector by sector; when all are damaged it is told."""
    source, image = work + "/profile", work + "/made"
    want = tree_lines(source)
    for profile, n in (("dup", 1), ("raid1", 2)):
        made = make_profile(profile, n, source)
        images = ["%s/p%d" % (work, i) for i in range(n)]
        made.finish()
        for c in made.chunks:
            # every sector, in one of its copies
            for at in range(0, c.used, SECTOR):
                device, off = c.stripes[RANDOM.randrange(2) if c.kind == btrfs_maker.DATA else at // made.node % 2]
                made.bytes[device][off + at + RANDOM.randrange(SECTOR)] ^= 1 << RANDOM.randrange(8)
        for path, data in zip(images, made.bytes):
            write(path, data)
        compare("%s: half of each copy is damaged" % profile, want, "damaged", *images)
        data = next(c for c in made.chunks if c.kind == btrfs_maker.DATA)
        for device, off in data.stripes:
            made.bytes[device][off + 9 * SECTOR:off + 10 * SECTOR] = bytes(SECTOR)
        for path, content in zip(images, made.bytes):
            write(path, content)
        status, out, _ = dump("damaged", *images)
        bad = [l for l in out.splitlines() if l.startswith(b"error")]
        check(status == 1 and len(bad) == 1 and b"the checksum is wrong" in bad[0], profile + ": a lost sector", bad)


def refused(work):
    image, source = work + "/made", work + "/refused"
    write(source + "/file", RANDOM.randbytes(100000))
    for bit, name in ((0x1000, b"zoned"), (0x2000, b"extent-tree-v2"), (0x4000, b"raid-stripe-tree"),
                      (1 << 40, b"0x10000000000")):
        made = Image(16 * MIB)
        made.incompat |= bit
        made.write(image)
        status, out, _ = dump("list", image)
        check(status == 1 and b"error unsupported btrfs" in out and name in out, "refused by name: %s" % name.decode(), out)
    made = Image(16 * MIB)
    made.super_flags = 1 << 36
    made.write(image)
    status, out, _ = dump("list", image)
    check(status == 1 and b"was not finished" in out, "an unfinished change", out)
    for profile, said in (("raid5", b"RAID5"), ("raid6", b"RAID6")):
        images = ["%s/p%d" % (work, i) for i in range(3)]
        made = Image(16 * MIB, 3, data=profile, metadata="raid1")
        made.trees[FS_TREE].copy_in(source)
        made.write(*images)
        status, out, _ = dump("devices", *images)
        check(status == 1 and said in out and b"not read" in out, said.decode(), out)
    made = Image(16 * MIB)
    made.log_root = 16 * MIB
    made.write(image)
    check(dump("list", image)[1].split(b"\n")[0].endswith(b"not replayed"), "a log that is not replayed")


def superblocks(work):
    image = work + "/made"
    made = Image(80 * MIB)
    made.trees[FS_TREE].file(ROOT_DIR, b"file", b"text")
    made.write(image)
    with open(image, "r+b") as f:
        f.seek(65536 + 200)
        f.write(b"damage")
    status, out, _ = dump("list", image)
    check(status == 0 and b"remark its superblock is damaged, and copy 1" in out, "the second superblock", out[:300])
    with open(image, "r+b") as f:
        f.seek(64 * MIB + 200)
        f.write(b"damage")
    status, out, _ = dump("list", image)
    check(status == 1 and b"no copy of its superblock" in out, "no superblock", out)
    # An older copy does not count, nor does a newer one of another file system.
    made = Image(80 * MIB)
    made.write(image)
    for fsid, generation, counts in ((made.fsid, 9, True), (made.fsid, 3, False), (bytes(range(16)), 9, False)):
        other = Image(MIB, fsid=fsid)
        other.size = made.size
        with open(image, "r+b") as f:
            f.seek(64 * MIB)
            f.write(other.superblock(0, 64 * MIB, (0, 0), (0, 0), b"", generation))
        status, out, _ = dump("list", image)
        check((status == 1) == counts, "a copy of generation %d" % generation, out[:300])
    with open(image, "r+b") as f: # wipefs takes the first magic only
        f.seek(65536 + 64)
        f.write(bytes(8))
    check(dump("list", image)[1].startswith(b"error absent"), "a wiped one")


def subvolumes(work):
    image = work + "/made"
    made = Image(32 * MIB)
    top = made.trees[FS_TREE]
    folder = top.mkdir(ROOT_DIR, b"folder")
    at = made.subvolume(FS_TREE, ROOT_DIR, b"@")
    home = made.subvolume(FS_TREE, folder, b"@home")
    at.file(at.mkdir(ROOT_DIR, b"etc"), b"fstab", b"of @")
    home.file(ROOT_DIR, b"mine", b"of @home")
    inner = made.subvolume(at.id, at.mkdir(ROOT_DIR, b"var"), b"machines")
    inner.file(ROOT_DIR, b"deep", b"inside")
    snapshots = at.mkdir(ROOT_DIR, b".snapshots")
    snapshot = made.snapshot(at, at.id, snapshots, b"1")
    snapshot.file(ROOT_DIR, b"old", b"in the snapshot")
    gone = made.subvolume(FS_TREE, ROOT_DIR, b"gone")
    made.default = at.id
    made.finish()
    made.write(image)

    def hexed(*paths):
        return sorted(p.encode().hex().encode() for p in paths)

    def paths(*more):
        status, out, err = dump(*more)
        return status, sorted(l.split()[1] for l in files_of(out)), out, err

    inside = ["/", "/etc", "/etc/fstab", "/var", "/var/machines", "/var/machines/deep", "/.snapshots", "/.snapshots/1"]
    old = ["/etc", "/etc/fstab", "/var", "/var/machines", "/.snapshots", "/old"]
    status, found, out, err = paths("list", image)
    want = hexed(*inside, *("/.snapshots/1" + p for p in old))
    check(status == 0 and found == want, "the default one, with those inside", (out, err))
    check(dump("systems", image)[1] == b"system @\nsystem /\nsystem folder/@home\nsystem gone\n", "systems",
          dump("systems", image)[1])
    for options, want in (("subvol=folder/@home", ["/", "/mine"]), ("rw,subvol=/folder/@home,ssd", ["/", "/mine"]),
                          ("subvol=@/var/machines", ["/", "/deep"]), ("subvolid=%d" % home.id, ["/", "/mine"]),
                          ("subvolid=%d,subvol=folder/@home/" % home.id, ["/", "/mine"]),
                          ("subvol=@/.snapshots/1", ["/"] + old), ("subvol=gone", ["/"])):
        status, found, out, err = paths("options", image, options)
        check(status == 0 and found == hexed(*want), options, (out, err))
    for options, said in (("subvol=@/none", b"absent"), ("subvol=folder", b"not a subvolume"),
                          ("subvolid=9999", b"no tree 9999"), ("subvolid=7", b"holds no files"), ("subvolid=x", b"not a number"),
                          ("subvol=@,subvolid=5", b"Linux does not mount that")):
        status, out, _ = dump("options", image, options)
        check(status == 1 and out.startswith(b"error absent") and said in out, options, out)
    status, found, out, err = paths("options", image, "subvolid=5")
    check(b"/folder/@home/mine".hex().encode() in found and b"/@/etc/fstab".hex().encode() in found, "the topmost", out)
    check(gone.id > 0, "a subvolume")


def loops(work):
    """A hostile image's directories and subvolumes that lie in each other."""
    image = work + "/made"
    made = Image(16 * MIB)
    tree = made.trees[FS_TREE]
    a = tree.mkdir(ROOT_DIR, b"a")
    tree.enter(a, b"up", key(ROOT_DIR, btrfs_maker.INODE, 0), 2)
    tree.enter(a, b"self", key(a, btrfs_maker.INODE, 0), 2)
    sub = made.subvolume(FS_TREE, a, b"sub")
    sub.enter(ROOT_DIR, b"again", key(sub.id, btrfs_maker.ROOT_ITEM, (1 << 64) - 1), 2)
    made.add_ref(sub.id, ROOT_DIR, b"again", sub.id)
    sub.enter(ROOT_DIR, b"other", key(5000, btrfs_maker.ROOT_ITEM, (1 << 64) - 1), 2)
    made.trees[5000] = sub
    made.add_ref(sub.id, ROOT_DIR, b"other", 5000)
    del made.trees[5000]
    made.write(image)
    status, out, err = dump("list", image)
    check(status == 1 and out.count(b"belongs into another one") == 3 and b"subvolume 5000, which is not there" in out
          and len(files_of(out)) == 3, "loops", (out, err[-900:]))


# --- Damage ---

def damage(work):
    """What is read in spite of damage has to be what was written."""
    source, image = work + "/profile", work + "/made"
    want = {l.split(b" ")[1]: l for l in tree_lines(source)}
    made = Image(12 * MIB, chunk=MIB)
    made.trees[FS_TREE].copy_in(source)
    made.finish()
    used = [(c.stripes[0][1], c.used) for c in made.chunks if c.used] + [(65536, 4096)] * 2
    for i in range(40):
        data = bytearray(made.bytes[0])
        for _ in range(1 + i % 5):
            at, n = RANDOM.choice(used)
            data[at + RANDOM.randrange(n)] ^= 1 << RANDOM.randrange(8)
        if i % 10 == 9:
            del data[RANDOM.randrange(len(data)):]
        write(image, data)
        status, out, err = dump("damaged", image)
        wrong = [l for l in files_of(out) if len(l.split(b" ")) == 4 and l.split(b" ")[3] and b"error" not in l
                 and want.get(l.split(b" ")[1]) != l]
        check(status in (0, 1) and not wrong, "flipped bits %d" % i, (status, wrong[:3], out[:300], err[-900:]))


def main():
    with fstools.scratch() as work:
        os.environ["LC_ALL"] = "C.UTF-8"
        shapes(work)
        empty_devices(work)
        packed(work)
        extents(work)
        profiles(work)
        copies(work)
        refused(work)
        superblocks(work)
        subvolumes(work)
        loops(work)
        damage(work)
    finish()


main()
