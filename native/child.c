#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "join.h"
#include "keepfds.h"
#include "ops.h"
#include "run.h"
#include "signals.h"
#include "sync.h"
#include "sys.h"

_Noreturn void child_fail(struct ctx *ctx)
{
	(void) sync_send_failure(ctx->sync_fd, SYNC_ERROR, &ctx->out->failure);
	_exit(1);
}

/* The parent answers when it has done its part. When it failed or is gone there is nobody to tell. */
static void wait_for_parent(struct ctx *ctx)
{
	struct sync_message message;
	int attached;

	if (sync_receive(ctx->sync_fd, &message, &attached) <= 0)
		_exit(1);
}

static int attach_stdio(struct ctx *ctx, const struct supervise_io *io)
{
	for (int fd = 0; fd < 3; fd++)
		if (io->fd[fd] >= 0 && dup2(io->fd[fd], fd) < 0)
			return fail(ctx->out, "attach standard stream", "", errno);
	return 0;
}

/* Close everything that neither the child nor its program needs: descriptors are ways back to the host. */
static int close_strangers(struct ctx *ctx)
{
	int wanted[4] = { ctx->sync_fd, ctx->exec_fifo, ctx->root_fd, ctx->proc_fd };

	if (close_except(3 + ctx->plan->keep_fds, wanted, 4, ctx->op_fds, ctx->plan->op_count) < 0)
		return fail(ctx->out, "close descriptors", "", errno);
	return 0;
}

/* A session, a cgroup and the standard streams. Nothing here needs what the parent does meanwhile. */
static int begin(struct ctx *ctx, const struct supervise_io *io)
{
	signals_reset();
	if (enter_cgroups(ctx) < 0)
		return -1;
	/* Only now: the root of the new namespace is the cgroup one is in. */
	if ((ctx->plan->clone->flags & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) < 0)
		return fail(ctx->out, "create cgroup namespace", "", errno);
	if (setsid() < 0)
		return fail(ctx->out, "create session", "", errno);
	(void) umask(0);
	return attach_stdio(ctx, io) < 0 ? -1 : close_strangers(ctx);
}

/* Nothing of ours is left open; what the caller wants to pass on survives execve. */
static int leave_descriptors(struct ctx *ctx)
{
	close_fd(&ctx->root_fd);
	close_fd(&ctx->proc_fd);
	for (int fd = 3; fd < 3 + (int) ctx->plan->keep_fds; fd++)
		if (fcntl(fd, F_SETFD, 0) < 0) {
			char detail[32];

			(void) snprintf(detail, sizeof detail, "descriptor %d", fd);
			return fail_detail(ctx->out, "keep descriptor", "", errno, detail);
		}
	return 0;
}

/* After `ready` only the process's own standard error is left to tell anything. 126 and 127 as a shell gives them. */
static _Noreturn void fail_late(const struct ctx *ctx, const char *name, int error)
{
	const struct failure *failure = &ctx->out->failure;
	char text[REPORT_PATH_MAX + REPORT_DETAIL_MAX + 256];

	if (name != NULL)
		(void) snprintf(text, sizeof text, "exec %s: %s\n", name, strerror(error));
	else
		(void) snprintf(text, sizeof text, "%s%s%s: %s%s%s\n", failure->step, failure->path[0] == '\0' ? "" : " ",
				failure->path, failure->detail, error == 0 ? "" : ": ", error == 0 ? "" : strerror(error));
	(void) !write(2, text, strlen(text));
	_exit(name == NULL ? 1 : error == ENOENT ? 127 : 126);
}

/* `create`: wait until `start` writes a byte. The fifo is open for reading and writing, so there is never an end. */
static _Noreturn void exec_after_fifo(struct ctx *ctx)
{
	char byte;

	if (sync_send(ctx->sync_fd, SYNC_READY) < 0)
		_exit(1);
	close_fd(&ctx->sync_fd);
	ctx->out->fd = -1;
	while (read(ctx->exec_fifo, &byte, 1) < 0)
		if (errno != EINTR)
			_exit(1);
	close_fd(&ctx->exec_fifo);
	if (run_stage(ctx, STAGE_EXEC) < 0)
		fail_late(ctx, NULL, ctx->out->failure.error);
	execute(ctx, ctx->plan->exec);
	fail_late(ctx, ctx->plan->exec->argv.items[0], errno);
}

/* `exec`: the parent knows of success when the kernel closes the socket. */
static _Noreturn void exec_at_once(struct ctx *ctx)
{
	if (run_stage(ctx, STAGE_EXEC) < 0)
		child_fail(ctx);
	if (sync_send(ctx->sync_fd, SYNC_EXEC) < 0)
		_exit(1);
	execute(ctx, ctx->plan->exec);
	(void) fail(ctx->out, "execve", ctx->plan->exec->argv.items[0], errno);
	(void) blame(ctx, ctx->plan->op_count - 1);
	child_fail(ctx);
}

_Noreturn void child_main(struct ctx *ctx, const struct supervise_io *io)
{
	const struct plan *plan = ctx->plan;
	bool has_new_user_ns = (plan->clone->flags & CLONE_NEWUSER) != 0;

	ctx->out->failure.op = -1;
	if (begin(ctx, io) < 0)
		child_fail(ctx);
	wait_for_parent(ctx);
	if ((has_new_user_ns && become_root(ctx) < 0) || run_stage(ctx, STAGE_CHILD) < 0)
		child_fail(ctx);
	if (plan->end[STAGE_HOOKS] > plan->first[STAGE_HOOKS]) {
		if (sync_send(ctx->sync_fd, SYNC_MOUNTED) < 0)
			_exit(1);
		wait_for_parent(ctx);
	}
	if (run_stage(ctx, STAGE_ENTER) < 0 || finish_identity(ctx) < 0)
		child_fail(ctx);
	if (find_executable(ctx, plan->exec) < 0) {
		(void) blame(ctx, plan->op_count - 1);
		child_fail(ctx);
	}
	if (leave_descriptors(ctx) < 0)
		child_fail(ctx);
	if (ctx->exec_fifo >= 0)
		exec_after_fifo(ctx);
	exec_at_once(ctx);
}
