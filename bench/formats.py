# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same small guest on each file system and in each container, timed in one run: what a format
costs against raw ext4."""
import json
import os
import shutil
import subprocess

MIB = 1 << 20
# What a reader looks at, of a guest of Debian.
FOLDERS = ["/boot", "/etc", "/usr/lib/modules", "/usr/lib/modprobe.d", "/usr/lib/systemd/network",
           "/usr/share/initramfs-tools", "/var/lib/dpkg"]
FILES = ["/usr/lib/os-release", "/usr/lib/systemd/systemd"]
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib"}
SIZE, BOOT_SIZE = 400, 128  # MiB; mkfs.xfs makes nothing below 300
START = MIB
SERIAL = "3B24-1101"  # of the FAT file system
# As qemu-img names them, with options.
CONTAINERS = [("qcow2", None), ("qcow2", "compression_type=zstd"), ("vmdk", None),
              ("vmdk", "subformat=streamOptimized"), ("vhdx", None), ("vpc", None), ("vdi", None),
              ("qed", None)]
# Their clusters are compressed.
PACKED = {"compression_type=zstd", "subformat=streamOptimized"}


def run(*command, **more):
    # What libblkid remembers of other images is none of mkfs.btrfs's business.
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "BLKID_FILE": os.devnull}, **more)


class Guest:
    """The tree of a sample guest, as it is put on other disks."""

    def __init__(self, paravet, disk, scratch):
        self.scratch, self.disk = scratch, disk
        self.tree = os.path.join(scratch, "tree")
        facts = json.loads(run(paravet, "inspect", "--format", "json", disk).stdout)
        root = next(v for v in facts["volumes"] if "/" in v["mounted_at"])
        self.uuid = root["uuid"]
        part = self.path("root.part")
        run("dd", f"if={disk}", f"of={part}", "bs=64K", f"skip={root['start']}",
            f"count={root['size']}", "iflag=skip_bytes,count_bytes", "conv=sparse")
        for path in FOLDERS + FILES:
            parent = self.tree + os.path.dirname(path)
            os.makedirs(parent, exist_ok=True)
            verb = "rdump" if path in FOLDERS else "dump"
            to = parent if path in FOLDERS else self.tree + path
            run("debugfs", "-R", f"{verb} {path} {to}", part)
        os.unlink(part)
        for name, target in LINKS.items():
            os.symlink(target, os.path.join(self.tree, name))
        os.makedirs(self.tree + "/usr/sbin")
        os.symlink("../lib/systemd/systemd", self.tree + "/usr/sbin/init")
        self.fstab = self.tree + "/etc/fstab"

    def path(self, name):
        return os.path.join(self.scratch, name)

    def mount(self, *lines):
        with open(self.fstab, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    def put(self, name, *parts):
        """A disk with these partitions (file, type), and the boot code of the sample's."""
        path = self.path(name)
        sizes = [os.path.getsize(part) for part, _ in parts]
        with open(self.disk, "rb") as sample, open(path, "wb") as disk:
            disk.write(sample.read(440))
            disk.truncate(START + sum(sizes))
        table, at = "label: dos\n", START
        for (part, kind), size in zip(parts, sizes):
            table += f"start={at // 512}, size={size // 512}, type={kind}\n"
            run("dd", f"if={part}", f"of={path}", "bs=1M", f"seek={at // MIB}",
                "conv=notrunc,sparse")
            os.unlink(part)
            at += size
        run("sfdisk", "-q", path, input=table.encode())
        return path

    def part(self, size=SIZE):
        path = self.path("part")
        with open(path, "wb") as file:
            file.truncate(size * MIB)
        return path

    def ext4(self, name="ext4.img"):
        self.mount(f"UUID={self.uuid} / ext4 defaults 0 1")
        part = self.part()
        run("mke2fs", "-q", "-F", "-t", "ext4", "-U", self.uuid, "-d", self.tree, part)
        return self.put(name, (part, "83"))

    def proto(self, folder):
        lines = []
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.is_symlink():
                lines.append(f"{entry.name} l--777 0 0 {os.readlink(entry.path)}")
            elif entry.is_dir():
                lines += [f"{entry.name} d--755 0 0", *self.proto(entry.path), "$"]
            elif " " not in entry.name:
                lines.append(f"{entry.name} ---644 0 0 {entry.path}")
        return lines

    def xfs(self):
        self.mount(f"UUID={self.uuid} / xfs defaults 0 1")
        with open(self.path("proto"), "w", encoding="utf-8") as file:
            file.write("\n".join(["-", "0 0", "d--755 0 0", *self.proto(self.tree), "$"]) + "\n")
        part = self.part()
        run("mkfs.xfs", "-q", "-m", f"uuid={self.uuid}", "-p", self.path("proto"), part)
        return self.put("xfs.img", (part, "83"))

    def btrfs(self):
        self.mount(f"UUID={self.uuid} / btrfs defaults 0 0")
        part = self.part()
        run("mkfs.btrfs", "-q", "-U", self.uuid, "--rootdir", self.tree, part)
        return self.put("btrfs.img", (part, "83"))

    def fat(self):
        """/boot on FAT, / on ext4: no Linux has / on FAT."""
        self.mount(f"UUID={self.uuid} / ext4 defaults 0 1",
                   f"UUID={SERIAL} /boot vfat defaults 0 2")
        boot, away, folder = self.path("boot.part"), self.path("boot"), self.tree + "/boot"
        os.rename(self.part(BOOT_SIZE), boot)
        run("mkfs.fat", "-i", SERIAL.replace("-", ""), boot)
        run("mcopy", "-s", "-i", boot,
            *(os.path.join(folder, name) for name in sorted(os.listdir(folder))), "::/")
        os.rename(folder, away)
        os.mkdir(folder)
        part = self.part()
        run("mke2fs", "-q", "-F", "-t", "ext4", "-U", self.uuid, "-d", self.tree, part)
        os.rmdir(folder)
        os.rename(away, folder)
        return self.put("fat.img", (part, "83"), (boot, "c"))

    def container(self, raw, kind, option):
        path = self.path(f"disk.{kind}")
        packed = ["-c"] if option == "compression_type=zstd" else []
        run("qemu-img", "convert", *packed, "-O", kind, *(["-o", option] if option else []), raw, path)
        return path


def starting(measure, paravet, scratch, runs):
    """ms that it takes to start qemu-nbd, over an empty disk; 0 where it is not installed."""
    if not shutil.which("qemu-nbd"):
        return 0
    paths = [os.path.join(scratch, "empty." + kind) for kind in ("raw", "vmdk")]
    for path in paths:
        run("qemu-img", "create", "-q", "-f", path.rsplit(".", maxsplit=1)[1], path, "64M")
    raw, served = measure.together([[paravet, "inspect", path] for path in paths], runs)
    for path in paths:
        os.unlink(path)
    return max(0, served[0] - raw[0])


def rows(measure, paravet, disk, scratch, runs):
    """Yields the format and what Measure.together() says of raw ext4 and of it."""
    guest = Guest(paravet, disk, scratch)
    raw = guest.ext4()

    def row(name, path):
        check = [paravet, "check", "--on", "all"]
        return name, *measure.together([[*check, raw], [*check, path]], runs)
    for name, needs, make in (("raw, XFS", "mkfs.xfs", guest.xfs),
                              ("raw, Btrfs", "mkfs.btrfs", guest.btrfs),
                              ("raw, /boot on FAT", "mcopy", guest.fat)):
        if shutil.which(needs):
            path = make()
            yield row(name, path)
            os.unlink(path)
    for kind, option in CONTAINERS:
        path = guest.container(raw, kind, option)
        yield row(f"{kind}{', packed' if option in PACKED else ''}, ext4", path)
        os.unlink(path)
