# SPDX-License-Identifier: LGPL-2.1-or-later
"""The versions of everything that a boot's outcome may depend on."""
import os
import subprocess

import table

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def first_line_of(*command):
    """What a program says of its version; None without it."""
    try:
        done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return (done.stdout.splitlines() or [None])[0]


def commit_of_source(written):
    """The commit of the source, without regard to the table that a run writes."""
    commit = first_line_of("git", "describe", "--always", "--tags")
    changed = first_line_of("git", "status", "--porcelain", "--", ".", f":(exclude){written}")
    return f"{commit}, changed" if commit and changed else commit


def find_versions(paravet, qemu):
    """Everything that a boot's outcome may depend on."""
    commit = commit_of_source(table.PLACE)
    package = ["dpkg-query", "-W", "-f", "${Version}\\n"]
    system = first_line_of("sh", "-c", ". /etc/os-release && echo \"$PRETTY_NAME\"")
    point = first_line_of("cat", "/etc/debian_version")
    return {"paravet": first_line_of(paravet, "--version") + (f" ({commit})" if commit else ""),
            "qemu": first_line_of(qemu, "--version"),
            "seabios": first_line_of(*package, "seabios"),
            "ovmf": first_line_of(*package, "ovmf"),
            "host": f"{system}, {point}" if point else system,
            "machine": f"{os.uname().machine}, {len(os.sched_getaffinity(0))} processors"}
