/* The control socket of a detached monitor: `ctl.sock` in the process directory (docs/plan-format.md). */
#ifndef GANTRY_CONTROL_H
#define GANTRY_CONTROL_H

#include <poll.h>
#include <stdbool.h>

#define CONTROL_CLIENTS 16
#define CONTROL_FDS (CONTROL_CLIENTS + 1)

/* One connection. A line longer than the buffer is answered once with an error and dropped up to its newline. */
struct control_client {
	int fd;
	unsigned char used;
	bool is_skipping;
	char line[46];
};

struct control {
	int listen_fd;
	struct control_client clients[CONTROL_CLIENTS];
};

/* Carries out one command; 0 or an errno that the client is told. */
typedef int (*control_command)(void *arg, const char *line);

/* All closed: what control_close() may be called on. */
void control_init(struct control *control);

/* Bind and listen on `ctl.sock` below `dir_fd`, 0600. -1 and errno on failure. */
int control_listen(struct control *control, int dir_fd);

/* Fill `fds` (room for CONTROL_FDS) with what to wait for; how many were filled. */
int control_poll(const struct control *control, struct pollfd *fds);

/*
 * Serve what control_poll() reported: at most one read per client, so that a flood cannot keep the caller from its
 * other work. `greeting` goes to every new connection. A client that breaks, or does not read its answers, is dropped.
 */
void control_serve(struct control *control, const struct pollfd *fds, int count, const char *greeting,
		   control_command command, void *arg);

/* Send a text to every client. */
void control_broadcast(struct control *control, const char *text);

/* Close the socket and every connection. */
void control_close(struct control *control);

#endif
