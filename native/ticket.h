/*
 * A place in the queue of a container's lock (src/state/lock.ts). Whoever carries out a command's plan takes the first one,
 * which no command has: when the command is killed its own place counts no more, but the next one waits for ours.
 */
#ifndef GANTRY_TICKET_H
#define GANTRY_TICKET_H

#include <sys/types.h>

struct ticket {
	int lock_fd; /* the lock directory; not ours to close; -1: there is no lock */
	char name[64];
};

/*
 * Take a ticket for this process, and make sure that it dies when `caller` does: our parent or, with `server`, the parent of
 * that one, which dies with it. -1 and errno; ESRCH when one of them is gone already: nobody knows of the ticket then, and nothing
 * may be done.
 */
int ticket_take(struct ticket *ticket, int lock_fd, pid_t caller, pid_t server);

/* From here on this process goes on without its parent. */
void ticket_hand_over(struct ticket *ticket);

/* Remove the ticket of a process that has ended and was not waited for yet. */
void ticket_remove_of(int lock_fd, pid_t pid);

#endif
