#include "logger.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "signals.h"

#ifndef READY_MS /* the tests do not wait that long */
#define READY_MS 30000
#define FINISH_MS 12000
#define TERMINATE_MS 2000
#endif

/* Descriptors of the program: the protocol's 3, 4, 5, then the one that reports a failed execve. */
#define FIRST_FD 3
#define FD_COUNT 4
#define ERROR_FD (FIRST_FD + FD_COUNT - 1)

void logger_init(struct logger *logger)
{
	*logger = (struct logger){.pidfd = -1, .read_fd = {-1, -1}, .write_fd = {-1, -1}, .deadline_ms = -1};
}

/* Put `fds` on 3 … 6 and /dev/null on 0, 1, 2, whatever numbers they have; nothing else stays open. */
static int place_descriptors(const int fds[FD_COUNT])
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int above[FD_COUNT];

	if (null_fd < 0)
		return -1;
	for (int i = 0; i < FD_COUNT; i++) {
		above[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + FD_COUNT);
		if (above[i] < 0)
			return -1;
	}
	for (int fd = 0; fd < FIRST_FD; fd++) {
		if (fd == null_fd ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null_fd, fd) < 0)
			return -1;
	}
	for (int i = 0; i < FD_COUNT; i++) {
		if (dup3(above[i], FIRST_FD + i, i == FD_COUNT - 1 ? O_CLOEXEC : 0) < 0)
			return -1;
	}
	return (int) syscall(SYS_close_range, FIRST_FD + FD_COUNT, ~0u, 0);
}

/* In the child of the monitor: never returns. */
static _Noreturn void become_logger(const struct op_logger *op, const int fds[FD_COUNT])
{
	int error;
	int error_fd = fds[FD_COUNT - 1];

	(void) setpgid(0, 0);
	signals_reset();
	if (place_descriptors(fds) == 0) {
		error_fd = ERROR_FD;
		(void) execve(op->path, (char *const *) (uintptr_t) op->argv.items,
			      (char *const *) (uintptr_t) op->env.items);
	}
	error = errno;
	(void) !write(error_fd, &error, sizeof error);
	_exit(127);
}

/* Nothing on the error pipe: the program runs. */
static int await_exec(int error_fd, const char *path, struct report *out)
{
	int error = 0;
	ssize_t count;

	do {
		count = read(error_fd, &error, sizeof error);
	} while (count < 0 && errno == EINTR);
	if (count == (ssize_t) sizeof error)
		return fail(out, "start logger", path, error);
	return 0;
}

/* binary: one byte or end of file; binary-v2: one byte. */
static int await_ready(int ready_fd, const struct op_logger *op, struct report *out)
{
	int64_t deadline_ms = now_ms() + READY_MS;
	struct pollfd ready = {.fd = ready_fd, .events = POLLIN};
	ssize_t count;
	char byte;
	int found;

	do {
		found = poll(&ready, 1, left_ms(deadline_ms));
	} while (found < 0 && errno == EINTR);
	if (found == 0)
		return fail_detail(out, "wait for logger", op->path, ETIMEDOUT, "it was not ready within 30 s");
	do {
		count = read(ready_fd, &byte, 1);
	} while (count < 0 && errno == EINTR);
	if (count == 0 && op->needs_byte)
		return fail_detail(out, "wait for logger", op->path, 0, "it closed descriptor 5 without writing to it");
	return 0;
}

int logger_start(struct logger *logger, const struct op_logger *op, struct report *out)
{
	_cleanup_close_ int ready_read = -1, ready_write = -1, error_read = -1, error_write = -1;
	int pipes[4][2];

	for (int i = 0; i < 4; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) < 0) {
			int error = errno;

			while (i-- > 0) {
				(void) close(pipes[i][0]);
				(void) close(pipes[i][1]);
			}
			return fail(out, "open pipes of logger", op->path, error);
		}
	}
	for (int i = 0; i < 2; i++) {
		logger->read_fd[i] = pipes[i][0];
		logger->write_fd[i] = pipes[i][1];
	}
	ready_read = pipes[2][0];
	ready_write = pipes[2][1];
	error_read = pipes[3][0];
	error_write = pipes[3][1];

	logger->pid = fork();
	if (logger->pid < 0) {
		logger->pid = 0;
		return fail(out, "fork logger", op->path, errno);
	}
	if (logger->pid == 0) {
		const int fds[FD_COUNT] = {logger->read_fd[0], logger->read_fd[1], ready_write, error_write};

		become_logger(op, fds);
	}
	/* Here too: a signal to the group must not depend on who ran first. */
	(void) setpgid(logger->pid, logger->pid);
	logger->pidfd = (int) syscall(SYS_pidfd_open, logger->pid, 0);
	close_fd(&ready_write);
	close_fd(&error_write);
	if (logger->pidfd < 0) {
		(void) fail(out, "open pidfd of logger", op->path, errno);
	} else if (await_exec(error_read, op->path, out) == 0 && await_ready(ready_read, op, out) == 0) {
		return 0;
	}
	logger_close(logger);
	return -1;
}

static void close_pipes(struct logger *logger)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&logger->read_fd[i]);
		close_fd(&logger->write_fd[i]);
	}
}

void logger_finish(struct logger *logger)
{
	close_pipes(logger);
	if (logger->pid > 0 && logger->deadline_ms < 0)
		logger->deadline_ms = now_ms() + FINISH_MS;
}

static bool reap(struct logger *logger)
{
	siginfo_t info = {.si_pid = 0};

	if (waitid(P_PID, (id_t) logger->pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
		return false;
	logger->pid = 0;
	logger->deadline_ms = -1;
	close_fd(&logger->pidfd);
	return true;
}

void logger_tend(struct logger *logger)
{
	if (logger->pid == 0 || reap(logger) || logger->deadline_ms < 0 || left_ms(logger->deadline_ms) > 0)
		return;
	/* The leader is our child and not reaped: its process group cannot be anyone else's. */
	(void) kill(-logger->pid, logger->is_terminated ? SIGKILL : SIGTERM);
	logger->is_terminated = true;
	logger->deadline_ms = now_ms() + TERMINATE_MS;
}

void logger_close(struct logger *logger)
{
	struct pollfd ended = {.fd = logger->pidfd, .events = POLLIN};

	close_pipes(logger);
	if (logger->pid == 0)
		return;
	(void) kill(-logger->pid, SIGTERM);
	if (poll(&ended, 1, logger->pidfd < 0 ? 0 : TERMINATE_MS) <= 0)
		(void) kill(-logger->pid, SIGKILL);
	(void) waitpid(logger->pid, NULL, 0);
	logger->pid = 0;
	close_fd(&logger->pidfd);
}
