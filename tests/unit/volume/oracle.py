#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that partition tables are read as util-linux reads them: sfdisk and fdisk write
tables of many shapes, and volume-dump must agree with `sfdisk --json`; then the same for
foreign images where they are there. Usage: oracle.py VOLUME-DUMP FIXTURES"""
import json
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
if not shutil.which("sfdisk") or not shutil.which("fdisk"):
    sys.exit(77)
MIB = 1 << 20
failed = 0


def check(good, name, said=""):
    global failed
    print("%s %s%s" % ("ok" if good else "not ok", name, ": " + said if said else ""))
    failed += not good


def ours(path):
    p = subprocess.run([DUMP, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = [line.split("\t") for line in p.stdout.decode().splitlines()]
    return p.returncode, lines, p.stderr.decode()


def theirs(path):
    """sfdisk's reading in volume-dump's words; None: it sees no table."""
    p = subprocess.run(["sfdisk", "--json", path], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    if p.returncode:
        return None
    t = json.loads(p.stdout)["partitiontable"]
    gpt = t["label"] == "gpt"
    parts = []
    for q in t.get("partitions", []):
        number = int(re.search(r"\d+$", q["node"]).group())
        parts.append([
            number, q["start"] * 512, q["size"] * 512,
            q["type"] if gpt else "0x%02x" % int(q["type"], 16),
            q["uuid"].lower() if gpt
            else "%08x-%02x" % (int(t.get("id", "0x0"), 16), number),
            q.get("name") if gpt else None,
            q.get("bootable", False) or "LegacyBIOSBootable" in q.get("attrs", "")])
    return ("gpt" if gpt else "mbr" if t["label"] == "dos" else t["label"],
            t.get("id", "").lower().replace("0x", ""), sorted(parts, key=lambda x: x[0]))


def parts_of(lines):
    return sorted(([int(p[1]), int(p[2]), int(p[3]), p[4], p[5],
                    p[7] if p[7] != "-" else None, p[6] == "1"]
                   for p in lines if p[0] == "part"), key=lambda x: x[0])


def compare(name, path):
    code, lines, said = ours(path)
    want = theirs(path)
    good = code == 0 and want is not None and lines[0][1:3] == [want[0], want[1]] \
        and parts_of(lines) == want[2]
    check(good, name, "" if good else "%s %s, not %s" % (lines, said, want))


SCRIPTS = (
    ("one MBR partition", 64, "label: dos\n,,83,*\n"),
    ("four MBR partitions", 64,
     "label: dos\nlabel-id: 0x1234abcd\n,8M,83\n,8M,82\n,8M,8e,*\n,,fd\n"),
    ("holes in the MBR", 64, "label: dos\nd2 : size=8M, type=7\nd4 : type=c\n"),
    ("logical partitions", 200,
     "label: dos\n,16M,83,*\n,,f\n" + ",8M,83\n" * 12 + ",8M,82\n"),
    ("extended first", 64, "label: dos\n,32M,5\n,,83\n,8M,83\n,8M,8e\n"),
    ("an empty extended partition", 64, "label: dos\n,32M,83\n,,85\n"),
    ("a GPT", 64,
     'label: gpt\nsize=1M, type=21686148-6449-6E6F-744E-656564454649\n'
     'size=8M, type=U, name="EFI System Partition"\nsize=8M, type=S\n'
     'size=4M, name="Gr\u00fc\u00dfe \U0001f427", attrs="LegacyBIOSBootable"\n'
     'type=E6D6D379-F507-44C2-A23C-238F2A3DF928\n'),
    ("holes in the GPT", 64,
     "label: gpt\nd3 : size=8M\nd100 : size=8M\nd7 : start=40M, size=1M\n"),
    ("a GPT with 256 entries", 64, "label: gpt\ntable-length: 256\nd256 : size=8M\n"),
    ("an empty GPT", 64, "label: gpt\n"),
)


def script(path, size, text):
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.truncate(size * MIB)
    p = subprocess.run(["sfdisk", "-q", path], input=text.encode(),
                       stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    if p.returncode:
        sys.exit("sfdisk: " + p.stderr.decode())


def sector_4096():
    with open("disk4k", "wb") as f:
        f.truncate(64 * MIB)
    commands = "g\nn\n1\n\n+8M\nn\n2\n\n\nt\n2\n19\nw\n"
    subprocess.run(["fdisk", "-b", "4096", "disk4k"], input=commands.encode(), check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    p = subprocess.run(["fdisk", "-b", "4096", "-l", "-o", "Start,Sectors,UUID", "disk4k"],
                       check=True, stdout=subprocess.PIPE)
    want = [[int(a) * 4096, int(b) * 4096, u.lower()] for a, b, u in
            re.findall(r"^\s*(\d+)\s+(\d+)\s+([0-9A-F-]{36})$", p.stdout.decode(), re.M)]
    code, lines, said = ours("disk4k")
    got = [[p[1], p[2], p[4]] for p in parts_of(lines)]
    check(code == 0 and lines[0][3] == "4096" and len(want) == 2 and got == want,
          "a GPT of 4096-byte sectors", "" if got == want else "%s %s" % (got, want))


def truncated():
    """A disk cut short must be an error, never a shorter list."""
    for name, size, text in SCRIPTS:
        script("whole", size, text)
        end = max([p[1] + p[2] for p in parts_of(ours("whole")[1])], default=0)
        shorter = []
        for at in range(512 * 40, end, end // 12 // 512 * 512 or 512):
            shutil.copy("whole", "cut")
            os.truncate("cut", at)
            code, lines, _ = ours("cut")
            if code == 0:
                shorter = lines
        check(not shorter, name + ", cut short", str(shorter) if shorter else "")


def foreign():
    folder = os.path.join(FIXTURES, "images", "dfvfs")
    tables = os.path.join(FIXTURES, "images", "util-linux", "tests", "ts", "blkid")
    paths = []
    for top in (folder, os.path.join(tables, "images-pt"),
                os.path.join(tables, "images-fs")):
        if os.path.isdir(top):
            paths += [os.path.join(top, n) for n in sorted(os.listdir(top))
                      if n.endswith((".raw.xz", ".img.xz", ".raw"))]
    for path in paths:
        with (lzma.open if path.endswith(".xz") else open)(path, "rb") as f, \
                open("foreign", "wb") as out:
            while True:
                piece = f.read(MIB)
                if not piece:
                    break
                if piece.count(0) == len(piece):
                    out.seek(len(piece), os.SEEK_CUR)
                else:
                    out.write(piece)
            out.truncate(out.tell())
        code, lines, said = ours("foreign")
        want = theirs("foreign")
        same = code == 0 and want is not None and parts_of(lines) == want[2]
        verdict = "as sfdisk" if same else "error" if code == 1 else \
            lines[0][1] + " (sfdisk: %s)" % (want[0] if want else "none")
        # Never a list where sfdisk has another one of the same scheme.
        good = code in (0, 1) and bool(lines) and (
            same or code == 1 or lines[0][1] == "none" or want is None
            or lines[0][1] != want[0])
        check(good, os.path.basename(path),
              verdict + "".join("; " + " ".join(x[1:]) for x in lines
                                if x[0] in ("error", "remark")))
        os.unlink("foreign")


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    for name, size, text in SCRIPTS:
        script("disk", size, text)
        compare(name, "disk")
    sector_4096()
    truncated()
    foreign()
    os.chdir("/")
sys.exit(1 if failed else 0)
