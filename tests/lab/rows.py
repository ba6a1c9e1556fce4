# SPDX-License-Identifier: LGPL-2.1-or-later
"""A row of the accuracy table: what check says, what the boot showed, whether they agree, the
same once paravet apply made its changes, and when a stored boot still holds."""
import dataclasses
import json
import os
import re

FORMAT = 1
CONTROL = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])|[^\x20-\x7e\n]")


def compare(answer, outcome):
    """Does a device's outcome agree with its answer? None: it says nothing. The same rule as
    in src/prove/proof.c."""
    if outcome not in ("worked", "failed"):
        return None
    if answer == "ready":
        return outcome == "worked"
    if answer in ("fixable", "blocked"):
        return outcome == "failed"
    return None


def compare_boot(disk_answer, disk_outcome, card_answer, card_outcome):
    """The whole boot: a card that is seen to work proves nothing of the disk."""
    disk, card = compare(disk_answer, disk_outcome), compare(card_answer, card_outcome)
    if disk is False or card is False:
        return False
    return disk


RESULTS = {True: "proven", False: "disproven", None: "not provable"}


def follows_rule(proof):
    """Is the result that paravet itself gave the one of compare_boot()?"""
    disk, card = proof["disk"], proof["network"]
    return RESULTS[compare_boot(disk["answer"], disk["outcome"],
                                card["answer"], card["outcome"])] == proof["result"]


class Judged:
    """An answer of check and the boot that it is compared with: `check` and `result` of those
    below."""

    @property
    def proof(self):
        return self.result["proof"] if self.result else None

    def outcome(self, device="disk"):
        return self.proof[device]["outcome"] if self.result else None

    def answer(self, device="disk"):
        return self.check[device]["answer"] if self.check else None

    def agrees(self):
        """True, False; None: there is nothing to compare."""
        if not self.check or not self.result:
            return None
        return compare_boot(self.answer(), self.outcome(),
                            self.answer("network"), self.outcome("network"))


@dataclasses.dataclass
class After(Judged):
    """What paravet apply made of a guest that check calls fixable."""
    # Of check, asked of the overlay: what read_check() returns.
    check: dict = None
    # Of the overlay's boot, where check calls it ready: what make_result() returns.
    result: dict = None
    # What apply left to people, where it did.
    left: str = None
    # Why the answer or the boot is missing.
    trouble: str = None

    def started(self):
        return self.answer() == "ready" and self.outcome() == "worked"

    def is_bad(self):
        """A guest that is not ready is told; one that is has to start."""
        return self.trouble is not None or (self.answer() == "ready" and not self.agrees())


@dataclasses.dataclass
class Row(Judged):
    guest: str
    platform: str
    says: str = ""
    # Of check, asked in this run: what read_check() returns.
    check: dict = None
    # Of the boot: what make_result() returns.
    result: dict = None
    # Why one of them is missing.
    trouble: str = None
    # The guest could not be built because this machine lacks something.
    skipped: bool = False
    # What apply made of it; None: it was not asked.
    after: After = None

    def is_bad(self):
        """A disagreement, or no outcome where there should be one."""
        return self.agrees() is False or self.outcome() == "unclear" or (
            not (self.check and self.result) and not self.skipped) or (
            self.after is not None and self.after.is_bad())

    def on_xen(self):
        return self.platform.partition(":")[0] in ("xen", "rhel5-xen")

    def takes_apply(self):
        """Is there something to apply?"""
        return self.answer() == "fixable"


def device_answer(device):
    if not device:
        return {"answer": "unknown", "choice": None, "reason": "no such device"}
    choices = device["choices"]
    best = choices[device["best"]] if choices else {"id": None, "chain": []}
    decides = best["chain"][best["decides"]]["text"] if best["chain"] else ""
    return {"answer": device["answer"], "choice": best["id"], "reason": decides}


def read_check(check, facts):
    """What the table needs of check's and inspect's JSON. The disk that counts is the one
    that / lies on, as for prove (src/prove/setup.c)."""
    verdict = check["verdicts"][0]
    devices = verdict["devices"]
    root = [d for d in devices if d["name"] and d["name"] == facts["root_disk"]]
    boot = [d for d in devices if d["role"] == "boot-disk"]
    cards = [d for d in devices if d["role"] == "network"]
    return {"program": check["program"], "os": check["os"], "kernel": verdict["kernel"],
            "platform": verdict["platform"],
            "disk": device_answer(next(iter(root + boot), None)),
            "network": device_answer(next(iter(cards), None)),
            "presents": sorted({(d["role"], device_answer(d)["choice"]) for d in devices
                                if d["role"] in ("boot-disk", "disk", "network")},
                               key=str)}


def machine_devices(check, platform):
    """How the choices that check takes are presented: the data of the platform's file."""
    rows = []
    for role, choice in check["presents"]:
        for device in platform["devices"]:
            if device["role"] == role:
                rows += [[role, choice, one.get("qemu", one.get("xen", one.get("not-provable")))]
                         for one in device["choices"] if one["id"] == choice]
    return rows


def make_key(guest_key, check, platform, qemu):
    """What a boot depends on: while this is the same, it is not repeated."""
    return {"guest": guest_key, "devices": machine_devices(check, platform), "qemu": qemu}


def made_files(applied):
    """What apply's boot depends on besides: the bytes that it made, not the times of its inodes."""
    return {file["path"]: file["new_sha256"] for file in applied["changes"]["files"]}


def left_by(applied):
    """Why a guest is not ready after apply, in one line; None: nothing is left."""
    why = [step["reason"] for step in applied["changes"]["steps"] if step["reason"]]
    why += [obstacle["text"] for obstacle in applied["left"]["obstacles"]]
    why = why or [step["text"] or step["title"] for step in applied["left"]["steps"]]
    return "; ".join(dict.fromkeys(why)) or None


def plain(text):
    """Printable ASCII, without a terminal's control sequences."""
    return CONTROL.sub("", text.replace("\r", "\n"))


def last_line(folder):
    """The last words of the guest, or of QEMU where the guest said nothing."""
    for name in ("serial.log", "qemu.log"):
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                lines = [line.strip() for line in plain(file.read()).split("\n")]
        except OSError:
            continue
        lines = [line for line in lines if line]
        if lines:
            return lines[-1][:200]
    return None


def make_result(row, key, disks, versions, date, seconds, proof, folder):
    return {"format": FORMAT, "guest": row.guest, "platform": row.platform, "key": key,
            "disks": disks, "versions": versions, "date": date, "seconds": round(seconds),
            "proof": proof, "last_line": last_line(folder)}


APPLIED = ".applied"  # ends the names of what belongs to the boot after apply


def file_name(row, suffix=""):
    return f"{row.guest}.{row.platform.replace(':', '-')}{suffix}"


def result_path(out, row, suffix=""):
    return os.path.join(out, "results", file_name(row, suffix) + ".json")


def log_folder(out, row, suffix=""):
    return os.path.join(out, "logs", file_name(row, suffix))


def load_result(out, row, suffix=""):
    """What an earlier run stored, or None."""
    try:
        with open(result_path(out, row, suffix), encoding="utf-8") as file:
            result = json.load(file)
    except (OSError, ValueError):
        return None
    return result if result.get("format") == FORMAT else None


def was_fixable(out, row):
    """Was there something to apply when it was booted?"""
    stored = load_result(out, row)
    return bool(stored) and stored["proof"]["disk"]["answer"] == "fixable"


def store_result(out, row, result, suffix=""):
    path = result_path(out, row, suffix)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, sort_keys=True)
        file.write("\n")
    os.replace(path + ".new", path)
