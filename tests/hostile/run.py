#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Damages the disks of every sample guest, a case at a time, and says which case broke a promise.

    run.py GUESTS_DIR HOSTILE... [--cases N] [--seed S] [--jobs N] [--small] [--only GUEST]

Each program HOSTILE (hostile.c) runs the N cases: one that was built with sanitizers sees crashes,
one without them sees how much memory a case takes. A small guest, of which a case costs a tenth,
has eight times as many cases as the others; --small leaves the others out. TAP on stdout; a case
that failed is a comment with the command that repeats it. Exit status 1: a case failed.
"""
import argparse
import concurrent.futures
import glob
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
GUESTS = os.path.join(SOURCE, "tests", "guests")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(SOURCE, "tests", "lab"))
from progress import Progress, time_text  # noqa: E402

# Cases of one run of the program, which reads the undamaged guest once for them.
SLICE = 25
SMALL, SMALL_SHARE = ("rhel", "fake-drivers", "alpine", "arch", "suse"), 8
SKIP = 77


def is_directory(name):
    with open(os.path.join(GUESTS, "recipes", name + ".sh"), encoding="utf-8") as file:
        return "format=dir\n" in file.read()


def guest_names(small):
    names = sorted(os.path.basename(path)[:-len(".expect")]
                   for path in glob.glob(os.path.join(GUESTS, "recipes", "*.expect")))
    return [name for name in names if not is_directory(name)
            and (not small or name.startswith(SMALL))]


def build(name, out):
    """The guest's disks; none where this machine cannot build it."""
    done = subprocess.run([os.path.join(GUESTS, "build.sh"), name, out], stdout=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode not in (0, SKIP):
        sys.exit(f"{name}: cannot be built")
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []


class Guest:
    """Cases first to last of one guest, run in slices by each program."""

    def __init__(self, name, disks, first, last):
        self.name, self.disks, self.first, self.last = name, disks, first, last
        self.left, self.failures, self.seconds = 0, [], 0

    def slices(self):
        return [(first, min(first + SLICE - 1, self.last))
                for first in range(self.first, self.last + 1, SLICE)]


def command(program, guest, first, last, seed):
    return [program, f"{first}-{last}", str(seed), os.path.join(SOURCE, "platforms"), *guest.disks]


def run_slice(program, guest, first, last, seed):
    """(seconds, failures as lines with the command that repeats each)."""
    start = time.monotonic()
    done = subprocess.run(command(program, guest, first, last, seed), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", check=False)
    failures = []
    for line in done.stdout.splitlines():
        number = line.partition(": case ")[2].partition(" ")[0]
        again = (number, number) if number.isdigit() else (first, last)
        failures += [line, "  again: " + " ".join(command(program, guest, *again, seed))]
    if failures:
        failures += ["  " + line for line in done.stderr.splitlines()[:60]]
    elif done.returncode:
        failures = [f"{guest.name}: cases {first}-{last}: status {done.returncode}",
                    *done.stderr.splitlines()[:60]]
    return time.monotonic() - start, failures


class Run:
    def __init__(self, programs, guests, seed, jobs):
        self.programs, self.guests, self.seed = programs, guests, seed
        self.items = [(program, guest, *part) for guest in guests for program in programs
                      for part in guest.slices()]
        for _, guest, _, _ in self.items:
            guest.left += 1
        self.jobs, self.number, self.failed = jobs, 0, 0
        # The bar is for people, TAP for the others.
        self.progress = Progress(len(self.items), jobs, sys.stderr)

    def tell(self, guest):
        self.number += 1
        self.failed += bool(guest.failures)
        self.progress.wipe()
        print(f"{'not ok' if guest.failures else 'ok'} {self.number} - hostile: {guest.name}: "
              f"cases {guest.first} to {guest.last} in {time_text(guest.seconds)}")
        for line in guest.failures:
            print(f"# {line}")
        sys.stdout.flush()

    def one(self, item):
        return item[1], run_slice(*item, self.seed)

    def all(self):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            try:
                for guest, (seconds, failures) in pool.map(self.one, self.items):
                    guest.left -= 1
                    guest.seconds += seconds
                    guest.failures += failures
                    self.progress.done += 1
                    self.progress.bad += bool(failures)
                    self.progress.seconds.append(seconds)
                    if guest.left == 0:
                        self.tell(guest)
                    self.progress.draw()
            finally:
                pool.shutdown(cancel_futures=True)
                self.progress.wipe()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guests")
    parser.add_argument("programs", nargs="+", metavar="hostile")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", action="append", metavar="GUEST")
    args = parser.parse_args()
    start = time.monotonic()
    built = [(name, build(name, os.path.abspath(args.guests)))
             for name in args.only or guest_names(args.small)]
    built = [(name, disks) for name, disks in built if disks]
    if not built:
        print("1..0 # SKIP no sample guest can be built here")
        return 0
    shares = [SMALL_SHARE if name.startswith(SMALL) else 1 for name, _ in built]
    guests, first = [], 0
    for (name, disks), share in zip(built, shares):
        last = first + -(-args.cases * share // sum(shares)) - 1
        guests.append(Guest(name, disks, first, last))
        first = last + 1
    run = Run([os.path.abspath(program) for program in args.programs], guests, args.seed, args.jobs)
    run.all()
    print(f"1..{run.number}\n# {first} damaged guests, seed {args.seed}, "
          f"{time_text(time.monotonic() - start)}", flush=True)
    return 1 if run.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
