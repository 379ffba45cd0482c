/* Start times from /proc/PID/stat, whatever a process calls itself. */
#include "harness.h"

#include <sys/prctl.h>

#include "procstat.h"

/* A child that waits under this name until the pipe is closed. */
static pid_t start_named(const char *name, int *hold)
{
	int ready[2], ends[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		abort();
	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void) close(ends[1]);
		(void) prctl(PR_SET_NAME, name);
		(void) !write(ready[1], "", 1);
		(void) !read(ends[0], &byte, 1);
		_exit(0);
	}
	(void) close(ends[0]);
	(void) close(ready[1]);
	(void) !read(ready[0], &byte, 1);
	(void) close(ready[0]);
	*hold = ends[1];
	return pid;
}

static void finds_the_field(struct tests *t)
{
	static const char *const names[] = {"plain", ") 1 2 3 4 5", "((())", " ", "a\nb) S 1", ")"};
	unsigned long long own, ticks, last = 0;

	CHECK_INT(t, read_start_time(getpid(), &own), 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct timespec now;
		int hold;
		pid_t pid = start_named(names[i], &hold);
		unsigned long long hertz = (unsigned long long) sysconf(_SC_CLK_TCK);

		(void) clock_gettime(CLOCK_BOOTTIME, &now);
		if (CHECK_INT(t, read_start_time(pid, &ticks), 0)) {
			/* Not before us or the one before, and less than a minute ago. */
			CHECK(t, ticks >= own && ticks >= last);
			CHECK(t, ticks / hertz <= (unsigned long long) now.tv_sec);
			CHECK(t, ticks / hertz + 60 > (unsigned long long) now.tv_sec);
			last = ticks;
		}
		(void) close(hold);
		(void) waitpid(pid, NULL, 0);
	}
}

static void tells_that_a_process_is_gone(struct tests *t)
{
	unsigned long long ticks;
	int hold;
	pid_t pid = start_named("gone", &hold);

	(void) close(hold);
	(void) waitpid(pid, NULL, 0);
	CHECK(t, read_start_time(pid, &ticks) == -1 && errno == ENOENT);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "read_start_time() is not misled by a name", finds_the_field);
	run_test(&t, "a process that is gone is ENOENT", tells_that_a_process_is_gone);
	return end_tests(&t);
}
