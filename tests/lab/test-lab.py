#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's runner, with a program that plays paravet: what is booted and when again, what counts
as agreement, and the text of the table."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

import guests
import rows
import table

HERE = os.path.dirname(os.path.abspath(__file__))
RUN = os.path.join(HERE, "run.py")
PARAVET = os.path.join(HERE, "fake-paravet.py")
BUILDER = """#!/bin/sh
[ ! -e "$2/../$1.skip" ] || { echo "skipped: no such tool" >&2; exit 77; }
cp "$2/../$1.json" "$2/$1.img" || exit 1
cksum <"$2/$1.img" >"$2/$1.key"
echo "$2/$1.img"
"""
PLATFORM = """devices:
- role: boot-disk
  choices: [{id: blk, qemu: [DISK]}]
- role: network
  choices: [{id: net, qemu: [card]}]
"""
QEMU = "#!/bin/sh\necho 'QEMU emulator version VERSION'\n"


class Matrix(unittest.TestCase):
    GOOD = ["# a comment", "guest one", "  says Debian 12, small", "  suite=bookworm arch=amd64",
            "  boots kvm:virtio-blk nitro", "  boots gce", "", "guest two", "  says nothing",
            "  recipe=two", "  boots kvm"]

    def test_blocks_are_read(self):
        one, two = guests.parse_matrix(self.GOOD)
        self.assertEqual((one.name, one.says), ("one", "Debian 12, small"))
        self.assertEqual(one.boots, ["kvm:virtio-blk", "nitro", "gce"])
        self.assertEqual(one.settings, ["suite=bookworm", "arch=amd64"])
        self.assertEqual((two.name, two.settings), ("two", ["recipe=two"]))

    def test_errors_name_their_line(self):
        for line, text, problem in (
                (1, "  boots kvm", "matrix:1: this belongs to no guest"),
                (2, "guest", "matrix:2: a guest begins with: guest NAME"),
                (2, "guest ../x", "matrix:2: a guest begins with: guest NAME"),
                (2, "gust one", "matrix:2: a guest begins with: guest NAME"),
                (8, "guest one", "matrix:8: there is a guest one already"),
                (4, "  says again", "matrix:4: each guest says one thing"),
                (4, "  kernel", "matrix:4: kernel is neither says, boots nor KEY=VALUE"),
                (5, "  boots", "matrix:5: boots on which platforms?"),
                (6, "  boots nitro", "matrix:6: nitro is named twice"),
                (6, "  boots k/v", "matrix:6: k/v is no platform: PLATFORM or PLATFORM:CHOICE"),
                (9, "", "matrix:8: guest two has no says"),
                (10, "", "matrix:8: guest two has no KEY=VALUE"),
                (11, "", "matrix:8: guest two has no boots")):
            lines = list(self.GOOD)
            lines[line - 1] = text
            with self.subTest(text), self.assertRaises(guests.MatrixError) as caught:
                guests.parse_matrix(lines)
            self.assertEqual(str(caught.exception), problem)
        with self.assertRaises(guests.MatrixError):
            guests.parse_matrix(["# nothing"])


class Agreement(unittest.TestCase):
    def test_every_answer_against_every_outcome(self):
        wanted = {("ready", "worked"): True, ("ready", "failed"): False,
                  ("fixable", "worked"): False, ("fixable", "failed"): True,
                  ("blocked", "worked"): False, ("blocked", "failed"): True}
        for answer in ("ready", "fixable", "blocked", "unknown"):
            for outcome in ("worked", "failed", "unclear", "not tried"):
                self.assertIs(rows.compare_boot(answer, outcome, "ready", "unclear"),
                              wanted.get((answer, outcome)))

    def test_the_card_can_only_disagree(self):
        self.assertIs(rows.compare_boot("ready", "worked", "blocked", "worked"), False)
        self.assertIs(rows.compare_boot("ready", "worked", "blocked", "unclear"), True)
        self.assertIsNone(rows.compare_boot("ready", "unclear", "ready", "worked"))

    def test_the_disk_of_the_root_file_system_counts(self):
        def disk(role, name, answer):
            return {"role": role, "name": name, "answer": answer, "best": 0, "choices": []}
        check = {"program": "p", "os": "o", "verdicts": [{
            "platform": "kvm", "kernel": "k",
            "devices": [disk("boot-disk", "a", "ready"), disk("disk", "b", "fixable")]}]}
        for root, answer in (("a", "ready"), ("b", "fixable"), (None, "ready")):
            self.assertEqual(rows.read_check(check, {"root_disk": root})["disk"]["answer"], answer)

    def test_last_words_are_plain(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(rows.last_line(folder))
            with open(os.path.join(folder, "serial.log"), "wb") as file:
                file.write(b"one\r\n\x1b[0;1;31mtw\xffo\x07\x1b[0m \r\n \r\n")
            self.assertEqual(rows.last_line(folder), "two")


class Run(unittest.TestCase):
    """The whole runner on two guests."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.out = self.path("out")
        for name in ("bin", "platforms"):
            os.mkdir(self.path(name))
        self.write("matrix", "guest one\n says first\n a=1\n boots kvm emulated\n"
                             "guest two\n says second\n a=1\n boots kvm\n")
        self.write("builder", BUILDER, 0o755)
        self.qemu("1")
        self.presents("emulated", "disk")
        self.presents("kvm", "disk")
        self.guest("one", answer="ready")
        self.guest("two", answer="fixable")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        try:
            with open(self.path(name), encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def qemu(self, version):
        self.write("bin/qemu-system-x86_64", QEMU.replace("VERSION", version), 0o755)

    def presents(self, platform, disk):
        self.write(f"platforms/{platform}.yaml", PLATFORM.replace("DISK", disk))

    def guest(self, name, **disk):
        self.write(name + ".json", json.dumps(disk))

    def command(self, *options):
        return [RUN, PARAVET, self.out, "--matrix", self.path("matrix"), "--builder",
                self.path("builder"), "--jobs", "2", *options]

    def environment(self):
        return {**os.environ, "PARAVET_PLATFORMS": self.path("platforms"),
                "PATH": self.path("bin") + ":" + os.environ["PATH"]}

    def lab(self, status, *options):
        done = subprocess.run(self.command(*options), env=self.environment(), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                              check=False)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def boots(self):
        """What was booted since the last look."""
        found = sorted(" ".join(line.split()[:2]) for line in self.read("out/boots").splitlines())
        self.write("out/boots", "")
        return found

    def test_every_row_is_booted_and_stored(self):
        said = self.lab(0)
        self.assertEqual(self.boots(), ["one.img emulated", "one.img kvm", "two.img kvm"])
        self.assertIn("one on kvm: ready, started: agrees", said)
        self.assertIn("3 boots of 2 guests: 3 agree with check, 0 do not, 0 say nothing", said)
        result = json.loads(self.read("out/results/one.kvm.json"))
        self.assertEqual(result["last_line"], "last words")
        self.assertEqual(result["versions"]["qemu"], "QEMU emulator version 1")
        self.assertIn("last", self.read("out/logs/one.kvm/serial.log"))

    def test_what_holds_is_not_repeated(self):
        self.lab(0)
        self.boots()
        self.assertIn("3 agree", self.lab(0))
        self.assertEqual(self.boots(), [])
        self.lab(0, "--again", "--only", "^two")
        self.assertEqual(self.boots(), ["two.img kvm"])

    def test_a_boot_whose_ground_changed_is_repeated(self):
        self.lab(0)
        self.boots()
        self.guest("two", answer="fixable", sleep=0)
        self.lab(0)
        self.assertEqual(self.boots(), ["two.img kvm"])
        self.presents("kvm", "another")
        self.lab(0)
        self.assertEqual(self.boots(), ["one.img kvm", "two.img kvm"])
        self.qemu("2")
        self.lab(0)
        self.assertEqual(len(self.boots()), 3)
        self.write("out/results/two.kvm.json", "{")
        self.lab(0)
        self.assertEqual(self.boots(), ["two.img kvm"])

    def test_check_is_asked_anew(self):
        self.guest("two", answer="ready", outcome="failed")
        self.lab(1)
        self.boots()
        key = self.read("out/two.key")
        self.guest("two", answer="fixable", outcome="failed")
        # The same disk to the lab: only paravet reads it in another way.
        self.write("builder", BUILDER.replace("cksum <\"$2/$1.img\"", f"printf '{key}'"), 0o755)
        self.lab(0, "--only", "two")
        self.assertEqual(self.boots(), [])

    def test_stored_boots_are_judged_without_new_ones(self):
        self.lab(0, "--only", "one")
        self.boots()
        said = self.lab(1, "--no-boots")
        self.assertIn("two on kvm: not run: not booted yet", said)
        self.assertIn("2 boots of 1 guests: 2 agree", said)
        self.assertEqual(self.boots(), [])

    def test_rows_without_an_outcome_are_told(self):
        self.guest("one", answer="ready", outcome="unclear")
        self.guest("two", answer="ready", error="no such machine")
        said = self.lab(1, "--table", self.path("table"))
        self.assertIn("one on kvm: ready, unclear: nothing to compare", said)
        self.assertIn("two on kvm: not run: paravet: no such machine", said)
        self.assertIn("- **two** on kvm: check says ready (boot-disk is ready); not run: "
                      "paravet: no such machine", self.read("table"))
        self.assertFalse(os.path.exists(self.path("out/results/two.kvm.json")))

    def test_an_unclear_boot_gets_a_second_try(self):
        self.guest("two", answer="fixable", outcome="unclear", later="failed")
        self.assertIn("two on kvm: fixable, did not start: agrees", self.lab(0, "--only", "two"))
        self.assertEqual(self.boots(), ["two.img kvm"] * 2)

    def test_what_was_not_tried_is_asked_again(self):
        self.guest("two", answer="fixable", outcome="not tried", result="not provable")
        for _ in range(2):
            self.assertIn("two on kvm: fixable, not provable: nothing to compare",
                          self.lab(0, "--only", "two"))
            self.assertEqual(self.boots(), ["two.img kvm"])

    def test_a_guest_that_cannot_be_built_stops_no_other(self):
        os.remove(self.path("two.json"))
        self.assertIn("two on kvm: not run: cp: ", self.lab(1))
        self.assertEqual(len(self.boots()), 2)
        self.write("two.skip", "")
        self.assertIn("two on kvm: skipped: skipped: no such tool", self.lab(0))

    def test_another_rule_of_comparing_is_noticed(self):
        self.guest("two", answer="fixable", result="disproven")
        self.assertIn("paravet compares in another way", self.lab(1, "--only", "two"))

    def test_a_fixable_guest_is_booted_again_with_what_apply_made(self):
        self.guest("two", answer="fixable", apply={"answer": "ready"})
        said = self.lab(0, "--table", self.path("table"))
        self.assertEqual(self.boots(), ["applied/two.kvm.qcow2 kvm", "one.img emulated",
                                        "one.img kvm", "two.img kvm"])
        self.assertRegex(said, "4/4  two on kvm after apply: ready, started: agrees")
        self.assertIn("1 of 1 fixable guests were made ready by paravet apply and started", said)
        self.assertEqual(os.listdir(self.path("out/applied")), [])
        result = json.loads(self.read("out/results/two.kvm.applied.json"))
        self.assertEqual(list(result["key"]["files"]), ["/boot/initrd"])
        self.assertIn("last", self.read("out/logs/two.kvm.applied/serial.log"))

    def test_that_boot_holds_while_apply_makes_the_same_bytes(self):
        self.guest("two", answer="fixable", apply={"answer": "ready"})
        said = self.lab(1, "--no-boots", "--only", "two")
        self.assertIn("two on kvm: not run: not booted yet", said)
        self.lab(0)
        key = self.read("out/two.key")
        self.boots()
        for more in ("--jobs=1", "--no-boots"):
            said = self.lab(0, more)
            self.assertIn("1/4  one on kvm: ready", said)
            self.assertIn("4/4  two on kvm after apply: ready, started", said)
            self.assertEqual(self.boots(), [])
        self.guest("two", answer="fixable", apply={"answer": "ready", "other": 1})
        # The same disk to the lab: only apply makes something else of it.
        self.write("builder", BUILDER.replace("cksum <\"$2/$1.img\"", f"printf '{key}'"), 0o755)
        self.lab(0, "--only", "two")
        self.assertEqual(self.boots(), ["applied/two.kvm.qcow2 kvm"])
        os.remove(self.path("out/results/two.kvm.applied.json"))
        self.assertIn("two on kvm after apply: ready, not run: not booted yet",
                      self.lab(1, "--no-boots", "--only", "two"))

    def test_what_apply_leaves_to_people_is_told_and_not_booted(self):
        for changes in ({}, {"other": 1}):
            self.guest("two", answer="fixable", apply=changes)
            said = self.lab(0, "--only", "two", "--table", self.path("table"))
            self.assertEqual(self.boots(), ["two.img kvm"])
            self.assertIn("two on kvm after apply: fixable, not booted: no such word", said)
            self.assertIn("0 of 1 fixable guests", said)
            self.assertIn("- **two** on kvm: fixable after apply; no such word",
                          self.read("table"))

    def test_a_guest_that_apply_made_ready_has_to_start(self):
        self.guest("two", answer="fixable", apply={"answer": "ready", "outcome": "failed"})
        said = self.lab(1, "--only", "two")
        self.assertIn("two on kvm after apply: ready, did not start: DISAGREES", said)
        self.assertIn("1 of 1 that were made ready did not start", said)
        self.boots()
        self.guest("two", answer="fixable", says="fixable", apply={"answer": "ready"})
        self.assertIn("two on kvm after apply: ready, not run: apply calls its result fixable, "
                      "check calls it ready", self.lab(1, "--only", "two"))
        self.assertEqual(self.boots(), ["two.img kvm"])
        self.assertEqual(os.listdir(self.path("out/applied")), [])

    def test_apply_is_tried_on_the_xen_host_too(self):
        self.presents("xen", "disk")
        self.write("matrix", "guest two\n says second\n a=1\n boots xen\n")
        self.guest("two", answer="fixable", apply={"answer": "ready"})
        self.assertIn("two on xen after apply: ready, started: agrees", self.lab(0))
        self.assertEqual(self.boots(), ["applied/two.xen.qcow2 xen", "two.img xen"])

    def test_what_cannot_be_run_is_told(self):
        self.assertIn("no row of the matrix matches", self.lab(2, "--only", "three"))
        self.write("matrix", "guest one\n")
        self.assertIn(":1: guest one has no says", self.lab(2))

    def test_the_list_boots_nothing(self):
        self.assertEqual(self.lab(0, "--list"), "one kvm\none emulated\ntwo kvm\n")
        self.assertEqual(self.lab(0, "--list", "--only", "emul"), "one emulated\n")
        self.assertFalse(os.path.exists(self.out))

    def test_a_run_that_is_stopped_leaves_no_child_and_goes_on(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                self.guest("two", answer="fixable", sleep=600)
                run = subprocess.Popen(self.command(), env=self.environment(), text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                for _ in range(3000):
                    line = [line for line in self.read("out/boots").splitlines()
                            if line.startswith("two")]
                    if line and os.path.exists(self.path("out/results/one.kvm.json")):
                        break
                    time.sleep(0.1)
                child = int(line[0].split()[2])
                os.kill(child, 0)
                run.send_signal(number)
                said = run.communicate(timeout=120)[0]
                self.assertEqual(run.returncode, 130, said)
                self.assertIn("Stopped after 2 of 4", said)
                self.assertRaises(ProcessLookupError, os.kill, child, 0)
                self.boots()
        self.guest("two", answer="fixable")
        self.lab(0)
        self.assertEqual(self.boots(), ["two.img kvm"])

    def test_one_run_at_a_time(self):
        self.lab(0, "--only", "two")
        with open(self.path("out/lock"), "w", encoding="ascii") as file:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("another run is at work", self.lab(2))


def a_row(guest, platform, answer, outcome, **more):
    """A row of the table as a run leaves it."""
    card = more.get("card", "unclear")
    return rows.Row(
        guest, platform, "Debian|12",
        check={"kernel": "6.1.0", "disk": {"answer": answer, "reason": "virtio_blk is not there"},
               "network": {"answer": more.get("card_answer", "ready"),
                           "reason": "it is blacklisted"}},
        result=a_result(outcome, card, more.get("last")), after=more.get("after"))


def a_result(outcome, card="unclear", last=None):
    return {"seconds": 40, "date": "2026-01-02T03:04:05+00:00", "last_line": last,
            "versions": {"qemu": "QEMU 1", "paravet": "paravet 0.1"},
            "proof": {"text": "what was seen", "firmware": "SeaBIOS", "accelerator": "TCG",
                      "disk": {"outcome": outcome, "name": "virtio-blk"},
                      "network": {"outcome": card, "name": "virtio-net"}}}


def an_after(answer, outcome):
    """What apply made of a row."""
    device = {"answer": answer, "reason": "why"}
    return rows.After({"disk": device, "network": device}, outcome and a_result(outcome),
                      None if outcome else "it is left to people")


class Table(unittest.TestCase):
    ROWS = [a_row("one", "kvm", "ready", "worked", card="worked"),
            a_row("one", "emulated", "ready", "failed", last="a `panic`"),
            a_row("two", "kvm", "fixable", "failed", last="gave up",
                  after=an_after("ready", "worked")),
            a_row("two", "gce", "fixable", "worked", card="worked", card_answer="blocked"),
            a_row("two", "nitro", "ready", "worked", card="not tried"),
            a_row("two", "vmware", "unknown", "worked"),
            a_row("ten", "kvm", "fixable", "failed", after=an_after("fixable", None)),
            a_row("ten", "gce", "fixable", "failed", after=an_after("ready", "failed")),
            rows.Row("six", "kvm", "says", trouble="no mirror")]

    def document(self):
        return table.document(self.ROWS, {"paravet": "paravet 0.1 (abc)"}, 2)

    def test_numbers(self):
        self.assertEqual(table.summary(self.ROWS), [
            "8 boots of 3 guests: 5 agree with check, 2 do not, 1 say nothing",
            "2 of 3 boot disks that check calls ready started",
            "3 of 4 that it calls fixable or blocked did not",
            "1 of 2 network cards that it calls ready sent frames; one that is not configured "
            "sends none",
            "0 of 1 that it calls fixable or blocked were silent",
            "1 of 3 fixable guests were made ready by paravet apply and started",
            "1 of 2 that were made ready did not start",
            "1 of 9 rows were not booted"])

    def test_rows(self):
        self.assertIn(textwrap.dedent("""\
            | Guest | Platform | check   | boot          | agree | card: check | card   | seconds |
            | ----- | -------- | ------- | ------------- | ----- | ----------- | ------ | ------- |
            | one   | kvm      | ready   | started       | yes   | ready       | sent   | 40      |
            |       | emulated | ready   | did not start | NO    | ready       | -      | 40      |
            | two   | kvm      | fixable | did not start | yes   | ready       | -      | 40      |
            |       | gce      | fixable | started       | NO    | blocked     | sent   | 40      |
            |       | nitro    | ready   | started       | yes   | ready       | -      | 40      |
            |       | vmware   | unknown | started       | -     | ready       | silent | 40      |
            | ten   | kvm      | fixable | did not start | yes   | ready       | -      | 40      |
            |       | gce      | fixable | did not start | yes   | ready       | -      | 40      |
            | six   | kvm      | -       | not run       | -     | -           | -      | -       |
            """), re.sub(r"(\|[^|\n]*){2}\|$", "|", self.document(), flags=re.M))

    def test_what_came_of_apply(self):
        lines = [line.split("|") for line in self.document().splitlines()
                 if line.count("|") == len(table.COLUMNS) + 1]
        self.assertEqual([[text.strip() for text in line[-3:-1]] for line in lines[2:]],
                         [["-", "-"], ["-", "-"], ["ready", "started"], ["-", "-"], ["-", "-"],
                          ["-", "-"], ["fixable", "-"], ["ready", "did not start"], ["-", "-"]])
        self.assertIn("- **ten** on kvm: fixable after apply; it is left to people\n"
                      "- **ten** on gce: ready after apply; did not start: what was seen. The log "
                      "is empty.\n", self.document())

    def test_what_was_run(self):
        text = self.document()
        self.assertIn("Debian\\|12", text)
        self.assertRegex(text, r"\| check +\| paravet 0.1 \(abc\) +\|")
        self.assertRegex(text, r"\| boots by +\| paravet 0.1 +\|")
        self.assertRegex(text, r"\| booted +\| 2026-01-02 +\|")
        self.assertRegex(text, r"\| time +\| 7 min of boots, 2 at once +\|")
        self.assertRegex(text, r"\| OVMF +\| not known +\|")
        self.assertRegex(text, r"\| kvm +\| virtio-blk \| virtio-net \| 3 +\|")

    def test_what_is_to_be_looked_at(self):
        lines = " ".join(self.document().split())
        self.assertIn("## Disagreements - **one** on emulated: check says ready (virtio_blk is not "
                      "there); did not start: what was seen. Last line of the log: `a 'panic'`",
                      lines)
        self.assertIn("card blocked (it is blacklisted); started", lines)
        self.assertIn("## Boots that say nothing - **two** on vmware: check says unknown", lines)
        self.assertIn("## Cards that are ready and were silent - **two** on vmware: virtio-net ##",
                      lines)
        self.assertIn("## Rows that were not booted - **six** on kvm: not run: no mirror", lines)
        self.assertIn("## Why the others did not start - **two** on kvm: check says fixable", lines)

    def test_the_same_rows_give_the_same_text(self):
        self.assertEqual(self.document(), self.document())
        self.assertTrue(all(len(line) < 120 for line in self.document().splitlines()))

    def test_what_is_bad(self):
        self.assertEqual([row.is_bad() for row in self.ROWS],
                         [False, True, False, True, False, False, False, True, True])


class Tap(unittest.TestResult):
    """One TAP line a test."""

    def say(self, ok, test, note=""):
        print(f"{'ok' if ok else 'not ok'} {self.testsRun} - "
              f"{test.id().removeprefix('__main__.')}{note}", flush=True)

    def complain(self, test, err):
        self.say(False, test)
        for line in self._exc_info_to_string(err, test).splitlines():
            print("# " + line)

    def addSuccess(self, test):
        self.say(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.complain(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.complain(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            print(f"# {subtest}\n# " + self._exc_info_to_string(err, test).replace("\n", "\n# "))


def main():
    try:
        import yaml  # noqa: F401
    except ImportError:
        print("1..0 # SKIP python3-yaml is not installed")
        return
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = Tap()
    print(f"1..{suite.countTestCases()}", flush=True)
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
