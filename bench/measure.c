/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * measure COMMAND...: runs it without output and prints "NANOSECONDS KIB STATUS
 * MICROSECONDS": wall time, the largest resident set among it and the children it waited
 * for, its exit status, and the processor time of all of them. A program of its own
 * because a process inherits the peak of the one it was forked from, and an interpreter's
 * would hide that of a small program.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static unsigned long long microseconds(struct timeval t)
{
	return (unsigned long long)t.tv_sec * 1000000u + (unsigned long long)t.tv_usec;
}

static void run(char **command)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	uint64_t start;
	int status;
	pid_t child;

	if (argc < 2) {
		fputs("usage: measure COMMAND...\n", stderr);
		return 64;
	}
	start = now();
	child = fork();
	if (child == 0)
		run(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror("measure");
		return 70;
	}
	printf("%llu %ld %d %llu\n", (unsigned long long)(now() - start), usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	       microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
	return 0;
}
