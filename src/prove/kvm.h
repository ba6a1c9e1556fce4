/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Can a machine be run with KVM, as fast as the processor is? /dev/kvm may be there and
 * not work, and there are hosts that offer it and interpret every instruction. */
bool kvm_works(void);
