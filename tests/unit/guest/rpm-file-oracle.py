#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that a package by rpmbuild, its payload in every compression that rpm has, holds as we
read it what libarchive finds there. Usage: rpm-file-oracle.py RPM-FILE-COMPARE SOURCE-ROOT"""
import bz2
import gzip
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile

COMPARE, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
LEAD = 96


def header_end(package, at):
    entries, data = struct.unpack(">II", package[at + 8:at + 16])
    return at + 16 + 16 * entries + data


def main():
    with tempfile.TemporaryDirectory() as folder:
        first = os.path.join(folder, "gzip.rpm")
        made = subprocess.run([os.path.join(SOURCE, "tests/guests/kmod-package.sh"), "5",
                               "2.6.18-53.el5", "PAE", "i686", first], check=False)
        if made.returncode:
            sys.exit(made.returncode)
        with open(first, "rb") as file:
            package = file.read()
        start = header_end(package, (header_end(package, LEAD) + 7) // 8 * 8)
        archive = gzip.decompress(package[start:])
        payloads = {"none": archive, "bzip2": bz2.compress(archive), "xz": lzma.compress(archive),
                    "lzma": lzma.compress(archive, format=lzma.FORMAT_ALONE)}
        if shutil.which("zstd"):
            payloads["zstd"] = subprocess.run(["zstd", "-q", "-c"], input=archive, check=True,
                                              stdout=subprocess.PIPE).stdout
        for name, payload in payloads.items():
            with open(os.path.join(folder, name + ".rpm"), "wb") as file:
                file.write(package[:start] + payload)
        packages = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        sys.exit(subprocess.run([COMPARE, *packages], check=False).returncode)


main()
