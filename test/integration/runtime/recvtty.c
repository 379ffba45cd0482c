/*
 * Listens on a unix socket, takes one terminal master from it, as conmon and containerd's shim do, and copies what the
 * terminal says to standard output until the last slave is closed. Usage: recvtty SOCKET [TEXT-TO-TYPE]
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[4096], control[CMSG_SPACE(4 * sizeof(int))], buffer[4096];
	struct iovec iov = {.iov_base = name, .iov_len = sizeof name - 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *header;
	int listener, connection, master;
	ssize_t length;

	if (argc < 2 || strlen(argv[1]) >= sizeof address.sun_path)
		return 2;
	strcpy(address.sun_path, argv[1]);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(listener, 1) < 0)
		return 3;
	connection = accept(listener, NULL, NULL);
	length = recvmsg(connection, &message, 0);
	if (length <= 0)
		return 4;
	name[length] = '\0';
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
		return 5;
	memcpy(&master, CMSG_DATA(header), sizeof master);
	printf("name=%s tty=%d\n", name, isatty(master));
	fflush(stdout);
	if (argc > 2 && write(master, argv[2], strlen(argv[2])) < 0)
		return 6;
	while ((length = read(master, buffer, sizeof buffer)) > 0)
		if (write(1, buffer, (size_t) length) != length)
			return 7;
	return 0;
}
