#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packs an image into the form of sparse.h. Usage: pack.py IMAGE > SEED"""
import struct
import sys

with open(sys.argv[1], "rb") as f:
    data = f.read()
for at in range(0, len(data), 1024):
    block = data[at:at + 1024].rstrip(b"\0")
    if block:
        sys.stdout.buffer.write(struct.pack("<HH", at // 1024, len(block)) + block)
