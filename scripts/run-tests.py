#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every test of a build directory and ends with "N passed, N failed, N skipped".

    run-tests.py BUILD_DIR GUESTS_DIR

A test program that reports its parts (cmocka, TAP) counts as many times as it has parts.
Fails when a test failed or none ran.
"""
import json
import os
import re
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# "make hostile" runs forty times as many, of the large guests, too.
HOSTILE_CASES = 500
GOOD = {"OK", "EXPECTEDFAIL"}
TAP_LINE = re.compile(r"^\s*(not )?ok\b(.*)$")
CMOCKA_LINE = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)", re.M)
CMOCKA_SKIP = re.compile(r"^\[ RUN +\] (\w+)\n((?:[^\[].*\n)*)\[  SKIPPED \]", re.M)


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.reasons, self.failures = [], []

    def skip(self, name, reason, number=1):
        self.skipped += number
        self.reasons.append(f"{name}: {reason}")

    def fail(self, name, number=1):
        self.failed += number
        self.failures.append(name)


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def count_tap(count, name, text):
    """Counts the TAP lines of a text; returns how many there were."""
    seen = 0
    for line in text.splitlines():
        found = TAP_LINE.match(line)
        if not found:
            continue
        seen += 1
        label, skip, reason = found[2].partition("# SKIP")
        label = re.sub(r"^[\d\s-]+", "", label).strip()
        if found[1]:
            count.fail(f"{name}: {label}")
        elif skip:
            count.skip(f"{name}: {label}", reason.strip() or "no reason given")
        else:
            count.passed += 1
    return seen


def count_one(count, test):
    """One row of meson's testlog.json."""
    name, output = test["name"], test.get("stdout", "") + "\n" + test.get("stderr", "")
    if test["result"] == "SKIP":
        count.skip(name, last_line(output))
        return
    good, failed_before = test["result"] in GOOD, count.failed
    parts = dict.fromkeys(("PASSED", "FAILED", "SKIPPED"), 0)
    for kind, number in CMOCKA_LINE.findall(output):
        parts[kind] += int(number)
    if sum(parts.values()):
        count.passed += parts["PASSED"]
        if parts["FAILED"]:
            count.fail(name, parts["FAILED"])
        if parts["SKIPPED"]:
            # A test says its reason before it skips; cmocka has no place for one.
            reasons = [f"{part}: {said.strip() or 'gave no reason'}"
                       for part, said in CMOCKA_SKIP.findall(output)]
            count.skip(name, "; ".join(reasons), parts["SKIPPED"])
    elif not count_tap(count, name, test.get("stdout", "")) and good:
        count.passed += 1
    if not good and count.failed == failed_before:
        count.fail(f"{name} ({test['result'].lower()})")


def run_meson(count, build):
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.unlink(log)
    status = subprocess.run(["meson", "test", "-C", build, "--print-errorlogs"],
                            check=False).returncode
    before = count.failed
    if os.path.exists(log):
        with open(log, encoding="utf-8") as file:
            for line in file:
                count_one(count, json.loads(line))
    if status and count.failed == before:
        count.fail(f"meson test ended with status {status}")


def run_tap(count, name, command):
    output = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            output.append(line)
    before = count.failed
    count_tap(count, name, "".join(output))
    if process.returncode and count.failed == before:
        count.fail(f"{command[0]} ended with status {process.returncode}")


def run_guests(count, build, guests):
    paravet = os.path.join(build, "src", "cli", "paravet")
    if not os.path.exists(paravet):
        count.skip("guests", "the program paravet is not built here")
        return
    print("\nSample guests", flush=True)
    run_tap(count, "guests", [os.path.join(SOURCE, "tests", "guests", "run.py"), paravet, guests])
    print("\nThe same with damaged disks", flush=True)
    run_tap(count, "hostile", [
        os.path.join(SOURCE, "tests", "hostile", "run.py"), guests,
        os.path.join(build, "tests", "hostile", "hostile"), "--small", "--cases",
        str(HOSTILE_CASES)])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build, count = os.path.abspath(sys.argv[1]), Count()
    run_meson(count, build)
    run_guests(count, build, os.path.abspath(sys.argv[2]))
    for title, lines in (("Skipped", count.reasons), ("Failed", count.failures)):
        if lines:
            print(f"\n{title}:")
            print("\n".join("  " + line for line in lines))
    print(f"\n{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    sys.exit(1 if count.failed or not count.passed else 0)


if __name__ == "__main__":
    main()
