#include "criu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "birth.h"
#include "criu_reply.h"
#include "fd.h"
#include "ops.h"
#include "procstat.h"
#include "run.h"
#include "signals.h"
#include "strays.h"
#include "sync.h"
#include "sys.h"
#include "ticket.h"

#define STREAMS 3u
#define REPLY_MAX 8192

/* A running criu, and for whom. `supervisor` NULL: nobody becomes our child. */
struct session {
	const struct op_criu *op;
	struct supervisor *supervisor;
	pid_t pid;
	int pidfd;
	int socket;
	bool has_failed; /* we have refused a notification and know better than criu why it will fail */
};

static _Noreturn void give_up(struct ctx *ctx, const char *step, const char *path)
{
	if (step != NULL)
		(void) fail(ctx->out, step, path, errno);
	(void) sync_send_failure(ctx->sync_fd, SYNC_ERROR, &ctx->out->failure);
	_exit(1);
}

static void enter_cgroup(struct ctx *ctx, const char *dir)
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;

	if (enter_cgroups(ctx) < 0)
		give_up(ctx, NULL, NULL);
	if (dir[0] == '\0')
		return;
	(void) snprintf(path, sizeof path, "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) < 0)
		give_up(ctx, "enter cgroup", path);
}

/* criu wants a mount point as the root of what it restores: one that only criu sees needs nobody to take it away. */
static void mount_root(struct ctx *ctx, const char *root)
{
	if (root[0] == '\0')
		return;
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		give_up(ctx, "make mount namespace", "");
	if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0)
		give_up(ctx, "bind rootfs", root);
}

/*
 * Give everything that the request names the number that it has there. In the mount namespace of criu's own: what was opened
 * in another one cannot be mounted upon.
 */
static void place_files(struct ctx *ctx, const struct op_criu *op, const struct supervise_io *io)
{
	for (unsigned i = 0; io != NULL && i < STREAMS; i++)
		if (dup2(io->fd[i] >= 0 ? io->fd[i] : (int) i, (int) (op->first_fd + i)) < 0)
			give_up(ctx, "place stream", "");
	for (uint32_t i = 0; i < op->file_count; i++) {
		const struct criu_file *file = &op->files[i];
		_cleanup_close_ int fd = open(file->path, (file->is_write ? O_WRONLY : O_RDONLY) | O_CLOEXEC);

		if (fd < 0 || dup2(fd, (int) (op->first_fd + STREAMS + i)) < 0)
			give_up(ctx, "open", file->path);
	}
}

/*
 * criu takes the descriptors of the request to be those of whoever made the socket, and looks there for them: it makes the socket
 * itself. Its end stays open over execve.
 */
static int make_socket(struct ctx *ctx)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
	    sync_send_socket(ctx->sync_fd, ends[0]) < 0 || fcntl(ends[1], F_SETFD, 0) < 0)
		give_up(ctx, "make socket for criu", "");
	return ends[1];
}

/*
 * The child of the parent that becomes criu: in the container's cgroup, because what criu restores is born beside it, and in
 * the host's namespaces but for mounts. It ends with its parent, and until then nobody else changes the container.
 */
static _Noreturn void become_criu(struct ctx *ctx, const struct op_criu *op, pid_t parent, const struct supervise_io *io)
{
	struct ticket ticket;
	char socket_text[16];
	char *const argv[] = { (char *) "criu", (char *) "swrk", socket_text, NULL };
	int null_fd;

	if (ticket_take(&ticket, ctx->lock_fd, parent, 0) < 0)
		give_up(ctx, "work for the parent", "");
	enter_cgroup(ctx, op->cgroup_dir);
	mount_root(ctx, op->root);
	place_files(ctx, op, io);
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd < 0 || dup2(null_fd, 0) < 0)
		give_up(ctx, "open", "/dev/null");
	(void) snprintf(socket_text, sizeof socket_text, "%d", make_socket(ctx));
	(void) umask(ctx->umask);
	signals_reset();
	(void) execve(op->path, argv, (char *const *) (uintptr_t) op->env.items);
	give_up(ctx, "execute", op->path);
}

/* Wait for its end, and take its ticket back while its id is still its own. */
static int reap_criu(struct ctx *ctx, struct session *session, int *status)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t) session->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	ticket_remove_of(ctx->lock_fd, session->pid);
	while (waitpid(session->pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	session->pid = 0;
	return 0;
}

static int criu_is_gone(struct ctx *ctx, struct session *session)
{
	char detail[96];
	int status;

	if (session->has_failed)
		return -1;
	if (reap_criu(ctx, session, &status) < 0)
		return fail(ctx->out, "wait for criu", "", errno);
	if (WIFEXITED(status))
		(void) snprintf(detail, sizeof detail, "it ended without an answer, with status %d", WEXITSTATUS(status));
	else
		(void) snprintf(detail, sizeof detail, "it was killed by signal %d", WTERMSIG(status));
	return fail_detail(ctx->out, "criu failed", "", 0, detail);
}

static int start_criu(struct ctx *ctx, struct session *session, const struct supervise_io *io)
{
	struct sync_message message;
	pid_t self = getpid();
	int ends[2];
	int heard;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(ctx->out, "make sync socket", "", errno);
	session->pid = fork();
	if (session->pid > 0)
		session->pidfd = sys_pidfd_open(session->pid);
	if (session->pid == 0) {
		ctx->sync_fd = ends[1];
		become_criu(ctx, session->op, self, io);
	}
	close_fd(&ends[1]);
	if (session->pid < 0)
		heard = fail(ctx->out, "fork", "", errno);
	else
		heard = hear_child(ctx, ends[0], &message, &session->socket);
	if (heard > 0) {
		int nothing;

		heard = hear_child(ctx, ends[0], &message, &nothing); /* the end: execve has closed the other side */
	}
	close_fd(&ends[0]);
	if (heard < 0)
		return -1;
	return session->socket >= 0 ? 0 : criu_is_gone(ctx, session);
}

static int send_all(struct ctx *ctx, struct session *session, const void *data, size_t length)
{
	ssize_t n;

	do
		n = send(session->socket, data, length, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		return criu_is_gone(ctx, session);
	return n == (ssize_t) length ? 0 : fail(ctx->out, "tell criu", "", n < 0 ? errno : EMSGSIZE);
}

/* One message of criu's; `*attached` is the descriptor that came with it or -1. 0: criu is gone; -1 after fail(). */
static int receive(struct ctx *ctx, const struct session *session, struct criu_reply *reply, int *attached)
{
	unsigned char text[REPLY_MAX];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec part = { .iov_base = text, .iov_len = sizeof text };
	struct msghdr packet = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space
	};
	struct pollfd fds[2] = {
		{ .fd = session->socket, .events = POLLIN },
		{ .fd = session->pidfd, .events = POLLIN },
	};
	ssize_t n;

	*attached = -1;
	/* A helper of criu's may hold the other end when criu itself is gone. What it has said before is read first. */
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	do
		n = recvmsg(session->socket, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n < 0)
		return fail(ctx->out, "hear criu", "", errno);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&packet); c != NULL; c = CMSG_NXTHDR(&packet, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(attached, CMSG_DATA(c), sizeof *attached);
	if ((packet.msg_flags & MSG_TRUNC) != 0 || criu_reply_decode(reply, text, (size_t) n) < 0) {
		close_fd(attached);
		return fail(ctx->out, "hear criu", "", EPROTO);
	}
	return 1;
}

/* The process exists, complete and not running yet. */
static int adopt_restored(struct ctx *ctx, const struct session *session, pid_t pid)
{
	unsigned long long start_time;

	ctx->child = pid;
	ctx->pidfd = sys_pidfd_open(pid);
	if (ctx->pidfd < 0)
		return fail(ctx->out, "open restored process", "", errno);
	if (read_start_time(pid, &start_time) < 0)
		return fail(ctx->out, "read start time", "", errno);
	if (supervise_cloned(session->supervisor, pid, start_time, ctx->out) < 0)
		return -1;
	return report_pid(ctx->out, pid, start_time) < 0 ? fail(ctx->out, "write report", "", errno) : 0;
}

/* The master of a terminal that the checkpoint knows the other side of only. */
static int take_master(struct ctx *ctx, const struct session *session, int *attached)
{
	char name[64];
	unsigned number;

	if (*attached < 0 || ioctl(*attached, TIOCGPTN, &number) < 0)
		return fail(ctx->out, "take over terminal", "", *attached < 0 ? EPROTO : errno);
	(void) snprintf(name, sizeof name, "/dev/pts/%u", number);
	return supervise_console(session->supervisor, take_fd(attached), name, ctx->out);
}

static int run_hooks(struct ctx *ctx, pid_t pid)
{
	int result;

	ctx->child = pid; /* whom the hooks are told of; it is not there for good yet */
	result = run_stage(ctx, STAGE_HOOKS);
	ctx->child = 0;
	return result;
}

static int on_notification(struct ctx *ctx, const struct session *session, const struct criu_reply *reply, int *attached)
{
	if (session->supervisor == NULL)
		return 0;
	if (strcmp(reply->script, "setup-namespaces") == 0)
		return run_hooks(ctx, reply->pid);
	if (strcmp(reply->script, "post-restore") == 0)
		return adopt_restored(ctx, session, reply->pid);
	if (strcmp(reply->script, "orphan-pts-master") == 0)
		return take_master(ctx, session, attached);
	return 0;
}

static int answer_notification(struct ctx *ctx, struct session *session, const struct criu_reply *reply, int *attached)
{
	/* criu_req: type NOTIFY, notify_success */
	unsigned char answer[] = { 1 << 3, CRIU_NOTIFY, 3 << 3, 1 };

	if (on_notification(ctx, session, reply, attached) < 0) {
		session->has_failed = true;
		answer[3] = 0;
	}
	return send_all(ctx, session, answer, sizeof answer);
}

static int criu_failed(struct ctx *ctx, const struct session *session, const struct criu_reply *reply)
{
	if (session->has_failed)
		return -1;
	return fail_detail(ctx->out, "criu failed", "", reply->error > 0 ? reply->error : 0, reply->message);
}

/* Until criu has answered the request itself. */
static int converse(struct ctx *ctx, struct session *session)
{
	const struct bytes *request = &session->op->request;

	if (send_all(ctx, session, request->data, request->length) < 0)
		return -1;
	for (;;) {
		struct criu_reply reply;
		_cleanup_close_ int attached = -1;
		int received = receive(ctx, session, &reply, &attached);

		if (received < 0)
			return -1;
		if (received == 0)
			return criu_is_gone(ctx, session);
		if (!reply.is_success)
			return criu_failed(ctx, session, &reply);
		if (reply.type != CRIU_NOTIFY)
			return session->has_failed ? -1 : 0;
		if (answer_notification(ctx, session, &reply, &attached) < 0)
			return -1;
	}
}

static int request_criu(struct ctx *ctx, struct session *session, const struct supervise_io *io)
{
	pid_t before[CHILDREN_MAX];
	int before_count = list_children(before);
	int status;
	int result;

	(void) prctl(PR_SET_CHILD_SUBREAPER, 1);
	result = start_criu(ctx, session, io);
	if (result == 0)
		result = converse(ctx, session);
	/* After a pre-dump criu would wait for the next request: the end of the conversation ends it. */
	close_fd(&session->socket);
	if (session->pid > 0)
		(void) reap_criu(ctx, session, &status);
	close_fd(&session->pidfd);
	/* It has helpers, and stops some of them: when it is killed they become ours, as does what it has restored so far. */
	if (result < 0) {
		kill_child(ctx);
		kill_strays(before, before_count);
	}
	(void) prctl(PR_SET_CHILD_SUBREAPER, 0);
	return result;
}

int op_criu(struct ctx *ctx, const struct op_criu *op)
{
	struct session session = { .op = op, .pidfd = -1, .socket = -1 };

	return request_criu(ctx, &session, NULL);
}

int restore_child(struct ctx *ctx, const struct op_criu *op, struct supervisor *supervisor,
		  const struct supervise_io *io)
{
	struct session session = { .op = op, .supervisor = supervisor, .pidfd = -1, .socket = -1 };

	if (request_criu(ctx, &session, io) < 0)
		return -1;
	return ctx->child > 0 ? 0 : fail_detail(ctx->out, "restore", "", 0, "criu named no process");
}
