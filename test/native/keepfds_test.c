/* close_except(): with close_range(2), and one by one where there is none. */
#include "oldkernel.h"

#include "keepfds.h"

static int open_at(int fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int copy = null == fd ? null : dup3(null, fd, O_CLOEXEC);

	if (copy != fd)
		abort();
	if (null != fd)
		(void) close(null);
	return fd;
}

static void keeps_some(struct tests *t, const void *is_old)
{
	static const int some[] = {40, -1, 10, 10, 3}, more[] = {41, 5, 60};
	static const int open_ones[] = {5, 6, 9, 10, 11, 39, 40, 41, 42, 59, 60, 61, 900};

	if (*(const bool *) is_old)
		forbid_call(SYS_close_range, ENOSYS);
	(void) close_except(3, NULL, 0, NULL, 0);
	CHECK_INT(t, count_fds(), 3);
	for (size_t i = 0; i < sizeof open_ones / sizeof open_ones[0]; i++)
		(void) open_at(open_ones[i]);
	CHECK_INT(t, close_except(6, some, 5, more, 3), 0);
	for (int fd = 3; fd < 1000; fd++) {
		bool is_kept = fd == 5 || fd == 10 || fd == 40 || fd == 41 || fd == 60;

		if (!CHECK_INT(t, fcntl(fd, F_GETFD) >= 0, is_kept))
			(void) printf("    descriptor %d\n", fd);
	}

	/* 5 was below the first; now it is the first, and kept, and then nothing is. */
	CHECK_INT(t, close_except(5, more + 1, 1, NULL, 0), 0);
	CHECK_INT(t, count_fds(), 4);
	CHECK_INT(t, close_except(3, some + 1, 1, NULL, 0), 0);
	CHECK_INT(t, count_fds(), 3);
}

static void closes_others(struct tests *t)
{
	static const bool no = false, yes = true;

	(void) in_a_process(t, keeps_some, &no);
	(void) in_a_process(t, keeps_some, &yes);
}

static void tell(struct tests *t, const void *arg)
{
	(void) arg;
	forbid_call(SYS_close_range, EPERM);
	CHECK(t, close_except(3, NULL, 0, NULL, 0) == -1 && errno == EPERM);
}

static void tells_of_failure(struct tests *t)
{
	(void) in_a_process(t, tell, NULL);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "close_except() closes all from the first on but those it is told", closes_others);
	run_test(&t, "a call that fails otherwise than by being unknown is told", tells_of_failure);
	return end_tests(&t);
}
