#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that files changed on ext2, ext3 and ext4 are what was asked for: on file systems
of every shape e2fsck finds nothing, debugfs reads the bytes, modes and labels, our own
reader the same, and what is refused leaves the image as it was.
Usage: oracle-ext-write.py CHANGE-RUN FS-DUMP"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

from changetools import KIB, MIB, NOW, change, check, finish, read, refused, run, seen, write

RANDOM = random.Random(5)
LINKS, IMMUTABLE, UNLABELLED = 1, 2, 4
LONG = "/lib/modules/2.6.18-53.el5PAE/extra/xenpv/" + "x" * 100 + ".ko"
LABEL = "system_u:object_r:etc_t:s0"

# name, mke2fs arguments
SHAPES = [
    ("ext2-1k", ["-t", "ext2", "-b", "1024"]),
    ("ext2-4k", ["-t", "ext2", "-b", "4096"]),
    ("ext2-old", ["-t", "ext2", "-O", "none", "-I", "128", "-r", "0"]),
    ("ext2-no-filetype", ["-t", "ext2", "-O", "^filetype,^dir_index"]),
    ("ext3-1k", ["-t", "ext3", "-b", "1024"]),
    ("ext3-128", ["-t", "ext3", "-b", "2048", "-I", "128"]),
    ("ext3-4k", ["-t", "ext3", "-b", "4096"]),
    ("ext4-1k", ["-t", "ext4", "-b", "1024"]),
    ("ext4-2k", ["-t", "ext4", "-b", "2048"]),
    ("ext4-4k", ["-t", "ext4", "-b", "4096", "-O", "64bit,metadata_csum"]),
    ("ext4-16k", ["-t", "ext4", "-b", "16384"]),
    ("ext4-no-journal", ["-t", "ext4", "-O", "^has_journal"]),
    ("ext4-plain", ["-t", "ext4", "-O", "^64bit,^metadata_csum"]),
    ("ext4-uninit", ["-t", "ext4", "-b", "1024", "-O", "^metadata_csum,uninit_bg"]),
    ("ext4-lazy", ["-t", "ext4", "-b", "1024", "-E", "lazy_itable_init=1,packed_meta_blocks=0"]),
    ("ext4-no-flex", ["-t", "ext4", "-b", "1024", "-O", "^flex_bg"]),
    ("ext4-bigalloc", ["-t", "ext4", "-O", "bigalloc", "-C", "65536", "-b", "4096"]),
    ("ext4-bigalloc-1k", ["-t", "ext4", "-O", "bigalloc", "-C", "8192", "-b", "1024"]),
    ("ext4-metabg", ["-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode"]),
    ("ext4-blocks", ["-t", "ext4", "-b", "1024", "-O", "^extent,^64bit"]),
    ("ext4-casefold", ["-t", "ext4", "-O", "casefold", "-E", "encoding=utf8"]),
    ("ext4-encrypt", ["-t", "ext4", "-O", "encrypt"]),
    ("ext4-verity", ["-t", "ext4", "-O", "verity"]),
    ("ext4-project", ["-t", "ext4", "-I", "256", "-O", "project"]),
    ("ext4-more", ["-t", "ext4", "-O",
                   "sparse_super2,large_dir,ea_inode,metadata_csum_seed,orphan_file,fast_commit"]),
    ("ext4-stable", ["-t", "ext4", "-O", "stable_inodes"]),
    ("ext4-inline", ["-t", "ext4", "-O", "inline_data"]),
    ("ext4-1k-inodes", ["-t", "ext4", "-I", "1024"]),
]


def debugfs(image, *commands):
    return run("debugfs", "-w", "-f", "/dev/stdin", image,
               input="\n".join(commands).encode() + b"\n").decode(errors="replace")


def fsck(image):
    p = subprocess.run(["e2fsck", "-fn", image], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return p.returncode, p.stdout.decode(errors="replace")


def content(image, path, work):
    out = work + "/out"
    if os.path.exists(out):
        os.unlink(out)
    debugfs(image, "dump %s %s" % (path, out))
    return read(out) if os.path.exists(out) else None


def stat(image, path):
    return debugfs(image, "stat %s" % path)


def field(text, name):
    m = re.search(name + r":\s+(\S+)", text)
    return m.group(1) if m else None


def differing(a, b, size):
    """Blocks that differ between two images."""
    a, b = read(a), read(b)
    return sum(a[i:i + size] != b[i:i + size] for i in range(0, max(len(a), len(b)), size))


class Work:
    """Source files and the images made of them."""

    def __init__(self, path):
        self.path, self.image = path, path + "/img"
        self.tree = path + "/tree"
        for n in (0, 1, 100, 1024, 5000, 4096, 20000, 300000):
            write("%s/f/%d" % (self.tree, n), RANDOM.randbytes(n))
        write(self.tree + "/boot/initrd", RANDOM.randbytes(3 * MIB + 777))
        write(self.tree + "/etc/conf", b"like me\n" * 30)
        with open(self.tree + "/f/sparse", "wb") as f:
            for at in range(0, 400 * KIB, 20 * KIB):
                f.seek(at)
                f.write(RANDOM.randbytes(3000))
            f.truncate(500 * KIB)
        os.link(self.tree + "/f/20000", self.tree + "/hard")
        for i in range(400):
            write("%s/many/a-name-that-fills-blocks-quickly-%04d" % (self.tree, i), b"")
        self.small = path + "/small"
        for n in (100, 1024, 4096, 5000):
            write("%s/f/%d" % (self.small, n), RANDOM.randbytes(n))
        shutil.copytree(self.tree + "/etc", self.small + "/etc")
        shutil.copy(self.tree + "/boot/initrd", path + "/old-initrd")
        for n in (10, 3000, 90000, 450000, 4 * MIB + 5):
            write("%s/new/%d" % (path, n), RANDOM.randbytes(n))

    def new(self, n):
        return "%s/new/%d" % (self.path, n)

    def make(self, arguments, size="48M", inodes=2000, tree=None):
        if os.path.exists(self.image):
            os.unlink(self.image)
        run("mke2fs", "-q", "-F", "-N", str(inodes), "-d", tree or self.tree, *arguments,
            self.image, size)
        debugfs(self.image, "sif /etc/conf mode 0100640", "sif /etc/conf uid 70000",
                "sif /etc/conf gid 4")


def labels(work, arguments):
    """Sets labels, where the file system has extended attributes."""
    if "none" in arguments:
        return False
    out = debugfs(work.image, "ea_set /etc/conf security.selinux %s" % LABEL,
                  "ea_set /f/5000 security.selinux %s" % LABEL,
                  "ea_set /f/5000 user.long %s" % ("v" * 300),
                  "ea_get /etc/conf security.selinux")
    return LABEL in out


def all_changes(work, name, arguments):
    work.make(arguments)
    labelled = labels(work, arguments)
    status, said = fsck(work.image)
    check(status == 0, name + ": the image to begin with", said)
    before = seen(work.image)
    old = {p: stat(work.image, p) for p in ("/f/5000", "/boot/initrd")}
    inline = "inline_data" in " ".join(arguments)
    replaced = {"/f/5000": 90000, "/f/300000": 10, "/f/sparse": 450000, "/f/4096": 4 * MIB + 5,
                "/hard": 3000}
    if not inline:
        replaced.update({"/f/0": 3000, "/f/1": 10, "/f/100": 450000})
    lines = ["replace %s %s" % (p, work.new(n)) for p, n in replaced.items()]
    lines += ["append /boot/initrd " + work.new(90000), "append /boot/initrd " + work.new(10),
              "append /f/1024 " + work.new(3000),
              "create /etc made like /etc/conf " + work.new(3000),
              "create /etc plain 4751 - " + work.new(10),
              "mkdirs / etc/some/deep//place/ 750 /etc/conf",
              "mkdirs / etc/some/deep 700 -",
              "create /etc/some/deep/place file 600 /etc/conf " + work.new(450000),
              "create /f gone 600 /etc/conf " + work.new(450000), "unlink /f gone",
              "link /etc short 777 /etc/conf conf", "link /etc long 777 /etc/conf " + LONG,
              "link /etc edge 777 - " + "e" * 59, "link /etc slow 777 - " + "s" * 60,
              "device /etc node 660 /etc/conf 19"]
    status, said = change(work.image, *lines)
    got = said.splitlines()
    check(status == 0, name + ": changes are made", said)
    if status:
        return
    status, said = fsck(work.image)
    check(status == 0, name + ": e2fsck finds nothing", said)
    for link, target in (("short", "conf"), ("long", LONG), ("edge", "e" * 59), ("slow", "s" * 60)):
        text = stat(work.image, "/etc/" + link)
        leads = ('Fast link dest: "%s"' % target in text if len(target) < 60 else
                 content(work.image, "/etc/" + link, work.path) == target.encode())
        check("Type: symlink" in text and field(text, "Mode") == "0777" and leads,
              "%s: the link %s leads where it should" % (name, link), text)
    node = stat(work.image, "/etc/node")
    check("Type: block special" in node and "202:19" in node and
          (field(node, "Mode"), field(node, "User"), field(node, "Group")) == ("0660", "70000", "6"),
          name + ": a device has its numbers", node)
    want = dict(before)
    for path, n in replaced.items():
        data = read(work.new(n))
        for p in [path] + (["/f/20000"] if path == "/hard" else []):
            want[p] = (n, zlib.crc32(data))
    def add(path, data):
        want[path] = (len(data), zlib.crc32(data))
    add("/boot/initrd", read(work.tree + "/boot/initrd") + read(work.new(90000)) + read(work.new(10)))
    add("/f/1024", read(work.tree + "/f/1024") + read(work.new(3000)))
    add("/etc/made", read(work.new(3000)))
    add("/etc/plain", read(work.new(10)))
    add("/etc/some/deep/place/file", read(work.new(450000)))
    after = seen(work.image)
    check(after == want, name + ": our reader sees what was written",
          [(p, want.get(p), after.get(p)) for p in sorted(set(want) | set(after))
           if want.get(p) != after.get(p)][:4])
    for path in ("/f/5000", "/boot/initrd", "/etc/made", "/f/1024"):
        data = content(work.image, path, work.path)
        check(data is not None and (len(data), zlib.crc32(data)) == want[path],
              name + ": debugfs reads " + path)
    for path, text in old.items():
        now = stat(work.image, path)
        for what in ("Inode", "Mode", "User", "Group", "Links", "Generation"):
            check(field(now, what) == field(text, what), "%s: %s keeps its %s" % (name, path, what))
        check("mtime: 0x%08x" % NOW in now and "ctime: 0x%08x" % NOW in now,
              name + ": times are set", now)
    made, place = stat(work.image, "/etc/made"), stat(work.image, "/etc/some/deep/place")
    check((field(made, "Mode"), field(made, "User"), field(made, "Group")) == ("0640", "70000", "4"),
          name + ": a new file is like its neighbour", made)
    check((field(place, "Mode"), field(place, "User"), field(place, "Links")) == ("0750", "70000", "2"),
          name + ": a new directory, too", place)
    check(field(stat(work.image, "/etc/plain"), "Mode") == "04751", name + ": a mode that is named")
    out = debugfs(work.image, "ea_get /etc/made security.selinux",
                  "ea_get /etc/some/deep security.selinux",
                  "ea_get /f/5000 security.selinux", "ea_get /f/5000 user.long")
    check(out.count(LABEL) == (3 if labelled else 0) and ("v" * 300 in out) == labelled,
          name + ": labels", out)
    notes = [int(line.split()[2]) for line in got]
    check(notes[list(replaced).index("/hard")] == LINKS, name + ": hard links are told", got)
    at = lines.index("create /etc plain 4751 - " + work.new(10))
    check(notes[at] == UNLABELLED and notes[at - 1] == (0 if labelled else UNLABELLED),
          name + ": what has no label is told", got)


def states(work):
    """File systems that are not to be touched."""
    line = "replace /f/5000 " + work.new(10)

    def state(name, word, *commands, arguments=("-t", "ext4"), then=line):
        work.make(list(arguments), "12M", tree=work.small)
        debugfs(work.image, *commands)
        refused(work.image, name, word, then)

    state("not unmounted, no journal", "shut the guest down", "feature -has_journal", "ssv state 0")
    state("errors recorded", "run e2fsck", "ssv state 3")
    state("an error counted", "run e2fsck", "ssv error_count 1")
    state("a journal to replay", "needs_recovery", "feature needs_recovery")
    state("a file still to be cut off", "cut off", "sif /f/5000 dtime 15")
    state("an unknown compatible flag", "0x80000000", "ssv feature_compat 0x8000003c")
    state("an unknown read-only flag", "features", "ssv feature_ro_compat 0x8000046b")
    state("an unknown incompatible flag", "dirdata", "ssv feature_incompat 0x12c2")
    state("quotas", "tune2fs -O ^quota", arguments=("-t", "ext4", "-O", "quota"))
    state("shared blocks", "shared_blocks", "feature shared_blocks")
    state("a file system marked read-only", "read-only", "feature read-only")
    state("blocks of 64 KiB", "64 KiB", arguments=("-t", "ext4", "-b", "65536", "-O", "^has_journal"))
    state("an inode marked as free", "run e2fsck", "freei /f/5000",)
    state("a wrong number of free blocks", "free blocks", "set_bg 0 free_blocks_count 7",
          "set_bg 0 checksum calc")
    state("a wrong checksum of a group", "checksum", "set_bg 0 free_blocks_count 7",
          "set_bg 0 checksum 1")
    state("an inode table marked as free", "run e2fsck", "freeb 40 3")
    work.make(["-t", "ext4", "-b", "1024"], "12M", tree=work.small)
    with open(work.image, "r+b") as f:
        f.seek(int(debugfs(work.image, "bmap <8> 0").split()[-1]) * 1024 + 0x1c)
        f.write(b"\0\0\0\1")
    refused(work.image, "a journal with a log", "journal is not empty", line)
    work.make(["-t", "ext4"], "12M", tree=work.small)
    debugfs(work.image, "jo", "jw -b 5 " + work.new(4 * MIB + 5), "jc")
    refused(work.image, "a journal that was written", "needs_recovery", line)


def add_orphan(work, path, in_file):
    """The file is deleted, and nobody has freed it yet. Its number."""
    number = debugfs(work.image, "stat " + path).split("Inode: ")[1].split()[0]
    debugfs(work.image, "unlink " + path, "sif <%s> links_count 0" % number,
            "sif <%s> dtime 0" % number,
            "feature orphan_present" if in_file else "ssv last_orphan " + number)
    if in_file:
        owner = debugfs(work.image, "show_super_stats -h").split("Orphan file inode:")[1].split()[0]
        with open(work.image, "r+b") as f:
            f.seek(int(debugfs(work.image, "bmap <%s> 0" % owner).split()[-1]) * 4096)
            f.write(int(number).to_bytes(4, "little"))
    return number


def orphans(work):
    """Deleted files that nobody has freed yet stay for the kernel: e2fsck does as it does."""
    copy = work.path + "/copy"
    for name, arguments, in_file in (
            ("in the list of ext3", ["-t", "ext3", "-b", "4096"], False),
            ("in the list of ext4", ["-t", "ext4", "-b", "4096"], False),
            ("in their file", ["-t", "ext4", "-b", "4096", "-O", "orphan_file,^metadata_csum"], True)):
        name = "deleted files " + name
        work.make(arguments, "24M", tree=work.small)
        number = add_orphan(work, "/f/4096", in_file)
        before = content(work.image, "<%s>" % number, work.path)
        status, said = change(work.image, "replace /f/5000 " + work.new(450000),
                              "create /etc made 600 - " + work.new(90000))
        check(status == 0, name + ": others are changed", said)
        check(content(work.image, "<%s>" % number, work.path) == before, name + ": they keep their blocks")
        shutil.copy(work.image, copy)
        said = run("e2fsck", "-fp", copy, ok=(0, 1)).decode(errors="replace")
        check("rphan" in said, name + ": e2fsck frees them", said)
        status, said = fsck(copy)
        check(status == 0, name + ": and finds nothing else", said)
        check(content(copy, "/f/5000", work.path) == read(work.new(450000)) and
              content(copy, "/etc/made", work.path) == read(work.new(90000)), name + ": the files are right")


def files(work):
    """Files that are not to be touched, or with a word about it."""
    new = work.new(3000)
    work.make(["-t", "ext4", "-O", "encrypt,verity,casefold", "-E", "encoding=utf8"], "12M",
              tree=work.small)
    debugfs(work.image, "sif /f/5000 flags 0x80800", "sif /f/1024 flags 0x180000",
            "sif /f/4096 flags 0x80010", "mkdir /folding", "sif /folding flags 0x40080000",
            "mkdir /secret", "sif /secret flags 0x80800", "mkdir /projects",
            "sif /projects flags 0x20080000", "symlink /link f/100")
    refused(work.image, "an encrypted file", "fscrypt", "replace /f/5000 " + new)
    refused(work.image, "a sealed file", "fs-verity", "append /f/1024 " + new)
    refused(work.image, "a directory that ignores case", "ignores case", "create /folding x 600 - " + new)
    refused(work.image, "a directory with project ids", "project", "create /projects x 600 - " + new)
    refused(work.image, "an encrypted directory", "crypt", "create /secret x 600 - " + new)
    refused(work.image, "a name that is there", "of that name", "create /f 100 600 - " + new)
    refused(work.image, "a directory that is a file", "of that name", "mkdirs / f/100/x 700 -")
    refused(work.image, "a name of another file", "no such file", "unlink / 100")
    refused(work.image, "a name that cannot be", "cannot be", "mkdirs / f/../x 700 -")
    refused(work.image, "a directory as a file", "regular file", "replace /f " + new)
    refused(work.image, "a file like none", "like none", "create /f x like - " + new)
    status, said = change(work.image, "append /f/4096 " + new)
    check(status == 0 and int(said.split()[2]) == IMMUTABLE, "an immutable file is told", said)
    check(field(stat(work.image, "/f/4096"), "Flags") == "0x80010", "and stays immutable")
    work.make(["-t", "ext4", "-O", "inline_data"], "12M", tree=work.small)
    refused(work.image, "a file inside of its inode", "inline_data", "replace /f/100 " + new)
    work.make(["-t", "ext4"], "12M", tree=work.small)
    debugfs(work.image, "freeb %s 1" % debugfs(work.image, "blocks /f/5000").split()[-1])
    refused(work.image, "a block marked as free", "run e2fsck", "replace /f/5000 " + new)


def few_blocks(work):
    """Only what is new is written, and a few blocks that say so."""
    for arguments, most in ((["-t", "ext4", "-b", "4096"], 8), (["-t", "ext3", "-b", "4096"], 10)):
        work.make(arguments, "120M")
        shutil.copy(work.image, work.path + "/old")
        status, said = change(work.image, "append /boot/initrd " + work.new(90000))
        n = differing(work.image, work.path + "/old", 4096)
        check(status == 0 and n <= 90000 // 4096 + 2 + most, "few blocks of %s" % arguments[1], n)
        shutil.copy(work.image, work.path + "/old")
        status, said = change(work.image, "replace /boot/initrd %s/old-initrd" % work.path)
        n = differing(work.image, work.path + "/old", 4096)
        check(status == 0 and n <= 12, "the old bytes again change few blocks", n)
        check(fsck(work.image)[0] == 0, "and e2fsck finds nothing")
        # The same once more is a change of nothing but times, which are the same, too.
        shutil.copy(work.image, work.path + "/old")
        change(work.image, "replace /boot/initrd %s/old-initrd" % work.path)
        check(differing(work.image, work.path + "/old", 4096) == 0, "the same again changes nothing")


def no_room(work):
    """What does not fit is refused before the first byte; what is said to fit does."""
    for arguments in (["-t", "ext4"], ["-t", "ext3", "-b", "1024"], ["-t", "ext2", "-b", "1024"],
                      ["-t", "ext4", "-O", "bigalloc", "-C", "16384", "-b", "4096"]):
        name = "room on " + " ".join(arguments[1:])
        work.make(arguments, "16M", tree=work.small)
        refused(work.image, name + ": too large", "no room", "room create / %d" % (20 * MIB))
        fits, beyond = 0, 16 * KIB
        while beyond - fits > 1:
            kib = (fits + beyond) // 2
            if change(work.image, "room create / %d" % (kib * KIB))[0] == 0:
                fits = kib
            else:
                beyond = kib
        data = work.path + "/new/fits"
        write(data, RANDOM.randbytes(fits * KIB))
        status, said = change(work.image, "room create / %d" % (fits * KIB),
                              "create / large 600 - " + data)
        check(status == 0 and fits > 4000, name + ": what fits is written", (fits, said))
        check(fsck(work.image)[0] == 0, name + ": e2fsck finds nothing", fsck(work.image))
        left = int(re.search(r"Free blocks:\s+(\d+)", debugfs(work.image, "stats")).group(1))
        check(left < 1200, name + ": little is left", left)
        refused(work.image, name + ": one more", "no room", "room create / %d" % (2 * MIB))
    work.make(["-t", "ext4"], "16M", inodes=64, tree=work.small)
    free = int(re.search(r"Free inodes:\s+(\d+)", debugfs(work.image, "stats")).group(1))
    lines = ["create / i%d 600 - %s" % (i, work.new(10)) for i in range(free)]
    status, said = change(work.image, "room" + " create / 10" * min(free, 20), *lines)
    check(status == 0, "every inode can be used", said[-200:])
    check(fsck(work.image)[0] == 0, "full of inodes: e2fsck finds nothing", fsck(work.image))
    refused(work.image, "one inode more", "inodes are needed", "room create / 10")


def many_names(work):
    """Directories with a hash index grow."""
    for arguments, algorithm in ((["-t", "ext4", "-b", "1024"], "half_md4"),
                                 (["-t", "ext3", "-b", "1024"], "tea"),
                                 (["-t", "ext4", "-b", "4096"], "legacy"),
                                 (["-t", "ext4", "-b", "1024", "-O", "large_dir"], "half_md4")):
        name = "many names %s %s" % (" ".join(arguments[1:]), algorithm)
        work.make(arguments, "24M", inodes=4000)
        run("tune2fs", "-E", "hash_alg=" + algorithm, work.image)
        run("e2fsck", "-fyD", work.image, ok=(0, 1))
        check("0x" in stat(work.image, "/many") and
              int(field(stat(work.image, "/many"), "Flags"), 16) & 0x1000, name + ": an index")
        names = ["new-name-%d-%s" % (i, "x" * RANDOM.randrange(1, 60)) for i in range(500)]
        status, said = change(work.image, *["create /many %s 600 - %s" % (n, work.new(10))
                                            for n in names])
        check(status == 0, name, said[-300:])
        status, said = fsck(work.image)
        check(status == 0, name + ": e2fsck finds nothing", said)
        there = {os.path.basename(p) for p in seen(work.image) if p.startswith("/many/new-name")}
        check(there == set(names), name + ": all are found")
        status, said = change(work.image, *["unlink /many " + n for n in names[::2]])
        check(status == 0 and fsck(work.image)[0] == 0, name + ": half of them go", said[-300:])


def old_nodes(work):
    """A directory that was found once gets names until it is longer than it was."""
    work.make(["-t", "ext4", "-b", "1024"], "12M", tree=work.small)
    status, said = change(work.image, "keep - /f",
                          *["create @/f a-name-that-fills-blocks-%d like @/f %s" % (i, work.new(10))
                            for i in range(60)], "mkdirs @/f a/b like @/f")
    size = int(re.search(r"Size: (\d+)", stat(work.image, "/f")).group(1))
    check(status == 0 and size > 1024, "nodes stay good", (size, said[-300:]))
    check(fsck(work.image)[0] == 0, "nodes stay good: e2fsck finds nothing", fsck(work.image))


def torn(work):
    """Free space in pieces, sparse files and blocks that are allocated but not written."""
    for arguments in (["-t", "ext4", "-b", "1024"], ["-t", "ext3", "-b", "1024"],
                      ["-t", "ext4", "-b", "1024", "-O", "metadata_csum,^has_journal"]):
        name = "torn " + " ".join(arguments[1:])
        tree = work.path + "/torn"
        for i in range(900):
            write("%s/p/%04d" % (tree, i), RANDOM.randbytes(3000))
        write(tree + "/file", RANDOM.randbytes(5000))
        work.make(arguments, "16M", tree=tree)
        debugfs(work.image, *["rm /p/%04d" % i for i in range(0, 900, 2)],
                *(["fallocate /file 3 40"] if "ext4" in arguments else []))
        status, said = change(work.image, "append /file " + work.new(10),
                              "append /file " + work.new(3000),
                              "room append /file 4194309", "append /file " + work.new(4 * MIB + 5),
                              "create / other 600 - " + work.new(450000),
                              "replace /other " + work.new(90000))
        check(status == 0, name, said)
        data = read(tree + "/file") + b"".join(read(work.new(n)) for n in (10, 3000, 4 * MIB + 5))
        files_now = seen(work.image)
        check(files_now.get("/file") == (len(data), zlib.crc32(data)), name + ": bytes")
        status, said = fsck(work.image)
        check(status == 0, name + ": e2fsck finds nothing", said)
        status, said = change(work.image, "replace /file " + work.new(10), "unlink / other")
        check(status == 0 and fsck(work.image)[0] == 0, name + ": shorter again", said)


def at_random(work):
    """Seeded changes one after another, against a model."""
    kinds = [["-t", "ext4"], ["-t", "ext3", "-b", "1024"], ["-t", "ext2", "-b", "2048"],
             ["-t", "ext4", "-b", "1024", "-O", "^metadata_csum"]]
    for turn in range(8):
        work.make(kinds[turn % len(kinds)], "32M")
        model = {p: read(work.tree + p) for p in seen(work.image) if os.path.isfile(work.tree + p)}
        for path in ("/f/20000", "/hard"):
            model.pop(path)
        lines = []
        for i in range(40):
            path = RANDOM.choice(sorted(model))
            n = RANDOM.choice((10, 3000, 90000, 450000))
            data = read(work.new(n))
            verb = RANDOM.choice(("replace", "append", "create", "unlink"))
            if verb == "create":
                path = "/boot/made-%d" % i
                lines.append("create /boot made-%d 644 /etc/conf %s" % (i, work.new(n)))
                model[path] = data
            elif verb == "unlink" and "made" in path:
                lines.append("unlink /boot " + os.path.basename(path))
                del model[path]
            elif verb in ("replace", "append") and "many" not in path:
                lines.append("%s %s %s" % (verb, path, work.new(n)))
                model[path] = (model[path] if verb == "append" else b"") + data
        status, said = change(work.image, *lines)
        got = seen(work.image)
        wrong = [p for p, data in model.items() if got.get(p) != (len(data), zlib.crc32(data))]
        check(status == 0 and not wrong and not [p for p in got if "made" in p and p not in model],
              "at random %d" % turn, (said[-300:], wrong[:3]))
        status, said = fsck(work.image)
        check(status == 0, "at random %d: e2fsck finds nothing" % turn, said)


def late(work):
    """A time that 32 bits do not hold."""
    work.make(["-t", "ext4"], "12M", tree=work.small)
    change(work.image, "replace /f/100 " + work.new(10), now=5000000000)
    check("mtime: 0x2a05f200:00000001" in stat(work.image, "/f/100"), "a time after 2038",
          stat(work.image, "/f/100"))
    check(fsck(work.image)[0] == 0, "a time after 2038: e2fsck finds nothing")


def main():
    for tool in ("mke2fs", "debugfs", "e2fsck"):
        if not shutil.which(tool):
            sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="paravet-change-") as path:
        work = Work(path)
        for name, arguments in SHAPES:
            all_changes(work, name, arguments)
        for part in (states, orphans, files, few_blocks, no_room, many_names, old_nodes, torn, at_random, late):
            part(work)
    finish()


main()
