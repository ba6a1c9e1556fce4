#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that logical volumes are mapped as LVM2 maps them: lvm makes groups on loop
devices, and every byte that lvm-dump reads must come from where `lvs` says. Needs root,
loop devices and lvm; no device mapper, nothing is activated. Mirrored volumes are those that
Linux made (lvm-linux.sh). Foreign images are read too where they are there.
Usage: oracle-lvm.py LVM-DUMP FIXTURES"""
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

os.environ["PATH"] += ":/usr/sbin:/sbin"
DUMP = os.path.abspath(sys.argv[1])
FIXTURES = os.environ.get("PARAVET_FIXTURES", sys.argv[2])
LINUX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lvm-linux.xz")
MIB = 1 << 20
failed = 0
ran = 0


def check(good, name, said=""):
    global failed, ran
    print("%s %s%s" % ("ok" if good else "not ok", name, ": " + said if said else ""))
    failed += not good
    ran += 1


def dump(images):
    p = subprocess.run([DUMP] + images, stdout=subprocess.PIPE)
    lines = [line.split("\t") for line in p.stdout.decode().splitlines()]
    return [x for x in lines if x[0] == "lv"], [x for x in lines if x[0] != "lv"]


def content(name, images):
    return subprocess.run([DUMP, "-c", name] + images, stdout=subprocess.PIPE).stdout


class Lvm:
    """lvm that sees only these files."""

    def __init__(self, sizes):
        self.files = ["disk%d" % i for i in range(len(sizes))]
        self.loops = []
        for path, size in zip(self.files, sizes):
            with open(path, "wb") as f:
                f.truncate(size * MIB)

    def __enter__(self):
        for path in self.files:
            p = subprocess.run(["losetup", "-f", "--show", path], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
            if p.returncode:
                break
            self.loops.append(p.stdout.decode().strip())
        os.makedirs("etc", exist_ok=True)
        accept = "".join('"a|^%s$|", ' % x for x in self.loops)
        with open("etc/lvm.conf", "w") as f:
            f.write('devices { filter = [ %s"r|.*|" ] obtain_device_list_from_udev = 0\n'
                    'use_devicesfile = 0 }\nactivation { udev_sync = 0 udev_rules = 0 }\n'
                    'backup { backup = 0 archive = 0 }\n'
                    'global { locking_dir = "%s" }\n' % (accept, os.path.abspath("lock")))
        os.environ["LVM_SYSTEM_DIR"] = os.path.abspath("etc")
        os.environ["LVM_SUPPRESS_FD_WARNINGS"] = "1"
        return self

    def __exit__(self, *_):
        for loop in self.loops:
            subprocess.run(["losetup", "-d", loop])

    def run(self, command, *rest):
        words = command.split()
        words = [self.loops[int(w[1:])] if re.fullmatch(r"@\d", w) else w for w in words]
        p = subprocess.run(["lvm", words[0], "--driverloaded", "n"] + words[1:] +
                           list(rest), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode:
            raise RuntimeError(command + ": " + p.stderr.decode())
        return p.stdout.decode()

    def expected(self):
        """Name -> bytes, from lvs and pvs."""
        starts = {}
        for line in self.run("pvs --noheadings --nosuffix --units b --separator : "
                             "-o pv_name,pe_start").splitlines():
            name, start = line.strip().split(":")
            starts[name] = int(start)
        out = {}
        extent = MIB
        for line in self.run("lvs --noheadings --nosuffix --units b --separator : "
                             "--segments -o vg_name,lv_name,seg_start,seg_size,"
                             "stripes,stripe_size,devices -O lv_name,seg_start"
                             ).splitlines():
            group, name, _, size, stripes, piece, devices = line.strip().split(":")
            size, stripes, piece = int(size), int(stripes), int(piece)
            areas = []
            for loop, pe in re.findall(r"([^(,]+)\((\d+)\)", devices):
                with open(self.files[self.loops.index(loop)], "rb") as f:
                    f.seek(starts[loop] + int(pe) * extent)
                    areas.append(f.read(size // stripes))
            assert len(areas) == stripes
            if stripes > 1:
                bytes_ = b"".join(a[i:i + piece]
                                  for i in range(0, size // stripes, piece)
                                  for a in areas)
            else:
                bytes_ = areas[0]
            key = group + "/" + name
            out[key] = out.get(key, b"") + bytes_
        return out


def fill(path):
    """Every 512 bytes of the file tell where they are, past 512 KiB (the metadata)."""
    with open(path, "r+b") as f:
        for off in range(0, os.path.getsize(path), 512):
            f.seek(off)
            f.write(("%s %d " % (path, off)).encode().ljust(512, b"."))


def compare(what, lvm):
    want = lvm.expected()
    lvs, notes = dump(lvm.files)
    check(sorted(x[1] + "/" + x[2] for x in lvs) == sorted(want) and not notes,
          what + ": the list", "" if not notes else str(notes))
    for name in sorted(want):
        got = content(name, lvm.files)
        check(got == want[name], "%s: %s, %d bytes" % (what, name, len(got)))


def with_lvm():
    if not shutil.which("lvm") or not shutil.which("losetup") or os.geteuid():
        return
    create = "lvcreate -an -Zn -Wn "
    with Lvm((24, 24, 24)) as lvm:
        if len(lvm.loops) < 3:
            return
        for path in lvm.files:
            fill(path)
        lvm.run("pvcreate -ff -y -Zy @0")
        lvm.run("pvcreate -ff -y -Zy --dataalignment 2m --pvmetadatacopies 2 @1")
        lvm.run("pvcreate -ff -y -Zy --labelsector 3 --pvmetadatacopies 0 @2")
        lvm.run("vgcreate -s 1m vg-0 @0 @1 @2")
        lvm.run(create + "-n root -L 5M vg-0 @0")
        lvm.run(create + "-n striped -i 3 -I 16k -L 9M vg-0")
        compare("simple", lvm)
        lvm.run("lvextend -L 9M vg-0/root", lvm.loops[1])
        lvm.run(create + "-n gone -L 3M vg-0")
        lvm.run("lvextend -L 20M vg-0/root", lvm.loops[2])
        lvm.run("lvremove -f vg-0/gone")
        lvm.run(create + "-n t.wo_+x -i 2 -I 64k -L 6M vg-0", lvm.loops[0],
                lvm.loops[1])
        lvm.run("lvextend -i 1 -L 8M vg-0/t.wo_+x")
        compare("several segments", lvm)
        for i in range(40):  # the text goes round its ring many times
            lvm.run("lvchange -an --addtag t%02d%s vg-0/root" % (i, "x" * 100))
        for i in range(3):
            lvm.run("lvrename vg-0/root vg-0/root%d" % i)
            lvm.run("lvrename vg-0/root%d vg-0/root" % i)
        compare("many changes", lvm)
        lvs, notes = dump(lvm.files[:1] + lvm.files[2:])
        missing = [x for x in notes if "a disk is missing" in x[2]]
        check(len(missing) == 1 and lvm.loops[1] in missing[0][2] and
              all(x[4] != "-" for x in lvs), "without a disk", str(notes))


def is_filled(name, images, volume, word):
    want = b"".join(b"%-511s\n" % ("%s %d %s" % (volume, i, word)).encode() for i in range(256))
    check(content("vg0/" + name, images) == want, "%s has what was written %s" % (name, word))


def linux():
    disks = ["a", "b", "c", "d"]
    with lzma.open(LINUX) as f:
        for name in disks:
            with open(name, "wb") as out:
                out.write(f.read(5 * MIB))
    lvs, notes = dump(disks)
    problems = {x[2]: x[4] for x in lvs}
    check(sorted(problems) == ["mc", "md", "ns", "r0", "r0m", "r1", "r10", "r3", "r5", "t1",
                               "t1_rimage_1", "wm"], "Linux' volumes", str(problems))
    check([x for x in problems if problems[x] != "-"] == ["r5"], "only RAID5 is not read")
    texts = "\n".join(x[2] for x in notes)
    for name in ("r1", "r10", "r3", "wm"):
        check("%s_rimage_1 (b) is not read: the others say that it failed" % name in texts,
              "the disk that was away is behind in " + name)
    for name in ("mc", "md", "r0", "r0m", "r3", "wm", "ns"):
        is_filled(name, disks, name, "first")
    for name in ("r1", "r10", "t1"):
        is_filled(name, disks, name, "second")
    is_filled("t1_rimage_1", disks, "t1", "first")
    lvs, notes = dump(["b", "c", "d"])
    problems = {x[2]: x[4] for x in lvs}
    check("whether the others are the same" in problems["mc"], "a mirror without its first image")
    check("image 0 (PV pv0, was /dev/vda) is missing" in problems["r0"], "stripes without it")
    is_filled("md", ["b", "c", "d"], "md", "first")
    is_filled("r1", ["b", "c", "d"], "r1", "first")
    check(any("LV vg0/r1: it is read without all of its members: image 0 (PV pv0, was "
              "/dev/vda) is missing" in x[2] for x in notes), "and that is told")


def foreign():
    path = os.path.join(FIXTURES, "images", "dfvfs", "lvm.raw.xz")
    if os.path.exists(path):
        with lzma.open(path) as f, open("foreign", "wb") as out:
            shutil.copyfileobj(f, out)
        lvs, notes = dump(["foreign"])
        check([x[1:] for x in lvs] == [["test_volume_group", "test_logical_volume%d" % i,
                                        "4194304", "-"] for i in (1, 2)] and not notes,
              "dfvfs lvm.raw", str(lvs + notes))
        first = content("test_volume_group/test_logical_volume1", ["foreign"])
        check(first[1080:1082] == b"\x53\xef", "an ext file system on it")
    path = os.path.join(FIXTURES, "images", "util-linux", "tests", "ts", "blkid",
                        "images-fs", "lvm2.img.xz")
    if os.path.exists(path):
        with lzma.open(path) as f, open("foreign", "wb") as out:
            shutil.copyfileobj(f, out)
        lvs, notes = dump(["foreign"])
        check(not lvs and len(notes) == 1, "util-linux lvm2.img", str(notes))


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    with_lvm()
    linux()
    foreign()
    os.chdir("/")
sys.exit(1 if failed else 0 if ran else 77)
