# SPDX-License-Identifier: LGPL-2.1-or-later
"""Child processes that end when their task does, with everything that they started."""
import asyncio
import os
import signal

GRACE = 10  # seconds to tidy up after SIGTERM


class ChildError(Exception):
    """What a child program said of its failure."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def signal_group(child, number):
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass


async def end(child):
    """Ends a child and its own children. It is the leader of their group."""
    signal_group(child, signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), GRACE)
    except asyncio.TimeoutError:
        pass
    signal_group(child, signal.SIGKILL)
    await child.wait()


async def run(*command, cwd=None, good=(0,), seconds=600):
    """What a program writes to its standard output. ChildError when its exit status is not
    one of `good` or the time is over."""
    # A group of its own: Ctrl-C comes to this program alone, which ends the others.
    child = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        out, err = await asyncio.wait_for(child.communicate(), seconds)
    except asyncio.TimeoutError as error:
        raise ChildError(None, f"not done after {seconds} s") from error
    finally:
        if child.returncode is None:
            await end(child)
    if child.returncode not in good:
        said = [line for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
        raise ChildError(child.returncode,
                         said[-1] if said else f"exit status {child.returncode}")
    return out.decode("utf-8", "replace")
