#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that members of MD arrays are understood as mdadm understands them: for each level and
version, `mdadm --examine` and md-dump must tell the same of one member, and the bytes must be those
that were spread over the members. Foreign images are read too where they are there.
Usage: oracle-md.py MD-DUMP MD-ARRAY.PY FIXTURES"""
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

os.environ["PATH"] += ":/usr/sbin:/sbin"
DUMP, MAKER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FIXTURES = os.environ.get("PARAVET_FIXTURES", sys.argv[3]) + "/images/util-linux/tests/ts/blkid/images-fs"
FIXTURES = os.path.abspath(FIXTURES)
failed = 0


def check(good, name, said=""):
    global failed
    print("%s %s%s" % ("ok" if good else "not ok", name, "" if good else ": %s" % (said,)))
    failed += not good


def dump(*args):
    return subprocess.run([DUMP, *args], stdout=subprocess.PIPE).stdout


def arrays(*images):
    lines = [line.split("\t") for line in dump(*images).decode().splitlines()]
    return [x[1:] for x in lines if x[0] == "md"], [x[2] for x in lines if x[0] == "note"]


def examined(image):
    p = subprocess.run(["mdadm", "--examine", image], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return dict(re.findall(r"^ *([A-Z][A-Za-z ]+?) : (.*?) *$", p.stdout.decode(), re.M))


def compare(image, array, name):
    said = examined(image)
    uuid = said.get("Array UUID", said.get("UUID", "")).split(" ")[0]
    check((uuid, said.get("Raid Level")) == (array[3], array[1]), name + ": mdadm says the same", said)
    check(said.get("Version", "").startswith(array[2]), name + ": and of the version", said)
    # Linux uses whole chunks of RAID10 only, which mdadm does not count here.
    if "Array Size" in said and array[1] != "raid10":
        check(int(said["Array Size"].split()[0]) == int(array[4]) // 1024, name + ": and of the size", said)


def made(work):
    kinds = [("raid1", 2, ""), ("raid0", 3, ""), ("raid0", 3, "original"), ("raid0", 3, "alternate"),
             ("linear", 2, ""), ("raid10", 4, "n2"), ("raid10", 3, "n2"), ("raid10", 4, "f2"), ("raid10", 3, "o2")]
    image = work + "/image"
    with open(image, "wb") as f:
        f.write(b"".join(b"%015d\n" % i for i in range(65536)))
    for metadata in ["0.90", "1.0", "1.1", "1.2"]:
        for level, count, layout in kinds:
            members = ["%s/member%d" % (work, i) for i in range(count)]
            for i, path in enumerate(members):
                with open(path, "wb") as f:
                    f.truncate((1280 + 192 * i * (level == "raid0") + 64 * (count > 2) * i) << 10)
            if layout in ("original", "alternate") and metadata == "0.90":
                continue
            subprocess.check_call(["python3", MAKER, "--level", level, "--metadata", metadata,
                                   *(["--layout", layout] if layout else []), image, *members])
            name = "%s %s %s" % (metadata, level, layout)
            found, notes = arrays(*members)
            if not layout and level == "raid0":
                check(found[0][6].find("layout-original") > 0, name + ": refused", found)
                continue
            check(len(found) == 1 and found[0][6] == "-" and not notes, name + " is read", (found, notes))
            size = min(os.path.getsize(image), int(found[0][4]))
            with open(image, "rb") as f:
                check(dump("-c", *members)[:size] == f.read(size), name + ": the bytes")
            if shutil.which("mdadm"):
                compare(members[-1], found[0], name)


def foreign(work):
    wanted = {"mdraid": ["md0", "raid1", "0.90"], "mdraid-1": ["md0", "raid0", "1.2"]}
    for name, want in wanted.items():
        image = work + "/" + name
        with lzma.open("%s/%s.img.xz" % (FIXTURES, name)) as packed, open(image, "wb") as to:
            shutil.copyfileobj(packed, to)
        found, notes = arrays(image)
        check(found and found[0][:3] == want and found[0][6] == "-", name, (found, notes))
        if shutil.which("mdadm"):
            compare(image, found[0], name)


with tempfile.TemporaryDirectory() as folder:
    made(folder)
    if os.path.isdir(FIXTURES):
        foreign(folder)
sys.exit(1 if failed else 0)
