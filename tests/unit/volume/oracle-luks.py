#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that encrypted volumes are read as others wrote them: cryptsetup encrypts files to
LUKS 2, qemu-img writes LUKS 1; every plain byte must come back. Foreign images are read too
where they are there. Usage: oracle-luks.py LUKS-DUMP FIXTURES"""
import lzma
import os
import random
import shutil
import subprocess
import sys
import tempfile

os.environ["PATH"] += ":/usr/sbin:/sbin"
DUMP = os.path.abspath(sys.argv[1])
FIXTURES = os.path.abspath(os.environ.get("PARAVET_FIXTURES", sys.argv[2]))
KEY = "a passphrase"
PLAIN = random.Random(7).randbytes(1 << 20)
MIB = 1 << 20
failed = 0
ran = 0


def check(good, name, said=""):
    global failed, ran
    print("%s %s%s" % ("ok" if good else "not ok", name, "" if good else ": " + said))
    failed += not good
    ran += 1


def dump(path, key=""):
    p = subprocess.run([DUMP, path, key], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout, p.stderr.decode()


def compare(name, path, cipher, bits):
    status, out, said = dump(path)
    words = out.decode().split()
    check(status == 0 and words[2:4] == [cipher, str(bits)], name + ": header", repr(out) + said)
    status, out, said = dump(path, KEY)
    check(status == 0 and out[:len(PLAIN)] == PLAIN, name + ": every byte", said)
    check(dump(path, "another")[0] == 1, name + ": another key", "opens")


def by_cryptsetup(cipher, bits, sector, kdf):
    name = "cryptsetup %s %d, sectors of %d, %s" % (cipher, bits, sector, kdf[0])
    with open("disk", "wb") as f:
        f.write(PLAIN)
        f.truncate(len(PLAIN) + 4 * MIB)
    p = subprocess.run(["cryptsetup", "reencrypt", "--encrypt", "--type", "luks2",
                        "--reduce-device-size", "4M", "--force-offline-reencrypt",
                        "--luks2-metadata-size", "16k", "--luks2-keyslots-size", "1m",
                        "-c", cipher, "-s", str(bits), "--sector-size", str(sector),
                        "--pbkdf", *kdf, "--key-file", "key", "-q", "disk"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if p.returncode:
        print("ok # SKIP %s: %s" % (name, p.stderr.decode().strip().splitlines()[-1]))
        return
    compare(name, "disk", cipher, bits)


def by_qemu(cipher, mode, iv, digest):
    name = "qemu-img %s-%s-%s %s" % (cipher, mode, iv, digest)
    options = "key-secret=s,cipher-alg=%s,cipher-mode=%s,ivgen-alg=%s,hash-alg=%s,iter-time=60" % (
        cipher, mode, iv.partition(":")[0], digest)
    if ":" in iv:
        options += ",ivgen-hash-alg=" + iv.partition(":")[2]
    with open("plain", "wb") as f:
        f.write(PLAIN)
    p = subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "luks", "--object",
                        "secret,id=s,file=key", "-o", options, "plain", "disk"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if p.returncode:
        print("ok # SKIP %s: %s" % (name, p.stderr.decode().strip()))
        return
    kind, bits = cipher.split("-")
    compare(name, "disk", "%s-%s-%s" % (kind, mode, iv), int(bits) * (2 if mode == "xts" else 1))


def foreign(path):
    p = os.path.join(FIXTURES, path)
    if not os.path.exists(p):
        return False
    with open("foreign", "wb") as f:
        f.write(lzma.open(p).read())
    return True


def by_others():
    if foreign("images/dfvfs/luks1.raw.xz"):
        status, out, said = dump("foreign", "luksde-TEST")
        check(status == 0 and out[1024 + 56:1024 + 58] == b"\x53\xef", "dfvfs LUKS 1", said)
    if foreign("images/dfvfs/luks2.raw.xz"):
        status, out, said = dump("foreign")
        check(status == 0 and b"aes-cbc-plain 256" in out and b"cut short" in out, "dfvfs LUKS 2",
              repr(out) + said)
    if foreign("images/util-linux/tests/ts/blkid/images-fs/luks1.img.xz"):
        status, out, said = dump("foreign")
        check(status == 0 and b"e5f398d9-39da-4b6a-9ac3-e085a9394e7c" in out and b"cut short" in out,
              "util-linux LUKS 1", repr(out) + said)
    if foreign("images/util-linux/tests/ts/blkid/images-fs/luks2.img.xz"):
        status, out, said = dump("foreign")
        check(status == 1 and "past the end" in said, "util-linux LUKS 2, of which 4 KiB are left",
              said)


work = tempfile.mkdtemp()
os.chdir(work)
try:
    with open("key", "w") as f:
        f.write(KEY)
    if shutil.which("cryptsetup"):
        cheap = ["argon2id", "--pbkdf-memory", "32", "--pbkdf-force-iterations", "4",
                 "--pbkdf-parallel", "1"]
        lanes = ["argon2i", "--pbkdf-memory", "256", "--pbkdf-force-iterations", "4",
                 "--pbkdf-parallel", "4"]
        rounds = ["pbkdf2", "--pbkdf-force-iterations", "1000", "--hash", "sha512"]
        by_cryptsetup("aes-xts-plain64", 512, 512, cheap)
        by_cryptsetup("aes-xts-plain64", 256, 4096, lanes)
        by_cryptsetup("aes-cbc-essiv:sha256", 256, 512, rounds)
        by_cryptsetup("aes-cbc-plain64", 128, 2048, cheap)
    if shutil.which("qemu-img"):
        by_qemu("serpent-256", "xts", "plain64", "sha512")
        by_qemu("aes-128", "cbc", "plain", "ripemd160")
    by_others()
finally:
    os.chdir("/")
    shutil.rmtree(work)
if ran == 0:
    sys.exit(77)
sys.exit(failed != 0)
