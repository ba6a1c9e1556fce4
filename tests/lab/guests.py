# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests of the lab and the platforms each is booted on: reads tests/lab/matrix.

    # a comment
    guest NAME
      says TEXT              what it is, for people
      boots PLATFORM...      as paravet's --on takes them; any number of lines
      KEY=VALUE ...          how it is built, for build.sh; any number of lines
"""
import dataclasses
import re

GUEST = re.compile(r"[a-z0-9][a-z0-9.-]*")
PLATFORM = re.compile(r"[a-z0-9-]+(:[a-z0-9-]+)?")
SETTING = re.compile(r"[a-z][a-z0-9-]*=\S*")


class MatrixError(Exception):
    """FILE:LINE: what is wrong."""


@dataclasses.dataclass
class Guest:
    name: str
    line: int = 0
    says: str = ""
    boots: list = dataclasses.field(default_factory=list)
    settings: list = dataclasses.field(default_factory=list)


def add_boots(guest, words):
    if not words:
        return "boots on which platforms?"
    for word in words:
        if not PLATFORM.fullmatch(word):
            return f"{word} is no platform: PLATFORM or PLATFORM:CHOICE"
        if word in guest.boots:
            return f"{word} is named twice"
        guest.boots.append(word)
    return None


def add_settings(guest, words):
    for word in words:
        if not SETTING.fullmatch(word):
            return f"{word} is neither says, boots nor KEY=VALUE"
        guest.settings.append(word)
    return None


def add_line(guests, number, line):
    """Takes one line that is not empty; returns what is wrong with it, or None."""
    words = line.split()
    if not line[0].isspace():
        if words[0] != "guest" or len(words) != 2 or not GUEST.fullmatch(words[1]):
            return "a guest begins with: guest NAME"
        if any(guest.name == words[1] for guest in guests):
            return f"there is a guest {words[1]} already"
        guests.append(Guest(words[1], number))
        return None
    if not guests:
        return "this belongs to no guest"
    if words[0] == "says":
        if guests[-1].says or len(words) == 1:
            return "each guest says one thing"
        guests[-1].says = " ".join(words[1:])
        return None
    if words[0] == "boots":
        return add_boots(guests[-1], words[1:])
    return add_settings(guests[-1], words)


def parse_matrix(lines, name="matrix"):
    """The guests, in the order of the file. Raises MatrixError."""
    guests = []
    for number, line in enumerate(lines, 1):
        line = line.rstrip()
        if not line or line.lstrip().startswith("#"):
            continue
        problem = add_line(guests, number, line)
        if problem:
            raise MatrixError(f"{name}:{number}: {problem}")
    for guest in guests:
        for lacks in ("says", "boots", "settings"):
            if not getattr(guest, lacks):
                raise MatrixError(f"{name}:{guest.line}: guest {guest.name} has no "
                                  f"{'KEY=VALUE' if lacks == 'settings' else lacks}")
    if not guests:
        raise MatrixError(f"{name}: no guest")
    return guests


def read_matrix(path):
    with open(path, encoding="utf-8") as file:
        return parse_matrix(file, path)
