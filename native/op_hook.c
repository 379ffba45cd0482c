#include "ops.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fd.h"
#include "signals.h"
#include "sys.h"

#define OUTPUT_MAX 1536 /* of what a hook says, in an error */

/* A hook that runs. The descriptors are our ends. */
struct hook {
	pid_t parent;  /* ours */
	bool is_child; /* we are a process of the container */
	pid_t pid;
	int pidfd;
	int input;   /* its standard input */
	int output;  /* its standard output and error */
	int failed;  /* an errno comes here when it cannot be started */
	size_t written[3]; /* of stdin_before, the pid, stdin_after */
	char pid_text[16];
	size_t output_used;
	char text[OUTPUT_MAX + 1];
};

/*
 * A hook ends with whoever waits for it; what it has started itself lives on. Where that is a process of the container, what is left of it is in the container's cgroup;
 * otherwise it has a ticket, so that nobody changes the container while it still ends.
 */
static void start_program(const struct ctx *ctx, const struct op_hook *op, const struct hook *hook, int input, int output)
{
	struct ticket ticket;

	if (hook->is_child)
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	else if (ticket_take(&ticket, ctx->lock_fd, hook->parent, 0) < 0)
		return;
	signals_reset();
	(void) umask(ctx->umask);
	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
		return;
	if (chdir(op->cwd[0] == '\0' ? "/" : op->cwd) < 0)
		return;
	(void) execve(op->path, (char *const *) op->argv.items, (char *const *) op->env.items);
}

static int make_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC);
}

static int start_hook(struct ctx *ctx, const struct op_hook *op, struct hook *hook)
{
	int input[2], output[2], failed[2];

	if (make_pipe(input) < 0)
		return -1;
	if (make_pipe(output) < 0) {
		close_fd(&input[0]);
		close_fd(&input[1]);
		return -1;
	}
	if (make_pipe(failed) < 0) {
		close_fd(&input[0]);
		close_fd(&input[1]);
		close_fd(&output[0]);
		close_fd(&output[1]);
		return -1;
	}
	hook->pid = fork();
	if (hook->pid == 0) {
		int error;

		start_program(ctx, op, hook, input[0], output[1]);
		error = errno;
		(void) !write(failed[1], &error, sizeof error);
		_exit(127);
	}
	close_fd(&input[0]);
	close_fd(&output[1]);
	close_fd(&failed[1]);
	hook->input = input[1];
	hook->output = output[0];
	hook->failed = failed[0];
	if (hook->pid < 0)
		return -1;
	(void) fcntl(hook->input, F_SETFL, O_NONBLOCK);
	(void) fcntl(hook->output, F_SETFL, O_NONBLOCK);
	hook->pidfd = sys_pidfd_open(hook->pid);
	return 0;
}

/* Write on; a hook that does not read what it is told is none of our business. */
static void feed(const struct op_hook *op, struct hook *hook)
{
	const char *const parts[3] = { op->stdin_before, op->has_pid ? hook->pid_text : "", op->stdin_after };

	for (int i = 0; i < 3; i++) {
		size_t length = strlen(parts[i]);

		while (hook->written[i] < length) {
			ssize_t n = write(hook->input, parts[i] + hook->written[i], length - hook->written[i]);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0 && errno == EAGAIN)
				return;
			if (n < 0) {
				close_fd(&hook->input);
				return;
			}
			hook->written[i] += (size_t) n;
		}
	}
	close_fd(&hook->input);
}

/* Read what is there; what does not fit is thrown away, so that the hook does not block. */
static void drain(struct hook *hook)
{
	char rest[1024];

	while (hook->output >= 0) {
		size_t space = OUTPUT_MAX - hook->output_used;
		ssize_t n = space > 0 ? read(hook->output, hook->text + hook->output_used, space) :
					read(hook->output, rest, sizeof rest);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			close_fd(&hook->output);
		else if (space > 0)
			hook->output_used += (size_t) n;
	}
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Feed and drain until the hook has ended; 1: the time is over. Grandchildren that keep its output are not waited for. */
static int attend(const struct ctx *ctx, const struct op_hook *op, struct hook *hook)
{
	int64_t deadline = op->timeout_ms == 0 ? INT64_MAX : now_ms() + op->timeout_ms;

	for (;;) {
		struct pollfd fds[4] = {
			{ .fd = hook->pidfd, .events = POLLIN },
			{ .fd = hook->input, .events = POLLOUT },
			{ .fd = hook->output, .events = POLLIN },
			{ .fd = hook->is_child ? ctx->sync_fd : -1 },
		};
		int64_t left = deadline == INT64_MAX ? -1 : deadline - now_ms();

		if (deadline != INT64_MAX && left <= 0)
			return 1;
		if (poll(fds, 4, (int) left) < 0 && errno != EINTR)
			return 0;
		/* The container's process without a parent that could be told: there will be no container. */
		if ((fds[3].revents & POLLHUP) != 0)
			_exit(1);
		if (hook->input >= 0 && fds[1].revents != 0)
			feed(op, hook);
		if (hook->output >= 0 && fds[2].revents != 0)
			drain(hook);
		/* Without a pidfd (a filter may forbid it) the end of its output has to do. */
		if (hook->pidfd >= 0 ? fds[0].revents != 0 : hook->output < 0) {
			drain(hook);
			return 0;
		}
	}
}

/* The status, or -1 when it was not started: errno says why. */
static int reap(const struct ctx *ctx, struct hook *hook)
{
	siginfo_t info;
	int status = 0;
	int error = 0;

	if (!hook->is_child && ctx->lock_fd >= 0) {
		while (waitid(P_PID, (id_t) hook->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
			;
		ticket_remove_of(ctx->lock_fd, hook->pid);
	}
	while (waitpid(hook->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (read(hook->failed, &error, sizeof error) == (ssize_t) sizeof error) {
		errno = error;
		return -1;
	}
	return status;
}

/* In runc's words, which people and tools look for. */
static int hook_failed(struct ctx *ctx, const struct op_hook *op, int error, const char *reason)
{
	char step[REPORT_STEP_MAX];
	char detail[REPORT_DETAIL_MAX];

	(void) snprintf(step, sizeof step, "error running %s", op->name);
	(void) snprintf(detail, sizeof detail, reason[0] == '\0' ? "%s%s" : "%s: %s", op->path, reason);
	if (!op->tolerate)
		return fail_detail(ctx->out, step, "", error, detail);
	warn(ctx->out, step, "", error, detail);
	return 0;
}

/* As Go says it, in small letters: what people and tools look for. */
static const char *name_signal(int number, char name[64])
{
	(void) snprintf(name, 64, "%s", strsignal(number));
	name[0] = (char) tolower((unsigned char) name[0]);
	return name;
}

static int judge(struct ctx *ctx, const struct op_hook *op, struct hook *hook, bool is_late)
{
	char detail[REPORT_DETAIL_MAX];
	char name[64];
	int status;

	if (is_late)
		(void) kill(hook->pid, SIGKILL);
	status = reap(ctx, hook);
	if (is_late) {
		unsigned tenths = (op->timeout_ms + 50) / 100;

		(void) snprintf(detail, sizeof detail, "hook ran past specified timeout of %u.%us", tenths / 10, tenths % 10);
		return hook_failed(ctx, op, 0, detail);
	}
	if (status < 0)
		return hook_failed(ctx, op, errno, "");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	hook->text[hook->output_used] = '\0';
	if (WIFEXITED(status))
		(void) snprintf(detail, sizeof detail, "exit status %d, output: %s", WEXITSTATUS(status), hook->text);
	else
		(void) snprintf(detail, sizeof detail, "signal: %s, output: %s", name_signal(WTERMSIG(status), name), hook->text);
	return hook_failed(ctx, op, 0, detail);
}

int op_hook(struct ctx *ctx, const struct op_hook *op, pid_t pid, bool is_child)
{
	struct hook hook = { .parent = getpid(), .is_child = is_child, .pid = -1, .pidfd = -1, .input = -1, .output = -1, .failed = -1 };
	void (*old)(int);
	int result;

	(void) snprintf(hook.pid_text, sizeof hook.pid_text, "%d", (int) pid);
	old = signal(SIGPIPE, SIG_IGN);
	if (start_hook(ctx, op, &hook) < 0)
		result = hook_failed(ctx, op, errno, "");
	else
		result = judge(ctx, op, &hook, attend(ctx, op, &hook) == 1);
	(void) signal(SIGPIPE, old);
	close_fd(&hook.pidfd);
	close_fd(&hook.input);
	close_fd(&hook.output);
	close_fd(&hook.failed);
	return result;
}
