#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every reader is fuzzed, and every folder of seeds is replayed.

    check-targets.py EXECUTABLE... -- SEEDS...

The executables are the targets as tests (replay-NAME); a static library gives them only what they
reach, so a file of src/ that none of them holds is one that no target reaches. SEEDS are the folders
that they run, below this one.
"""
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
LAYERS = ("blocks", "codec", "volume", "fs", "guest", "machine", "platform")
# A guest from its disks, which make hostile damages.
WHOLE = "guest/assembly"
# What no target reaches, and why.
OTHERS = {
    "blocks/scratch.c": "what was written by this program itself",
    "blocks/cow_compare.c": "it compares bytes, and takes none of them for a number",
    "fs/directory.c": "a folder of this machine, which Linux reads",
    "volume/luks_crypto_none.c": "where libgcrypt is not installed",
    "codec/block-isal.c": "where ISA-L is not installed",
    "codec/block-zlib.c": "where ISA-L is installed",
    "codec/gzip-isal.c": "where ISA-L is not installed",
    "codec/gzip-zlib.c": "where ISA-L is installed",
    "guest/given_read.c": "packages and modules are parsed by what rpm-file and loading reach",
}


def files_in(program):
    """Names of the source files that are linked into it."""
    out = subprocess.run(["readelf", "-sW", program], check=True, stdout=subprocess.PIPE,
                         text=True).stdout
    return {line.split()[7] for line in out.splitlines() if " FILE " in line
            and len(line.split()) > 7}


def main():
    middle = sys.argv.index("--")
    programs, seeds = sys.argv[1:middle], set(sys.argv[middle + 1:])
    if not shutil.which("readelf"):
        print("readelf (binutils) is not installed")
        return 77
    reached = set().union(*map(files_in, programs))
    wrong = []
    for layer in LAYERS:
        for path in glob.glob(os.path.join(SOURCE, "src", layer, "**", "*.c"), recursive=True):
            name = os.path.relpath(path, os.path.join(SOURCE, "src"))
            if os.path.basename(name) not in reached and name not in OTHERS \
                    and not name.startswith(WHOLE):
                wrong.append(f"src/{name}: no fuzz target reaches it")
    for folder in glob.glob(os.path.join(HERE, "*", "seeds-*")):
        name = os.path.relpath(folder, HERE)
        if name not in seeds:
            wrong.append(f"tests/fuzz/{name}: no fuzz target replays it")
        elif not os.listdir(folder):
            wrong.append(f"tests/fuzz/{name}: there is no seed")
    print("\n".join(sorted(wrong)) or f"{len(programs)} targets")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
