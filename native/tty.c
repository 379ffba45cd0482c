#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"

int tty_set_size(int fd, uint16_t rows, uint16_t cols)
{
	const struct winsize size = {.ws_row = rows, .ws_col = cols};

	return ioctl(fd, TIOCSWINSZ, &size);
}

void tty_copy_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		(void) ioctl(to, TIOCSWINSZ, &size);
}

void tty_plain_newlines(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) < 0)
		return;
	mode.c_oflag &= ~(tcflag_t) ONLCR;
	(void) tcsetattr(fd, TCSANOW, &mode);
}

void raw_tty_enter(struct raw_tty *raw, int fd)
{
	struct termios mode;

	raw->fd = -1;
	if (tcgetattr(fd, &raw->before) < 0)
		return;
	mode = raw->before;
	cfmakeraw(&mode);
	/* The pty below does not turn "\n" into "\r\n" (tty_plain_newlines): the caller's own terminal does. */
	mode.c_oflag |= raw->before.c_oflag & OPOST;
	if (tcsetattr(fd, TCSADRAIN, &mode) == 0)
		raw->fd = fd;
}

void raw_tty_leave(struct raw_tty *raw)
{
	if (raw->fd >= 0)
		(void) tcsetattr(raw->fd, TCSADRAIN, &raw->before);
	raw->fd = -1;
}

int console_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The magic link of an open descriptor is short, whatever the path; connect(2) follows it. */
	_cleanup_close_ int path_fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 || path_fd < 0)
		return -1;
	(void) snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d", path_fd);
	if (connect(fd, (const struct sockaddr *) &addr, sizeof addr) < 0)
		return -1;
	return take_fd(&fd);
}

int console_send(int socket_fd, const char *pty_name, int master_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	/* sendmsg() does not write to it */
	struct iovec text = {.iov_base = (void *) (uintptr_t) pty_name, .iov_len = strlen(pty_name)};
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);
	ssize_t sent;

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &master_fd, sizeof master_fd);
	do {
		sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}
