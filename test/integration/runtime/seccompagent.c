/*
 * A seccomp agent: seccompagent SOCKET STATES. Listens at SOCKET, appends each message it gets as a line to STATES, and answers
 * for the filters whose descriptors come along: mkdir and mkdirat fail with EDQUOT, everything else goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/seccomp.h>

#define MOST 32

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *) &addr, sizeof addr) < 0 || listen(fd, 4) < 0)
		exit(1);
	return fd;
}

/* One connection, until the other side closes it: the text to `states`, and the descriptor of the first message. */
static int hear(int connection, int states)
{
	char text[65536], control[CMSG_SPACE(4 * sizeof(int))];
	int listener = -1;

	for (;;) {
		struct iovec part = {text, sizeof text};
		struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
		ssize_t n = recvmsg(connection, &message, 0);
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);

		if (n <= 0)
			break;
		if (c != NULL && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&listener, CMSG_DATA(c), sizeof listener);
		if (write(states, text, (size_t) n) != n)
			exit(1);
	}
	if (write(states, "\n", 1) != 1)
		exit(1);
	close(connection);
	return listener;
}

static int answer(int listener)
{
	struct seccomp_notif call;
	struct seccomp_notif_resp response;

	memset(&call, 0, sizeof call);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return errno == EINTR || errno == ENOENT ? 0 : -1;
	memset(&response, 0, sizeof response);
	response.id = call.id;
	if (call.data.nr == SYS_mkdirat
#ifdef SYS_mkdir
	    || call.data.nr == SYS_mkdir
#endif
	)
		response.error = -EDQUOT;
	else
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 && errno != ENOENT ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct pollfd fds[MOST];
	nfds_t count = 1;
	int states;

	if (argc != 3)
		return 2;
	states = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
	fds[0] = (struct pollfd){.fd = listen_at(argv[1]), .events = POLLIN};
	while (poll(fds, count, -1) >= 0) {
		for (nfds_t i = 1; i < count; i++) {
			if (fds[i].revents == 0)
				continue;
			if ((fds[i].revents & POLLIN) == 0 || answer(fds[i].fd) < 0) {
				close(fds[i].fd);
				fds[i--] = fds[--count];
			}
		}
		if ((fds[0].revents & POLLIN) != 0 && count < MOST) {
			int listener = hear(accept(fds[0].fd, NULL, NULL), states);

			if (listener >= 0)
				fds[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
		}
	}
	return 1;
}
