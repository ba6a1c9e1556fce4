#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds every sample guest, asks paravet about it and compares with NAME.expect.

    run.py PARAVET GUESTS_DIR [NAME...]

TAP on stdout. The lines of an .expect file:

    on PLATFORMS             what the lines below ask for (--on); default all
    PLATFORM ROLE ANSWER...  the device's answer is one of these ("kvm boot-disk ready")
    PLATFORM:CHOICE ROLE ANSWER...   the same for one way to present the device
    exit STATUS...           the exit status is one of these
    json TEXT, text TEXT     TEXT is in that output; "no-json", "no-text": is not
    verbose TEXT             TEXT is in the text output with -v
    offered TEXT             TEXT is in the text output with --machine NAME.xm
    plan TEXT                TEXT is in the text output of paravet plan
    planned TEXT             the same with --machine NAME.xm; "no-plan", "no-planned": is not
    kmod RHEL KERNEL FLAVOUR|- ARCH [COMPRESSION] [undone | refused: TEXT]
                             paravet apply --kmod with such a package (kmod-package.sh) makes the
                             guest ready, with indexes as depmod's, and undo takes it back; or refuses
                             it and writes nothing
    facts TEXT               TEXT is in the JSON of paravet inspect
    inspect TEXT             TEXT is in the text output of paravet inspect
    machine TEXT             the same with the description of the machine (NAME.xm)
    prove RESULT OUTCOME     paravet prove on these platforms: the result (proven, ...) and what
                             became of the boot disk (worked, failed); needs QEMU; all boots
                             come last, some at once. A few that differ most: make lab boots
                             every guest on every platform
"""
import concurrent.futures
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import kmod  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
ANSWERS = {"ready", "fixable", "blocked", "unknown"}
SKIP = 77
# By the first letters of a file system's name.
CHECKERS = {"ext": ("e2fsck", "-fn"), "vfa": ("fsck.fat", "-n")}
BOOTS = {"prove", "prove-applied"}
QEMU = "qemu-system-x86_64"
ASK_SECONDS = 300
BOOTS_AT_ONCE = 2
# A boot that got too little of the processor is unclear; how long the second try is watched.
SECOND_TRY_SECONDS = 900


def parse_expectations(path):
    """Yields (platforms, [line words, ...]) a group for each "on" line."""
    groups = [("all", [])]
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "on":
                groups.append((words[1], []))
            else:
                groups[-1][1].append((words, line.strip()))
    return [group for group in groups if group[1]]


class Guest:
    """One guest's answers; each way of asking is run once, where the disks lie."""

    def __init__(self, paravet, name, disks):
        self.paravet = paravet
        self.folder = os.path.dirname(disks[0])
        self.disks = [os.path.basename(disk) for disk in disks]
        if os.path.isdir(disks[0]):
            self.disks.insert(0, "--root")
        self.machine = name + ".xm"
        self.cache = {}
        self.overlays = {}

    def ask(self, *options, command="check", seconds=ASK_SECONDS):
        options = (command, *options)
        if options not in self.cache:
            done = subprocess.run([self.paravet, *options, *self.disks],
                                  cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=seconds, check=False)
            self.cache[options] = (done.returncode, done.stdout.decode("utf-8", "replace"),
                                   done.stderr.decode("utf-8", "replace"))
        return self.cache[options]

    def document(self, on):
        return self.parsed(self.ask("--format", "json", "--on", on))

    def plan(self):
        return self.parsed(self.ask("--format", "json", "--on", "kvm", command="plan"))

    def proof(self, on):
        """Of the second try where the first one was unclear."""
        for more in ((), ("--timeout", str(SECOND_TRY_SECONDS))):
            proof = self.parsed(self.ask("--format", "json", "--on", on, *more, command="prove",
                                         seconds=2 * SECOND_TRY_SECONDS))["proof"]
            if proof["disk"]["outcome"] != "unclear":
                break
        return proof

    def facts(self):
        return self.parsed(self.ask("--format", "json", command="inspect"))

    def applied(self, on):
        if on not in self.overlays:
            self.overlays[on] = Applied(self, on)
        return self.overlays[on]

    @staticmethod
    def parsed(answer):
        status, out, err = answer
        try:
            return json.loads(out)
        except ValueError as error:
            raise AssertionError(f"no JSON (exit status {status}): {error}\n{err}") from error


class Applied(Guest):
    """The guest with a plan's changes, which lie on an overlay in a folder of their own."""

    def __init__(self, guest, on):
        super().__init__(guest.paravet, "", [os.path.join(guest.folder, disk)
                                             for disk in guest.disks])
        self.temporary = tempfile.TemporaryDirectory()
        self.overlay = os.path.join(self.temporary.name, "overlay.qcow2")
        answer = guest.ask("--format", "json", "--on", on, "-o", self.overlay, command="apply")
        self.status = answer[0]
        self.made = self.parsed(answer)
        changed = [disk["disk"] for disk in self.made["applied"]["changes"]["disks"]]
        self.disks = ["--backing", "any"] + [self.overlay if disk in changed else disk
                                             for disk in guest.disks]

    def changed_files(self):
        return [file["path"] for file in self.made["applied"]["changes"]["files"]]

    def file_systems(self):
        """Their checkers, and where they lie on the overlay."""
        return [(CHECKERS[volume["fs"][:3]], volume["start"], volume["size"])
                for volume in self.facts()["volumes"]
                if volume["disk"] == self.overlay and (volume["fs"] or "")[:3] in CHECKERS]

    def check_file_system(self, checker, start, size):
        raw = os.path.join(self.temporary.name, "file-system.raw")
        image = (f"driver=raw,offset={start},size={size},file.driver=qcow2,"
                 f"file.file.driver=file,file.file.filename={self.overlay}")
        for command in (["qemu-img", "convert", "-W", "--image-opts", image, "-O", "raw", raw],
                        [*checker, raw]):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, check=False)
            assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
        os.unlink(raw)


def check_applied(guest, on, status, unchanged):
    applied = guest.applied(on)
    assert applied.status == int(status), f"exit status {applied.status}"
    assert os.path.exists(applied.overlay) != unchanged, f"changed: {applied.changed_files()}"
    if jsonschema:
        problem = schema_problem(applied.made, "apply.schema.json")
        assert problem is None, problem
    if unchanged:
        assert not applied.changed_files(), applied.changed_files()
        return
    found, _, err = applied.ask("--on", on)
    assert found == int(status), f"check of the overlay: exit status {found}\n{err}"
    again = applied.parsed(applied.ask("--format", "json", "--on", on, "--dry-run",
                                       command="apply"))
    files = again["applied"]["changes"]["files"]
    assert not files, f"changed by a second apply: {files}"
    file_systems = applied.file_systems()
    assert file_systems, "no file system on the overlay"
    for checker, start, size in file_systems:
        applied.check_file_system(checker, start, size)


def answer_of(document, platform, role):
    platform, _, choice = platform.partition(":")
    for verdict in document["verdicts"]:
        if verdict["platform"] != platform:
            continue
        for device in verdict["devices"]:
            if device["role"] != role:
                continue
            if not choice:
                return device
            for one in device["choices"]:
                if one["id"] == choice:
                    return one
    raise AssertionError(f"no answer for {platform} {role} {choice}")


def check_line(guest, on, words, line):
    kind, rest = words[0], line.partition(" ")[2].strip()
    outputs = {"json": ("--format", "json"), "text": (), "verbose": ("-v",),
               "offered": ("--machine", guest.machine)}
    plans = {"plan": (), "planned": ("--machine", guest.machine)}
    inspections = {"facts": ("--format", "json"), "inspect": (),
                   "machine": ("--machine", guest.machine)}
    if kind == "exit":
        status, _, err = guest.ask("--format", "json", "--on", on)
        assert str(status) in words[1:], f"exit status {status}\n{err}"
    elif kind == "apply":
        check_applied(guest, on, words[1], words[2:] == ["unchanged"])
    elif kind == "kmod":
        kmod.check_kmod(guest, on, rest, jsonschema and schema_problem)
    elif kind in BOOTS:
        proof = (guest if kind == "prove" else guest.applied(on)).proof(on)
        found = [proof["result"], proof["disk"]["outcome"]]
        assert found == words[1:], f"{found}\n{json.dumps(proof, indent=1)}"
    elif kind in inspections:
        _, out, err = guest.ask(*inspections[kind], command="inspect")
        text = out if kind == "facts" else " ".join(out.split())
        assert rest in text, f"the output is:\n{out[:3000]}{err}"
    elif kind.removeprefix("no-") in (outputs | plans):
        command = "plan" if kind.removeprefix("no-") in plans else "check"
        _, out, err = guest.ask(*(outputs | plans)[kind.removeprefix("no-")], "--on", on,
                                command=command)
        text = " ".join(out.split())
        assert (rest in text) != kind.startswith("no-"), f"the output is:\n{out[:2000]}{err}"
    else:
        assert len(words) > 2 and ANSWERS.issuperset(words[2:]), f"bad line: {line}"
        found = answer_of(guest.document(on), words[0], words[1])
        assert found["answer"] in words[2:], (
            f"the answer is {found['answer']}\n{json.dumps(found, indent=1)[:3000]}")


def schema_problem(document, name):
    """What the JSON Schema of that name says of the document, or None."""
    path = os.path.join(SOURCE, "schema", name)
    if not os.path.exists(path):
        return f"schema/{name} is missing"
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(document)
    return "; ".join(f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
                     for e in list(errors)[:5]) or None


def check_schemas(tap, name, guest):
    for what, schema, ask in (("verdict", "verdict.schema.json", lambda: guest.document("all")),
                              ("plan", "plan.schema.json", guest.plan),
                              ("facts", "facts.schema.json", guest.facts)):
        label = f"{name}: the JSON of the {what} follows its schema"

        def check(ask=ask, schema=schema):
            problem = schema_problem(ask(), schema)
            assert problem is None, problem
        if jsonschema:
            tap.check(label, check)
        else:
            tap.say(True, label, " # SKIP python3-jsonschema is not installed")


class Boots:
    """The lines of all guests that boot: booted last, some at once, told in their order."""

    def __init__(self):
        self.lines = []

    def add(self, label, action):
        self.lines.append((label, action))

    def run(self, tap):
        if not shutil.which(QEMU):
            for label, _ in self.lines:
                tap.say(True, label, f" # SKIP {QEMU} is not installed")
            return
        with concurrent.futures.ThreadPoolExecutor(BOOTS_AT_ONCE) as pool:
            running = [(label, pool.submit(action)) for label, action in self.lines]
            try:
                for label, boot in running:
                    tap.check(label, boot.result)
            finally:
                pool.shutdown(cancel_futures=True)


class Tap:
    def __init__(self):
        self.number = self.failed = 0

    def say(self, ok, name, note=""):
        self.number += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.number} - {name}{note}", flush=True)

    def check(self, name, action):
        try:
            action()
            self.say(True, name)
        except (AssertionError, KeyError, TypeError, OSError,
                subprocess.SubprocessError) as error:
            self.say(False, name)
            for line in f"{type(error).__name__}: {error}".splitlines():
                print(f"# {line}", flush=True)


def test_guest(tap, boots, paravet, name, out):
    built = subprocess.run([os.path.join(HERE, "build.sh"), name, out],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    sys.stderr.write(built.stderr)
    sys.stderr.flush()
    if built.returncode == SKIP:
        reason = (built.stderr.strip().splitlines() or ["?"])[-1].partition("skipped: ")[2]
        tap.say(True, name, f" # SKIP {reason}")
        return
    if built.returncode != 0:
        tap.say(False, f"{name}: built")
        return
    guest = Guest(paravet, name, built.stdout.split("\n")[:-1])
    for on, lines in parse_expectations(os.path.join(HERE, "recipes", name + ".expect")):
        for words, line in lines:
            label = f"{name}: {line}" + ("" if on == "all" else f" (on {on})")
            add = boots.add if words[0] in BOOTS else tap.check
            add(label, lambda w=words, t=line, p=on: check_line(guest, p, w, t))
    check_schemas(tap, name, guest)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    os.environ.setdefault("PARAVET_PLATFORMS", os.path.join(SOURCE, "platforms"))
    os.environ["PARAVET_CONFIG"] = os.devnull
    paravet, out = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    names = sys.argv[3:] or sorted(
        os.path.basename(path)[:-len(".expect")]
        for path in glob.glob(os.path.join(HERE, "recipes", "*.expect")))
    os.makedirs(out, exist_ok=True)
    tap, boots, start = Tap(), Boots(), time.monotonic()
    for name in names:
        test_guest(tap, boots, paravet, name, out)
    boots.run(tap)
    print(f"1..{tap.number}\n# {tap.number} checks of {len(names)} guests in "
          f"{time.monotonic() - start:.0f} s", flush=True)
    sys.exit(1 if tap.failed or not tap.number else 0)


if __name__ == "__main__":
    main()
