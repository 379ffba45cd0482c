/*
 * What the C tests share: counting, temporary directories, deadlines. A test is a function; it goes on after a failed
 * CHECK unless it says otherwise. One line per test, at the end "N passed, N failed".
 */
#ifndef GANTRY_TEST_HARNESS_H
#define GANTRY_TEST_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

struct tests {
	int passed, failed, skipped;
	bool has_failed;     /* the test that runs now */
	const char *skipped_for;
};

#define CHECK(t, claim) check((t), (claim), __FILE__, __LINE__, #claim)
#define CHECK_TEXT(t, actual, expected) check_text((t), (actual), (expected), __FILE__, __LINE__)
#define CHECK_INT(t, actual, expected) check_int((t), (actual), (expected), __FILE__, __LINE__, #actual)

UNUSED static bool check(struct tests *t, bool claim, const char *file, int line, const char *text)
{
	if (!claim) {
		t->has_failed = true;
		(void) printf("    %s:%d: not true: %s\n", file, line, text);
	}
	return claim;
}

UNUSED static bool check_text(struct tests *t, const char *actual, const char *expected, const char *file, int line)
{
	if (strcmp(actual, expected) == 0)
		return true;
	t->has_failed = true;
	(void) printf("    %s:%d: got \"%s\", expected \"%s\"\n", file, line, actual, expected);
	return false;
}

UNUSED static bool check_int(struct tests *t, long long actual, long long expected, const char *file, int line,
			     const char *text)
{
	if (actual == expected)
		return true;
	t->has_failed = true;
	(void) printf("    %s:%d: %s is %lld, expected %lld\n", file, line, text, actual, expected);
	return false;
}

UNUSED static void run_test(struct tests *t, const char *title, void (*test)(struct tests *t))
{
	t->has_failed = false;
	t->skipped_for = NULL;
	test(t);
	if (t->has_failed)
		t->failed++;
	else if (t->skipped_for != NULL)
		t->skipped++;
	else
		t->passed++;
	(void) printf("%s %s%s%s\n", t->has_failed ? "FAILED " : t->skipped_for != NULL ? "skipped" : "ok     ", title,
		      t->skipped_for != NULL ? ": " : "", t->skipped_for != NULL ? t->skipped_for : "");
	(void) fflush(stdout);
}

/* The exit status of main(). */
UNUSED static int end_tests(const struct tests *t)
{
	if (t->skipped > 0)
		(void) printf("%d skipped\n", t->skipped);
	(void) printf("%d passed, %d failed\n", t->passed, t->failed);
	return t->failed > 0 ? 1 : 0;
}

UNUSED static int64_t test_now_ms(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ask `is_true` until it is, every 2 ms, at most `limit_ms`. */
UNUSED static bool await(bool (*is_true)(void *arg), void *arg, int limit_ms)
{
	int64_t deadline = test_now_ms() + limit_ms;

	while (!is_true(arg)) {
		if (test_now_ms() > deadline)
			return false;
		(void) usleep(2000);
	}
	return true;
}

/* Read to end of file or `size - 1` bytes; how many. `limit_ms` is for each wait. Ends `text` with NUL. */
UNUSED static ssize_t read_all(int fd, char *text, size_t size, int limit_ms)
{
	size_t used = 0;

	while (used < size - 1) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		ssize_t count;

		if (poll(&wait, 1, limit_ms) <= 0)
			break;
		count = read(fd, text + used, size - 1 - used);
		if (count <= 0)
			break;
		used += (size_t) count;
	}
	text[used] = '\0';
	return (ssize_t) used;
}

/* End of file (or a hang-up) within `limit_ms`, and nothing before it. */
UNUSED static bool is_at_end(int fd, int limit_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&wait, 1, limit_ms) > 0 && read(fd, &byte, 1) == 0;
}

UNUSED static int remove_entry(const char *path, const struct stat *about, int flag, struct FTW *place)
{
	(void) about;
	(void) flag;
	(void) place;
	return remove(path);
}

UNUSED static void remove_tree(const char *path)
{
	(void) nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* How many descriptors this process has open. */
UNUSED static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

#endif
