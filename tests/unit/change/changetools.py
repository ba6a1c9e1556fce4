# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the oracles of the file system writers share: running tools and change-run, and
reporting. The first two arguments of such an oracle are CHANGE-RUN and FS-DUMP."""
import hashlib
import os
import subprocess
import sys

os.environ["PATH"] += ":/usr/sbin:/sbin"
RUN, DUMP = (os.path.abspath(p) for p in sys.argv[1:3])
KIB, MIB = 1 << 10, 1 << 20
NOW = 1700000000
failed = 0


def check(good, name, said=""):
    global failed
    print("%s %s%s" % ("ok" if good else "not ok", name,
                       ": " + str(said) if said and not good else ""))
    failed += not good


def finish():
    sys.exit(1 if failed else 0)


def run(*args, ok=(0,), **kw):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    if p.returncode not in ok:
        sys.exit("%s: %d %s" % (" ".join(args), p.returncode, p.stdout[-800:]))
    return p.stdout


def change(image, *lines, now=NOW, how=()):
    """Exit status and what was said; a crash is a failure of its own."""
    p = subprocess.run([RUN, image, str(now), *how], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       input="".join(line + "\n" for line in lines).encode(), timeout=120)
    said = p.stdout.decode(errors="replace")
    if p.returncode not in (0, 1) or "Sanitizer" in said or "runtime error" in said:
        check(False, "no crash", said[-1500:])
    return p.returncode, said


def refused(image, name, word, *lines, how=()):
    """Refused with this word, and not a byte has changed."""
    before = digest(image)
    status, said = change(image, *lines, how=how)
    check(status == 1 and word in said.splitlines()[-1], name + " is refused", said)
    check(digest(image) == before, name + ": nothing was changed")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def digest(path):
    return hashlib.sha256(read(path)).digest()


def seen(image):
    """What our reader sees: path to size and CRC."""
    p = subprocess.run([DUMP, "list", image], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    files = {}
    for line in p.stdout.splitlines():
        words = line.split(b" ")
        if words[0] == b"f":
            files[bytes.fromhex(words[1].decode()).decode(errors="replace")] = (
                int(words[2]), int(words[3], 16))
    return files
