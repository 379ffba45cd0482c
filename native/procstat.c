#include "procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

int read_start_time(pid_t pid, unsigned long long *ticks)
{
	char path[32];
	char text[1024];
	_cleanup_close_ int fd = -1;
	char *at;
	ssize_t n;

	(void) snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof text - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	/* Field 2 is the command in parentheses and may hold anything, so count from the last one. */
	at = strrchr(text, ')');
	for (int field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL) {
		errno = EPROTO;
		return -1;
	}
	*ticks = strtoull(at + 1, NULL, 10);
	return 0;
}
