#include "listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fd.h"
#include "sync.h"
#include "sys.h"
#include "tty.h"

/*
 * write(2) and read(2) alone: the filter may forbid or ask about anything else. runc refuses a filter that asks about
 * write for the same reason; when read is asked about, the listener has its descriptor by then.
 */
int offer_listener(struct ctx *ctx, int fd)
{
	struct sync_message answer;
	ssize_t n;

	if (sync_send_listener(ctx->sync_fd, fd) < 0)
		return fail(ctx->out, "offer seccomp listener", "", errno);
	do {
		n = read(ctx->sync_fd, &answer, sizeof answer);
	} while (n < 0 && errno == EINTR);
	(void) close(fd);
	return n > 0 ? 0 : fail(ctx->out, "offer seccomp listener", "", n < 0 ? errno : EPIPE);
}

static ssize_t send_with(int socket_fd, struct msghdr *message)
{
	ssize_t n;

	do {
		n = sendmsg(socket_fd, message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* What was not sent yet. */
static void advance(struct msghdr *message, size_t sent)
{
	while (message->msg_iovlen > 0 && sent >= message->msg_iov->iov_len) {
		sent -= message->msg_iov->iov_len;
		message->msg_iov++;
		message->msg_iovlen--;
	}
	if (message->msg_iovlen > 0) {
		message->msg_iov->iov_base = (char *) message->msg_iov->iov_base + sent;
		message->msg_iov->iov_len -= sent;
	}
}

/* The descriptor goes with the first byte, as the specification wants it. */
static int send_state(int socket_fd, const struct strings *parts, pid_t pid, int listener)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec pieces[2 * PLAN_MAX_PARTS];
	char pid_text[16];
	int pid_length = snprintf(pid_text, sizeof pid_text, "%d", (int) pid);
	struct msghdr message = {
		.msg_iov = pieces, .msg_control = control.space, .msg_controllen = sizeof control.space
	};
	struct cmsghdr *attached = CMSG_FIRSTHDR(&message);

	attached->cmsg_level = SOL_SOCKET;
	attached->cmsg_type = SCM_RIGHTS;
	attached->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(attached), &listener, sizeof listener);
	for (uint32_t i = 0; i < parts->count; i++) {
		if (i > 0)
			pieces[message.msg_iovlen++] = (struct iovec){ pid_text, (size_t) pid_length };
		pieces[message.msg_iovlen++] =
			(struct iovec){ (void *) (uintptr_t) parts->items[i], strlen(parts->items[i]) };
	}
	while (message.msg_iovlen > 0) {
		ssize_t n = send_with(socket_fd, &message);

		if (n < 0)
			return -1;
		message.msg_control = NULL;
		message.msg_controllen = 0;
		advance(&message, (size_t) n);
	}
	return 0;
}

int forward_listener(struct ctx *ctx, int number)
{
	const struct op_seccomp_listener *op = ctx->plan->seccomp_listener;
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int socket_fd = -1;

	if (op == NULL)
		return fail(ctx->out, "forward seccomp listener", "", EPROTO);
	/* Not sent by the child: its filter may not let it use sockets. */
	listener = sys_pidfd_getfd(ctx->pidfd, number);
	if (listener < 0)
		return fail(ctx->out, "take seccomp listener", "", errno);
	socket_fd = console_connect(op->path);
	if (socket_fd < 0)
		return fail(ctx->out, "failed to connect with seccomp agent", op->path, errno);
	if (send_state(socket_fd, &op->parts, ctx->child, listener) < 0)
		return fail(ctx->out, "send to seccomp listener", op->path, errno);
	return 0;
}
