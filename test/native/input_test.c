/* Reading a plan: from a file, from a pipe in portions, too much. */
#include "harness.h"

#include <sys/mman.h>

#include "input.h"

#define FILL 'x'

static int file_of(size_t length)
{
	static char text[300000];
	int fd = memfd_create("input", MFD_CLOEXEC);

	memset(text, FILL, sizeof text);
	if (fd < 0 || write(fd, text, length) != (ssize_t) length)
		abort(); /* the offset stays at the end: input_read() begins at the beginning */
	return fd;
}

/* A pipe that a process fills in portions of `portion`. */
static int pipe_of(size_t length, size_t portion, pid_t *writer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	(void) fflush(stdout);
	*writer = fork();
	if (*writer == 0) {
		char text[1000];

		(void) close(ends[0]); /* so that a reader that gives up ends us */
		memset(text, FILL, sizeof text);
		for (size_t left = length; left > 0;) {
			ssize_t n = write(ends[1], text, left < portion ? left : portion);

			if (n < 0)
				_exit(1);
			left -= (size_t) n;
		}
		_exit(0);
	}
	(void) close(ends[1]);
	return ends[0];
}

static bool is_filled(const struct input *input, size_t length)
{
	for (size_t i = 0; i < input->length; i++) {
		if (input->data[i] != FILL)
			return false;
	}
	return input->length == length;
}

static void reads_everything(struct tests *t)
{
	static const size_t lengths[] = {0, 1, 4096, 65535, 65536, 65537, 131072, 262144};

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct input input = {.data = NULL};
		pid_t writer;
		int fd = file_of(lengths[i]);

		CHECK_INT(t, input_read(&input, fd, 262144), 0);
		CHECK(t, is_filled(&input, lengths[i]));
		free(input.data);
		(void) close(fd);

		fd = pipe_of(lengths[i], i % 2 == 0 ? 1000 : 333, &writer);
		CHECK_INT(t, input_read(&input, fd, 262144), 0);
		CHECK(t, is_filled(&input, lengths[i]));
		free(input.data);
		(void) close(fd);
		(void) waitpid(writer, NULL, 0);
	}
}

static void refuses_too_much(struct tests *t)
{
	static const size_t limits[] = {0, 100, 65535, 65536, 200000};

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct input input = {.data = NULL};
		pid_t writer;
		int fd = file_of(limits[i] + 1);

		CHECK(t, input_read(&input, fd, limits[i]) == -1 && errno == E2BIG && input.data == NULL);
		(void) close(fd);
		fd = pipe_of(limits[i] + 1, 1000, &writer);
		CHECK(t, input_read(&input, fd, limits[i]) == -1 && errno == E2BIG && input.data == NULL);
		(void) close(fd);
		(void) waitpid(writer, NULL, 0);
	}
}

static void tells_when_it_cannot_read(struct tests *t)
{
	struct input input = {.data = NULL};
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	CHECK(t, input_read(&input, fd, 100) == -1 && errno == EISDIR && input.data == NULL);
	(void) close(fd);
	CHECK(t, input_read(&input, -1, 100) == -1 && errno == EBADF && input.data == NULL);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "files and pipes are read to their end", reads_everything);
	run_test(&t, "one byte more than allowed is E2BIG", refuses_too_much);
	run_test(&t, "a failure to read is told", tells_when_it_cannot_read);
	return end_tests(&t);
}
