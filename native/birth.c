#include "birth.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cpus.h"
#include "fd.h"
#include "join.h"
#include "run.h"
#include "sync.h"
#include "sys.h"

/* A process that was cloned. Both 0 and -1 in the process itself. */
struct born {
	pid_t pid;
	int pidfd;
	bool is_outside; /* not in its cgroup yet: somebody has to write its id to cgroup.procs */
};

static int clone_once(uint64_t flags, int cgroup, struct born *born)
{
	int pidfd = -1;
	struct sys_clone_args args = {
		.flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t) (uintptr_t) &pidfd,
		/* A sibling dies with the signal its own creator has. */
		.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD,
		.cgroup = cgroup >= 0 ? (uint64_t) cgroup : 0,
	};

	born->pid = sys_clone3(&args);
	if (born->pid < 0)
		return -1;
	born->pidfd = born->pid == 0 ? -1 : pidfd;
	return 0;
}

/* Clone into a cgroup; where the kernel refuses that, clone and leave the rest to the caller. */
static int clone_into(uint64_t flags, const char *cgroup_dir, struct born *born)
{
	_cleanup_close_ int cgroup = -1;

	born->is_outside = false;
	if (cgroup_dir[0] != '\0') {
		cgroup = open(cgroup_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (cgroup < 0)
			return -1;
		if (clone_once(flags, cgroup, born) == 0)
			return 0;
		/* No such flag before Linux 5.7, not a leaf, threaded, not ours to clone into: the file may still do. */
		if (errno != EINVAL && errno != E2BIG && errno != EBUSY && errno != EOPNOTSUPP && errno != EACCES)
			return -1;
		born->is_outside = true;
	}
	return clone_once(flags, -1, born);
}

/*
 * The first clone, on the CPUs that the plan wants the child to be born on: it inherits them. The parent goes on where it
 * was. -1 and errno.
 */
static int clone_on_cpus(const struct plan *plan, uint64_t flags, struct born *born)
{
	const char *cgroup_dir = plan->clone->cgroup_dir;
	struct bit_set before;
	struct bit_set initial;
	int result;

	if (plan->initial_cpus == NULL)
		return clone_into(flags, cgroup_dir, born);
	bit_set_fill(&initial, plan->initial_cpus);
	if (cpus_get(&before) < 0 || cpus_set(&initial) < 0)
		return -1;
	result = clone_into(flags, cgroup_dir, born);
	if (result < 0 || born->pid != 0) {
		int error = errno;

		(void) cpus_set(&before); /* it was ours a moment ago */
		errno = error;
	}
	return result;
}

static int write_cgroup_procs(struct ctx *ctx, pid_t pid)
{
	char path[PATH_MAX];
	char text[16];
	_cleanup_close_ int fd = -1;
	int length = snprintf(text, sizeof text, "%d", (int) pid);

	if (snprintf(path, sizeof path, "%s/cgroup.procs", ctx->plan->clone->cgroup_dir) >= (int) sizeof path)
		return fail(ctx->out, "enter cgroup", ctx->plan->clone->cgroup_dir, ENAMETOOLONG);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t) length) < 0)
		return fail(ctx->out, "enter cgroup", path, errno);
	return 0;
}

/*
 * The intermediate: child of the parent, in the host's namespaces at first. Enters the others, gives birth to the child as a
 * child of the parent (CLONE_PARENT), sends its id and ends. The id is the one of the parent's pid namespace, because
 * setns does not change the caller's own.
 */
static _Noreturn void intermediate_main(struct ctx *ctx, const struct supervise_io *io)
{
	uint64_t flags = ctx->plan->clone->flags & ~(uint64_t) (CLONE_NEWCGROUP | CLONE_NEWTIME);
	struct sync_message go;
	struct born born;
	int attached;

	ctx->out->failure.op = -1;
	/* Until we are in our cgroup: the child must not be born outside. */
	if (sync_receive(ctx->sync_fd, &go, &attached) <= 0)
		_exit(1);
	if (enter_namespaces(ctx) < 0)
		child_fail(ctx);
	if (clone_once(flags | CLONE_PARENT, -1, &born) < 0) {
		(void) fail(ctx->out, "clone", "", errno);
		child_fail(ctx);
	}
	if (born.pid == 0)
		child_main(ctx, io);
	if (sync_send_pid(ctx->sync_fd, born.pid) < 0)
		(void) sys_pidfd_send_signal(born.pidfd, SIGKILL);
	_exit(0);
}

/* Wait for a process of ours to end. Its wait status, or -1. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

void kill_child(struct ctx *ctx)
{
	if (ctx->child <= 0)
		return;
	(void) kill(ctx->child, SIGKILL);
	(void) reap(ctx->child);
	ctx->child = 0;
	close_fd(&ctx->pidfd);
}

int hear_child(struct ctx *ctx, int sync_fd, struct sync_message *message, int *attached)
{
	for (;;) {
		int result = sync_receive(sync_fd, message, attached);

		if (result < 0)
			return fail(ctx->out, "hear the child", "", errno);
		if (result == 0)
			return 0;
		if (message->type == SYNC_ERROR) {
			ctx->out->failure = message->u.failure;
			return -1;
		}
		if (message->type != SYNC_WARNING)
			return 1;
		(void) report_warning(ctx->out, &message->u.failure);
	}
}

/* The intermediate is there: wait for the child's id, and for its own end. */
static int adopt(struct ctx *ctx, const struct born *born, int sync_fd)
{
	struct sync_message message;
	int attached;
	int heard;

	if ((born->is_outside && write_cgroup_procs(ctx, born->pid) < 0) || sync_send(sync_fd, SYNC_GO) < 0)
		heard = -1;
	else
		heard = hear_child(ctx, sync_fd, &message, &attached);
	if (heard == 1 && message.type == SYNC_PID)
		ctx->child = message.u.pid;
	else
		(void) kill(born->pid, SIGKILL);
	(void) reap(born->pid);
	if (heard < 0)
		return -1;
	if (ctx->child <= 0)
		return fail_detail(ctx->out, "join namespaces", "", 0, "the intermediate process was killed");
	/* It is our child and has not been waited for, so its id cannot have been given to another process. */
	ctx->pidfd = sys_pidfd_open(ctx->child);
	return ctx->pidfd < 0 ? fail(ctx->out, "open process", "", errno) : 0;
}

int give_birth(struct ctx *ctx, const struct supervise_io *io, int *sync_fd)
{
	const struct op_clone *clone = ctx->plan->clone;
	bool is_indirect = needs_intermediate(ctx->plan);
	uint64_t flags = is_indirect ? 0 : clone->flags & ~(uint64_t) CLONE_NEWCGROUP;
	int ends[2];
	struct born born;
	int result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(ctx->out, "make sync socket", "", errno);
	if (clone_on_cpus(ctx->plan, flags, &born) < 0) {
		(void) fail(ctx->out, "clone", clone->cgroup_dir, errno);
		close_fd(&ends[0]);
		close_fd(&ends[1]);
		return -1;
	}
	if (born.pid == 0) {
		(void) close(ends[0]);
		ctx->sync_fd = ends[1];
		ctx->out->fd = ends[1];
		ctx->out->is_message = true;
		if (is_indirect)
			intermediate_main(ctx, io);
		child_main(ctx, io);
	}
	close_fd(&ends[1]);
	if (is_indirect) {
		close_fd(&born.pidfd);
		result = adopt(ctx, &born, ends[0]);
	} else {
		ctx->child = born.pid;
		ctx->pidfd = born.pidfd;
		result = born.is_outside ? write_cgroup_procs(ctx, born.pid) : 0;
	}
	if (result < 0) {
		kill_child(ctx);
		close_fd(&ends[0]);
		return -1;
	}
	*sync_fd = ends[0];
	return 0;
}
