#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that a dirty journal is replayed as e2fsck replays it. Journals are written by
debugfs and, for what debugfs cannot write, by hand: every kind of checksum and tag, wraps
of the ring, escapes, revocations, unfinished and stale transactions, and damage.
Usage: oracle-journal.py FS-DUMP"""
import os
import shutil
import struct

import fstools
import journal_maker
from fstools import check, differ, dump, files_of, finish, need, run
from journal_maker import (ASYNC, CHECKSUM, FAST, FEATURES, RANDOM, REVOKE, V2, V3, WIDE, Journal,
                           journal_blocks, journaled, make_base, random_block, read, several, write)

need("mke2fs", "debugfs", "e2fsck")
BS = journal_maker.BS


def same_blocks(ours, theirs, skip):
    a, b = ours, read(theirs)
    return [i for i in range(len(b) // BS)
            if i not in skip and a[i * BS:(i + 1) * BS] != b[i * BS:(i + 1) * BS]]


def compare(name, image, places):
    """e2fsck replays a copy; what fs-dump shows must be the same, block for block."""
    before = read(image)
    status, ours, err = dump("blocks", image)
    check(status == 0, name + ": opens", (ours[:300], err[-1500:]))
    check(read(image) == before, name + ": the image is untouched")
    if status:
        return
    theirs = image + ".e2fsck"
    shutil.copy(image, theirs)
    run("e2fsck", "-fy", "-E", "journal_only", theirs, ok=(0, 1, 2))
    # The superblocks are e2fsck's to change, the journal too.
    skip = set(places) | {0 if BS > 1024 else 1} | {1 + 8192 * i for i in range(1, 10)}
    check(not same_blocks(ours, theirs, skip), name + ": same as e2fsck",
          same_blocks(ours, theirs, skip)[:10])
    return ours


def refused(name, image, words):
    status, out, err = dump("list", image)
    check(status == 1 and all(w in out for w in words), name, (status, out[:400], err[-900:]))


def replayable(base, work, places, features):
    image = work + "/log"
    free = range(6000, 7000)
    for name, compat, incompat in features:
        # e2fsck 1.47.0 wraps at the wrong block where there is a fast commit area (Linux
        # did until 6.6, "jbd2: correct the end of the journal recovery scan range").
        for start in (1, 700) if incompat & FAST else (1, 700, len(places) - 3):
            j = Journal(base, places, compat, incompat, start)
            first = several(j, free)
            j.save(image)
            ours = compare("%s from %d" % (name, start), image, places)
            at = free[0] * BS
            check(ours and ours[at:at + BS] == first[0][1], name + ": the escaped block")
        j = Journal(base, places, compat, incompat, 1)
        j.save(image)
        compare(name + ": nothing committed", image, places)
        j = Journal(base, places, compat, incompat, 1)
        j.header(0, 9)
        j.save(image)
        status, out, _ = dump("list", image)
        check(status == 0 and out.splitlines()[0].endswith(b" clean"), name + ": empty", out[:80])
    # A leftover of an earlier round: right number, older time, wrong checksum.
    j = Journal(base, places, 0, REVOKE | V3)
    j.descriptor([(free[0], random_block())])
    j.commit()
    j.descriptor([(free[1], random_block())], spoil="descriptor")
    j.commit(time=5)
    j.save(image)
    compare("stale transaction", image, places)
    # Asynchronous commits: one that does not fit its data ends the log.
    j = Journal(base, places, CHECKSUM, REVOKE | ASYNC)
    j.descriptor([(free[0], random_block())])
    j.commit()
    j.descriptor([(free[1], random_block())])
    j.sum ^= 1
    j.commit()
    j.save(image)
    compare("unfinished asynchronous commit", image, places)


def damaged(base, work, places):
    image = work + "/bad"
    for kind, compat, incompat in (("v1", CHECKSUM, REVOKE), ("v2", 0, REVOKE | V2),
                                   ("v3", 0, REVOKE | V3 | WIDE)):
        for spoil in ("commit", "descriptor", "data", "revoke", "range"):
            if kind == "v1" and spoil != "range" and spoil != "commit":
                continue
            j = Journal(base, places, compat, incompat)
            j.descriptor([(6000, random_block())])
            j.commit()
            j.descriptor([(6001 if spoil != "range" else 9000000, random_block())], spoil)
            j.revoke([6000], spoil)
            if kind == "v1" and spoil == "commit":
                j.sum ^= 1
            j.commit(spoil)
            j.save(image)
            refused("%s: damaged %s" % (kind, spoil), image, [b"error corrupt", b"journal"])
    j = Journal(base, places, 0, REVOKE)
    for _ in range(93):  # fills the ring of 1023 blocks
        j.descriptor([(6000 + i, random_block()) for i in range(10)])
    j.save(image)
    refused("a log without an end", image, [b"error corrupt", b"no end"])
    for name, start, words in (("start past the end", 5000, [b"corrupt"]), ):
        j = Journal(base, places)
        j.header(start, 7)
        j.save(image)
        refused(name, image, [b"error"] + words)
    for name, compat, incompat, words in (
            ("unknown feature", 0, 0x4000, [b"unsupported", b"0x4000"]),
            ("two checksums", 0, V2 | V3, [b"corrupt"]), ("v1 and v3", CHECKSUM, V3, [b"corrupt"])):
        Journal(base, places, compat, incompat).save(image)
        refused(name, image, [b"error"] + words)
    j = Journal(base, places, 0, REVOKE | V3)
    j.image[places[0] * BS + 0x18] ^= 1
    j.save(image)
    refused("damaged superblock", image, [b"error corrupt", b"checksum"])
    j = Journal(base, places)
    j.put(0, bytearray(BS))
    j.save(image)
    refused("no superblock", image, [b"error corrupt", b"magic"])


def fast_commits(work):
    """They lie behind the ring; what they hold is not replayed, so it must not be there."""
    base, image = work + "/fast", work + "/fast-log"
    make_base(base, "-t", "ext4", "-O", "^metadata_csum,^64bit,fast_commit", size=BS, journal="2")
    places = journal_blocks(base, 2048)
    replayable(base, work, places, [("v3-fast", 0, REVOKE | V3 | FAST)])
    j = Journal(base, places, 0, REVOKE | V3 | FAST)
    j.descriptor([(6000, random_block())])
    j.commit()
    j.put(j.end + 1, struct.pack("<HHII", 9, 8, 0, j.sequence))
    j.save(image)
    refused("fast commits", image, [b"error unsupported", b"fast commits"])
    j.put(j.end + 1, struct.pack("<HHII", 9, 8, 0, j.sequence - 1))
    j.save(image)
    # Linux stops at them and mounts; e2fsck 1.47.0 then replays nothing at all.
    status, ours, err = dump("blocks", image)
    check(status == 0 and ours[6000 * BS:6000 * BS + 4] == b"data", "stale fast commits", err)


def flipped(base, work, places):
    """Any damage ends in an error or in what e2fsck made of it, never in a crash."""
    image = work + "/flip"
    j = Journal(base, places, 0, REVOKE | V3)
    for _ in range(3):
        j.descriptor([(6000 + RANDOM.randrange(20), random_block()) for i in range(5)])
        j.revoke([6001])
        j.commit()
    j.save(image)
    whole = bytearray(read(image))
    for n in range(60):
        data = bytearray(whole)
        for _ in range(1 + n % 3):
            data[places[RANDOM.randrange(30)] * BS + RANDOM.randrange(BS)] ^= 1 << RANDOM.randrange(8)
        write(image, data)
        status, out, err = dump("list", image)
        check(status in (0, 1), "flipped bits %d" % n, (out[:300], err[-900:]))


def by_debugfs(work):
    """A whole change of a file system, found by comparing it before and after, journaled."""
    global BS
    for name, size, more, checksum in (
            ("ext3", 1024, ["-t", "ext3"], []), ("ext4 v2", 1024, ["-t", "ext4"], ["-c", "-v", "2"]),
            ("ext4 v3", 1024, ["-t", "ext4", "-O", "metadata_csum,64bit"], ["-c", "-v", "3"]),
            ("ext4 4k", 4096, ["-t", "ext4", "-O", "metadata_csum,64bit"], ["-c", "-v", "3"])):
        BS = size
        base, after, image = work + "/d-base", work + "/d-after", work + "/d-log"
        make_base(base, *more, size=BS, journal=str(size // 1024), total=str(8 * size // 1024) + "M")
        shutil.copy(base, after)
        commands = "mkdir new\ncd new\n" + "".join("write %s/f%d g%d\n" % (base + ".d", i, i)
                                                   for i in range(15)) + "cd /\nrm f3\n"
        run("debugfs", "-w", "-f", "/dev/stdin", after, input=commands.encode())
        journaled(base, after, image, size, *checksum)
        places = journal_blocks(image, 1024)
        compare("debugfs " + name, image, places)
        want, got = dump("list", after), dump("list", image)
        check(want[0] == 0 and files_of(want[1]) == files_of(got[1]), "debugfs %s: files" % name,
              differ(files_of(got[1]), files_of(want[1])))
        check(got[1].splitlines()[0].endswith(b" replayed"), name + ": says so", got[1][:100])
        want, got = dump("list", base), dump("stored", image)
        check(want[0] == got[0] == 0 and files_of(want[1]) == files_of(got[1]),
              "debugfs %s: files as they are stored" % name, differ(files_of(got[1]), files_of(want[1])))
    BS = 1024


def torn(work):
    """The journal's own file in many pieces."""
    base = work + "/torn"
    write(base, b"")
    source = base + ".d"
    for i in range(1400):
        os.makedirs(source, exist_ok=True)
        write("%s/f%04d" % (source, i), b"x" * 2000)
    run("mke2fs", "-q", "-F", "-b", "1024", "-N", "2000", "-t", "ext3", "-O", "^has_journal,^resize_inode",
        "-d", source, base, "5M")
    run("debugfs", "-w", "-f", "/dev/stdin", base,
        input="".join("rm f%04d\n" % i for i in range(0, 1400, 2)).encode())
    run("tune2fs", "-J", "size=1", base)
    run("e2fsck", "-fy", base, ok=(0, 1))
    places = journal_blocks(base, 1024)
    steps = sum(b != a + 1 for a, b in zip(places, places[1:]))
    check(steps > 100, "the journal is really torn", steps)
    used = set(places)
    targets = [n for n in range(4000, 5100) if n not in used][:60]
    j = Journal(base, places, 0, REVOKE | V3, start=600)
    for n in range(0, 60, 20):
        j.descriptor([(t, random_block()) for t in targets[n:n + 20]])
        j.commit()
    j.save(work + "/torn-log")
    compare("torn journal", work + "/torn-log", places)


def external(work):
    image, journal = work + "/ext", work + "/jdev"
    write(image, b"")
    write(journal, b"")
    run("mke2fs", "-q", "-F", "-O", "journal_dev", "-b", "1024", journal, "2M")
    refused("an external journal", journal, [b"error unsupported", b"external ext journal"])
    run("mke2fs", "-q", "-F", "-t", "ext3", "-O", "^has_journal", "-b", "1024", image, "4M")
    run("debugfs", "-w", "-f", "/dev/stdin", image, input=b"feature has_journal\nssv journal_dev 0x801\n")
    status, out, _ = dump("list", image)
    check(status == 0 and out.splitlines()[0].endswith(b" clean"), "clean, journal elsewhere", out[:99])
    run("debugfs", "-w", "-R", "feature needs_recovery", image)
    refused("dirty, journal elsewhere", image, [b"error unsupported", b"external journal"])


def main():
    with fstools.scratch() as work:
        base = work + "/base"
        make_base(base, "-t", "ext4", "-O", "^metadata_csum,^64bit", size=BS)
        places = journal_blocks(base, 1024)
        replayable(base, work, places, FEATURES)
        damaged(base, work, places)
        fast_commits(work)
        flipped(base, work, places)
        by_debugfs(work)
        torn(work)
        external(work)
    finish()


main()
