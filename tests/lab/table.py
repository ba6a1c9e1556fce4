# SPDX-License-Identifier: LGPL-2.1-or-later
"""The accuracy table: docs/accuracy.md from the rows of a run. The same rows give the same
text."""
import textwrap

import progress

PLACE = "docs/accuracy.md"
WIDTH = 98
INTRODUCTION = """
Real guests, made of Debian's packages, are judged by `paravet check` and then booted by `paravet
prove` with each platform's devices. Both ways count: a guest that is called ready has to start, and
one that is called fixable or blocked must not. A disagreement is a defect of check. Where it says
fixable, `paravet apply` then makes the changes on an overlay, check is asked again, and what it calls
ready by now is booted and has to start. `make lab` made this file.
"""
WORDS = """
"started": the guest's first program was read through the platform's device. "sent": a frame came
from the network card; "silent" says nothing of its driver. "-": there is nothing to compare. "after
apply" is what check says of the disk with paravet apply's changes, "boot then" what that disk did; on
the Xen host it was not tried.
"""
AGAIN = """
`make lab` builds the guests in build-lab/ and boots them (tests/lab/matrix says which; HACKING.md
tells more). What was booted before is taken over while the guest's disk, the platform's devices and
QEMU are the same, and after apply while it makes the same bytes; check and apply are asked anew. One
boot alone:
"""
SAYS = {True: "agrees", False: "DISAGREES", None: "nothing to compare"}
AGREES = {True: "yes", False: "NO", None: "-"}
OUTCOMES = {"worked": "started", "failed": "did not start", "unclear": "unclear",
            "not tried": "not provable"}
CARDS = {"worked": "sent", "unclear": "silent", "failed": "failed", "not tried": "-"}


def outcome_text(row):
    if row.result:
        return OUTCOMES[row.outcome()]
    return "skipped" if row.skipped else "not run"


def card_text(row):
    """What was seen of the card, where the guest came so far that it could be."""
    return CARDS[row.outcome("network")] if row.outcome() == "worked" else "-"


def after_text(row):
    return row.after.answer() or "-" if row.after else "-"


def boot_then_text(row):
    if row.after and row.after.result:
        return OUTCOMES[row.after.outcome()]
    return "not run" if row.after and row.after.trouble else "-"


def seconds_text(row):
    return str(row.result["seconds"]) if row.result else "-"


# A row of the table: title and text of each column.
COLUMNS = [
    ("Guest", lambda row: row.guest),
    ("Platform", lambda row: row.platform),
    ("check", lambda row: row.answer() or "-"),
    ("boot", outcome_text),
    ("agree", lambda row: AGREES[row.agrees()]),
    ("card: check", lambda row: row.answer("network") or "-"),
    ("card", card_text),
    ("seconds", seconds_text),
    ("after apply", after_text),
    ("boot then", boot_then_text),
]


def cell(text):
    return str(text).replace("|", "\\|")


def table_text(titles, lines):
    """A Markdown table that is also readable as it stands."""
    lines = [[cell(text) for text in line] for line in [titles, *lines]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths))
                     + " |" for line in lines)


def boots_table(rows):
    """A guest's name stands in the first of its rows only."""
    lines, before = [], None
    for row in rows:
        line = [text(row) for _, text in COLUMNS]
        line[0] = "" if line[0] == before else line[0]
        before = row.guest
        lines.append(line)
    return table_text([title for title, _ in COLUMNS], lines)


def wrap(text, first="", rest=""):
    return textwrap.fill(text.strip(), WIDTH, initial_indent=first, subsequent_indent=rest,
                         break_long_words=False, break_on_hyphens=False)


def item(text):
    return wrap(text, "- ", "  ")


def row_line(row):
    """One line of progress."""
    name = f"{row.guest} on {row.platform}"
    if row.trouble:
        return f"{name}: {outcome_text(row)}: {row.trouble}"
    return f"{name}: {row.answer()}, {outcome_text(row)}: {SAYS[row.agrees()]}"


def after_line(row):
    """The same for what apply made of it."""
    name, after = f"{row.guest} on {row.platform} after apply", row.after
    if after.trouble:
        return f"{name}: {after_text(row)}, not run: {after.trouble}"
    if not after.result:
        return f"{name}: {after_text(row)}, not booted: {after.left or 'nothing is left to do'}"
    return f"{name}: {after_text(row)}, {boot_then_text(row)}: {SAYS[after.agrees()]}"


def share(part, whole, what):
    return f"{part} of {whole} {what}"


def count_disks(rows, answers, outcome):
    """How many boots with such an answer came out so, and how many came out at all."""
    seen = [row for row in rows
            if row.answer() in answers and row.outcome() in ("worked", "failed")]
    return sum(row.outcome() == outcome for row in seen), len(seen)


def count_cards(rows, answers, outcome):
    seen = [row for row in rows if row.outcome() == "worked"
            and row.answer("network") in answers and row.outcome("network") != "not tried"]
    return sum(row.outcome("network") == outcome for row in seen), len(seen)


def summary_after(rows):
    """The same of what apply made."""
    tried = [row.after for row in rows if row.after]
    ready = [after for after in tried if after.answer() == "ready"]
    started = [after for after in tried if after.started()]
    failed = [after for after in ready if after.outcome() == "failed"]
    lines = []
    if tried:
        lines.append(share(len(started), len(tried),
                           "fixable guests were made ready by paravet apply and started"))
    if failed:
        lines.append(share(len(failed), len(ready), "that were made ready did not start"))
    return lines


def summary(rows):
    """The numbers, a sentence each."""
    no = ("fixable", "blocked")
    booted = [row for row in rows if row.result]
    agree, differ = (sum(row.agrees() is way for row in rows) for way in (True, False))
    unclear = [row for row in booted if row.agrees() is None]
    lines = [f"{len(booted)} boots of {len({row.guest for row in booted})} guests: "
             f"{agree} agree with check, {differ} do not, {len(unclear)} say nothing",
             share(*count_disks(rows, ("ready",), "worked"),
                   "boot disks that check calls ready started"),
             share(*count_disks(rows, no, "failed"),
                   "that it calls fixable or blocked did not"),
             share(*count_cards(rows, ("ready",), "worked"),
                   "network cards that it calls ready sent frames; one that is not configured "
                   "sends none"),
             share(*count_cards(rows, no, "unclear"),
                   "that it calls fixable or blocked were silent"),
             *summary_after(rows)]
    missing = len(rows) - len(booted)
    if missing:
        lines.append(f"{missing} of {len(rows)} rows were not booted")
    return lines


def summary_text(rows):
    return "\n".join(summary(rows))


def seen(values):
    """Distinct values in the order of the rows; None where none is known."""
    return "; ".join(dict.fromkeys(str(value) for value in values if value)) or "not known"


def what_was_run(rows, versions, jobs):
    """Title and text of each line."""
    results = [one.result for row in rows for one in (row, row.after) if one and one.result]
    dates = sorted(result["date"][:10] for result in results)
    seconds = sum(result["seconds"] for result in results)

    def version(name):
        return seen(result["versions"].get(name) for result in results)

    return [
        ("check", versions["paravet"]),
        ("boots by", version("paravet")),
        ("booted", " to ".join(dict.fromkeys([dates[0], dates[-1]])) if dates else "-"),
        ("QEMU", version("qemu")),
        ("accelerator", seen(result["proof"]["accelerator"] for result in results)),
        ("SeaBIOS", version("seabios")),
        ("OVMF", version("ovmf")),
        ("firmware of the boots", seen(result["proof"]["firmware"] for result in results)),
        ("host", version("host")),
        ("machine", version("machine")),
        ("time", f"{progress.time_text(seconds)} of boots, {jobs} at once"),
    ]


def platforms_table(rows):
    """The devices that stand for each platform."""
    found = {}
    for row in rows:
        if row.result:
            devices = tuple(row.proof[d]["name"] or "-" for d in ("disk", "network"))
            key = (row.platform, *devices)
            found[key] = found.get(key, 0) + 1
    return table_text(["Platform", "disk", "card", "boots"],
                      [[*key, count] for key, count in found.items()])


def guests_table(rows):
    lines = {}
    for row in rows:
        kernel = row.check["kernel"] if row.check else None
        lines.setdefault(row.guest, [row.guest, row.says, kernel or "-"])
    return table_text(["Guest", "what it is", "kernel"], lines.values())


def quoted(text):
    return "`" + text.replace("`", "'") + "`"


def story(row):
    """A boot that is to be looked at: what check said and why, what was seen, last words."""
    text = f"**{row.guest}** on {row.platform}: "
    if row.check:
        text += f"check says {row.answer()} ({row.check['disk']['reason']})"
        if row.agrees() is False and row.proof["network"]["outcome"] == "worked":
            text += (f", card {row.answer('network')} ({row.check['network']['reason']})")
        text += "; "
    if not row.result:
        return text + f"{outcome_text(row)}: {row.trouble}"
    text += f"{outcome_text(row)}: {row.proof['text']}. "
    last = row.result["last_line"]
    return text + (f"Last line of the log: {quoted(last)}" if last else "The log is empty.")


def story_after(row):
    """Why a guest is not ready and started after apply."""
    after = row.after
    text = f"**{row.guest}** on {row.platform}: "
    if after.check:
        text += f"{after.answer()} after apply; "
    if not after.result:
        return text + (after.trouble or after.left or "apply had nothing to do")
    last = after.result["last_line"]
    return text + (f"{boot_then_text(row)}: {after.proof['text']}. "
                   + (f"Last line of the log: {quoted(last)}" if last else "The log is empty."))


def is_silent(row):
    """A card that check calls ready and that was not seen: nothing is proven of it."""
    return (row.outcome(), row.answer("network"), row.outcome("network")) == (
        "worked", "ready", "unclear")


def silence(row):
    return f"**{row.guest}** on {row.platform}: {row.proof['network']['name']}"


def stories(title, rows, none, tell=story):
    lines = [f"## {title}", ""]
    lines += [item(tell(row)) for row in rows] or [none]
    return lines + [""]


def document(rows, versions, jobs):
    says_nothing = [row for row in rows if row.result and row.agrees() is None]
    lines = [
        "# How often is check right?", "",
        wrap(INTRODUCTION), "",
        *map(item, summary(rows)), "",
        "## What was run", "",
        table_text(["what", "which"], what_was_run(rows, versions, jobs)), "",
        platforms_table(rows), "",
        guests_table(rows), "",
        "## Every boot", "",
        wrap(WORDS), "",
        boots_table(rows), "",
        *stories("Disagreements", [row for row in rows if row.agrees() is False], "None."),
        *stories("Boots that say nothing", says_nothing, "None."),
        *stories("Cards that are ready and were silent", filter(is_silent, rows), "None.", silence),
        *stories("What apply did not make ready and start",
                 [row for row in rows if row.after and not row.after.started()], "None.",
                 story_after),
        *stories("Rows that were not booted", [row for row in rows if not row.result], "None."),
        *stories("Why the others did not start",
                 [row for row in rows if row.agrees() and row.outcome() == "failed"],
                 "All started."),
        "## Do it again", "",
        wrap(AGAIN), "",
        "    make lab ONLY='GUEST PLATFORM'",
        "    paravet check DISK --on PLATFORM; paravet prove DISK --on PLATFORM",
        "    paravet apply DISK --on PLATFORM -o NEW; paravet prove NEW --on PLATFORM", ""]
    return "\n".join(lines)
