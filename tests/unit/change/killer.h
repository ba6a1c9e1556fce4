/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ends this process at its nth write to some files, or at its nth wait for them, as if it
 * was killed there. Works by the linker's --wrap: the code under test has no switch.
 *
 *     KILL_AT=N    the number of the call, from 1
 *     KILL_PART=B  if it is a write, so many bytes of it are still written
 */
#pragma once

/* From now on the calls on that file are counted. */
void killer_watch(int fd);
/* How many there were. */
unsigned killer_count(void);
