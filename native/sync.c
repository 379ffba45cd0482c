#include "sync.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int send_bytes(int fd, const struct sync_message *message, size_t size)
{
	ssize_t n;

	do {
		n = write(fd, message, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int sync_send(int fd, enum sync_type type)
{
	struct sync_message message = { .type = type };

	return send_bytes(fd, &message, offsetof(struct sync_message, u));
}

int sync_send_pid(int fd, pid_t pid)
{
	struct sync_message message = { .type = SYNC_PID, .u = { .pid = pid } };

	return send_bytes(fd, &message, offsetof(struct sync_message, u) + sizeof message.u.pid);
}

int sync_send_listener(int fd, int number)
{
	struct sync_message message = { .type = SYNC_LISTENER, .u = { .number = number } };

	return send_bytes(fd, &message, offsetof(struct sync_message, u) + sizeof message.u.number);
}

int sync_send_failure(int fd, enum sync_type type, const struct failure *failure)
{
	struct sync_message message = { .type = type };

	message.u.failure = *failure;
	return send_bytes(fd, &message, offsetof(struct sync_message, u) + sizeof *failure);
}

static int send_attached(int fd, struct sync_message *message, size_t size, int attached_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec part = { .iov_base = message, .iov_len = size };
	struct msghdr packet = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space
	};
	struct cmsghdr *attached = CMSG_FIRSTHDR(&packet);

	attached->cmsg_level = SOL_SOCKET;
	attached->cmsg_type = SCM_RIGHTS;
	attached->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(attached), &attached_fd, sizeof attached_fd);
	return sendmsg(fd, &packet, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int sync_send_console(int fd, const char *name, int master_fd)
{
	struct sync_message message = { .type = SYNC_CONSOLE };

	(void) snprintf(message.u.name, sizeof message.u.name, "%s", name);
	return send_attached(fd, &message, offsetof(struct sync_message, u) + sizeof message.u.name, master_fd);
}

int sync_send_socket(int fd, int socket_fd)
{
	struct sync_message message = { .type = SYNC_SOCKET };

	return send_attached(fd, &message, offsetof(struct sync_message, u), socket_fd);
}

/* What a message of this type must at least hold after its type; -1: no such type. */
static ssize_t payload_size(enum sync_type type)
{
	switch (type) {
	case SYNC_GO:
	case SYNC_MOUNTED:
	case SYNC_SOCKET:
	case SYNC_READY:
	case SYNC_EXEC:
		return 0;
	case SYNC_PID:
		return sizeof(pid_t);
	case SYNC_LISTENER:
		return sizeof(int);
	case SYNC_CONSOLE:
		return 64;
	case SYNC_WARNING:
	case SYNC_ERROR:
		return sizeof(struct failure);
	}
	return -1;
}

/* Strings of a message end where their arrays do, whatever was sent. */
static void terminate(struct sync_message *message)
{
	if (message->type == SYNC_CONSOLE)
		message->u.name[sizeof message->u.name - 1] = '\0';
	if (message->type == SYNC_WARNING || message->type == SYNC_ERROR) {
		struct failure *failure = &message->u.failure;

		failure->op_name[sizeof failure->op_name - 1] = '\0';
		failure->step[sizeof failure->step - 1] = '\0';
		failure->path[sizeof failure->path - 1] = '\0';
		failure->detail[sizeof failure->detail - 1] = '\0';
	}
}

int sync_receive(int fd, struct sync_message *message, int *attached)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec part = { .iov_base = message, .iov_len = sizeof *message };
	struct msghdr packet = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space
	};
	ssize_t n;

	*attached = -1;
	do {
		n = recvmsg(fd, &packet, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n <= 0)
		return (int) n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&packet); c != NULL; c = CMSG_NXTHDR(&packet, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(attached, CMSG_DATA(c), sizeof *attached);
	if ((size_t) n < offsetof(struct sync_message, u) || payload_size(message->type) < 0 ||
	    n - (ssize_t) offsetof(struct sync_message, u) < payload_size(message->type)) {
		if (*attached >= 0)
			(void) close(*attached);
		*attached = -1;
		errno = EPROTO;
		return -1;
	}
	terminate(message);
	return 1;
}
