# SPDX-License-Identifier: LGPL-2.1-or-later
"""Progress: a line for each boot, and on a terminal a bar below them with the time left."""
import shutil
import sys
import time

USUAL_SECONDS = 50  # of a boot by emulation, until some are known
BAR = 20


def time_text(seconds):
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{round(seconds)} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    def __init__(self, total, jobs, out=sys.stdout):
        self.total, self.jobs, self.out = total, jobs, out
        self.terminal = out.isatty()
        self.done = self.bad = 0
        self.seconds = []  # of the boots that are known
        self.running = {}  # what runs: its start
        self.building = None

    def left(self):
        """Seconds; the boots that are running are taken to have their usual time."""
        usual = sum(self.seconds) / len(self.seconds) if self.seconds else USUAL_SECONDS
        had = sum(min(time.monotonic() - start, usual) for start in self.running.values())
        return max(0, (self.total - self.done) * usual - had) / self.jobs

    def text(self):
        full = BAR * self.done // max(1, self.total)
        parts = [f"[{'#' * full}{'.' * (BAR - full)}] {self.done}/{self.total}"]
        if self.bad:
            parts.append(f"{self.bad} to look at")
        if self.done < self.total:
            parts.append(f"about {time_text(self.left())} left")
        parts += [f"{name} {round(time.monotonic() - start)} s"
                  for name, start in self.running.items()]
        if self.building:
            parts.append(f"building {self.building}")
        return ", ".join(parts)

    def draw(self):
        if self.terminal:
            columns = shutil.get_terminal_size().columns
            print(f"\r\033[K{self.text()[:columns - 1]}", end="", file=self.out, flush=True)

    def wipe(self):
        if self.terminal:
            print("\r\033[K", end="", file=self.out)

    def say(self, line):
        self.wipe()
        print(line, file=self.out, flush=True)
        self.draw()

    def start(self, name):
        self.running[name] = time.monotonic()
        self.draw()

    def stop(self, name):
        self.running.pop(name, None)

    def finish(self, line, bad, seconds=None):
        """A row is done; `seconds` of its boot."""
        self.done += 1
        self.bad += bad
        if seconds:
            self.seconds.append(seconds)
        self.say(f"{self.done:>{len(str(self.total))}}/{self.total}  {line}")
