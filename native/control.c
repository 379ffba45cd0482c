#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"

void control_init(struct control *control)
{
	control->listen_fd = -1;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		control->clients[i].fd = -1;
}

int control_listen(struct control *control, int dir_fd)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	/* The mode of the new socket file is the mode of the unbound socket without the umask's bits: see unix(7). */
	if (fchmod(fd, 0600) < 0)
		return -1;
	/* Never longer than sun_path, however deep the process directory is. */
	(void) snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/ctl.sock", dir_fd);
	if (unlinkat(dir_fd, "ctl.sock", 0) < 0 && errno != ENOENT)
		return -1;
	if (bind(fd, (const struct sockaddr *) &addr, sizeof addr) < 0 || listen(fd, CONTROL_CLIENTS) < 0)
		return -1;
	control->listen_fd = take_fd(&fd);
	return 0;
}

int control_poll(const struct control *control, struct pollfd *fds)
{
	int count = 0;

	if (control->listen_fd >= 0)
		fds[count++] = (struct pollfd){.fd = control->listen_fd, .events = POLLIN};
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].fd >= 0)
			fds[count++] = (struct pollfd){.fd = control->clients[i].fd, .events = POLLIN};
	}
	return count;
}

static void drop(struct control_client *client)
{
	close_fd(&client->fd);
}

/* Never waits: a client whose receive buffer is full does not read, and is dropped. */
static void tell(struct control_client *client, const char *text)
{
	size_t length = strlen(text);

	if (client->fd >= 0 && send(client->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t) length)
		drop(client);
}

static void answer(struct control_client *client, int error)
{
	char text[24] = "ok\n";

	if (error != 0)
		(void) snprintf(text, sizeof text, "error %d\n", error);
	tell(client, text);
}

static bool is_same_user(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

static void accept_client(struct control *control, const char *greeting)
{
	_cleanup_close_ int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || !is_same_user(fd))
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->clients[i];

		if (client->fd >= 0)
			continue;
		*client = (struct control_client){.fd = take_fd(&fd)};
		if (greeting[0] != '\0')
			tell(client, greeting);
		return;
	}
	/* No room: the newcomer reads end of file. The ones that hold a connection wait for `exit` and keep it. */
}

static void take_bytes(struct control_client *client, const char *bytes, size_t count, control_command command,
		       void *arg)
{
	for (size_t i = 0; i < count && client->fd >= 0; i++) {
		if (bytes[i] != '\n') {
			if (client->used < sizeof client->line - 1)
				client->line[client->used++] = bytes[i];
			else
				client->is_skipping = true;
			continue;
		}
		client->line[client->used] = '\0';
		/* A NUL inside would hide the rest of the line from the command. */
		if (client->is_skipping || strlen(client->line) != client->used)
			answer(client, EINVAL);
		else
			answer(client, command(arg, client->line));
		client->used = 0;
		client->is_skipping = false;
	}
}

static void serve_client(struct control_client *client, bool has_left, control_command command, void *arg)
{
	char bytes[256];

	/* Who has left cannot send more: read the rest at once, so that its place is free for others. */
	do {
		ssize_t count = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);

		if (count > 0)
			take_bytes(client, bytes, (size_t) count, command, arg);
		else if (count == 0 || (errno != EAGAIN && errno != EINTR))
			drop(client);
	} while (has_left && client->fd >= 0);
}

void control_serve(struct control *control, const struct pollfd *fds, int count, const char *greeting,
		   control_command command, void *arg)
{
	bool has_newcomer = false;

	for (int i = 0; i < count; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == control->listen_fd)
			has_newcomer = true;
		for (int j = 0; j < CONTROL_CLIENTS; j++) {
			if (control->clients[j].fd == fds[i].fd)
				serve_client(&control->clients[j], (fds[i].revents & POLLHUP) != 0, command, arg);
		}
	}
	/* Last: a newcomer may get the descriptor number of a client that was dropped above. */
	if (has_newcomer)
		accept_client(control, greeting);
}

void control_broadcast(struct control *control, const char *text)
{
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		tell(&control->clients[i], text);
}

void control_close(struct control *control)
{
	close_fd(&control->listen_fd);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		drop(&control->clients[i]);
}
