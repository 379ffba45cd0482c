/* Owning a descriptor: closed when its variable goes out of scope, errno kept. */
#ifndef GANTRY_FD_H
#define GANTRY_FD_H

#include <errno.h>
#include <unistd.h>

static inline void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void) close(*fd);
	*fd = -1;
	errno = saved;
}

/* Give a descriptor away: the variable no longer owns it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define _cleanup_close_ __attribute__((cleanup(close_fd)))

#endif
