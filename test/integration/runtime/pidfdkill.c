/*
 * Listens on a unix socket, takes one pidfd from it and kills what is behind it. Prints the text that came along.
 * Usage: pidfdkill SOCKET
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[256], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {.iov_base = text, .iov_len = sizeof text - 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *header;
	int listener, pidfd;
	ssize_t length;

	if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
		return 2;
	strcpy(address.sun_path, argv[1]);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(listener, 1) < 0)
		return 3;
	length = recvmsg(accept(listener, NULL, NULL), &message, 0);
	header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		return 4;
	text[length] = '\0';
	memcpy(&pidfd, CMSG_DATA(header), sizeof pidfd);
	(void) puts(text);
	(void) fflush(stdout);
	/* When asked: not before the runtime has said that all went well. */
	if (read(0, text, 1) != 1)
		return 5;
	return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 ? 6 : 0;
}
