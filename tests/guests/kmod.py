# SPDX-License-Identifier: LGPL-2.1-or-later
"""The line "kmod" of an .expect file: a package of drivers is given to paravet apply."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NO_INPUT = 66
KINDS = ("modules.dep", "modules.alias", "modules.symbols")


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def root_offset(facts, disk):
    """Where the file system of / lies on a disk whose logical volumes are in one piece."""
    volume = next(v for v in facts["volumes"] if v["disk"] == disk and "/" in v["mounted_at"])
    if not volume["name"].startswith("LV "):
        return volume["start"]
    # the samples' volume group: its first extent follows 192 KiB of metadata
    group = next(v for v in facts["volumes"] if v["disk"] == disk and v["fs"] == "LVM2_member")
    return group["start"] + 384 * 512


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [line for line in file.read().splitlines() if line and line[0] != "#"]


def normal(kind, line, release):
    """A line without what tells one depmod from another."""
    if kind != "modules.dep":
        return line
    path, _, needs = line.replace(f"/lib/modules/{release}/", "").partition(":")
    return f"{path}: {' '.join(sorted(needs.split()))}"


def entries(text):
    """Those of Linux 2.4: a path, and in any order what it needs."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return sorted((line.partition(":")[0], sorted(line.partition(":")[2].split()))
                  for line in joined.splitlines() if line.strip())


def compare_indexes(tree, release, old):
    """Against what depmod makes of the same modules; a copy of the folder is changed."""
    folder = os.path.join(tree, "lib/modules", release)
    before = {kind: lines_of(os.path.join(folder, kind)) for kind in KINDS
              if os.path.exists(os.path.join(folder, kind))}
    if old:
        with open(os.path.join(folder, "modules.dep"), encoding="utf-8") as file:
            found = entries(file.read())
        run("bash", "-c", '. "$1"/lib.sh; . "$1"/rhel/lib.sh; write_old_index "$2"', "-", HERE,
            folder)
        with open(os.path.join(folder, "modules.dep"), encoding="utf-8") as file:
            assert found == entries(file.read()), f"{release}: {found}"
        return
    # depmod would follow links out of the tree
    for base, _, names in os.walk(folder):
        for path in (os.path.join(base, name) for name in names):
            if os.path.islink(path):
                target = tree + os.readlink(path)
                assert os.path.exists(target), f"{path} leads nowhere"
                os.unlink(path)
                os.symlink(target, path)
    run("depmod", "-b", tree, release)
    for kind, found in before.items():
        wanted = lines_of(os.path.join(folder, kind))
        found = sorted(normal(kind, line, release) for line in found)
        wanted = sorted(normal(kind, line, release) for line in wanted)
        assert found == wanted, f"{release}/{kind}: {sorted(set(found) ^ set(wanted))}"


class Given:
    """A guest with a package, on a copy of its first disk in a folder of its own."""

    def __init__(self, guest, on, words, folder):
        self.guest, self.on, self.folder = guest, on, folder
        rhel, kernel, flavour, arch = words[:4]
        self.package = os.path.join(folder, "kmod.rpm")
        run(os.path.join(HERE, "kmod-package.sh"), rhel, kernel,
            "" if flavour == "-" else flavour, arch, self.package, *words[4:5])
        self.disk = os.path.join(folder, "changed.img")
        self.machine = os.path.join(folder, "changed.xm")

    def paravet(self, command, *options, disk=None):
        names = [disk or self.guest.disks[0], *self.guest.disks[1:]]
        on = () if command == "inspect" else ("--on", self.on)
        done = subprocess.run([self.guest.paravet, command, *on, *options, *names],
                              cwd=self.guest.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def apply(self):
        return self.paravet("apply", "--format", "json", "--kmod", self.package, "--copy", "-o",
                            self.disk, "--machine", self.guest.machine, "--machine-out",
                            self.machine)

    def check_refused(self, why):
        status, out, err = self.apply()
        assert status == NO_INPUT and why in err, f"{status}: {out}{err}"
        left = sorted(os.listdir(self.folder))
        assert left == ["kmod.rpm"], f"something was written: {left}"

    def check_undone(self):
        """In place, and taken back byte for byte; the description goes beside the old one."""
        disk = os.path.join(self.folder, "in-place.img")
        shutil.copy(os.path.join(self.guest.folder, self.guest.disks[0]), disk)
        before = digest(disk)
        machine = os.path.join(self.folder, "in-place.xm")
        with open(os.path.join(self.guest.folder, self.guest.machine), encoding="utf-8") as file:
            text = file.read()
        with open(machine, "w", encoding="utf-8") as file:
            file.write(text.replace(self.guest.disks[0], os.path.basename(disk)))
        taken = self.paravet("apply", "--kmod", self.package, "--in-place", "--machine", machine,
                             "--machine-out", machine, disk=disk)
        assert taken[0] == NO_INPUT and "File exists" in taken[2], taken
        assert digest(disk) == before, "the disk was changed before the name was looked at"
        done = self.paravet("apply", "--kmod", self.package, "--in-place", "--machine", machine,
                            "--machine-out", machine + ".new", disk=disk)
        assert done[0] == 0, done
        assert digest(disk) != before
        ready = self.paravet("check", "--machine", machine + ".new", disk=disk)
        assert ready[0] == 0, ready
        run(self.guest.paravet, "undo", disk + ".paravet-undo")
        assert digest(disk) == before, "undo made something else"

    def check_left_as_it_is(self):
        """A form that is not written: the file is not made, and it is said so."""
        machine, new = (os.path.join(self.folder, name) for name in ("old.vmx", "new.vmx"))
        with open(machine, "w", encoding="utf-8") as file:
            file.write('.encoding = "UTF-8"\nconfig.version = "8"\nvirtualHW.version = "8"\n')
            for i, disk in enumerate(self.guest.disks):
                file.write(f'ide0:{i}.present = "TRUE"\nide0:{i}.fileName = "{disk}"\n')
        done = self.paravet("apply", "--kmod", self.package, "--copy", "-o",
                            os.path.join(self.folder, "vmx.img"), "--machine", machine,
                            "--machine-out", new)
        assert "was not written: no step changes" in " ".join(done[1].split()), done
        assert not os.path.exists(new)

    def check_files(self):
        _, out, _ = self.paravet("inspect", "--format", "json", disk=self.disk)
        facts = json.loads(out)
        image = f"{self.disk}?offset={root_offset(facts, self.disk)}"
        run("e2fsck", "-fn", image)
        tree = os.path.join(self.folder, "tree")
        os.makedirs(os.path.join(tree, "lib"))
        run("debugfs", "-R", f"rdump /lib/modules {tree}/lib", image)
        assert not os.path.exists(os.path.join(tree, "scriptlet"))
        for kernel in facts["kernels"]:
            if kernel["image"] and kernel["modules_dir"]:
                compare_indexes(tree, kernel["release"], kernel["release"].startswith("2.4."))

    def check_made(self, schema_problem):
        status, out, err = self.apply()
        assert status == 0, f"{status}: {out[:3000]}{err}"
        made = json.loads(out)
        assert made["applied"]["after"] == "ready", made["applied"]["after"]
        problem = schema_problem(made, "apply.schema.json") if schema_problem else None
        assert problem is None, problem
        status, out, err = self.paravet("check", "--machine", self.machine, disk=self.disk)
        assert status == 0, f"check: {status}: {out}{err}"
        status, out, err = self.paravet("apply", "--format", "json", "--kmod", self.package,
                                        "--dry-run", "--machine", self.machine, disk=self.disk)
        assert status == 0, f"again: {status}: {out}{err}"
        files = json.loads(out)["applied"]["changes"]["files"]
        assert not files, f"changed by a second apply: {files}"
        status, out, err = self.paravet("plan", "--script", disk=self.disk)
        assert status == 0, f"plan --script: {status}: {err}"
        self.check_files()


def check_kmod(guest, on, rest, schema_problem):
    """RHEL KERNEL FLAVOUR|- ARCH [COMPRESSION], then perhaps "refused: TEXT" or "undone"."""
    words, refused, why = rest.partition(" refused: ")
    words, undone, _ = words.partition(" undone")
    with tempfile.TemporaryDirectory() as folder:
        given = Given(guest, on, words.split(), folder)
        if refused:
            given.check_refused(why)
        else:
            given.check_made(schema_problem)
            if undone:
                given.check_undone()
                given.check_left_as_it_is()
