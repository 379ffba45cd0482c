/* Watching a process that cannot watch itself. */
#ifndef GANTRY_WATCH_H
#define GANTRY_WATCH_H

#include <sys/types.h>

/*
 * Kill `parent`, which started us, when it has written nothing to our standard input for `limit_ms`, and say on standard error
 * where it was in the kernel. Returns the exit status when that is done, when it has closed its end, or when it is gone.
 */
int watch_parent(pid_t parent, int limit_ms);

#endif
