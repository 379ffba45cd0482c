/*
 * `runc create` ends when the container's init waits to be started, and leaves it behind. The monitor is a subreaper meanwhile,
 * so that it becomes the parent of what was left behind, and follows it like a child of its own birth.
 */
#include "delegate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "birth.h"
#include "fd.h"
#include "ops.h"
#include "procstat.h"
#include "run.h"
#include "signals.h"
#include "strays.h"
#include "sync.h"
#include "sys.h"
#include "ticket.h"

#define PID_FILE "delegate.pid"
#define CONSOLE "console.sock"
/* For the terminal of a runtime that has ended already. */
#define CONSOLE_MS 2000

/* Where the other runtime finds what it is to write, and what it is called with. */
struct errand {
	const struct op_delegate *op;
	int dir_fd;	/* the process directory */
	int console_fd; /* listening; -1: no terminal */
	char pid_path[64];
	char console_path[64];
	char **argv;
};

/* A path below the process directory that is short, whatever that is called: the runtime is in our pid namespace. */
static void place(char path[64], const struct errand *errand, const char *name)
{
	(void) snprintf(path, 64, "/proc/%d/fd/%d/%s", (int) getpid(), errand->dir_fd, name);
}

static int listen_for_console(struct ctx *ctx, struct errand *errand)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	place(errand->console_path, errand, CONSOLE);
	memcpy(addr.sun_path, errand->console_path, sizeof errand->console_path);
	if (fd < 0 || fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *) &addr, sizeof addr) < 0 || listen(fd, 1) < 0)
		return fail(ctx->out, "listen for the terminal", CONSOLE, errno);
	errand->console_fd = take_fd(&fd);
	return 0;
}

static int make_argv(struct ctx *ctx, struct errand *errand)
{
	const struct strings *before = &errand->op->before, *after = &errand->op->after;
	const char **argv = calloc(before->count + after->count + (size_t) 5, sizeof *argv);
	size_t count = 0;

	if (argv == NULL)
		return fail(ctx->out, "allocate", "", ENOMEM);
	for (uint32_t i = 0; i < before->count; i++)
		argv[count++] = before->items[i];
	argv[count++] = "--pid-file";
	argv[count++] = errand->pid_path;
	if (errand->console_fd >= 0) {
		argv[count++] = "--console-socket";
		argv[count++] = errand->console_path;
	}
	for (uint32_t i = 0; i < after->count; i++)
		argv[count++] = after->items[i];
	errand->argv = (char **) argv;
	return 0;
}

static int prepare_errand(struct ctx *ctx, struct errand *errand)
{
	errand->dir_fd = open(ctx->plan->monitor->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (errand->dir_fd < 0)
		return fail(ctx->out, "open process directory", ctx->plan->monitor->dir, errno);
	place(errand->pid_path, errand, PID_FILE);
	if (ctx->plan->terminal != NULL && listen_for_console(ctx, errand) < 0)
		return -1;
	return make_argv(ctx, errand);
}

/* Whoever fails here has a parent that hears of it. */
static _Noreturn void give_up(struct ctx *ctx, const char *step, const char *path)
{
	(void) fail(ctx->out, step, path, errno);
	(void) sync_send_failure(ctx->sync_fd, SYNC_ERROR, &ctx->out->failure);
	_exit(1);
}

/* It ends with its parent, and until then nobody else changes the container. */
static _Noreturn void become_runtime(struct ctx *ctx, const struct errand *errand, pid_t parent, const struct supervise_io *io)
{
	const struct op_delegate *op = errand->op;
	struct ticket ticket;

	if (ticket_take(&ticket, ctx->lock_fd, parent, 0) < 0)
		give_up(ctx, "work for the parent", "");
	for (int i = 0; i < 3; i++)
		if (io->fd[i] >= 0 && dup2(io->fd[i], i) < 0)
			give_up(ctx, "place stream", "");
	if (chdir(op->cwd) < 0)
		give_up(ctx, "change directory", op->cwd);
	(void) umask(ctx->umask);
	signals_reset();
	(void) execve(op->path, errand->argv, (char *const *) (uintptr_t) op->env.items);
	give_up(ctx, "execute", op->path);
}

/* Wait for its end, and take its ticket back while its id is still its own. */
static int await_runtime(struct ctx *ctx, pid_t pid)
{
	char detail[96];
	siginfo_t info;
	int status;

	while (waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	ticket_remove_of(ctx->lock_fd, pid);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(ctx->out, "wait for the runtime", "", errno);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		(void) snprintf(detail, sizeof detail, "it ended with status %d", WEXITSTATUS(status));
	else
		(void) snprintf(detail, sizeof detail, "it was killed by signal %d", WTERMSIG(status));
	return fail_detail(ctx->out, "run the runtime", ctx->plan->delegate->path, 0, detail);
}

static int run_runtime(struct ctx *ctx, const struct errand *errand, const struct supervise_io *io)
{
	struct sync_message message;
	pid_t self = getpid();
	pid_t pid;
	int ends[2];
	int attached;
	int heard;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(ctx->out, "make sync socket", "", errno);
	pid = fork();
	if (pid == 0) {
		ctx->sync_fd = ends[1];
		become_runtime(ctx, errand, self, io);
	}
	close_fd(&ends[1]);
	heard = pid < 0 ? fail(ctx->out, "fork", "", errno) : hear_child(ctx, ends[0], &message, &attached);
	close_fd(&ends[0]);
	if (pid < 0)
		return -1;
	if (heard < 0) { /* it has said what was wrong */
		struct failure failure = ctx->out->failure;

		(void) await_runtime(ctx, pid);
		ctx->out->failure = failure;
		return -1;
	}
	return await_runtime(ctx, pid);
}

/* The process it has left behind; -1 and fail(). */
static pid_t read_pid(struct ctx *ctx, const struct errand *errand)
{
	char text[16];
	char *end;
	ssize_t n;
	long pid;
	siginfo_t info;
	_cleanup_close_ int fd = openat(errand->dir_fd, PID_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n < 0)
		return fail(ctx->out, "read the runtime's pid file", PID_FILE, errno);
	text[n] = '\0';
	pid = strtol(text, &end, 10);
	if (end == text || (*end != '\0' && *end != '\n') || pid <= 1)
		return fail(ctx->out, "read the runtime's pid file", PID_FILE, EPROTO);
	if (waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return fail_detail(ctx->out, "adopt the process", "", errno, "it is not a child of ours");
	return (pid_t) pid;
}

static int adopt(struct ctx *ctx, const struct errand *errand, struct supervisor *supervisor)
{
	unsigned long long start_time;
	pid_t pid = read_pid(ctx, errand);

	if (pid < 0)
		return -1;
	ctx->child = pid;
	ctx->pidfd = sys_pidfd_open(pid);
	if (ctx->pidfd < 0 || read_start_time(pid, &start_time) < 0)
		return fail(ctx->out, "open the process", "", errno);
	if (supervise_cloned(supervisor, pid, start_time, ctx->out) < 0)
		return -1;
	return report_pid(ctx->out, pid, start_time) < 0 ? fail(ctx->out, "write report", "", errno) : 0;
}

/* The terminal's master, which the runtime has sent, or is about to. */
static int take_console(struct ctx *ctx, const struct errand *errand, struct supervisor *supervisor)
{
	char name[64] = "";
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec part = { .iov_base = name, .iov_len = sizeof name - 1 };
	struct msghdr packet = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space
	};
	struct pollfd ready = { .fd = errand->console_fd, .events = POLLIN };
	struct cmsghdr *header;
	int master;
	_cleanup_close_ int fd = -1;

	if (poll(&ready, 1, CONSOLE_MS) == 1)
		fd = accept4(errand->console_fd, NULL, NULL, SOCK_CLOEXEC);
	ready.fd = fd;
	if (fd < 0 || poll(&ready, 1, CONSOLE_MS) != 1 || recvmsg(fd, &packet, MSG_CMSG_CLOEXEC) < 0)
		return fail_detail(ctx->out, "take over terminal", "", errno, "the runtime has sent none");
	header = CMSG_FIRSTHDR(&packet);
	if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(int)))
		return fail(ctx->out, "take over terminal", "", EPROTO);
	memcpy(&master, CMSG_DATA(header), sizeof master);
	return supervise_console(supervisor, master, name, ctx->out);
}

static void end_errand(struct errand *errand)
{
	if (errand->dir_fd >= 0) {
		(void) unlinkat(errand->dir_fd, PID_FILE, 0);
		(void) unlinkat(errand->dir_fd, CONSOLE, 0);
	}
	close_fd(&errand->dir_fd);
	close_fd(&errand->console_fd);
	free(errand->argv);
}

int delegate_child(struct ctx *ctx, const struct op_delegate *op, struct supervisor *supervisor, const struct supervise_io *io)
{
	struct errand errand = { .op = op, .dir_fd = -1, .console_fd = -1 };
	pid_t before[CHILDREN_MAX];
	int before_count = list_children(before);
	int result = prepare_errand(ctx, &errand);

	(void) prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (result == 0)
		result = run_runtime(ctx, &errand, io);
	if (result == 0)
		result = adopt(ctx, &errand, supervisor);
	if (result == 0 && errand.console_fd >= 0)
		result = take_console(ctx, &errand, supervisor);
	end_errand(&errand);
	if (result < 0) {
		kill_child(ctx);
		kill_strays(before, before_count);
	}
	(void) prctl(PR_SET_CHILD_SUBREAPER, 0);
	return result;
}
