#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves the readers of rpm databases: complete lists of real databases (when the test data
is beside the source tree), of databases made here in every form, of those that db5.3_load
and rpm make (where installed); the number of bytes read; and that damage is never a shorter
list. Usage: rpmdb-oracle.py RPM-DUMP SOURCE-ROOT"""
import bz2
import glob
import gzip
import hashlib
import lzma
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rpmdb_maker as make  # noqa: E402

DUMP = os.path.abspath(sys.argv[1])
FIXTURES = os.path.join(
    os.environ.get("PARAVET_FIXTURES", os.path.join(sys.argv[2], "..", "shared", "fixtures")),
    "rpmdb")
TMP = tempfile.mkdtemp(prefix="paravet-rpmdb-")
failed = 0
LEAST = 500 * 1024


def check(good, name, said=""):
    global failed
    if not good or "-v" in sys.argv:
        print("%s %s%s" % ("ok" if good else "not ok", name, ": " + said if said else ""))
    failed += not good


def folder(name, files):
    path = os.path.join(TMP, name)
    os.makedirs(path, exist_ok=True)
    for file, data in files.items():
        with open(os.path.join(path, file), "wb") as f:
            f.write(data)
    return path


def dump(path, what="all"):
    """Lines, whether it worked, and the bytes read."""
    p = subprocess.run([DUMP, path, "/", what], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, errors="replace")
    counted = re.search(r"\d+ reads of (\d+) bytes", p.stderr)
    if p.returncode not in (0, 1) or not counted:
        check(False, path, "died: " + p.stderr[-2000:])
        return [], False, 0
    return sorted(p.stdout.splitlines()), p.returncode == 0, int(counted.group(1))


def same(path, want, name, what="all"):
    got, good, _ = dump(path, what)
    check(good and got == sorted(want), name,
          "want %d, got %d: %s" % (len(want), len(got),
                                   sorted(set(want) ^ set(got))[:4]))


def facts(path, name):
    """The facts of a guest whose database this is."""
    root = os.path.join(TMP, "root-" + name)
    shutil.copytree(path, os.path.join(root, "var/lib/rpm"))
    return dump(root, "facts")[0]


# Real databases.

def unpack(source, to):
    openers = {".xz": lzma.open, ".bz2": bz2.open, ".gz": gzip.open}
    os.makedirs(to)
    for file in os.listdir(source):
        base, ext = os.path.splitext(file)
        opener = openers.get(ext, open)
        with opener(os.path.join(source, file), "rb") as f:
            data = f.read()
        with open(os.path.join(to, base if ext in openers else file), "wb") as f:
            f.write(data)
    for script in glob.glob(os.path.join(to, "*.sql")):
        c = sqlite3.connect(os.path.join(to, "rpmdb.sqlite"))
        with open(script, encoding="utf-8") as f:
            c.executescript(f.read())
        c.close()


KERNELS = {
    "bdb-ltib-mx28": ["kernel 2.6.35.3-imx_1.1.0 arm installed 2.6.35.3-670-g914558e"],
    "bdb-converted-fedora37-kernel": [
        "kernel-core 5.19.0-0.rc1.14.fc37 x86_64 installed 5.19.0-0.rc1.14.fc37.x86_64"],
    "sqlite-virt-v2v-phony-fedora": [
        "kernel-core 5.19.0-0.rc1.14.fc37 x86_64 installed 5.19.0-0.rc1.14.fc37.x86_64"],
}


def real():
    for source in sorted(glob.glob(os.path.join(FIXTURES, "*"))):
        name = os.path.basename(source)
        path = os.path.join(TMP, "real", name)
        unpack(source, path)
        got = facts(path, name)
        if "rpm5" in name:
            lines, good, _ = dump(path)
            check(not good and "unsupported" in lines[0] and "rpm 5" in lines[0], name)
            check(len(got) == 1 and got[0].startswith("unsupported:"), name + " facts")
            continue
        want = []
        for file in glob.glob(os.path.join(path, "EXPECTED.*")):
            with open(file, encoding="utf-8") as f:
                want = [re.sub(" epoch=.*", "", line) for line in f.read().split("\n") if line]
        same(path, want, name)
        check(got == KERNELS.get(name, []), name + " kernels", str(got))
        whole = os.path.join(path, "Packages")
        if os.path.exists(whole) and os.path.getsize(whole) > 1 << 20:
            os.path.exists(os.path.join(path, "Name")) and os.remove(
                os.path.join(path, "Name"))
            bytes_read = dump(path, "find")[2]
            check(bytes_read < os.path.getsize(whole) + (2 << 20), name + " read once",
                  "%d bytes" % bytes_read)


# Databases made here.

RELEASE = "2.6.18-53.1.4.el5PAE"
FILES = ["/boot/config-" + RELEASE, "/boot/vmlinuz-" + RELEASE,
         "/lib/modules/" + RELEASE + "/kernel/drivers/a.ko"]


def sample():
    blobs = [make.header("pkg%d" % i, "1.%d" % i, "2", pad=300 * (i % 40)) for i in range(150)]
    blobs[20] = make.header("kernel-PAE", "2.6.18", "53.1.4.el5", "i686", files=FILES, pad=30000)
    blobs[21] = make.header("kernel", "2.6.9", "67.EL", "i686", old=True,
                            files=["/boot/vmlinuz-2.6.9-67.EL", "/lib/modules/2.6.9-67.EL"])
    blobs[40] = make.header("kernel-devel", "2.6.18", "53.1.4.el5", "i686", pad=5000)
    blobs[41] = make.header("kmod-xenpv-PAE", "0.1", "9.el5", "i686", files=[
        "/lib/modules/2.6.18-53.el5PAE/extra/xenpv/0.1-9.el5/xen-vbd.ko"])
    blobs[42] = make.header("kmod-none", "1", "1")
    blobs[60] = make.header("kernel", "2.6.18", "8.el5", "i686", epoch=3)
    blobs[70] = make.header("kernel-tuned", "5", "1", files=["/boot/vmlinuz-5-1"])
    blobs[71] = make.header("kernel-shark", "5", "1", files=["/usr/bin/kernel-shark"])
    for i in range(90, 100):
        blobs[i] = make.header("gpg-pubkey", "%d" % i, "1", arch=None)
    return blobs


SAMPLE_FACTS = sorted([
    "kernel-PAE 2.6.18-53.1.4.el5 i686 installed 2.6.18-53.1.4.el5PAE",
    "kernel 2.6.9-67.EL i686 installed 2.6.9-67.EL",
    "kernel 3:2.6.18-8.el5 i686 installed 2.6.18-8.el5",
    "kernel-tuned 5-1 x86_64 installed 5-1",
    "kmod-xenpv-PAE 0.1-9.el5 i686 installed 2.6.18-53.el5PAE",
    "kmod-none 1-1 x86_64 installed -",
])


def wanted(packages):
    """Those that a reader of kernels and their modules looks at."""
    return [p for p in packages if re.match("kmod-|kernel-(?!devel)", p)]


def sample_list():
    want = ["pkg%d-1.%d-2.x86_64" % (i, i) for i in range(150)]
    want[20] = "kernel-PAE-2.6.18-53.1.4.el5.i686"
    want[21] = "kernel-2.6.9-67.EL.i686"
    want[40] = "kernel-devel-2.6.18-53.1.4.el5.i686"
    want[41] = "kmod-xenpv-PAE-0.1-9.el5.i686"
    want[42] = "kmod-none-1-1.x86_64"
    want[60] = "kernel-3:2.6.18-8.el5.i686"
    want[70] = "kernel-tuned-5-1.x86_64"
    want[71] = "kernel-shark-5-1.x86_64"
    for i in range(90, 100):
        want[i] = "gpg-pubkey-%d-1.(none)" % i
    return want


def made(blobs):
    """Every form, by name."""
    forms = {}
    for label, order in (("little", "<"), ("big", ">")):
        pairs = make.packages_pairs(blobs, order)
        names = make.name_pairs(blobs, order)
        for version, buckets in ((7, 2), (8, 5), (9, 8), (9, 64)):
            forms["hash-%s-v%d-%d" % (label, version, buckets)] = {
                "Packages": make.bdb_hash(pairs, order, version, buckets, buckets == 5),
                "Name": make.bdb_hash(names, order, version, buckets)}
        for per_page in (60, 7):
            forms["btree-%s-%d" % (label, per_page)] = {
                "Packages": make.bdb_hash(pairs, order),
                "Name": make.bdb_btree(names, order, 9, per_page)}
        forms["scan-" + label] = {"Packages": make.bdb_hash(pairs, order, 9, 5, True)}
    forms["ndb"] = {"Packages.db": make.ndb(blobs)}
    return forms


def complete():
    blobs = sample()
    for name, files in made(blobs).items():
        path = folder(name, files)
        same(path, sample_list(), name)
        found = wanted(sample_list())
        same(path, found, name + " find", "find")
        check(facts(path, name) == SAMPLE_FACTS, name + " facts")
        if shutil.which("db5.3_verify") and ("-v9" in name or "btree" in name):
            for file in files:
                p = subprocess.run(["db5.3_verify", "-o", os.path.join(path, file)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                check(p.returncode == 0 or "-5" in name, "db5.3_verify %s/%s" % (name, file),
                      p.stdout[:300])


def sqlite_files():
    for wal in (False, True):
        path = folder("sqlite-%d" % wal, {})
        db = os.path.join(path, "rpmdb.sqlite")
        connection = make.sqlite_db(db, sample(), wal)
        copy = folder("sqlite-copy-%d" % wal, {})
        for file in os.listdir(path):
            if not file.endswith("-shm"):
                shutil.copy(os.path.join(path, file), copy)
        if connection:
            connection.close()
            check(os.path.getsize(os.path.join(copy, "rpmdb.sqlite-wal")) > 0, "a log")
        before = digest(copy)
        same(copy, sample_list(), "sqlite wal=%d" % wal)
        check(facts(copy, "sqlite-%d" % wal) == SAMPLE_FACTS, "sqlite facts wal=%d" % wal)
        check(digest(copy) == before, "nothing is written")
    path = folder("sqlite-names", {})
    make.sqlite_db(os.path.join(path, "rpmdb.sqlite"), sample(), names=False)
    got = facts(path, "sqlite-names")
    check(sorted(got)[:-1] == SAMPLE_FACTS and got[-1].startswith("remark:"), "an empty Name",
          str(got))
    path = folder("sqlite-hot", {})
    make.sqlite_db(os.path.join(path, "rpmdb.sqlite"), sample())
    folder("sqlite-hot", {"rpmdb.sqlite-journal": b"\xd9\xd5\x05\xf9" * 200})
    check(dump(path)[0][0].startswith("error: /: unsupported"), "a hot journal")
    path = folder("sqlite-view", {})
    c = sqlite3.connect(os.path.join(path, "rpmdb.sqlite"))
    c.execute("CREATE VIEW Packages AS WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
              "FROM t) SELECT x AS hnum, zeroblob(9999999) AS blob FROM t")
    c.close()
    check(not dump(path)[1], "a view instead of a table")


def digest(path):
    h = hashlib.sha256()
    for file in sorted(os.listdir(path)):
        with open(os.path.join(path, file), "rb") as f:
            h.update(file.encode() + f.read())
    return h.hexdigest()


# What other programs make.

def by_db_load():
    if not shutil.which("db5.3_load"):
        return
    for label, order, lorder in (("little", "<", 1234), ("big", ">", 4321)):
        path = folder("load-" + label, {})
        for file, kind, pairs in (
                ("Packages", "hash", make.packages_pairs(sample(), order)),
                ("Name", "hash", make.name_pairs(sample(), order)),
                ("Name", "btree", make.name_pairs(sample(), order))):
            if os.path.exists(os.path.join(path, file)):
                os.remove(os.path.join(path, file))
            text = "VERSION=3\nformat=bytevalue\ntype=%s\ndb_lorder=%d\ndb_pagesize=4096\n" \
                   "HEADER=END\n" % (kind, lorder)
            text += "".join(" %s\n %s\n" % (k.hex(), v.hex()) for k, v in pairs) + "DATA=END\n"
            subprocess.run(["db5.3_load", os.path.join(path, file)], input=text, text=True,
                           check=True)
            same(path, sample_list(), "db5.3_load %s %s" % (label, file))
            name = "load-%s-%s-%s" % (label, file, kind)
            check(facts(path, name) == SAMPLE_FACTS, name + " facts")


SPEC = """Name: kernel-PAE
Version: 2.6.18
Release: 53.1.4.el5
Epoch: 2
Summary: s
License: GPL
%description
d
%install
mkdir -p %{buildroot}/boot %{buildroot}/lib/modules/2.6.18-53.1.4.el5PAE
echo > %{buildroot}/boot/vmlinuz-2.6.18-53.1.4.el5PAE
echo > %{buildroot}/lib/modules/2.6.18-53.1.4.el5PAE/a.ko
%files
/boot
/lib/modules
"""


def by_rpm():
    if not shutil.which("rpm") or not shutil.which("rpmbuild"):
        return
    top = folder("rpmbuild", {"k.spec": SPEC.encode()})
    subprocess.run(["rpmbuild", "-bb", "--define", "_topdir " + top, "--define",
                    "debug_package %{nil}", top + "/k.spec"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    packages = glob.glob(top + "/RPMS/*/*.rpm")
    path = folder("by-rpm", {})
    base = ["rpm", "--dbpath", path]
    subprocess.run(base + ["--initdb"], check=True, stderr=subprocess.DEVNULL)
    check(dump(path) [:2] == ([], True), "an empty database of rpm")
    subprocess.run(base + ["-i", "--justdb", "--nodeps", "--ignoreos", "--ignorearch",
                           "--force"] + packages,
                   check=True, stderr=subprocess.DEVNULL)
    form = "%{NAME}-%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n"
    said = subprocess.run(base + ["-qa", "--qf", form], stdout=subprocess.PIPE, text=True,
                          check=True, stderr=subprocess.DEVNULL).stdout.split()
    check(len(said) == 1, "rpm lists its package", str(said))
    same(path, said, "rpm itself")
    got = facts(path, "by-rpm")
    check(len(got) == 1 and got[0].startswith("kernel-PAE 2:2.6.18-53.1.4.el5 ") and
          got[0].endswith(" installed 2.6.18-53.1.4.el5PAE"), "facts of it", str(got))


# How much is read.

def large():
    blobs = [make.header("package-%d" % i, "1", "2", pad=17000 + i % 900) for i in range(3600)]
    blobs[1800] = make.header("kernel-PAE", "2.6.18", "53.1.4.el5", "i686", pad=150000,
                              files=FILES)
    want = ["kernel-PAE-2.6.18-53.1.4.el5.i686"]
    order = "<"
    packages = make.bdb_hash(make.packages_pairs(blobs, order), order, 9, 900)
    names = make.name_pairs(blobs, order)
    forms = {
        "hash": {"Packages": packages, "Name": make.bdb_hash(names, order, 9, 60, per_page=100)},
        "btree": {"Packages": packages, "Name": make.bdb_btree(names, order)},
    }
    check(len(packages) > 60 << 20, "60 MiB")
    for name, files in forms.items():
        path = folder("large-" + name, files)
        got, _, count = dump(path, "find")
        check(got == want and count < LEAST, "large %s" % name, "%d bytes" % count)
        os.remove(os.path.join(path, "Name"))
        got, _, count = dump(path, "find")
        check(got == want and count < len(packages) + (1 << 20), "large without an index",
              "%d of %d bytes" % (count, len(packages)))
        shutil.rmtree(path)
    path = folder("large-sqlite", {})
    make.sqlite_db(os.path.join(path, "rpmdb.sqlite"), blobs)
    got, _, count = dump(path, "find")
    check(got == want and count < LEAST, "large sqlite", "%d bytes" % count)
    path = folder("large-ndb", {"Packages.db": make.ndb(blobs)})
    got, _, count = dump(path, "find")
    size = os.path.getsize(os.path.join(path, "Packages.db"))
    check(got == want and count < size + (1 << 20), "large ndb", "%d bytes" % count)


# Damage.

def never_less(path, want, name):
    for what in ("all", "find"):
        got, good, _ = dump(path, what)
        whole = want if what == "all" else wanted(want)
        got = [line for line in got if not line.startswith("index: ")]
        check(not good or got == sorted(whole), "%s %s" % (name, what),
              "%d instead of %d" % (len(got), len(whole)))


def damage():
    blobs, want = sample()[:70], sample_list()[:70]
    path = folder("damage-sqlite", {})
    make.sqlite_db(os.path.join(path, "rpmdb.sqlite"), blobs)
    with open(os.path.join(path, "rpmdb.sqlite"), "rb") as f:
        sqlite = f.read()
    forms = {
        "bdb": {"Packages": make.bdb_hash(make.packages_pairs(blobs, "<"), buckets=3),
                "Name": make.bdb_btree(make.name_pairs(blobs, "<"), per_page=9)},
        "ndb": {"Packages.db": make.ndb(blobs)},
        "sqlite": {"rpmdb.sqlite": sqlite},
    }
    for name, files in forms.items():
        for file, data in files.items():
            for part in (0, 3, 6, 7):
                cut = data[:len(data) * part // 8 + 20]
                path = folder("cut", {**files, file: cut})
                never_less(path, want, "%s cut at %d" % (file, len(cut)))
            # Pages that are gone: none of these is only padding.
            for page in range(0, min(len(data) // 4096, 7)):
                holed = data[:page * 4096] + bytes(4096) + data[(page + 1) * 4096:]
                path = folder("cut", {**files, file: holed})
                never_less(path, want, "%s without page %d" % (file, page))
        shutil.rmtree(path)
    # An index that lies is not believed.
    lies = make.name_pairs(blobs, "<")
    for index, label in ((lies[:-1], "short"),
                         ([(k, struct.pack("<II", 9, 0)) if k == b"kernel-PAE" else (k, v)
                           for k, v in lies], "wrong")):
        path = folder("lie-" + label, {**forms["bdb"], "Name": make.bdb_btree(index)})
        got = dump(path, "find")[0]
        check(sum(p.startswith("kernel-") for p in got) == 3 and
              got[0].startswith("index: "), "a %s index" % label, str(got))


def places():
    """Which directory, and when an empty one is a problem."""
    blobs = [make.header("kernel", "2.6.18", "8.el5", "i686")]
    want = ["kernel 2.6.18-8.el5 i686 installed 2.6.18-8.el5"]
    root = folder("places/usr/lib/sysimage/rpm", {"Packages.db": make.ndb(blobs)})
    top = os.path.join(TMP, "places")
    os.makedirs(top + "/var/lib")
    os.symlink("../../usr/lib/sysimage/rpm", top + "/var/lib/rpm")
    check(dump(top, "facts")[0] == want, "a link to /usr/lib/sysimage/rpm")
    with open(root + "/Packages.db", "r+b") as f:
        f.truncate(3000)
    check(len(dump(top, "facts")[0]) == 1, "one problem, not one for each name")
    folder("places2/var/lib/rpm", {})
    folder("places2/usr/share/rpm", {"Packages": make.bdb_hash(make.packages_pairs(blobs, "<"))})
    check(dump(TMP + "/places2", "facts")[0] == want, "/usr/share/rpm")
    folder("places3/var/lib/rpm", {"Packages": b""})
    check("corrupt" in dump(TMP + "/places3", "facts")[0][0], "an empty file")
    folder("places3/var/lib/dpkg", {"status": b""})
    check(dump(TMP + "/places3", "facts")[:2] == ([], True), "an empty file beside dpkg")
    folder("places4/var/lib/rpm", {})
    check(dump(TMP + "/places4", "facts")[:2] == ([], True), "an empty directory")


try:
    real()
    complete()
    sqlite_files()
    by_db_load()
    by_rpm()
    large()
    damage()
    places()
finally:
    shutil.rmtree(TMP)
sys.exit(failed != 0)
