# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes rpm databases from nothing: package headers, Berkeley DB hash tables and B-trees in
either byte order, NDB, SQLite. Only what the readers need is in them."""
import os
import sqlite3
import struct
import zlib

PAGE = 4096


def header(name, version, release, arch="x86_64", epoch=None, files=(), old=False, pad=0):
    """A header as the database stores it; `pad` bytes of something before the file list."""
    entries, data = [], b""

    def add(tag, kind, count, value, align=1):
        nonlocal data
        data += bytes(-len(data) % align)
        entries.append((tag, kind, len(data), count))
        data += value

    def text(tag, value):
        add(tag, 6, 1, value.encode() + b"\0")

    def texts(tag, values):
        add(tag, 8, len(values), b"".join(v.encode() + b"\0" for v in values))

    text(1000, name)
    text(1001, version)
    text(1002, release)
    if epoch is not None:
        add(1003, 4, 1, struct.pack(">I", epoch), 4)
    if arch:
        text(1022, arch)
    if old and files:
        texts(1027, list(files))
    if pad:
        add(1146, 7, pad, bytes(i % 251 for i in range(pad)))
    if files and not old:
        dirs = sorted({os.path.dirname(f).rstrip("/") + "/" for f in files})
        add(1116, 4, len(files),
            b"".join(struct.pack(">I", dirs.index(os.path.dirname(f).rstrip("/") + "/"))
                     for f in files), 4)
        texts(1117, [os.path.basename(f) for f in files])
        texts(1118, dirs)
    return (struct.pack(">II", len(entries), len(data)) +
            b"".join(struct.pack(">IIII", *e) for e in entries) + data)


class Bdb:
    """Pages of a Berkeley DB file; page 0 comes last."""

    def __init__(self, order):
        self.order = order
        self.pages = [b""]

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def page(self, number, prev, following, entries, offset, level, kind, body):
        head = self.pack("QIIIHHBB", 0, number, prev, following, entries, offset, level,
                         kind)
        return head + body

    def items(self, number, items, level, kind, prev=0, following=0):
        """Items fill the page from its end, their places stand at its beginning."""
        at, places, tail = PAGE, b"", b""
        for item in items:
            at -= len(item)
            places += self.pack("H", at)
            tail = item + tail
        room = PAGE - 26 - len(places) - len(tail)
        if room < 0:
            raise ValueError("a page is too full")
        return self.page(number, prev, following, len(items), at, level, kind,
                         places + bytes(room) + tail)

    def overflow(self, value, scatter=False):
        """A chain of pages; scattered ones have a gap after every third."""
        most, numbers, n = PAGE - 26, [], len(self.pages)
        for i in range((len(value) + most - 1) // most):
            numbers.append(n)
            n += 2 if scatter and i % 3 == 2 else 1
        while len(self.pages) < n:
            self.pages.append(bytes(PAGE))
        for i, number in enumerate(numbers):
            part = value[i * most:(i + 1) * most]
            self.pages[number] = self.page(
                number, numbers[i - 1] if i else 0,
                numbers[i + 1] if i + 1 < len(numbers) else 0, 1, len(part), 0, 7,
                part + bytes(most - len(part)))
        return numbers[0]

    def meta(self, magic, version, kind, rest):
        head = self.pack("QIIIIBBBBIIIIII", 0, 0, magic, version, PAGE, 0, kind, 0, 0, 0,
                         len(self.pages) - 1, 0, 0, 0, 0)
        head += bytes(72 - len(head)) + rest
        self.pages[0] = head + bytes(PAGE - len(head))
        return b"".join(self.pages)


def fnv(key):
    h = 0
    for c in key:
        h = (h * 16777619 & 0xffffffff) ^ c
    return h


def bdb_hash(pairs, order="<", version=9, buckets=8, scatter=False, per_page=20):
    """Bucket n lies on page n + 1: all spares are 1. Buckets need no power of two."""
    b = Bdb(order)
    high = 1
    while high < buckets - 1:
        high = high * 2 + 1
    table = [[] for _ in range(buckets)]
    for key, value in pairs:
        n = fnv(key) & high
        table[n if n < buckets else n & high >> 1].append((key, value))
    b.pages += [bytes(PAGE)] * buckets
    for n, bucket in enumerate(table):
        at, prev = n + 1, 0
        for i in range(0, len(bucket) or 1, per_page):
            items = []
            for key, value in bucket[i:i + per_page]:
                items.append(b"\1" + key)
                if len(value) < 200:
                    items.append(b"\1" + value)
                else:
                    items.append(b.pack("BBBBII", 3, 0, 0, 0, b.overflow(value, scatter),
                                        len(value)))
            following = 0
            if i + per_page < len(bucket):
                following = len(b.pages)
                b.pages.append(bytes(PAGE))
            b.pages[at] = b.items(at, items, 0, 13 if version == 9 else 2, prev, following)
            at, prev = following, at
    return b.meta(0x061561, version, 8,
                  b.pack("IIIIII", buckets - 1, high, high >> 1, 0, len(pairs),
                         fnv(b"%$sniglet^&\0")) +
                  b.pack("I", 1) * ((buckets - 1).bit_length() + 1))


def bdb_btree(pairs, order="<", version=9, per_page=60):
    """Leaves in a row, and a root above them when there are several."""
    b = Bdb(order)
    pairs = sorted(pairs)
    groups = [pairs[i:i + per_page] for i in range(0, len(pairs), per_page)] or [[]]
    first = 1 if len(groups) == 1 else 2
    b.pages += [bytes(PAGE)] * (len(groups) + first - 1)
    children = []
    for i, group in enumerate(groups):
        items = []
        for key, value in group:
            for part in (key, value):
                if len(part) < 500:
                    item = b.pack("HB", len(part), 1) + part
                else:
                    item = b.pack("HBBII", 0, 3, 0, b.overflow(part), len(part))
                items.append(item + bytes(-len(item) % 4))
        n = first + i
        key = group[0][0] if group and i else b""
        child = b.pack("HBBII", len(key), 1, 0, n, 0) + key
        children.append(child + bytes(-len(child) % 4))
        b.pages[n] = b.items(n, items, 1, 5, n - 1 if i else 0,
                             n + 1 if i + 1 < len(groups) else 0)
    if first == 2:
        b.pages[1] = b.items(1, children, 2, 3)
    return b.meta(0x053162, version, 9, b.pack("IIIII", 0, 2, 0, 32, 1))


def numbered(blobs):
    return list(enumerate(blobs, 1))


def packages_pairs(blobs, order):
    pairs = [(struct.pack(order + "I", 0), struct.pack(order + "I", len(blobs)))]
    return pairs + [(struct.pack(order + "I", n), b) for n, b in numbered(blobs)]


def name_of(blob):
    il = struct.unpack(">I", blob[:4])[0]
    for i in range(il):
        tag, _, offset, _ = struct.unpack(">IIII", blob[8 + 16 * i:24 + 16 * i])
        if tag == 1000:
            start = 8 + 16 * il + offset
            return blob[start:blob.index(b"\0", start)]
    raise ValueError("no name")


def name_pairs(blobs, order):
    names = {}
    for n, b in numbered(blobs):
        key = name_of(b)
        names[key] = names.get(key, b"") + struct.pack(order + "II", n, 0)
    return list(names.items())


def ndb(blobs, free_slots=True):
    """Slots in pages of 4096 bytes, headers in blocks of 16."""
    pages = 1
    while pages * 256 - 2 < len(blobs) * 2:
        pages += 1
    block, slots, body = pages * 256, b"", []
    for n, blob in numbered(blobs):
        count = (16 + len(blob) + 12 + 15) // 16
        head = struct.pack("<4sIII", b"BlbS", n, 7, len(blob)) + blob
        head += bytes(count * 16 - 12 - len(head))
        slots += struct.pack("<4sIII", b"Slot", n, block, count)
        if free_slots and n % 5 == 0:
            slots += struct.pack("<4sIII", b"Slot", 0, 0, 0)
        body += [head, struct.pack("<II4s", zlib.adler32(head), len(blob), b"BlbE")]
        block += count
    slots += struct.pack("<4sIII", b"Slot", 0, 0, 0) * (pages * 256 - 2 - len(slots) // 16)
    top = struct.pack("<4sIIIIIII", b"RpmP", 0, 7, pages, len(blobs) + 1, 0, 0, 0)
    return b"".join([top, slots, *body])


def sqlite_db(path, blobs, wal=False, names=True):
    """Returns the open connection when the newest rows shall stay in the log."""
    c = sqlite3.connect(path)
    if wal:
        c.execute("PRAGMA journal_mode=WAL")
        c.execute("PRAGMA wal_autocheckpoint=0")
    c.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, "
              "blob BLOB NOT NULL)")
    c.execute("CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, "
              "idx INTEGER NOT NULL)")
    c.execute("CREATE INDEX 'Name_key_idx' ON 'Name'(key ASC)")
    c.commit()
    if wal:
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for n, blob in numbered(blobs):
        c.execute("INSERT INTO Packages VALUES (?, ?)", (n, blob))
        if names:
            c.execute("INSERT INTO Name VALUES (?, ?, 0)", (name_of(blob).decode(), n))
    c.commit()
    if wal:
        return c
    c.close()
    return None
