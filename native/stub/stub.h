/* The two lives of the program: the front, which ends soon, and the stub of a pod. docs/decisions/005-relay-protocol.md */
#ifndef STUB_STUB_H
#define STUB_STUB_H

#include <sys/stat.h>

#include "launch.h"

struct pod {
	struct sockaddr_un socket;
	dev_t device; /* of the socket's file: what another stub has put there is not ours */
	ino_t inode;
	int listener;
};

/* Have the server carry out `argv` (without the program's name); the exit status. */
int front_run(struct server *server, char **argv, bool is_start);
/* Let gantry-shimd do it alone. Returns only if that cannot be executed: the exit status. */
int front_alone(struct server *server, char **argv);
/* Say on standard error which step failed with what, by errno; the exit status. */
int front_failed(const char *step, const char *what);

/*
 * Be the stub. `control` is a connection to the server, on which nothing has been said but INVOKE and RESULT; `ready` is given one
 * byte when the server has said WELCOME, and then closed. Ends with the process, at QUIT. All signals are ignored already.
 */
_Noreturn void relay_run(struct server *server, const struct pod *pod, int control, int ready);
/* Remove the pod's socket, if it is still the pod's own. */
void pod_remove(const struct pod *pod);

#endif
