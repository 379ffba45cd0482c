/* Flags of one mount (not of its file system), by a descriptor of its root. */
#ifndef GANTRY_MOUNTFLAGS_H
#define GANTRY_MOUNTFLAGS_H

#include <stdint.h>

/* MS_* as MOUNT_ATTR_*; flags of the file system have none. */
uint64_t mount_attributes(uint64_t flags);

/*
 * Give a mount exactly these flags, as `mount -o remount,bind,…` does; access times stay as they are unless a flag
 * speaks of them. In a user namespace flags of the source are locked: they are kept, unless `cleared` (flags that must
 * not be set) asks for the opposite: EPERM. ENOSYS before Linux 5.12.
 */
int mount_set_flags(int fd, uint64_t flags, uint64_t cleared);

/* Add flags to those a mount has. Works before Linux 5.12 too, on an attached mount. */
int mount_add_flags(int fd, uint64_t flags);

/* mount_set_flags for an attached mount and any kernel. */
int mount_remount(int fd, uint64_t flags, uint64_t cleared);

#endif
