/* Sets of CPUs and of memory nodes, as the kernel takes them: one bit each. */
#ifndef GANTRY_CPUS_H
#define GANTRY_CPUS_H

#include "plan.h"

#define BITS_PER_WORD (8 * sizeof(unsigned long))

struct bit_set {
	unsigned long words[(PLAN_MAX_NUMBER + 1) / (8 * sizeof(unsigned long))];
};

/* Every number of `ranges` and no other. */
void bit_set_fill(struct bit_set *set, const struct ranges *ranges);

/* The CPUs of the calling thread. -1 and errno; EINVAL when none of `cpus` is allowed here. */
int cpus_get(struct bit_set *cpus);
int cpus_set(const struct bit_set *cpus);

#endif
