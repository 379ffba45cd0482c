#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "owner.h"

#ifndef READER_MS /* the tests do not wait that long */
#define READER_MS 30000
#endif
#define FIFO_BYTES (1 << 20)

/* What opening one stream needs to know. */
struct opening {
	const struct plan *plan;
	struct owner owner;
	int64_t deadline_ms;
	struct report *out;
};

static const char *const stream_names[3] = {"stdin", "stdout", "stderr"};

void streams_init(struct streams *streams)
{
	for (int i = 0; i < 3; i++)
		streams->child[i] = streams->keep[i] = streams->source[i] = -1;
	streams->tty_in = -1;
	streams->tty_out = -1;
}

/* Open again what `fd` refers to, with flags of its own, even if its name is gone. */
static int reopen(int fd, int flags)
{
	char path[32];

	(void) snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

static int set_blocking(int fd, bool is_blocking)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, is_blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static void on_alarm(int number)
{
	(void) number; /* only makes open(2) return EINTR */
}

/*
 * open(2) of a fifo's write end waits for a reader; the alarm ends the waiting. Asking again and again without waiting
 * would not do: a reader that itself waits in open(2) for a writer shows only to one that waits too.
 */
static int open_waiting(int path_fd, int64_t deadline_ms)
{
	const struct sigaction wake = {.sa_handler = on_alarm}; /* no SA_RESTART */
	/* Repeated: an alarm between left_ms() and open() would be lost. */
	const struct itimerval every = {.it_interval = {.tv_usec = 200000}, .it_value = {.tv_usec = 200000}};
	const struct itimerval never = {.it_value = {.tv_sec = 0}};
	struct sigaction before;
	sigset_t alarm_only, mask;
	int fd, error;

	(void) sigemptyset(&alarm_only);
	(void) sigaddset(&alarm_only, SIGALRM);
	(void) sigaction(SIGALRM, &wake, &before);
	(void) sigprocmask(SIG_UNBLOCK, &alarm_only, &mask);
	(void) setitimer(ITIMER_REAL, &every, NULL);
	do {
		fd = reopen(path_fd, O_WRONLY);
		error = errno;
	} while (fd < 0 && error == EINTR && left_ms(deadline_ms) > 0);
	(void) setitimer(ITIMER_REAL, &never, NULL);
	(void) sigprocmask(SIG_SETMASK, &mask, NULL);
	(void) sigaction(SIGALRM, &before, NULL);
	errno = error == EINTR ? ETIMEDOUT : error;
	return fd;
}

static int open_fifo_writer(int path_fd, int64_t deadline_ms)
{
	/* Nearly always the reader is there already. */
	_cleanup_close_ int fd = reopen(path_fd, O_WRONLY | O_NONBLOCK);

	if (fd < 0 && errno == ENXIO)
		return open_waiting(path_fd, deadline_ms);
	if (fd < 0 || set_blocking(fd, true) < 0)
		return -1;
	return take_fd(&fd);
}

static void give_to(const struct owner *owner, int fd)
{
	/* For /dev/stdout to be opened again by the process's user; a plain user cannot, and need not. */
	if (owner->is_known)
		(void) !fchown(fd, owner->uid, owner->gid);
}

static int open_stdin_fifo(struct streams *s, int path_fd, const char *path, const struct opening *o)
{
	s->child[0] = reopen(path_fd, O_RDONLY | O_NONBLOCK); /* does not wait for a writer */
	if (s->child[0] < 0)
		return fail(o->out, "open stdin", path, errno);
	s->keep[0] = reopen(path_fd, O_WRONLY | O_NONBLOCK);
	if (s->keep[0] < 0 || set_blocking(s->child[0], true) < 0)
		return fail(o->out, "open stdin", path, errno);
	give_to(&o->owner, s->keep[0]);
	return 0;
}

/* An exec's grandchild may hold its stdout for ever: it gets a pipe, and only the monitor holds the client's fifo. */
static int open_exec_pipe(struct streams *s, int i, const char *path, const struct opening *o)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(o->out, "open pipe for", path, errno);
	s->source[i] = ends[0];
	close_fd(&s->child[i]);
	s->child[i] = ends[1];
	if (set_blocking(s->source[i], false) < 0)
		return fail(o->out, "open pipe for", path, errno);
	give_to(&o->owner, s->child[i]);
	return 0;
}

static bool is_direct(const struct plan *plan)
{
	return plan->monitor == NULL || plan->monitor->mode == MONITOR_NONE || plan->monitor->is_init;
}

static int open_output_fifo(struct streams *s, int i, int path_fd, const char *path, const struct opening *o)
{
	s->child[i] = open_fifo_writer(path_fd, o->deadline_ms);
	if (s->child[i] < 0 && errno == ETIMEDOUT)
		return fail_detail(o->out, "open fifo", path, ETIMEDOUT, "nobody opened it for reading within 30 s");
	if (s->child[i] < 0)
		return fail(o->out, "open fifo", path, errno);
	s->keep[i] = reopen(s->child[i], O_RDWR | O_NONBLOCK);
	if (s->keep[i] < 0)
		return fail(o->out, "open fifo", path, errno);
	(void) fcntl(s->keep[i], F_SETPIPE_SZ, FIFO_BYTES); /* above the user's limit: stays as it is */
	give_to(&o->owner, s->keep[i]);
	return is_direct(o->plan) ? 0 : open_exec_pipe(s, i, path, o);
}

static int open_path(struct streams *s, int i, const char *path, const struct opening *o)
{
	struct stat about;
	_cleanup_close_ int path_fd = open(path, O_PATH | O_CLOEXEC);

	if (path_fd < 0 || fstat(path_fd, &about) < 0)
		return fail_detail(o->out, "open fifo", path, errno, stream_names[i]);
	if (S_ISFIFO(about.st_mode))
		return i == 0 ? open_stdin_fifo(s, path_fd, path, o) : open_output_fifo(s, i, path_fd, path, o);
	s->child[i] = reopen(path_fd, i == 0 ? O_RDONLY : O_WRONLY | O_APPEND);
	if (s->child[i] < 0)
		return fail_detail(o->out, "open", path, errno, stream_names[i]);
	return 0;
}

/* Missing parents of a log file are made, as containerd's own shim does for `file://`. */
static int make_parents(const char *path)
{
	char parent[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, length + 1);
	for (char *slash = strchr(parent + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(parent, 0755) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int open_file(struct streams *s, int i, const char *path, const struct opening *o)
{
	const int flags = O_CLOEXEC | (i == 0 ? O_RDONLY : O_WRONLY | O_APPEND | O_CREAT);

	s->child[i] = open(path, flags, 0644);
	if (s->child[i] < 0 && errno == ENOENT && i > 0 && make_parents(path) == 0)
		s->child[i] = open(path, flags, 0644);
	if (s->child[i] < 0)
		return fail_detail(o->out, "open file", path, errno, stream_names[i]);
	return 0;
}

static int open_null(struct streams *s, int i, const struct opening *o)
{
	s->child[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return s->child[i] < 0 ? fail(o->out, "open", "/dev/null", errno) : 0;
}

static int open_logger(struct streams *s, struct logger *logger, int i, const struct opening *o)
{
	if (o->plan->logger == NULL || i == 0)
		return fail_detail(o->out, "open logger", stream_names[i], 0, "the plan has no logger for it");
	if (o->plan->monitor == NULL || o->plan->monitor->mode == MONITOR_NONE)
		return fail_detail(o->out, "open logger", o->plan->logger->path, 0, "a logger needs a monitor");
	if (logger->pid == 0 && logger_start(logger, o->plan->logger, o->out) < 0)
		return -1;
	s->child[i] = fcntl(logger->write_fd[i - 1], F_DUPFD_CLOEXEC, 3);
	return s->child[i] < 0 ? fail(o->out, "open logger", o->plan->logger->path, errno) : 0;
}

/* One description for both, so that neither overwrites the other; the monitor needs nothing more for stderr. */
static bool is_same_target(const struct plan *plan)
{
	const struct op_stdio *out = plan->stdio[1], *err = plan->stdio[2];

	return out != NULL && err != NULL && out->kind == err->kind && strcmp(out->path, err->path) == 0 &&
	       (out->kind == STDIO_FIFO || out->kind == STDIO_FILE);
}

static int open_stream(struct streams *s, struct logger *logger, int i, const struct opening *o)
{
	const struct op_stdio *op = o->plan->stdio[i];

	if (op == NULL)
		return 0;
	if (i == 2 && is_same_target(o->plan)) {
		s->child[2] = fcntl(s->child[1], F_DUPFD_CLOEXEC, 3);
		return s->child[2] < 0 ? fail(o->out, "duplicate stdout", op->path, errno) : 0;
	}
	switch (op->kind) {
	case STDIO_INHERIT:
		return 0;
	case STDIO_NULL:
		return open_null(s, i, o);
	case STDIO_FIFO:
		return open_path(s, i, op->path, o);
	case STDIO_FILE:
		return open_file(s, i, op->path, o);
	case STDIO_LOGGER:
		return open_logger(s, logger, i, o);
	}
	return fail_detail(o->out, "open", stream_names[i], 0, "unknown kind of stdio");
}

/*
 * The process will get a pty. What was opened for it as stdin and stdout becomes the monitor's; until the pty is there
 * (hooks, for instance) it has /dev/null.
 */
static int turn_to_tty(struct streams *s, const struct opening *o)
{
	for (int i = 0; i < 2; i++) {
		bool is_inherited = o->plan->stdio[i] == NULL || o->plan->stdio[i]->kind == STDIO_INHERIT;
		bool is_null = !is_inherited && o->plan->stdio[i]->kind == STDIO_NULL;
		int *place = i == 0 ? &s->tty_in : &s->tty_out;

		if (is_inherited)
			*place = fcntl(i, F_DUPFD_CLOEXEC, 3); /* shared with the caller: flags stay as they are */
		else if (!is_null && i == 1 && s->keep[1] >= 0)
			*place = take_fd(&s->keep[1]);
		else if (!is_null)
			*place = take_fd(&s->child[i]);
		if (*place < 0 && !is_null)
			return fail(o->out, "open terminal's", stream_names[i], errno);
		if (*place >= 0 && !is_inherited && set_blocking(*place, false) < 0)
			return fail(o->out, "open terminal's", stream_names[i], errno);
	}
	for (int i = 0; i < 3; i++) {
		close_fd(&s->child[i]);
		close_fd(&s->source[i]);
		if (open_null(s, i, o) < 0)
			return -1;
	}
	return 0;
}

int streams_open(struct streams *streams, struct logger *logger, const struct plan *plan, struct report *out)
{
	const struct opening opening = {
		.plan = plan,
		.owner = find_owner(plan),
		.deadline_ms = now_ms() + READER_MS,
		.out = out,
	};
	bool has_own_tty = plan->terminal != NULL && plan->terminal->console_socket[0] == '\0';

	for (int i = 0; i < (has_own_tty ? 2 : 3); i++) {
		if (open_stream(streams, logger, i, &opening) < 0)
			return -1;
	}
	return has_own_tty ? turn_to_tty(streams, &opening) : 0;
}

void streams_cloned(struct streams *streams)
{
	for (int i = 0; i < 3; i++)
		close_fd(&streams->child[i]);
}

void streams_close(struct streams *streams)
{
	for (int i = 0; i < 3; i++) {
		close_fd(&streams->child[i]);
		close_fd(&streams->keep[i]);
		close_fd(&streams->source[i]);
	}
	close_fd(&streams->tty_in);
	close_fd(&streams->tty_out);
}
