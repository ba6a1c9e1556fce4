#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs over images that others made, where they are at hand: broken ext file systems must
end in success or an error, and what is on libblkid's images must be named as blkid names
it. Usage: oracle-fixtures.py FS-DUMP"""
import glob
import os
import re
import shutil
import sys

import fstools
from fstools import check, dump, finish, unpack

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.environ.get("PARAVET_FIXTURES") or os.path.join(HERE, "../../../../shared/fixtures")
HOSTILE = FIXTURES + "/hostile/e2fsprogs/tests"
BTRFS = FIXTURES + "/hostile/btrfs-progs/tests"
BLKID = FIXTURES + "/images/util-linux/tests"
# Of these the UUID and the label must be blkid's as well: fstab names file systems by them.
EXACT = {"swap", "swsuspend", "xfs", "btrfs", "vfat", "ext2", "ext3", "ext4", "crypto_LUKS", "LVM2_member",
         "linux_raid_member", "jfs", "bcachefs"}
# Of these the UUID must be.
UUID = EXACT | {"ntfs", "exfat", "apfs", "erofs", "f2fs", "reiserfs", "bcache"}
NAMED = UUID | {"iso9660", "udf", "squashfs", "squashfs3", "cramfs", "romfs", "reiser4", "ocfs2", "gfs2", "ufs",
                "zfs_member", "BitLocker", "nilfs2", "hfs", "hfsplus", "vdo", "ceph_bluestore", "hpfs", "nss",
                "xfs_external_log", "scoutfs_meta", "scoutfs_data", "ubi", "ubifs", "vxfs", "bfs", "zonefs",
                "befs", "VMFS", "VMFS_volume_member", "mpool", "drbdmanage_control_volume"}


def hostile(work):
    image, opened = work + "/image", 0
    for path in sorted(glob.glob(HOSTILE + "/*/image*.gz") + glob.glob(HOSTILE + "/*/image*.bz2")):
        if ".tar." in path:
            continue
        unpack(path, image)
        for verb in ("list", "identify"):
            status, out, err = dump(verb, image, timeout=30)
            check(status in (0, 1), "%s %s" % (verb, path[len(HOSTILE):]), (status, out[:200], err[-900:]))
            opened += status == 0 and verb == "list"
        os.unlink(image)
    print("%d read without an error" % opened)


def btrfs(work):
    """btrfs-progs' broken images: each is read, or refused with a reason, in little time and memory."""
    image, opened = work + "/image", 0
    paths = sorted(glob.glob(BTRFS + "/f*/*/*.raw.xz") + glob.glob(BTRFS + "/f*/*/*.img*"))
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    for path in paths:
        if path.endswith(".xz"):
            unpack(path, image)
        else:
            shutil.copyfile(path, image)
        if ".img" in path: # packed by btrfs-image
            os.rename(image, work + "/dumped")
            if not shutil.which("btrfs-image"):
                continue
            fstools.run("btrfs-image", "-r", work + "/dumped", image, ok=(0, 1))
        if not os.path.exists(image):
            continue
        status, out, err = dump("list", image, timeout=30)
        unsaid = [l for l in out.splitlines() if l.startswith(b"error") and len(l.split(b" ")) < 4]
        check(status in (0, 1) and not unsaid, path[len(BTRFS):], (status, unsaid, out[:200], err[-900:]))
        # The list holds each file whole, and every name.
        if len(out) < 200000 and not any(int(l.split(b" ")[2]) > 8 << 20 for l in fstools.files_of(out)):
            peak = re.search(rb"peak (\d+)", err)
            check(not peak or int(peak[1]) < 64 << 10, "little memory: " + path[len(BTRFS):], err[-900:])
        opened += status == 0
        os.unlink(image)
    check(len(paths) == 0 or opened > 50, "%d of Btrfs were read" % opened)


def blkid(work):
    image = work + "/image"
    for path in sorted(glob.glob(BLKID + "/ts/blkid/images-fs/*.img.xz")):
        name = os.path.basename(path)[:-7]
        expected = "%s/expected/blkid/low-probe-%s" % (BLKID, name)
        want = {}
        if not os.path.exists(expected):
            continue
        with open(expected, encoding="utf-8", errors="replace") as f:
            for line in f:
                key, _, value = line.rstrip("\n").partition("=")
                want[key] = value
        fs_type = want.get("ID_FS_TYPE")
        unpack(path, image)
        status, out, err = dump("identify", image)
        os.unlink(image)
        check(status in (0, 1), name + " ends", err[-900:])
        if status:
            check(fs_type not in NAMED, name + " is known", (fs_type, out))
            continue
        got, uuid, label = out.decode(errors="replace").rstrip("\n").split(" ", 2)
        check(got == fs_type, name + ": type", (got, fs_type))
        if got in UUID:
            check(uuid == want.get("ID_FS_UUID", "-"), name + ": UUID", (uuid, want.get("ID_FS_UUID")))
        if got in EXACT and label.isascii() and label.isprintable():
            check(label.replace(" ", "_") == want.get("ID_FS_LABEL", "-"), name + ": label",
                  (label, want.get("ID_FS_LABEL")))


def main():
    if not os.path.isdir(HOSTILE) and not os.path.isdir(BLKID):
        sys.exit(77)
    with fstools.scratch() as work:
        hostile(work)
        btrfs(work)
        blkid(work)
    finish()


main()
