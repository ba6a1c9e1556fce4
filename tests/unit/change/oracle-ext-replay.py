#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that a journal is written back as debugfs (journal_run) and e2fsck do it, byte for byte: in
every form of log that a kernel replays. Then files are changed, and e2fsck finds nothing. What is
not safe to replay is refused before the first byte.
Usage: oracle-ext-replay.py CHANGE-RUN FS-DUMP"""
import os
import shutil
import subprocess
import sys
import tempfile

from changetools import change, check, finish, refused, run, seen

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fs"))
from journal_maker import (BS, FAST, FEATURES, RANDOM, REVOKE, V3, WIDE, Journal, be32, crc32c, debugfs,
                           journal_blocks, journaled, make_base, random_block, read, several, write)

# Of the superblock: s_wtime, s_lastcheck, s_kbytes_written and s_checksum.
OWN = ((0x30, 4), (0x40, 4), (0x178, 8), (0x3FC, 4))
FREE = range(6000, 7000)
REPLAY = ("replay",)


def replay(image, *lines):
    return change(image, *lines, how=REPLAY)


def fsck(image):
    p = subprocess.run(["e2fsck", "-fn", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.returncode, p.stdout.decode(errors="replace")


def without_own(data):
    data = bytearray(data)
    for at, n in OWN:
        data[1024 + at:1024 + at + n] = bytes(n)
    return data


def same_as_tools(name, image, fast=False):
    """Replays it, and the image is what debugfs makes of a copy, or e2fsck where it cannot."""
    theirs = image + ".theirs"
    shutil.copy(image, theirs)
    if fast:
        run("e2fsck", "-fy", "-E", "journal_only", theirs, ok=(0, 1))
    else:
        debugfs(theirs, "journal_run")
    status, said = replay(image)
    check(status == 0 and said == "replayed\n", name + ": is replayed", said)
    ours, want = without_own(read(image)), without_own(read(theirs))
    differ = [hex(i) for i in range(len(want)) if ours[i] != want[i]]
    check(not differ, name + ": the same bytes", differ[:20])
    status, said = fsck(image)
    check(status == 0, name + ": e2fsck finds nothing", said)
    status, said = replay(image)
    check(status == 0 and said == "", name + ": once", said)


def logs(work):
    base, image = work + "/base", work + "/log"
    for more, start in (("^metadata_csum,^64bit", 1), ("metadata_csum,64bit", 1021)):
        make_base(base, "-t", "ext4", "-O", more)
        places = journal_blocks(base, 1024)
        for name, compat, incompat in FEATURES:
            j = Journal(base, places, compat, incompat, start)
            several(j, FREE)
            j.save(image)
            same_as_tools("%s %s from %d" % (more, name, start), image)
        for name, compat, incompat in (FEATURES[0], FEATURES[-1]):
            j = Journal(base, places, compat, incompat)
            j.save(image)
            same_as_tools("%s %s: nothing committed" % (more, name), image)
            j.header(0, 9)
            j.save(image)
            same_as_tools("%s %s: empty" % (more, name), image)
    make_base(base, "-t", "ext4", "-O", "^metadata_csum,fast_commit", journal="2")
    places = journal_blocks(base, 2048)
    j = Journal(base, places, 0, REVOKE | V3 | FAST)
    several(j, FREE)
    j.save(image)
    same_as_tools("no fast commits", image, fast=True)


def changes(work):
    """A whole change of a file system, journaled as the kernel does: the superblock, too."""
    base, after, image, new = (work + "/" + name for name in ("base", "after", "log", "new"))
    write(new, RANDOM.randbytes(5000))
    for name, size, more, checksum in (
            ("ext3", 1024, ["-t", "ext3"], []), ("ext4 v2", 1024, ["-t", "ext4"], ["-c", "-v", "2"]),
            ("ext4 v3", 1024, ["-t", "ext4", "-O", "metadata_csum,64bit"], ["-c", "-v", "3"]),
            ("ext4 4k", 4096, ["-t", "ext4", "-O", "metadata_csum,64bit"], ["-c", "-v", "3"])):
        make_base(base, *more, size=size, journal=str(size // 1024), total="%dM" % (8 * size // 1024))
        shutil.copy(base, after)
        debugfs(after, "mkdir new", "cd new", *["write %s.d/f%d g%d" % (base, i, i) for i in range(15)],
                "cd /", "rm f3", "feature needs_recovery")
        journaled(base, after, image, size, *checksum)
        debugfs(after, "feature -needs_recovery")
        want = seen(after)
        check("/new/g3" in want and "/f3" not in want, name + ": the change")
        shutil.copy(image, work + "/same")
        same_as_tools(name, work + "/same")
        check(seen(work + "/same") == want, name + ": the files")
        status, said = replay(image, "replace /f5 " + new, "create /new made 644 - " + new)
        check(status == 0 and said.startswith("replayed\nok"), name + ": files are changed then", said)
        got = seen(image)
        check(got.get("/f5") == got.get("/new/made") and got["/f5"][0] == 5000 and
              {p: got[p] for p in want if p != "/f5"} == {p: want[p] for p in want if p != "/f5"},
              name + ": and are there", got)
        status, said = fsck(image)
        check(status == 0, name + ": e2fsck finds nothing", said)


def damaged(work):
    """What is refused before it is written."""
    base, image = work + "/base", work + "/bad"
    make_base(base, "-t", "ext4", "-O", "^metadata_csum,^64bit")
    places = journal_blocks(base, 1024)
    for spoil, word in (("commit", "checksum"), ("descriptor", "checksum"), ("data", "checksum"),
                        ("revoke", "checksum"), (None, "outside")):
        j = Journal(base, places, 0, REVOKE | V3 | WIDE)
        j.descriptor([(6000, random_block()), (6001 if spoil else 9000000, random_block())], spoil)
        j.revoke([5], spoil)
        j.commit(spoil)
        j.commit()
        j.save(image)
        refused(image, "a damaged " + (spoil or "place"), word, how=REPLAY)
    for name, at in (("its first block", 0), ("a block that is still to be read", 3), ("its last block", -1)):
        j = Journal(base, places)
        j.descriptor([(places[at], random_block()), (6000, random_block())])
        j.commit()
        j.save(image)
        refused(image, "a log that changes " + name, "the journal itself", how=REPLAY)
    j = Journal(base, places, 0, REVOKE | V3)
    j.descriptor([(6000, random_block())])
    j.commit()
    sb = bytearray(j.image[places[0] * BS:places[0] * BS + BS])
    sb[0x20:0x24] = be32(0xFFFFFFFB)
    sb[0xFC:0x100] = bytes(4)
    sb[0xFC:0x100] = be32(crc32c(0xFFFFFFFF, sb))
    j.put(0, sb)
    j.save(image)
    refused(image, "a journal with an error", "errors are recorded", how=REPLAY)
    make_base(base, "-t", "ext4", "-O", "^metadata_csum,fast_commit", journal="2")
    j = Journal(base, journal_blocks(base, 2048), 0, REVOKE | V3 | FAST)
    j.descriptor([(6000, random_block())])
    j.commit()
    j.put(j.end + 1, bytes([9, 0, 8, 0, 0, 0, 0, 0, j.sequence, 0, 0, 0]))
    j.save(image)
    refused(image, "a log with fast commits", "fast commits", how=REPLAY)
    write(base, b"")
    run("mke2fs", "-q", "-F", "-t", "ext3", "-O", "^has_journal", "-b", "1024", base, "4M")
    debugfs(base, "feature has_journal needs_recovery", "ssv journal_dev 0x801")
    refused(base, "a journal on another device", "external journal", how=REPLAY)


def afterwards(work):
    """What the log makes of the file system is refused like any other."""
    base, after, image = work + "/base", work + "/after", work + "/log"
    for name, word, more, commands in (
            ("errors", "run e2fsck", "metadata_csum", ["ssv state 3"]),
            ("a superblock that is damaged", "checksum", "metadata_csum", None)):
        make_base(base, "-t", "ext4", "-O", more)
        shutil.copy(base, after)
        if commands:
            debugfs(after, *commands, "feature needs_recovery")
        else:
            data = bytearray(read(after))
            data[1024 + 0x78] ^= 1
            write(after, data)
        journaled(base, after, image, 1024)
        status, said = replay(image)
        check(status == 1 and word in said.splitlines()[-1], name + ": refused", said)


def main():
    for tool in ("mke2fs", "debugfs", "e2fsck"):
        if not shutil.which(tool):
            sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="paravet-replay-") as path:
        for part in (logs, changes, damaged, afterwards):
            part(path)
    finish()


main()
