#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that QEMU's own client gets along with the server: it reads what the image holds,
reads back what it wrote, and the image stays as it was.
Usage: oracle.py SERVE-RUN"""
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

RUN = os.path.abspath(sys.argv[1])
if not shutil.which("qemu-img") or not shutil.which("qemu-io"):
    sys.exit(77)
RANDOM = random.Random(11)
MIB = 1 << 20
SIZE = 24 * MIB
CLIENT = "driver=nbd,server.type=fd,server.str=@FD@,export=disk"
failed = 0


def check(good, name, said=""):
    global failed
    print("ok " + name if good else "not ok %s: %s" % (name, said))
    failed += not good


def run(*args):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if p.returncode:
        sys.exit("%s: %s" % (" ".join(args), p.stdout.decode()))
    return p.stdout


def serve(image, fmt, *program, limit=SIZE, ranges=()):
    """The program's exit status, and what it and the events said."""
    p = subprocess.run([RUN, image, fmt, str(limit), *ranges, "--", *program],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return p.returncode, p.stdout.decode(errors="replace")


def digest(*paths):
    h = hashlib.sha256()
    for p in paths:
        with open(p, "rb") as f:
            h.update(f.read())
    return h.hexdigest()


def make_raw(path, size):
    with open(path, "wb") as f:
        f.truncate(size)
        for _ in range(40):
            f.seek(RANDOM.randrange(size // 512 - 400) * 512)
            f.write(RANDOM.randbytes(RANDOM.randrange(1, 200000)))
        f.truncate(size)


def scribble(path):
    args = ["qemu-io", "-f", "qcow2"]
    for i in range(60):
        off = RANDOM.randrange(SIZE // 512 - 800) * 512
        args += ["-c", "%s %d %d" % (RANDOM.choice(("write -P %d" % (i + 1), "write -z")),
                                     off, RANDOM.randrange(1, 800) * 512)]
    run(*args, path)


def images():
    """Each: a name, the image, its format, and all its files."""
    make_raw("disk.raw", SIZE)
    yield "raw", "disk.raw", "raw", ["disk.raw"]
    make_raw("odd.raw", 3 * MIB + 512)
    yield "raw, no whole block at the end", "odd.raw", "raw", ["odd.raw"]
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "mid.qcow2")
    scribble("mid.qcow2")
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "mid.qcow2", "-F", "qcow2", "top.qcow2")
    scribble("top.qcow2")
    yield "chain", "top.qcow2", "qcow2", ["disk.raw", "mid.qcow2", "top.qcow2"]
    run("qemu-img", "convert", "-c", "-O", "qcow2", "top.qcow2", "small.qcow2")
    yield "compressed", "small.qcow2", "qcow2", ["small.qcow2"]


def reads(name, image, fmt):
    code, said = serve(image, fmt, "qemu-img", "convert", "-m", "8", "-W", "--image-opts",
                       "-O", "raw", CLIENT, "copy.raw")
    run("qemu-img", "convert", "-f", fmt, "-O", "raw", image, "want.raw")
    check(code == 0 and digest("copy.raw") == digest("want.raw"), name + ": reads are equal",
          said)
    code, said = serve(image, fmt, "qemu-img", "compare", "--image-opts", CLIENT,
                       "driver=raw,file.driver=file,file.filename=want.raw")
    check(code == 0 and "identical" in said, name + ": qemu-img compares", said)


def dumped(said):
    """What `read -v` of qemu-io printed, offset by offset."""
    found = {}
    for line in said.splitlines():
        m = re.match(r"([0-9a-f]{8,}):((?: +[0-9a-f]{2}){1,16})  ", line)
        if m:
            found[int(m.group(1), 16)] = bytes.fromhex(m.group(2).replace(" ", ""))
    return found


def random_writes(size):
    """Commands for qemu-io, and offsets near what they change."""
    commands, near = [], []
    for i in range(80):
        off = RANDOM.randrange(size // 512) * 512
        n = min(RANDOM.randrange(1, 500) * 512, size - off)
        if i % 4 == 0:
            off, n = off + RANDOM.randrange(500), max(1, n - 600)
        verb = RANDOM.choice(("write -P %d" % (i + 1), "write -f -P %d" % (i + 1),
                              "write -z", "write -z -u"))
        commands += ["-c", "%s %d %d" % (verb, off, n)]
        near += [off, off + n]
    return commands + ["-c", "flush"], near


def writes(name, image, fmt):
    """The same commands on a copy and on the served disk, which is then read."""
    shutil.copy("want.raw", "model.raw")
    size = os.path.getsize("model.raw")
    commands, near = random_writes(size)
    run("qemu-io", "-f", "raw", *commands, "model.raw")
    windows = [min(max(at - 8192, 0) // 512 * 512, size - 16384) for at in near]
    dumps = [a for w in windows for a in ("-c", "read -v %d 16384" % w)]
    code, said = serve(image, fmt, "qemu-io", "--image-opts", *commands, *dumps, CLIENT)
    got = dumped(said)
    with open("model.raw", "rb") as f:
        model = f.read()
    wrong = [off for off, b in got.items() if model[off:off + len(b)] != b]
    there = all(w + at in got for w in windows for at in range(0, 16384, 16))
    check(code == 0 and there and not wrong, name + ": writes are read back",
          "status %d, all there: %s, %d lines differ" % (code, there, len(wrong)))


def events():
    code, said = serve("disk.raw", "raw", "qemu-io", "--image-opts",
                       "-c", "read 0 4096", "-c", "read 1048576 512", "-c", "write 65536 512",
                       CLIENT, ranges=("65536:512", "1048576:1", "2097152:4096"))
    lines = [line.split()[:2] for line in said.splitlines()]
    check(code == 0 and ["connected", "0"] in lines and ["read", "101"] in lines and
          ["first", "0"] in lines and ["wrote", "100"] in lines and ["read", "102"] not in lines
          and lines[-1] == ["closed", "0"], "events", said)


def limit():
    code, said = serve("disk.raw", "raw", "qemu-io", "--image-opts", "-c", "write 0 1M",
                       "-c", "write 4M 512", "-c", "read -P 205 0 1M", CLIENT, limit=MIB)
    check("No space left on device" in said and "failed 0" in said and
          "verification failed" not in said, "limit", said)


def refusals():
    code, said = serve("disk.raw", "raw", "qemu-io", "--image-opts", "-c", "read 0 512",
                       CLIENT.replace("export=disk", "export=other"))
    check(code == 1 and "read 512/512" not in said, "another export", said)
    code, said = serve("absent.qcow2", "qcow2", "true")
    check(code == 99 and "gone.raw" in said, "a missing backing file is named", said)


with tempfile.TemporaryDirectory() as tmp:
    os.chdir(tmp)
    os.mkdir("scratch")
    os.environ["TMPDIR"] = os.path.join(tmp, "scratch")
    for name, image, fmt, files in images():
        before = digest(*files)
        reads(name, image, fmt)
        writes(name, image, fmt)
        check(digest(*files) == before, name + ": the image is as it was")
    events()
    limit()
    run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "gone.raw", "-F", "raw",
        "absent.qcow2", "1M")
    refusals()
    check(os.listdir("scratch") == [], "nothing is left behind")
sys.exit(failed > 0)
