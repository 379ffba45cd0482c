/* Which mount is it? */
#ifndef GANTRY_MOUNTID_H
#define GANTRY_MOUNTID_H

#include <stdbool.h>
#include <stdint.h>

struct mount_id {
	unsigned int id;    /* as in /proc/self/mountinfo; another mount has it one day */
	uint64_t unique_id; /* no other mount ever has it; 0 on Linux before 6.8 */
};

/* The mount that a descriptor lies on. -1 and errno. */
int mount_id_of(int fd, struct mount_id *id);

/* False where the kernel cannot say. */
bool mount_is_gone(uint64_t unique_id);

#endif
