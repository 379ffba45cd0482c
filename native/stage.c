#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "birth.h"
#include "criu.h"
#include "delegate.h"
#include "fd.h"
#include "join.h"
#include "listener.h"
#include "ops.h"
#include "procstat.h"
#include "run.h"
#include "sys.h"
#include "supervise.h"
#include "sync.h"
#include "tty.h"

static int *fd_list(size_t count)
{
	int *list = malloc((count + 1) * sizeof *list);

	for (size_t i = 0; list != NULL && i <= count; i++)
		list[i] = -1;
	return list;
}

/* Everything that will be needed, before the first clone. */
static int make_ctx(struct ctx *ctx, const struct plan *plan, struct report *out)
{
	memset(ctx, 0, sizeof *ctx);
	ctx->plan = plan;
	ctx->out = out;
	ctx->umask = umask(0);
	(void) umask(ctx->umask);
	ctx->lock_fd = ctx->ticket.lock_fd = ctx->target_pidfd = ctx->exec_fifo = ctx->pidfd = ctx->sync_fd = ctx->root_fd = ctx->proc_fd = -1;
	ctx->op_fds = fd_list(plan->op_count);
	ctx->ns_fds = fd_list(plan->clone == NULL ? 0 : plan->clone->join_count);
	ctx->env = calloc(plan->exec == NULL ? 1 : plan->exec->env.count + (size_t) 2, sizeof *ctx->env);
	if (ctx->op_fds == NULL || ctx->ns_fds == NULL || ctx->env == NULL)
		return fail(out, "allocate", "", ENOMEM);
	return 0;
}

/* From here on we die with our caller, and whoever wants the container's lock waits for us. */
static int bind_to_caller(struct ctx *ctx, pid_t server)
{
	const struct op_caller *caller = ctx->plan->caller;

	ctx->out->failure.op = -1;
	if (caller == NULL)
		return 0;
	if (caller->lock[0] != '\0') {
		ctx->lock_fd = open(caller->lock, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (ctx->lock_fd < 0)
			return fail(ctx->out, "open lock", caller->lock, errno);
	}
	if (ticket_take(&ctx->ticket, ctx->lock_fd, (pid_t) caller->pid, server) < 0)
		return fail(ctx->out, "work for the caller", caller->lock, errno);
	return 0;
}

static bool has_user_namespace(const struct plan *plan)
{
	uint64_t types = plan->clone->flags;

	for (uint32_t i = 0; i < plan->clone->join_count; i++)
		types |= plan->clone->joins[i].type;
	if (plan->join_target != NULL)
		types |= plan->join_target->mask;
	return (types & CLONE_NEWUSER) != 0;
}

static uint32_t index_of(const struct plan *plan, enum op_kind kind)
{
	for (uint32_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].kind == kind)
			return i;
	return 0;
}

static int make_exec_fifo(struct ctx *ctx)
{
	const char *path = ctx->plan->exec_fifo;

	if (mkfifo(path, 0600) < 0)
		return fail(ctx->out, "make exec fifo", path, errno);
	/* For reading and writing: neither waits for the other side nor ever sees an end. */
	ctx->exec_fifo = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return ctx->exec_fifo < 0 ? fail(ctx->out, "open exec fifo", path, errno) : 0;
}

/* What the child cannot open any more: as another user, or in another mount namespace. */
static int open_for_child(struct ctx *ctx)
{
	const struct plan *plan = ctx->plan;
	bool is_root = geteuid() == 0;

	if (open_namespaces(ctx) < 0)
		return blame(ctx, index_of(plan, OP_CLONE));
	if (plan->exec_fifo[0] != '\0' && make_exec_fifo(ctx) < 0)
		return blame(ctx, index_of(plan, OP_EXEC_FIFO));
	for (uint32_t i = plan->first[STAGE_CHILD]; i < plan->end[STAGE_CHILD]; i++) {
		const struct op *op = &plan->ops[i];
		/* Whoever is not root may clone no mount here, and is root only in there. */
		bool is_needed = (is_root && ctx->has_user_ns) ||
				 (op->kind == OP_MOUNT && op->u.mount.options >> MOUNT_ID_MAP_SHIFT != 0);

		if (op->kind == OP_MOUNT && is_needed && open_mount_source(ctx, &op->u.mount, &ctx->op_fds[i]) < 0)
			return blame(ctx, i);
	}
	close_id_maps(ctx);
	return 0;
}

static int run_host_stage(struct ctx *ctx)
{
	ctx->out->failure.op = -1;
	if (run_stage(ctx, STAGE_HOST) < 0)
		return -1;
	if (ctx->plan->clone == NULL)
		return 0;
	ctx->has_user_ns = has_user_namespace(ctx->plan);
	return open_for_child(ctx);
}

/* How often the cgroup's out-of-memory killer struck. */
static unsigned long count_oom_kills(const struct plan *plan)
{
	char text[1024];
	const char *at;
	ssize_t n = -1;
	_cleanup_close_ int fd = -1;

	if (plan->monitor != NULL && plan->monitor->oom_file[0] != '\0')
		fd = open(plan->monitor->oom_file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, text, sizeof text - 1);
	text[n < 0 ? 0 : n] = '\0';
	at = strstr(text, "oom_kill ");
	return at == NULL ? 0 : strtoul(at + strlen("oom_kill "), NULL, 10);
}

/* The child has gone without a word. */
static int explain_death(struct ctx *ctx)
{
	char detail[96];
	siginfo_t info = { .si_pid = 0 };

	if (count_oom_kills(ctx->plan) > 0)
		return fail_detail(ctx->out, "wait for the process", "", 0,
				   "container init was OOM-killed (memory limit too low?)");
	if (waitid(P_PID, (id_t) ctx->child, &info, WEXITED | WNOWAIT) < 0)
		return fail(ctx->out, "wait for the process", "", errno);
	(void) snprintf(detail, sizeof detail, info.si_code == CLD_EXITED ? "it ended with status %d" : "it was killed by signal %d",
			info.si_status);
	return fail_detail(ctx->out, "wait for the process", "", 0, detail);
}

/* Answer the child until it is ready: waits at the fifo, or has become its program. */
static int attend_child(struct ctx *ctx, struct supervisor *supervisor, int sync_fd)
{
	bool is_executing = false;

	for (;;) {
		struct sync_message message;
		int attached;
		int heard = hear_child(ctx, sync_fd, &message, &attached);

		if (heard < 0)
			return -1;
		if (heard == 0)
			return is_executing ? 0 : explain_death(ctx);
		switch (message.type) {
		case SYNC_READY:
			return 0;
		case SYNC_EXEC:
			is_executing = true;
			break;
		case SYNC_MOUNTED:
			if (run_stage(ctx, STAGE_HOOKS) < 0)
				return -1;
			if (sync_send(sync_fd, SYNC_GO) < 0)
				return explain_death(ctx);
			break;
		case SYNC_CONSOLE:
			if (supervise_console(supervisor, attached, message.u.name, ctx->out) < 0)
				return blame(ctx, index_of(ctx->plan, OP_CONSOLE));
			if (sync_send(sync_fd, SYNC_GO) < 0)
				return explain_death(ctx);
			break;
		case SYNC_LISTENER:
			if (forward_listener(ctx, message.u.number) < 0)
				return blame(ctx, index_of(ctx->plan, OP_SECCOMP_LISTENER));
			if (sync_send(sync_fd, SYNC_GO) < 0)
				return explain_death(ctx);
			break;
		case SYNC_GO:
		case SYNC_SOCKET:
		case SYNC_PID:
		case SYNC_WARNING:
		case SYNC_ERROR:
			return fail(ctx->out, "hear the child", "", EPROTO);
		}
	}
}

/* A handle of the process for whoever asked for one, as a console's master is handed on. */
static int send_pidfd(struct ctx *ctx)
{
	const char *path = ctx->plan->pidfd_socket;
	_cleanup_close_ int fd = console_connect(path);

	if (fd < 0 || console_send(fd, "pidfd", ctx->pidfd) < 0) {
		(void) fail(ctx->out, "send pidfd", path, errno);
		return blame(ctx, index_of(ctx->plan, OP_PIDFD_SOCKET));
	}
	return 0;
}

/* The child is restored, not born: what its life begins with is in the images. */
static int resurrect_child(struct ctx *ctx, struct supervisor *supervisor, const struct supervise_io *io)
{
	if (restore_child(ctx, ctx->plan->restore, supervisor, io) == 0)
		return 0;
	return ctx->out->failure.op >= 0 ? -1 : blame(ctx, index_of(ctx->plan, OP_CRIU));
}

/* Neither: another runtime has made it. */
static int adopt_child(struct ctx *ctx, struct supervisor *supervisor, const struct supervise_io *io)
{
	if (delegate_child(ctx, ctx->plan->delegate, supervisor, io) == 0)
		return 0;
	return blame(ctx, index_of(ctx->plan, OP_DELEGATE));
}

/* From the birth to `ready`. The child is alive when this returns, whatever it returns, if ctx->child says so. */
static int raise_child(struct ctx *ctx, struct supervisor *supervisor, const struct supervise_io *io)
{
	_cleanup_close_ int sync_fd = -1;
	unsigned long long start_time;

	if (ctx->plan->delegate != NULL)
		return adopt_child(ctx, supervisor, io);
	if (ctx->plan->restore != NULL)
		return resurrect_child(ctx, supervisor, io);
	if (give_birth(ctx, io, &sync_fd) < 0)
		return ctx->out->failure.op >= 0 ? -1 : blame(ctx, index_of(ctx->plan, OP_CLONE));
	if (read_start_time(ctx->child, &start_time) < 0)
		return fail(ctx->out, "read start time", "", errno);
	if (supervise_cloned(supervisor, ctx->child, start_time, ctx->out) < 0)
		return -1;
	if (report_pid(ctx->out, ctx->child, start_time) < 0)
		return fail(ctx->out, "write report", "", errno);
	if (ctx->plan->pidfd_socket != NULL && send_pidfd(ctx) < 0)
		return -1;
	if (run_stage(ctx, STAGE_PARENT) < 0)
		return -1;
	if (sync_send(sync_fd, SYNC_GO) < 0)
		return explain_death(ctx);
	return attend_child(ctx, supervisor, sync_fd);
}

static void close_birth_fds(struct ctx *ctx)
{
	for (uint32_t i = 0; i < ctx->plan->op_count; i++)
		close_fd(&ctx->op_fds[i]);
	for (uint32_t i = 0; ctx->plan->clone != NULL && i < ctx->plan->clone->join_count; i++)
		close_fd(&ctx->ns_fds[i]);
	close_fd(&ctx->target_pidfd);
	close_fd(&ctx->exec_fifo);
}

/*
 * The parent of the child: the executor itself, or the detached monitor, whose executor waits for a byte on `verdict`.
 * Returns the exit status.
 */
static int parent_main(struct ctx *ctx, int verdict)
{
	enum monitor_mode mode = ctx->plan->monitor == NULL ? MONITOR_NONE : ctx->plan->monitor->mode;
	struct supervisor *supervisor = NULL;
	struct supervise_io io = { { -1, -1, -1 } };

	ctx->out->failure.op = -1;
	if (supervise_prepare(&supervisor, ctx->plan, &io, ctx->out) < 0) {
		(void) report_error(ctx->out, &ctx->out->failure);
		return 1;
	}
	if (raise_child(ctx, supervisor, &io) == 0) {
		close_birth_fds(ctx);
		/* Nobody who could be told: nobody would ever start or delete it. */
		if (report_ready(ctx->out) == 0) {
			ticket_hand_over(&ctx->ticket);
			if (verdict >= 0) {
				(void) !write(verdict, "", 1);
				(void) close(verdict);
			}
			if (mode != MONITOR_NONE)
				return supervise_run(supervisor, ctx->child, take_fd(&ctx->pidfd));
			supervise_abort(supervisor);
			return 0;
		}
		(void) fail(ctx->out, "write report", "", errno);
	}
	kill_child(ctx);
	supervise_abort(supervisor);
	(void) report_error(ctx->out, &ctx->out->failure);
	return 1;
}

/* The monitor is to the executor what that is to its caller. */
static int monitor_main(struct ctx *ctx, pid_t executor, int verdict)
{
	int status = 1;

	if (ticket_take(&ctx->ticket, ctx->lock_fd, executor, 0) < 0) {
		(void) fail(ctx->out, "work for the executor", "", errno);
		(void) report_error(ctx->out, &ctx->out->failure);
	} else {
		(void) setsid();
		(void) !chdir("/"); /* a bundle must not stay busy on our account */
		status = parent_main(ctx, verdict);
	}
	ticket_hand_over(&ctx->ticket);
	return status;
}

/*
 * The executor of a detached monitor: stays until the child is ready or was given up. Until then whoever kills it ends all of
 * it: the monitor with its hooks, and the child, which sees its socket end.
 */
static int await_verdict(struct ctx *ctx)
{
	int ends[2];
	char byte;
	ssize_t n;
	pid_t executor = getpid();
	pid_t monitor;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		(void) fail(ctx->out, "make pipe", "", errno);
		(void) report_error(ctx->out, &ctx->out->failure);
		return 1;
	}
	monitor = fork();
	if (monitor < 0) {
		(void) fail(ctx->out, "fork the monitor", "", errno);
		(void) report_error(ctx->out, &ctx->out->failure);
		return 1;
	}
	if (monitor == 0) {
		(void) close(ends[0]);
		_exit(monitor_main(ctx, executor, ends[1]));
	}
	(void) close(ends[1]);
	do {
		n = read(ends[0], &byte, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : 1;
}

static int carry_out(struct ctx *ctx)
{
	if (run_host_stage(ctx) < 0) {
		(void) report_error(ctx->out, &ctx->out->failure);
		return 1;
	}
	if (ctx->plan->clone == NULL && ctx->plan->restore == NULL && ctx->plan->delegate == NULL)
		return 0;
	if (ctx->plan->monitor != NULL && ctx->plan->monitor->mode == MONITOR_DETACHED)
		return await_verdict(ctx);
	return parent_main(ctx, -1);
}

int run_plan(const struct plan *plan, int report_fd, pid_t server)
{
	struct report out = { .fd = report_fd };
	struct ctx ctx;
	int status;

	(void) signal(SIGPIPE, SIG_IGN);
	out.failure.op = -1;
	if (make_ctx(&ctx, plan, &out) < 0 || bind_to_caller(&ctx, server) < 0) {
		(void) report_error(&out, &out.failure);
		return 1;
	}
	status = carry_out(&ctx);
	ticket_hand_over(&ctx.ticket);
	return status;
}
