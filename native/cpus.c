#include "cpus.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void bit_set_fill(struct bit_set *set, const struct ranges *ranges)
{
	memset(set, 0, sizeof *set);
	for (uint32_t i = 0; i < ranges->count; i++)
		for (uint32_t n = ranges->items[i].first; n <= ranges->items[i].last; n++)
			set->words[n / BITS_PER_WORD] |= 1ul << n % BITS_PER_WORD;
}

int cpus_get(struct bit_set *cpus)
{
	memset(cpus, 0, sizeof *cpus);
	return syscall(SYS_sched_getaffinity, 0, sizeof *cpus, cpus) < 0 ? -1 : 0;
}

/* The kernel ignores the bits beyond its own CPUs, and those that the cpuset does not have. */
int cpus_set(const struct bit_set *cpus)
{
	return syscall(SYS_sched_setaffinity, 0, sizeof *cpus, cpus) < 0 ? -1 : 0;
}
