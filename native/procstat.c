#include "procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

/* The text of a field of /proc/PID/stat, within `text`; NULL and errno. */
static const char *read_field(pid_t pid, int wanted, char *text, size_t size)
{
	char path[32];
	_cleanup_close_ int fd = -1;
	char *at;
	ssize_t n;

	(void) snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	n = read(fd, text, size - 1);
	if (n < 0)
		return NULL;
	text[n] = '\0';
	/* Field 2 is the command in parentheses and may hold anything, so count from the last one. */
	at = strrchr(text, ')');
	for (int field = 2; at != NULL && field < wanted; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		errno = EPROTO;
	return at == NULL ? NULL : at + 1;
}

int read_start_time(pid_t pid, unsigned long long *ticks)
{
	char text[1024];
	const char *field = read_field(pid, 22, text, sizeof text);

	if (field == NULL)
		return -1;
	*ticks = strtoull(field, NULL, 10);
	return 0;
}

pid_t read_parent(pid_t pid)
{
	char text[1024];
	const char *field = read_field(pid, 4, text, sizeof text);

	return field == NULL ? -1 : (pid_t) strtol(field, NULL, 10);
}
