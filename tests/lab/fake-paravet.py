#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands in for paravet in the tests of the lab: a disk is a JSON file that says what check
answers, what a boot shows, and at "apply" what apply changes of that. Each boot adds a line to the
file boots in the current folder."""
import hashlib
import json
import os
import sys
import time

SEEN = {"ready": "worked", "fixable": "failed"}


def device(role, name, choice, answer):
    return {"role": role, "name": name, "answer": answer, "best": 0,
            "choices": [{"id": choice, "decides": 0, "chain": [{"text": f"{role} is {answer}"}]}]}


def check(disk, path, platform):
    return {"program": "paravet 0.1", "os": "Test",
            "verdicts": [{"platform": platform.partition(":")[0], "kernel": "6.1.0-test",
                          "answer": disk["answer"],
                          "devices": [device("boot-disk", path, "blk", disk["answer"]),
                                      device("network", None, "net", disk.get("card", "ready"))]}]}


def prove(disk, platform, patient):
    outcome = disk.get("outcome", SEEN.get(disk["answer"], "unclear"))
    if patient:
        outcome = disk.get("later", outcome)
    result = ("not provable" if outcome == "unclear" or disk["answer"] not in SEEN
              else "proven" if SEEN[disk["answer"]] == outcome else "disproven")
    card = {"answer": disk.get("card", "ready"), "name": "net",
            "outcome": "worked" if outcome == "worked" else "unclear"}
    return {"proof": {"platform": platform, "result": disk.get("result", result),
                      "text": f"the guest {outcome}", "firmware": "SeaBIOS", "accelerator": "TCG",
                      "disk": {"answer": disk["answer"], "name": "blk", "outcome": outcome},
                      "network": card}}


def apply(disk, path, output):
    changes = disk.get("apply", {})
    after = disk | changes
    data = json.dumps(after)
    files = [{"path": "/boot/initrd", "new_sha256": hashlib.sha256(data.encode()).hexdigest()}]
    if changes:
        with open(output, "x", encoding="ascii") as file:
            file.write(data)
    ready = after["answer"] == "ready"
    return {"applied": {
        "after": disk.get("says", after["answer"]), 
        "results": [{"disk": path, "file": output}] if changes else [],
        "left": {"obstacles": [], "steps": []},
        "changes": {"steps": [{"reason": None if ready else "no such word"}],
                    "files": files if changes else [],
                    "disks": [{"disk": path}] if changes else []}}}


def main():
    words = sys.argv[1:]
    if words == ["--version"]:
        print("paravet 0.1")
        return
    options = dict(zip(words[1:-1:2], words[2:-1:2]))
    path, platform = words[-1], options.get("--on", "")
    with open(path, encoding="ascii") as file:
        disk = json.load(file)
    if words[0] == "inspect":
        answer = {"root_disk": path}
    elif words[0] == "check":
        answer = check(disk, path, platform)
    elif words[0] == "apply":
        answer = apply(disk, path, options["-o"])
    else:
        with open("boots", "a", encoding="ascii") as file:
            file.write(f"{path} {platform} {os.getpid()}\n")
        with open(os.path.join(options["--keep-log"], "serial.log"), "w", encoding="ascii") as file:
            file.write("hello\r\nlast \x1b[1mwords\x1b[0m\r\n")
        time.sleep(disk.get("sleep", 0))
        if "error" in disk:
            print(f"paravet: {disk['error']}", file=sys.stderr)
            sys.exit(66)
        answer = prove(disk, platform, "--timeout" in options)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
