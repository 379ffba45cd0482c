/* The stub of a pod: clients on one side, the server on the other, whole frames both ways. */
#ifndef STUB_RELAY_H
#define STUB_RELAY_H

#include <sys/stat.h>

#include "launch.h"

struct pod {
	struct sockaddr_un socket;
	dev_t device; /* of the socket's file: what another stub has put there is not ours */
	ino_t inode;
	int listener;
};

/* Remove the pod's socket, if it is still the pod's own. */
void pod_remove(const struct pod *pod);

/*
 * Be the stub. `control` is a connection to the server; `ready` is closed without a word when the pod is over, and after one byte
 * when the server has said WELCOME. Ends with the process, at QUIT. All signals are ignored already.
 */
_Noreturn void relay_run(const struct place *place, const struct pod *pod, int control, int ready);

#endif
