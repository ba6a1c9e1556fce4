#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes Btrfs images that mkfs.btrfs cannot make: subvolumes, snapshots, compressed and
preallocated extents, every profile over several devices. What it writes is what Linux's
btrfs_tree.h says; `btrfs restore` reads it.

Usage: btrfs_maker.py [--sum KIND] [--pack KIND] [--default PATH] [--uuid UUID]
       [--data PROFILE] [--metadata PROFILE] IMAGE[,IMAGE...] SIZE SUBVOLUME=DIRECTORY...
A SUBVOLUME of "/" is the topmost tree; the directory of "@" may hold a place for "@/boot"."""
import argparse
import ctypes
import hashlib
import os
import stat
import struct
import uuid
import zlib

SECTOR, STRIPE, GENERATION, MIB = 4096, 65536, 7, 1 << 20
INODE, INODE_REF, DIR_ITEM, DIR_INDEX, EXTENT_DATA = 1, 12, 84, 96, 108
CSUM, ROOT_ITEM, BACKREF, ROOT_REF, DEV_ITEM, CHUNK = 128, 132, 144, 156, 216, 228
FS_TREE, ROOT_DIR, DEFAULT_DIR = 5, 256, 6
CSUM_ID = (1 << 64) - 10
DATA, SYSTEM, METADATA = 1, 2, 4
PROFILES = {"single": 0, "raid0": 8, "raid1": 0x10, "dup": 0x20, "raid10": 0x40, "raid5": 0x80, "raid6": 0x100,
            "raid1c3": 0x200, "raid1c4": 0x400}
SUMS = {"crc32c": 0, "xxhash": 1, "sha256": 2, "blake2": 3}
PACKING = {"zlib": 1, "lzo": 2, "zstd": 3}

_ext2fs = ctypes.CDLL("libext2fs.so.2")
_ext2fs.ext2fs_crc32c_le.restype = ctypes.c_uint32
_ext2fs.ext2fs_crc32c_le.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t]


def crc32c(data, start=0xffffffff):
    return _ext2fs.ext2fs_crc32c_le(start, bytes(data), len(data))


def name_hash(name):
    return crc32c(name, 0xfffffffe)


def xxhash64(data):
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH64.restype = ctypes.c_uint64
    library.XXH64.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
    return library.XXH64(bytes(data), len(data), 0)


def checksum(kind, data):
    if kind == "crc32c":
        return struct.pack("<I", crc32c(data) ^ 0xffffffff)
    if kind == "xxhash":
        return struct.pack("<Q", xxhash64(data))
    if kind == "sha256":
        return hashlib.sha256(data).digest()
    return hashlib.blake2b(data, digest_size=32).digest()


def pack_zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    library.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    room = ctypes.create_string_buffer(len(data) + 4096)
    n = library.ZSTD_compress(room, len(room), data, len(data), 3)
    return room.raw[:n]


def pack_lzo_piece(data):
    library = ctypes.CDLL("liblzo2.so.2")
    room = ctypes.create_string_buffer(len(data) + len(data) // 16 + 67)
    n = ctypes.c_size_t(len(room))
    work = ctypes.create_string_buffer(16384 * 8)
    library.lzo1x_1_compress(data, ctypes.c_size_t(len(data)), room, ctypes.byref(n), work)
    return room.raw[:n.value]


def pack_lzo(data, sector=SECTOR):
    out = bytearray(4)
    for at in range(0, len(data), sector):
        left = sector - len(out) % sector
        if left < 4:
            out += bytes(left)
        piece = pack_lzo_piece(data[at:at + sector])
        out += struct.pack("<I", len(piece)) + piece
    struct.pack_into("<I", out, 0, len(out))
    return bytes(out)


def pack(how, data):
    return {"zlib": zlib.compress, "lzo": pack_lzo, "zstd": pack_zstd}[how](data)


def key(ident, kind, offset):
    return struct.pack("<QBQ", ident, kind, offset)


class Chunk:
    def __init__(self, logical, size, kind, profile, stripes):
        self.logical, self.size, self.kind, self.profile = logical, size, kind, profile
        self.stripes, self.used = stripes, 0 # (device, offset)

    def copies(self, at, n):
        """Where each copy of [at, at + n) lies: (device, offset, piece of the bytes)."""
        off = at - self.logical
        if self.profile not in ("raid0", "raid10"):
            return [(d, o + off, slice(0, n)) for d, o in self.stripes]
        each, out, done = 2 if self.profile == "raid10" else 1, [], 0
        while done < n:
            row, inner = divmod(off + done, STRIPE)
            length = min(n - done, STRIPE - inner)
            columns = len(self.stripes) // each
            for d, o in self.stripes[row % columns * each:][:each]:
                out.append((d, o + row // columns * STRIPE + inner, slice(done, done + length)))
            done += length
        return out

    def item(self, image):
        out = struct.pack("<QQQQIIIHH", self.size, 2, STRIPE, self.kind | PROFILES[self.profile], STRIPE, STRIPE,
                          SECTOR, len(self.stripes), 2 if self.profile == "raid10" else 1)
        for device, off in self.stripes:
            out += struct.pack("<QQ", device + 1, off) + image.device_uuid(device)
        return out


class Image:
    """Files and trees in memory; write() puts them on the devices."""

    def __init__(self, size, devices=1, sum_kind="crc32c", node=16384, data="single", metadata="single",
                 chunk=4 * MIB, fsid=None):
        self.size, self.devices, self.sum, self.node = size, devices, sum_kind, node
        self.profile = {DATA: data, METADATA: metadata, SYSTEM: metadata}
        self.chunk_size, self.fsid = chunk, fsid or uuid.uuid5(uuid.NAMESPACE_DNS, "paravet").bytes
        self.bytes = [bytearray(size) for _ in range(devices)]
        self.next = [MIB] * devices
        self.chunks, self.logical = [], 16 * MIB
        self.sums = {} # logical address of a sector: checksum
        self.roots = {} # more items of the tree of roots, by key
        self.trees = {FS_TREE: Tree(self, FS_TREE)}
        self.label, self.incompat, self.default, self.super_flags, self.log_root = b"", 0x341, None, 0, 0

    def device_uuid(self, device):
        return hashlib.md5(self.fsid + bytes([device])).digest()

    # --- space ---

    def room(self, device, size):
        at = self.next[device]
        if at < 64 * MIB + STRIPE and at + size > 64 * MIB: # the second superblock
            at = 65 * MIB
        self.next[device] = at + size
        assert self.next[device] <= self.size, "the image is too small"
        return at

    def add_chunk(self, kind, size):
        profile = self.profile[kind]
        count = {"single": 1, "dup": 2, "raid1": 2, "raid1c3": 3, "raid1c4": 4}.get(profile, self.devices)
        each = size
        if profile in ("raid0", "raid10"):
            columns = count // (2 if profile == "raid10" else 1)
            each = -(-size // (columns * STRIPE)) * STRIPE
            size = each * columns
        first = min(range(self.devices), key=lambda d: self.next[d])
        stripes = []
        for i in range(count):
            device = (first + (i if profile != "dup" else 0)) % self.devices
            stripes.append((device, self.room(device, each)))
        self.chunks.append(Chunk(self.logical, size, kind, profile, stripes))
        self.logical += size + 16 * MIB
        return self.chunks[-1]

    def allocate(self, kind, n):
        for c in reversed(self.chunks):
            if c.kind == kind and c.used + n <= c.size:
                break
        else:
            size = MIB if kind == SYSTEM else self.chunk_size
            c = self.add_chunk(kind, -(-max(size, n) // (4 * MIB)) * 4 * MIB if n > size else size)
        c.used += n
        return c.logical + c.used - n

    def put(self, at, data):
        c = next(c for c in self.chunks if c.logical <= at < c.logical + c.size)
        for device, off, part in c.copies(at, len(data)):
            piece = data[part]
            self.bytes[device][off:off + len(piece)] = piece

    def put_data(self, data, checked=True):
        """Stores bytes of a file: its address, and how much room they take."""
        data += bytes(-len(data) % SECTOR)
        at = self.allocate(DATA, len(data))
        self.put(at, data)
        for off in range(0, len(data) if checked else 0, SECTOR):
            self.sums[at + off] = checksum(self.sum, data[off:off + SECTOR])
        return at, len(data)

    # --- trees ---

    def put_node(self, at, owner, level, body, count):
        head = (self.fsid + struct.pack("<QQ", at, 1) + self.fsid +
                struct.pack("<QQIB", GENERATION, owner, count, level))
        block = (head + body).ljust(self.node - 32, b"\0")
        self.put(at, checksum(self.sum, block).ljust(32, b"\0") + block)

    def put_leaf(self, owner, kind, items):
        at, heads, data, end = self.allocate(kind, self.node), b"", b"", self.node - 101
        for k, value in items:
            end -= len(value)
            heads += k + struct.pack("<II", end, len(value))
            data = value + data
        self.put_node(at, owner, 0, heads + bytes(self.node - 101 - len(heads) - len(data)) + data, len(items))
        return at

    def put_tree(self, owner, items, kind=METADATA):
        """Writes a whole tree: (address of its root, level)."""
        items = sorted(items, key=lambda i: struct.unpack("<QBQ", i[0]))
        level, room, group, used, nodes = 0, self.node - 101, [], 0, []
        for item in items:
            if used + 25 + len(item[1]) > room:
                nodes.append((group[0][0], self.put_leaf(owner, kind, group)))
                group, used = [], 0
            group.append(item)
            used += 25 + len(item[1])
        nodes.append((group[0][0] if group else bytes(17), self.put_leaf(owner, kind, group)))
        while len(nodes) > 1:
            level += 1
            above, fits = [], room // 33
            for i in range(0, len(nodes), fits):
                some, at = nodes[i:i + fits], self.allocate(kind, self.node)
                body = b"".join(k + struct.pack("<QQ", a, GENERATION) for k, a in some)
                self.put_node(at, owner, level, body, len(some))
                above.append((some[0][0], at))
            nodes = above
        return nodes[0][1], level

    def root_item(self, at, level, snapshot_of=None, refs=1):
        inode = struct.pack("<QQQQQIIIIQQQ", 1, 0, 3, self.node, 0, 1, 0, 0, 0o40755, 0, 0, 0).ljust(160, b"\0")
        return (inode + struct.pack("<QQQQQQQI", GENERATION, ROOT_DIR, at, 0, self.node, 0, 0, refs) + bytes(17) +
                struct.pack("<BBQ", 0, level, GENERATION) + uuid.uuid4().bytes +
                (snapshot_of or bytes(16))).ljust(439, b"\0")

    def add_ref(self, parent, directory, name, child):
        """The topmost tree of a subvolume lies in a directory of another one."""
        value = struct.pack("<QQH", directory, self.trees[parent].index, len(name)) + name
        self.roots[key(parent, ROOT_REF, child)] = value
        self.roots[key(child, BACKREF, parent)] = value

    def sum_items(self):
        """As few items as possible, each for sectors in a row."""
        items, most = [], (self.node - 101) // 2 // len(checksum(self.sum, b""))
        for at in sorted(self.sums):
            if items and at == items[-1][0] + len(items[-1][1]) * SECTOR and len(items[-1][1]) < most:
                items[-1][1].append(self.sums[at])
            else:
                items.append((at, [self.sums[at]]))
        return [(key(CSUM_ID, CSUM, at), b"".join(sums)) for at, sums in items]

    def subvolume(self, parent, directory, name, ident=None):
        ident = ident or max(255, *self.trees) + 1
        self.trees[ident] = Tree(self, ident)
        self.trees[parent].enter(directory, name, key(ident, ROOT_ITEM, (1 << 64) - 1), 2)
        self.add_ref(parent, directory, name, ident)
        return self.trees[ident]

    def snapshot(self, source, parent, directory, name):
        """Entries of subvolumes inside of it stay, but nothing refers to them."""
        items, names = dict(source.items), {d: dict(n) for d, n in source.names.items()}
        copy = self.subvolume(parent, directory, name)
        copy.items, copy.names = items, names
        copy.next, copy.index, copy.snapshot_of = source.next, source.index, bytes([1] * 16)
        return copy

    def finish(self):
        items = [(k, v) for k, v in self.roots.items()]
        for ident, tree in self.trees.items():
            at, level = self.put_tree(ident, tree.all_items())
            items.append((key(ident, ROOT_ITEM, 3 if tree.snapshot_of else 0),
                          self.root_item(at, level, tree.snapshot_of)))
        for ident, own in ((7, self.sum_items()), (2, []), (4, [])):
            items.append((key(ident, ROOT_ITEM, 0), self.root_item(*self.put_tree(ident, own))))
        if self.default:
            entry = key(self.default, ROOT_ITEM, (1 << 64) - 1) + struct.pack("<QHHB", 0, 0, 7, 2) + b"default"
            items.append((key(DEFAULT_DIR, DIR_ITEM, name_hash(b"default")), entry))
        root = self.put_tree(1, items)
        chunks = [c for c in self.chunks if c.kind == SYSTEM] or [self.add_chunk(SYSTEM, MIB)]
        items = [(key(1, DEV_ITEM, d + 1), self.device_item(d)) for d in range(self.devices)]
        items += [(key(256, CHUNK, c.logical), c.item(self)) for c in self.chunks]
        chunk_root = self.put_tree(3, items, SYSTEM)
        array = b"".join(key(256, CHUNK, c.logical) + c.item(self) for c in chunks)
        for device in range(self.devices):
            for at in (STRIPE, 64 * MIB):
                if at + 4096 <= self.size:
                    self.bytes[device][at:at + 4096] = self.superblock(device, at, root, chunk_root, array)

    def device_item(self, device):
        return (struct.pack("<QQQIIIQQQIBB", device + 1, self.size, self.next[device], SECTOR, SECTOR, SECTOR, 0,
                            GENERATION, 0, 0, 0, 0) + self.device_uuid(device) + self.fsid)

    def superblock(self, device, at, root, chunk_root, array, generation=GENERATION):
        body = self.fsid + struct.pack("<QQ", at, 1 | self.super_flags) + b"_BHRfS_M"
        body += struct.pack("<QQQQQQQQQ", generation, root[0], chunk_root[0], self.log_root, 0,
                            self.size * self.devices, sum(self.next), DEFAULT_DIR, self.devices)
        body += struct.pack("<IIIIIQQQQHBBB", SECTOR, self.node, self.node, SECTOR, len(array), GENERATION, 0, 0,
                            self.incompat, SUMS[self.sum], root[1], chunk_root[1], 0)
        body += self.device_item(device) + self.label.ljust(256, b"\0")
        body = body.ljust(811 - 32, b"\0") + array.ljust(2048, b"\0")
        body = body.ljust(4096 - 32, b"\0")
        return checksum(self.sum, body).ljust(32, b"\0") + body

    def write(self, *paths):
        self.finish()
        for path, data in zip(paths, self.bytes):
            with open(path, "wb") as f:
                for at in range(0, len(data), MIB):
                    piece = data[at:at + MIB]
                    if any(piece):
                        f.seek(at)
                        f.write(piece)
                f.truncate(len(data))


class Tree:
    """The files of one subvolume."""

    def __init__(self, image, ident):
        self.image, self.id, self.items, self.names = image, ident, {}, {}
        self.next, self.index, self.snapshot_of = ROOT_DIR, 2, None
        self.add_inode(0o40755)
        self.items[key(ROOT_DIR, INODE_REF, ROOT_DIR)] = struct.pack("<QH", 0, 2) + b".."

    def add_inode(self, mode, size=0, flags=0):
        ino, self.next = self.next, self.next + 1
        self.items[key(ino, INODE, 0)] = struct.pack("<QQQQQIIIIQQQ", 1, 0, size, size, 0, 1, 0, 0, mode, 0, flags,
                                                     0).ljust(160, b"\0")
        return ino

    def enter(self, directory, name, to, kind):
        entry = to + struct.pack("<QHHB", GENERATION, 0, len(name), kind) + name
        self.names.setdefault(directory, {})[name] = (self.index, entry)
        self.index += 1

    def add(self, directory, name, mode, size=0, flags=0, ino=None):
        """A new inode (or another name for `ino`) in a directory."""
        kind = {stat.S_IFREG: 1, stat.S_IFDIR: 2, stat.S_IFCHR: 3, stat.S_IFBLK: 4, stat.S_IFIFO: 5, stat.S_IFSOCK: 6,
                stat.S_IFLNK: 7}[stat.S_IFMT(mode)]
        ino = ino or self.add_inode(mode, size, flags)
        ref = key(ino, INODE_REF, directory)
        self.items[ref] = self.items.get(ref, b"") + struct.pack("<QH", self.index, len(name)) + name
        self.enter(directory, name, key(ino, INODE, 0), kind)
        return ino

    def mkdir(self, directory, name):
        return self.add(directory, name, 0o40755)

    def extent(self, ino, at, size, kind=1, packing=0, ram=None, disk=0, stored=0, off=0):
        self.items[key(ino, EXTENT_DATA, at)] = struct.pack(
            "<QQBBHBQQQQ", GENERATION, size if ram is None else ram, packing, 0, 0, kind, disk, stored, off, size)

    def inline(self, ino, data, how=None):
        stored = pack(how, data) if how else data
        self.items[key(ino, EXTENT_DATA, 0)] = struct.pack("<QQBBHB", GENERATION, len(data), PACKING.get(how, 0), 0,
                                                           0, 0) + stored

    def piece(self, ino, at, data, how=None, checked=True):
        """One extent, packed or not, at that offset of the file."""
        size = len(data) + -len(data) % SECTOR
        plain = data.ljust(size, b"\0")
        disk, stored = self.image.put_data(pack(how, plain) if how else plain, checked)
        self.extent(ino, at, size, 1, PACKING.get(how, 0), size, disk, stored)
        return disk, stored

    def file(self, directory, name, data, how=None, mode=0o100644, checked=True):
        """How small files and large ones usually lie."""
        ino = self.add(directory, name, mode, len(data), 0 if checked else 1)
        if 0 < len(data) <= 2048:
            self.inline(ino, data, how)
            return ino
        step = 131072 if how else MIB
        for at in range(0, len(data), step):
            part = data[at:at + step]
            if part.count(0) == len(part):
                continue
            packed = how if how and len(pack(how, part)) < len(part) - SECTOR else None
            self.piece(ino, at, part, packed, checked)
        return ino

    def symlink(self, directory, name, target):
        self.inline(self.add(directory, name, 0o120777, len(target)), target)

    def all_items(self):
        items = dict(self.items)
        for directory, names in self.names.items():
            for name, (index, entry) in names.items():
                items[key(directory, DIR_INDEX, index)] = entry
                hashed = key(directory, DIR_ITEM, name_hash(name))
                items[hashed] = items.get(hashed, b"") + entry
        return list(items.items())

    def copy_in(self, source, how=None, places=None, here=b""):
        """A directory of the host. `places` are paths of subvolumes: {path: (tree, directory)}."""
        source, inodes, seen = os.fsencode(source), {b"": ROOT_DIR}, {}
        for where, dirs, names in os.walk(source):
            below = where[len(source):].strip(b"/")
            parent = inodes[below]
            for name in sorted(dirs + names):
                path, inside = os.path.join(where, name), (below + b"/" + name).strip(b"/")
                st = os.lstat(path)
                if places is not None and (here + b"/" + inside).strip(b"/") in places:
                    places[(here + b"/" + inside).strip(b"/")] = (self.id, parent)
                    if name in dirs:
                        dirs.remove(name)
                elif st.st_nlink > 1 and not stat.S_ISDIR(st.st_mode) and st.st_ino in seen:
                    self.add(parent, name, st.st_mode, ino=seen[st.st_ino])
                elif stat.S_ISLNK(st.st_mode):
                    self.symlink(parent, name, os.readlink(path))
                elif stat.S_ISREG(st.st_mode):
                    with open(path, "rb") as f:
                        seen[st.st_ino] = self.file(parent, name, f.read(), how, st.st_mode)
                else:
                    inodes[inside] = self.add(parent, name, st.st_mode)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sum", default="sha256", choices=SUMS)
    parser.add_argument("--pack", choices=PACKING)
    parser.add_argument("--default")
    parser.add_argument("--uuid", type=uuid.UUID)
    parser.add_argument("--data", default="single", choices=PROFILES)
    parser.add_argument("--metadata", default="single", choices=PROFILES)
    parser.add_argument("image")
    parser.add_argument("size", type=int, help="in MiB")
    parser.add_argument("subvolumes", nargs="+")
    o = parser.parse_args()
    images = o.image.split(",")
    image = Image(o.size * MIB, len(images), o.sum, data=o.data, metadata=o.metadata,
                  fsid=o.uuid and o.uuid.bytes)
    wanted = [tuple(os.fsencode(part) for part in s.split("=", 1)) for s in o.subvolumes]
    places = {path.strip(b"/"): (FS_TREE, ROOT_DIR) for path, _ in wanted}
    ids = {}
    for path, source in sorted(wanted):
        path = path.strip(b"/")
        if path:
            parent, directory = places[path]
            tree = image.subvolume(parent, directory, path.rsplit(b"/", 1)[-1])
        else:
            tree = image.trees[FS_TREE]
        ids[path] = tree.id
        tree.copy_in(source, o.pack, places, path)
    if o.default:
        image.default = ids[os.fsencode(o.default)]
    image.write(*images)


if __name__ == "__main__":
    main()
