/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a loop of a few instructions in a virtual machine, in real mode, as firmware and
 * boot loaders do (linux/Documentation/virt/kvm/api.rst). */
#include "kvm.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#if defined(__x86_64__) || defined(__i386__)

enum {
	PAGE = 4096,
	START = 0x1000,
	TRIES = 3,
	/* A processor takes 10 us for the loop, an interpreter 40 ms. */
	ENOUGH_US = 5000,
};

/* mov ecx, 20000; again: dec ecx; jnz again; hlt */
static const uint8_t code[] = {0x66, 0xb9, 0x20, 0x4e, 0x00, 0x00,
			       0x66, 0x49, 0x75, 0xfc, 0xf4};

struct machine {
	int vm, cpu;
	void *page, *run;
	size_t run_size;
};

static int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void machine_done(struct machine *m)
{
	if (m->page != MAP_FAILED)
		munmap(m->page, PAGE);
	if (m->run != MAP_FAILED)
		munmap(m->run, m->run_size);
	cleanup_close(&m->cpu);
	cleanup_close(&m->vm);
}

static bool machine_make(int kvm, struct machine *m)
{
	struct kvm_userspace_memory_region memory = {.guest_phys_addr = START,
						     .memory_size = PAGE};
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	m->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	m->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (m->vm < 0 || m->page == MAP_FAILED || size <= 0)
		return false;
	memcpy(m->page, code, sizeof(code));
	memory.userspace_addr = (uint64_t)(uintptr_t)m->page;
	if (ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &memory) < 0)
		return false;
	m->cpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	if (m->cpu < 0)
		return false;
	m->run_size = (size_t)size;
	m->run = mmap(NULL, m->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->cpu, 0);
	return m->run != MAP_FAILED;
}

/* Microseconds that the loop takes, or -1. */
static int64_t machine_time(const struct machine *m)
{
	const struct kvm_run *run = m->run;
	struct kvm_regs regs = {.rip = START, .rflags = 2};
	struct kvm_sregs sregs;
	int64_t start;

	if (ioctl(m->cpu, KVM_GET_SREGS, &sregs) < 0)
		return -1;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(m->cpu, KVM_SET_SREGS, &sregs) < 0 ||
	    ioctl(m->cpu, KVM_SET_REGS, &regs) < 0)
		return -1;
	start = clock_us();
	if (ioctl(m->cpu, KVM_RUN, 0) < 0 || run->exit_reason != KVM_EXIT_HLT)
		return -1;
	return clock_us() - start;
}

bool kvm_works(void)
{
	_cleanup_close_ int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	_cleanup_(machine_done) struct machine m = {
		.vm = -1, .cpu = -1, .page = MAP_FAILED, .run = MAP_FAILED};
	bool fast = false;

	if (kvm < 0 || !machine_make(kvm, &m))
		return false;
	for (int i = 0; i < TRIES && !fast; i++) {
		int64_t us = machine_time(&m);

		if (us < 0)
			return false;
		fast = us < ENOUGH_US;
	}
	return fast;
}

#else

bool kvm_works(void)
{
	return false; /* for guests of another processor than the host's */
}

#endif
