#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a small kernel module from nothing.

make-module.py FILE [arch=i386] [key=value ...] [need=SYMBOL[:CRC] ...] [export=SYMBOL[:CRC] ...]
arch is i386 or x86_64; need= and export= make symbols, every other key goes into .modinfo.
"""
import struct
import sys

wide = False
info, needs, exports, style_2_4 = [], [], [], True
for argument in sys.argv[2:]:
    key, value = argument.split("=", 1)
    if key == "arch":
        wide = value == "x86_64"
    elif key in ("need", "export"):
        name, _, crc = value.partition(":")
        (needs if key == "need" else exports).append((name, int(crc, 16) if crc else None))
    else:
        info.append(argument)
        style_2_4 = style_2_4 and key != "depends"

versions = b""
strings, symbols = b"\0", [b"\0" * (24 if wide else 16)]


def symbol(name, value, section, bind):
    global strings
    at = len(strings)
    strings += name.encode() + b"\0"
    if wide:
        symbols.append(struct.pack("<IBBHQQ", at, bind << 4, 0, section, value, 0))
    else:
        symbols.append(struct.pack("<IIIBBH", at, value, 0, bind << 4, 0, section))


for name, crc in needs:
    layout = name in ("module_layout", "struct_module")
    if style_2_4:
        symbol(name if crc is None else "%s_R%08x" % (name, crc), 0, 0, 1)
        continue
    if not layout:
        symbol(name, 0, 0, 1)
    if crc is not None:
        entry = struct.pack("<Q" if wide else "<I", crc) + name.encode()
        versions += entry.ljust(64, b"\0")
for name, crc in exports:
    if style_2_4:
        symbol("__ksymtab_" + (name if crc is None else "%s_R%08x" % (name, crc)), 0, 1, 0)
        continue
    symbol("__ksymtab_" + name, 0, 1, 0)
    if crc is not None:
        symbol("__crc_" + name, crc, 0xFFF1, 1)

sections = [(".modinfo", b"".join(i.encode() + b"\0" for i in info), 0)]
if versions:
    sections.append(("__versions", versions, 0))
sections.append((".symtab", b"".join(symbols), len(sections) + 2))
sections.append((".strtab", strings, 0))
names = b"\0" + b"".join(s[0].encode() + b"\0" for s in sections) + b".shstrtab\0"
sections.append((".shstrtab", names, 0))

body, table = b"", b"\0" * (64 if wide else 40)
start = 64 if wide else 52
for name, content, link in sections:
    form = "<IIQQQQIIQQ" if wide else "<IIIIIIIIII"
    table += struct.pack(form, names.index(b"\0" + name.encode() + b"\0") + 1, 1, 0, 0,
                         start + len(body), len(content), link, 0, 1, 0)
    body += content
ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + b"\0" * 9
form = "<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH"
header = ident + struct.pack(form, 1, 62 if wide else 3, 1, 0, 0, start + len(body), 0, start,
                             0, 0, 64 if wide else 40, len(sections) + 1, len(sections))
open(sys.argv[1], "wb").write(header + body + table)
