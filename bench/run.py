#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures `paravet check --on all` on each sample guest and prints a table; of guests that
are fixable on KVM, also `paravet plan` and `paravet apply` together.

    run.py PARAVET GUESTS_DIR [--runs N] [--formats | NAME...]

Beside the median wall time stands the floor, taken in the same run: the fastest installed
program that decompresses that guest's initramfs, plus 5 ms. virt-inspector is measured too
where it is installed. A second table has one small guest on each file system and in each container,
against the same on raw ext4. A slow result is no failure: it is for people to read.
"""
import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import formats  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
GUESTS = os.path.join(SOURCE, "tests", "guests")
GOAL_RATIO, GOAL_MB, EXTRA_MS = 1.15, 16, 5
RHEL_MS = 20
FORMATS_OF = "debian-sda"
APPLY_MS = 1000
FIXABLE = 1
INSPECTOR_RUNS = 3

# The start of a compressed segment, and the programs that read it.
DECOMPRESSORS = [
    (b"\x1f\x8b", ["igzip -dc", "libdeflate-gunzip -c", "pigz -dc", "gzip -dc"]),
    (b"\x28\xb5\x2f\xfd", ["zstd -qdc"]),
    (b"\xfd7zXZ\x00", ["xz -dc", "xz -T0 -dc"]),
    (b"\x5d\x00\x00", ["xz --format=lzma -dc"]),
    (b"BZh", ["lbzip2 -dc", "bzip2 -dc"]),
    (b"\x04\x22\x4d\x18", ["lz4 -qdc"]),
    (b"\x02\x21\x4c\x18", ["lz4 -qdc"]),
    (b"\x89LZO", ["lzop -dc"]),
]


def main_segment(data):
    """What follows the uncompressed cpio archives (microcode) at the start."""
    at = 0
    while data[at:at + 6] in (b"070701", b"070702"):
        while True:
            size, name_size = (int(data[at + o:at + o + 8], 16) for o in (54, 94))
            name = data[at + 110:at + 110 + name_size - 1]
            at = (at + 110 + name_size + 3) // 4 * 4
            at = (at + size + 3) // 4 * 4
            if name == b"TRAILER!!!":
                break
        while data[at:at + 1] == b"\0":
            at += 1
    return data[at:]


class Measure:
    def __init__(self, directory):
        self.program = os.path.join(directory, "measure")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-D_GNU_SOURCE", "-o", self.program,
                        os.path.join(HERE, "measure.c")], check=True)

    def once(self, command):
        """(ms, MB, exit status, ms of processors)."""
        out = subprocess.run([self.program, *command], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split()
        return int(out[0]) / 1e6, int(out[1]) / 1024, int(out[2]), int(out[3]) / 1e3

    def together(self, commands, runs, of=min):
        """(ms, peak MB, exit status of the last run, ms of processors) of each. They take turns, so
        that what else the machine does slows all; a first run warms the caches."""
        taken = [[self.once(command) for command in commands] for _ in range(runs + 1)][1:]
        return [(of(ms), max(mb), status[-1], of(used))
                for ms, mb, status, used in (zip(*rows) for rows in zip(*taken))]

    def __call__(self, command, runs):
        """(median ms, peak MB, exit status of the last run); one run warms the caches."""
        return self.together([command], runs, statistics.median)[0][:3]


def floor_of(measure, initramfs, scratch, runs):
    """(ms, program) of the fastest decompressor, or None."""
    with open(initramfs, "rb") as file:
        segment = main_segment(file.read())
    path = os.path.join(scratch, "segment")
    with open(path, "wb") as file:
        file.write(segment)
    found = []
    for magic, commands in DECOMPRESSORS:
        if not segment.startswith(magic):
            continue
        for command in commands:
            words = command.split()
            if shutil.which(words[0]):
                ms, _, status = measure([*words, path], runs)
                if status == 0:
                    found.append((ms, command))
    return min(found, default=None)


def build(name, out):
    done = subprocess.run([os.path.join(GUESTS, "build.sh"), name, out],
                          stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else None


def plan_and_apply(measure, paravet, guest, scratch, runs):
    """ms of both, the overlay written each time; None: the guest is not fixable."""
    overlay = os.path.join(scratch, "overlay.qcow2")
    _, _, status = measure([paravet, "check", "--on", "kvm", *guest], 1)
    if status != FIXABLE or guest[0] == "--root":
        return None
    plan, _, _ = measure([paravet, "plan", "--on", "kvm", *guest], runs)
    apply, _, status = measure(["sh", "-c", 'rm -f "$1"; exec "$0" apply --on kvm -o "$@"', paravet,
                                overlay, *guest], runs)
    return plan + apply if status == 0 else None


def tell_formats(measure, paravet, guests, scratch, runs):
    disks = build(FORMATS_OF, guests)
    if not disks:
        return
    print("measuring each format ...", file=sys.stderr, flush=True)
    child = formats.starting(measure, paravet, scratch, runs)
    print(f"\n{FORMATS_OF}, what is read of it, on each file system and in each container, and in turn "
          f"with it\non raw ext4: the fastest of {runs} runs. Goals: {GOAL_RATIO} x that, and {child:.0f} ms "
          f"more where qemu-nbd starts (all but\nraw and qcow2). CHILD: what qemu-nbd took of a processor "
          f"(all that raw ext4 did not take), some of it\nwhile paravet worked.\n")
    print(f"{'FORMAT':<28}{'EXIT':>4}{'ALL ms':>9}{'EXT4 ms':>9}{'RATIO':>7}{'CHILD ms':>10}{'GOAL ms':>9}"
          f"{'PEAK MB':>9}")
    for name, (floor, _, _, own), (ms, mb, status, used) in formats.rows(
            measure, paravet, disks[0], scratch, runs):
        served = not name.startswith(("raw", "qcow2"))
        goal = GOAL_RATIO * floor + (child if served else 0)
        print(f"{name:<28}{status:>4}{ms:>9.1f}{floor:>9.1f}{ms / floor:>7.2f}"
              + (f"{max(0, used - own):>10.1f}" if served else f"{'-':>10}")
              + f"{goal:>9.1f}{mb:>9.1f}{'  above' if ms > goal else ''}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paravet")
    parser.add_argument("guests")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--formats", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_intermixed_args()
    os.environ.setdefault("PARAVET_PLATFORMS", os.path.join(SOURCE, "platforms"))
    os.environ["PARAVET_CONFIG"] = os.devnull
    names = args.names if args.names or args.formats else sorted(
        os.path.basename(path)[:-3] for path in glob.glob(os.path.join(GUESTS, "recipes", "*.sh"))
        if not os.path.basename(path).startswith("fake-"))
    inspector = shutil.which("virt-inspector")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        measure = Measure(scratch)
        for name in names:
            disks = build(name, args.guests)
            if not disks:
                continue
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            guest = ["--root", *disks] if os.path.isdir(disks[0]) else disks
            ms, mb, status = measure([args.paravet, "check", "--on", "all", *guest], args.runs)
            # What the guest was made for: Xen for those of RHEL, KVM for the others.
            one = "rhel5-xen" if name.startswith("rhel") else "kvm"
            one_ms, _, _ = measure([args.paravet, "check", "--on", one, *guest], args.runs)
            floor = floor_of(measure, os.path.join(args.guests, name + ".initrd"), scratch,
                             args.runs)
            other = None
            if inspector and not os.path.isdir(disks[0]):
                images = [word for disk in disks for word in ("-a", disk)]
                other = measure([inspector, *images], INSPECTOR_RUNS)[0]
            applied = plan_and_apply(measure, args.paravet, guest, scratch, args.runs)
            rows.append((name, status, ms, one_ms, mb, floor, applied, other))
        if not args.names:
            tell_formats(measure, args.paravet, args.guests, scratch, args.runs)
    if rows:
        tell_guests(rows, args.runs, inspector)


def tell_guests(rows, runs, inspector):
    print(f"\nMedian of {runs} runs, files cached. Floor: the named decompressor on that "
          f"initramfs + {EXTRA_MS} ms.\nONE: --on rhel5-xen for guests of RHEL, --on kvm for others. "
          f"Goals: {GOAL_RATIO} x the floor, {GOAL_MB} MB;\n{RHEL_MS} ms for a guest of RHEL; {APPLY_MS} ms for "
          f"plan and apply on KVM.\n")
    print(f"{'GUEST':<28}{'EXIT':>4}{'ALL ms':>9}{'ONE ms':>9}{'FLOOR ms':>10}{'RATIO':>7}"
          f"{'PEAK MB':>9}{'APPLY ms':>10}  {'FLOOR IS':<18}VIRT-INSPECTOR")
    for name, status, ms, one_ms, mb, floor, applied, other in rows:
        floor_ms = floor[0] + EXTRA_MS if floor else None
        print(f"{name:<28}{status:>4}{ms:>9.1f}{one_ms:>9.1f}"
              + (f"{floor_ms:>10.1f}{ms / floor_ms:>7.2f}" if floor_ms else f"{'-':>10}{'-':>7}")
              + f"{mb:>9.1f}"
              + (f"{applied:>10.0f}" if applied else f"{'-':>10}")
              + f"  {floor[1] if floor else '-':<18}"
              + (f"{other / 1000:.1f} s, {other / ms:.0f} x" if other else
                 "not installed" if not inspector else "-"))


if __name__ == "__main__":
    main()
