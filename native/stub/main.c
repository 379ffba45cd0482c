/*
 * containerd-shim-gantry-v2: what containerd executes for `start` and `delete`, and the stub of a pod that `start` leaves behind.
 * docs/decisions/005-relay-protocol.md says what it tells the server, and the server it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stub.h"

#ifndef GANTRY_VERSION
#define GANTRY_VERSION "0.1.0"
#endif

extern char **environ;

int main(int argc, char **argv)
{
	static struct server server;
	const char *address = "", *action = "";
	bool wants_info = false, wants_version = false;
	int fd;

	/* A descriptor that is opened later must not become a standard stream. */
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 3 && fcntl(fd, F_SETFD, 0) == 0);
	(void) close(fd);
	(void) signal(SIGPIPE, SIG_IGN); /* a reader that has gone is seen where something is written */
	if (argc < 1)
		return 1;
	/* Whose the call is: no more. gantry-shimd reads all of it (src/shim/argv.ts), and does alone whatever is not plain here. */
	for (char **at = argv + 1; *at != NULL; at++) {
		const char *flag = strncmp(*at, "--", 2) == 0 ? *at + 1 : *at;

		if (strcmp(flag, "-address") == 0 && at[1] != NULL)
			address = *++at;
		else if (strncmp(flag, "-address=", 9) == 0)
			address = flag + 9;
		wants_info |= strcmp(flag, "-info") == 0;
		wants_version |= strcmp(flag, "-v") == 0 || strcmp(flag, "-version") == 0;
		if (strcmp(*at, "start") == 0 || strcmp(*at, "delete") == 0)
			action = *at; /* the last of them: others are the values of flags */
	}
	if (wants_version) {
		(void) dprintf(STDOUT_FILENO, "containerd-shim-gantry-v2:\n  Version: %s\n", GANTRY_VERSION);
		return 0;
	}
	if (server_find(&server, address, environ) < 0)
		return front_failed(server.failed, server.dir);
	if (!wants_info && action[0] != '\0')
		return front_run(&server, argv + 1, action[0] == 's');
	return front_alone(&server, argv + 1);
}
