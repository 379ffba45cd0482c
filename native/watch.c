/* The server's loop is JavaScript: what keeps it from turning keeps it from noticing that too. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fd.h"
#include "watch.h"

/* Silence is counted in turns of our own loop: a machine that was suspended, or that ran neither of us, kills nobody. */
#define TICK_MS 250

/* The beginning of /proc/PID/NAME; empty when it cannot be read. */
static const char *read_about(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;

	(void) snprintf(path, sizeof path, "/proc/%d/%s", (int) pid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* Stopped by a debugger: somebody looks at it. */
static int is_traced(pid_t pid)
{
	char text[1024];

	return strstr(read_about(pid, "status", text, sizeof text), "\nState:\tt") != NULL;
}

static void say_why(pid_t pid, int limit_ms)
{
	char stack[2048], call[256];

	(void) dprintf(STDERR_FILENO, "process %d has done nothing for %d ms: killed. syscall: %skernel stack:\n%s", (int) pid, limit_ms,
		       read_about(pid, "syscall", call, sizeof call), read_about(pid, "stack", stack, sizeof stack));
}

int watch_parent(pid_t parent, int limit_ms)
{
	int silent_ms = 0;

	(void) prctl(PR_SET_NAME, "gantry-watch");
	while (getppid() == parent) {
		struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
		int ready = poll(&input, 1, TICK_MS);
		char beats[64];

		if (ready > 0) {
			if (read(STDIN_FILENO, beats, sizeof beats) <= 0)
				return 0;
			silent_ms = 0;
		} else if (ready == 0) {
			silent_ms += TICK_MS;
		} else if (errno != EINTR) {
			return 1;
		}
		if (silent_ms < limit_ms || is_traced(parent))
			continue;
		say_why(parent, limit_ms);
		return kill(parent, SIGKILL) < 0;
	}
	return 0;
}
