# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the oracles of this folder share: running tools, fs-dump, and reporting."""
import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
import zlib

os.environ["PATH"] += ":/usr/sbin:/sbin"
DUMP = os.path.abspath(sys.argv[1])
failed = 0


def need(*programs):
    if not all(shutil.which(p) for p in programs):
        sys.exit(77)


def run(*args, ok=(0,), **kw):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    if p.returncode not in ok:
        sys.exit("%s: %d %s%s" % (" ".join(args), p.returncode, p.stdout[-500:], p.stderr))
    return p.stdout


def check(good, name, said=""):
    global failed
    print("%s %s%s" % ("ok" if good else "not ok", name,
                       ": " + str(said) if said and not good else ""))
    failed += not good


def finish():
    sys.exit(1 if failed else 0)


def dump(verb, image, *more, timeout=60):
    """Exit status and output of fs-dump; a crash or a hang is a failure of its own."""
    try:
        p = subprocess.run([DUMP, verb, image, *more], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired:
        return 99, b"timeout", b""
    if p.returncode not in (0, 1) or b"Sanitizer" in p.stderr or b"runtime error" in p.stderr:
        return 99, p.stdout, p.stderr
    return p.returncode, p.stdout, p.stderr


def files_of(output):
    """The lines for files, without lost+found."""
    lost = b" " + b"/lost+found".hex().encode() + b" "
    return sorted(l for l in output.splitlines()
                  if l[:2] in (b"f ", b"d ", b"l ", b"o ") and lost not in l)


def tree_lines(root):
    """What fs-dump should print for a directory, read by Python's own calls."""
    lines = [b"d 2f 0 "]
    root = os.fsencode(root)
    for where, dirs, names in os.walk(root):
        for name in dirs + names:
            path = os.path.join(where, name)
            shown = path[len(root):].hex().encode()
            if os.path.islink(path):
                target = os.readlink(path)
                lines.append(b"l %s %d %s" % (shown, len(target), target.hex().encode()))
            elif os.path.isdir(path):
                lines.append(b"d %s 0 " % shown)
            elif os.path.isfile(path):
                with open(path, "rb") as f:
                    data = f.read()
                lines.append(b"f %s %d %08x" % (shown, len(data), zlib.crc32(data)))
            else:
                lines.append(b"o %s 0 " % shown)
    return sorted(lines)


def unpack(path, to):
    """A compressed image, with holes where it has zeroes."""
    opener = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}[os.path.splitext(path)[1]]
    with opener(path) as f, open(to, "wb") as out:
        while True:
            piece = f.read(1 << 20)
            if not piece:
                break
            if piece.count(0) == len(piece):
                out.seek(len(piece), 1)
            else:
                out.write(piece)
        out.truncate(out.tell())


def scratch():
    return tempfile.TemporaryDirectory(prefix="paravet-fs-")


def differ(a, b):
    """The first few lines that only one side has."""
    a, b = set(a), set(b)
    return [("here", x) for x in sorted(a - b)[:3]] + [("there", x) for x in sorted(b - a)[:3]]
