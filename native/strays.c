#include "strays.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"

int list_children(pid_t children[CHILDREN_MAX])
{
	char path[64];
	char text[CHILDREN_MAX * 12 + 1];
	const char *at = text;
	ssize_t n = -1;
	int count = 0;
	_cleanup_close_ int fd = -1;

	(void) snprintf(path, sizeof path, "/proc/self/task/%d/children", (int) getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, text, sizeof text - 1);
	text[n < 0 ? 0 : n] = '\0';
	while (count < CHILDREN_MAX && *at >= '0' && *at <= '9') {
		char *end;

		children[count++] = (pid_t) strtol(at, &end, 10);
		at = end + (*end == ' ');
	}
	return count;
}

void kill_strays(const pid_t before[], int before_count)
{
	bool has_found;

	do { /* again: children of those who ended are ours now */
		pid_t children[CHILDREN_MAX];
		int count = list_children(children);

		has_found = false;
		for (int i = 0; i < count; i++) {
			bool is_stray = true;

			for (int k = 0; k < before_count; k++)
				is_stray &= before[k] != children[i];
			if (!is_stray || kill(children[i], SIGKILL) < 0)
				continue;
			has_found = true;
			while (waitpid(children[i], NULL, __WALL) < 0 && errno == EINTR)
				;
		}
	} while (has_found);
}
