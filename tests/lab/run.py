#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots real guests on every platform that QEMU can play and compares with paravet check.

    run.py PARAVET OUTDIR [OPTION]...

Guests and platforms stand in tests/lab/matrix. OUTDIR keeps the disks, results/ with the outcome
of each boot, and logs/. A boot is not repeated while its guest's disk, the platform's devices
and QEMU are what they were; check is always asked anew. So a run that was stopped goes on where
it was, and a mended check needs no new boots. A guest that check calls fixable is changed by
paravet apply, on an overlay, and booted once more where check then calls it ready; that boot is
not repeated while apply makes the same bytes.
Exit status: 0 every boot agrees with check, 1 one does not or has no outcome, 2 it could not
be run.
"""
import argparse
import asyncio
import contextlib
import dataclasses
import datetime
import fcntl
import itertools
import json
import operator
import os
import re
import shutil
import signal
import sys
import time

import yaml

import child
import guests
import progress
import rows
import table
import versions

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
QEMU = "qemu-system-x86_64"
VERDICTS, PROOFS = (0, 1, 2, 3), (0, 1, 3)  # exit statuses of check and of prove
SKIP = 77
BUILD_SECONDS, BOOT_SECONDS = 3600, 4200
# A boot that got too little of the processor is unclear; how long the second try is watched.
SECOND_TRY_SECONDS, SECOND_TRY_SECONDS_XEN = 600, 3600
MEMORY_OF_A_BOOT = 1536  # MiB; the guest has 512
TICK = 1
# apply's result names the disk that it lies on by an absolute path.
OVERLAY = ("--backing", "any")
# What goes wrong with one row only.
FAILURES = (child.ChildError, OSError, ValueError, KeyError)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paravet")
    parser.add_argument("out", metavar="outdir")
    parser.add_argument("--jobs", type=int, help="boots at once (default: one for a processor)")
    parser.add_argument("--only", metavar="REGEX", type=re.compile, default=re.compile(""),
                        help="of the rows \"GUEST PLATFORM\", those that match")
    parser.add_argument("--list", action="store_true", help="print these rows and boot nothing")
    parser.add_argument("--again", action="store_true", help="repeat boots that still hold")
    parser.add_argument("--no-boots", action="store_true",
                        help="build and boot nothing: ask check of the guests that are there")
    parser.add_argument("--table", metavar="FILE", help="write the accuracy table there")
    parser.add_argument("--matrix", default=os.path.join(HERE, "matrix"), metavar="FILE")
    parser.add_argument("--builder", default=os.path.join(HERE, "build.sh"), metavar="PROGRAM",
                        help="in place of build.sh: PROGRAM NAME OUTDIR")
    options = parser.parse_args()
    if options.jobs is not None and options.jobs < 1:
        parser.error("--jobs: at least one boot at a time")
    return options


def usual_jobs():
    """One boot for a processor, as far as there is memory for them."""
    with open("/proc/meminfo", encoding="ascii") as file:
        free = next((int(line.split()[1]) // 1024 for line in file
                     if line.startswith("MemAvailable:")), MEMORY_OF_A_BOOT)
    return max(1, min(len(os.sched_getaffinity(0)), free // MEMORY_OF_A_BOOT))


@dataclasses.dataclass
class Job:
    """A row with something to boot or to apply."""
    row: rows.Row
    disks: list
    facts: dict  # of inspect
    key: dict  # of the boot


class Lab:
    """One run: a task builds the guests one after the other, others boot them."""

    def __init__(self, options, todo):
        self.paravet = os.path.abspath(options.paravet)
        self.out = os.path.abspath(options.out)
        self.options, self.todo = options, todo
        self.jobs = options.jobs or usual_jobs()
        self.versions = versions.find_versions(self.paravet, QEMU)
        self.platforms = {}
        self.progress = progress.Progress(len(todo), self.jobs)
        # Rows that have a second boot: by an earlier run, then by what check says.
        self.twice = {rows.file_name(row) for row in todo if rows.was_fixable(self.out, row)}
        self.progress.total += len(self.twice)

    def platform(self, name):
        if name not in self.platforms:
            path = os.path.join(os.environ["PARAVET_PLATFORMS"], name + ".yaml")
            with open(path, encoding="utf-8") as file:
                self.platforms[name] = yaml.safe_load(file)
        return self.platforms[name]

    def guest_key(self, guest):
        with open(os.path.join(self.out, guest + ".key"), encoding="ascii") as file:
            return file.read().strip()

    def tell(self, row):
        self.progress.finish(table.row_line(row), row.is_bad(),
                             row.result and row.result["seconds"])

    def tell_after(self, row):
        self.progress.finish(table.after_line(row), row.after.is_bad(),
                             row.after.result and row.after.result["seconds"])

    def expect_boots(self, row):
        """Corrects how many boots there are, now that check was asked."""
        before = len(self.twice)
        change = self.twice.add if row.takes_apply() else self.twice.discard
        change(rows.file_name(row))
        self.progress.total += len(self.twice) - before

    async def ask(self, command, disks, *options):
        text = await child.run(self.paravet, command, "--format", "json", *options, *disks,
                               cwd=self.out, good=VERDICTS)
        return json.loads(text)

    async def build(self, guest):
        """The names of the guest's disks in self.out."""
        self.progress.building = guest
        try:
            text = await child.run(self.options.builder, guest, self.out, seconds=BUILD_SECONDS)
        finally:
            self.progress.building = None
        return [os.path.relpath(line, self.out) for line in text.splitlines()]

    async def look_at(self, row, disks, facts):
        """Asks check of the row; returns the key of its boot."""
        answer = await self.ask("check", disks, "--on", row.platform)
        row.check = rows.read_check(answer, facts)
        self.expect_boots(row)
        return self.key_of(row, row.check)

    def key_of(self, row, check):
        return rows.make_key(self.guest_key(row.guest), check, self.platform(check["platform"]),
                             self.versions["qemu"])

    def stored_boot(self, row, key, suffix=""):
        """An earlier boot that still holds, or None. What could not be tried may be by now."""
        stored = rows.load_result(self.out, row, suffix)
        if (stored and stored["key"] == key and not self.options.again
                and stored["proof"]["disk"]["outcome"] != "not tried"):
            return stored
        return None

    async def prove(self, row, disks, folder, *options):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        text = await child.run(self.paravet, "prove", "--format", "json", "--keep-log", folder,
                               "--on", row.platform, *options, *disks, cwd=self.out, good=PROOFS,
                               seconds=BOOT_SECONDS)
        return json.loads(text)["proof"]

    async def boot(self, row, disks, key, *options, suffix=""):
        """Boots, stores what came of it and returns that."""
        folder = rows.log_folder(self.out, row, suffix)
        date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        start = time.monotonic()
        proof = await self.prove(row, disks, folder, *options)
        if proof["disk"]["outcome"] == "unclear":
            seconds = SECOND_TRY_SECONDS_XEN if row.on_xen() else SECOND_TRY_SECONDS
            proof = await self.prove(row, disks, folder, *options, "--timeout", str(seconds))
        if not rows.follows_rule(proof):
            raise ValueError("paravet compares in another way than rows.py")
        result = rows.make_result(row, key, disks, self.versions, date,
                                  time.monotonic() - start, proof, folder)
        rows.store_result(self.out, row, result, suffix)
        return result

    async def look_at_applied(self, job, overlay):
        """Applies, and asks check of what came of it. The disks then; None: nothing was changed."""
        row, after = job.row, job.row.after
        answer = await self.ask("apply", job.disks, "--on", row.platform, "-o", overlay)
        applied = answer["applied"]
        after.left = rows.left_by(applied)
        if not applied["results"]:
            after.check = row.check
            return None, None
        now = {change["disk"]: overlay for change in applied["changes"]["disks"]}
        disks = [now.get(disk, disk) for disk in job.disks]
        root = now.get(job.facts["root_disk"], job.facts["root_disk"])
        check = await self.ask("check", disks, *OVERLAY, "--on", row.platform)
        after.check = rows.read_check(check, {"root_disk": root})
        if check["verdicts"][0]["answer"] != applied["after"]:
            raise ValueError(f"apply calls its result {applied['after']}, "
                             f"check calls it {check['verdicts'][0]['answer']}")
        return disks, {**self.key_of(row, after.check), "files": rows.made_files(applied)}

    async def boot_applied(self, job, overlay):
        row, after = job.row, job.row.after
        disks, key = await self.look_at_applied(job, overlay)
        if after.answer() != "ready":
            return
        after.result = self.stored_boot(row, key, rows.APPLIED)
        if after.result:
            return
        if self.options.no_boots:
            raise ValueError("not booted yet")
        after.result = await self.boot(row, disks, key, *OVERLAY, suffix=rows.APPLIED)

    async def try_apply(self, job):
        """The second half of a row that check calls fixable."""
        overlay = os.path.join("applied", rows.file_name(job.row) + ".qcow2")
        path = os.path.join(self.out, overlay)
        job.row.after = rows.After()
        try:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)  # of a run that was killed
            await self.boot_applied(job, overlay)
        except FAILURES as error:
            job.row.after.trouble = self.plain_reason(error)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)

    def plain_reason(self, error):
        """It names no path of this machine."""
        return str(error).replace(self.out + "/", "").replace(SOURCE + "/", "")

    def fail(self, row, error):
        """Ends a row that has no outcome."""
        row.trouble = self.plain_reason(error)
        row.skipped = isinstance(error, child.ChildError) and error.status == SKIP
        self.expect_boots(row)
        self.tell(row)

    async def boot_first(self, job):
        row = job.row
        name = f"{row.guest} {row.platform}"
        self.progress.start(name)
        try:
            row.result = await self.boot(row, job.disks, job.key)
            self.progress.stop(name)
            self.tell(row)
        except FAILURES as error:
            self.progress.stop(name)
            self.fail(row, error)

    async def boot_again(self, job):
        name = f"{job.row.guest} {job.row.platform} after apply"
        self.progress.start(name)
        await self.try_apply(job)
        self.progress.stop(name)
        self.tell_after(job.row)

    async def boot_next(self, queue):
        while True:
            job = await queue.get()
            if not (job.row.result or job.row.trouble):
                await self.boot_first(job)
            if job.row.takes_apply():
                await self.boot_again(job)
            queue.task_done()

    async def disks_of(self, mine):
        """The disks of a guest with these rows; None: it was not booted before."""
        if not self.options.no_boots:
            return await self.build(mine[0].guest)
        stored = [rows.load_result(self.out, row) for row in mine]
        return next((result["disks"] for result in stored if result), None)

    async def prepare_row(self, row, disks, facts, queue):
        """Takes an earlier boot, or hands the row on; so it does where apply is to be tried."""
        key = await self.look_at(row, disks, facts)
        row.result = self.stored_boot(row, key)
        if row.result:
            self.tell(row)
        elif self.options.no_boots:
            self.fail(row, ValueError("not booted yet"))
        if not (row.result or row.trouble) or row.takes_apply():
            await queue.put(Job(row, disks, facts, key))

    async def prepare(self, mine, queue):
        """Builds the guest of these rows and asks check."""
        disks, facts = None, None
        try:
            disks = await self.disks_of(mine)
            facts = disks and await self.ask("inspect", disks)
        except FAILURES as error:
            for row in mine:
                self.fail(row, error)
            return
        for row in mine:
            try:
                if not disks:
                    raise ValueError("not booted yet")
                await self.prepare_row(row, disks, facts, queue)
            except FAILURES as error:
                self.fail(row, error)

    async def draw(self):
        while True:
            self.progress.draw()
            await asyncio.sleep(TICK)

    async def work(self):
        queue = asyncio.Queue(maxsize=self.jobs)
        guest_of = operator.attrgetter("guest")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.boot_next(queue)) for _ in range(self.jobs)]
            tasks.append(group.create_task(self.draw()))
            for _, mine in itertools.groupby(self.todo, guest_of):
                await self.prepare(list(mine), queue)
            await queue.join()
            for task in tasks:
                task.cancel()

    async def run(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, asyncio.current_task().cancel)
        try:
            await self.work()
        finally:
            self.progress.wipe()


def select(options):
    """The rows of the matrix that are asked for."""
    todo = [rows.Row(guest.name, platform, guest.says)
            for guest in guests.read_matrix(options.matrix) for platform in guest.boots]
    return [row for row in todo if options.only.search(f"{row.guest} {row.platform}")]


def die(text):
    print(f"lab: {text}", file=sys.stderr)
    sys.exit(2)


def lock(out):
    """Held until the program ends: two runs would take the same disks from each other."""
    file = open(os.path.join(out, "lock"), "w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        die(f"another run is at work in {out}")
    return file


def prepare_run(options):
    try:
        todo = select(options)
    except (OSError, guests.MatrixError) as error:
        die(error)
    if not todo:
        die("no row of the matrix matches")
    if options.list:
        print("\n".join(f"{row.guest} {row.platform}" for row in todo))
        sys.exit(0)
    if not shutil.which(QEMU):
        die(f"{QEMU} is not installed: install the package qemu-system-x86")
    if not shutil.which(options.paravet):
        die(f"{options.paravet} is no program: build it with make")
    for folder in ("results", "logs", "applied"):
        os.makedirs(os.path.join(options.out, folder), exist_ok=True)
    os.environ.setdefault("PARAVET_PLATFORMS", os.path.join(SOURCE, "platforms"))
    os.environ["PARAVET_CONFIG"] = os.devnull
    return todo


def main():
    options = parse_arguments()
    todo = prepare_run(options)
    held = lock(options.out)
    lab = Lab(options, todo)
    try:
        asyncio.run(lab.run())
    except (KeyboardInterrupt, asyncio.CancelledError):
        print(f"\nStopped after {lab.progress.done} of {lab.progress.total}. The same command "
              "goes on from here.")
        sys.exit(130)
    finally:
        held.close()
    print("\n" + table.summary_text(todo))
    if options.table:
        with open(options.table, "w", encoding="utf-8") as file:
            file.write(table.document(todo, lab.versions, lab.jobs))
        print(f"The table is in {os.path.relpath(options.table)}.")
    sys.exit(1 if any(row.is_bad() for row in todo) else 0)


if __name__ == "__main__":
    main()
