/*
 * What the executor (stage.c) asks of the monitor (monitor.c). P is the process that becomes the parent of the
 * container process: the detached monitor (mode 1) or the executor itself (modes 0 and 2).
 *
 *     supervise_prepare   P, before the clone and after stage 1; may allocate, open, wait, fork a logger
 *     supervise_cloned    P, right after the clone and before the child goes on
 *     supervise_console   P, when the child's pty master arrived (`console` operation), before the child goes on
 *     supervise_run       P, after `ready` was reported; modes 1 and 2 only. The plan may be freed before it
 *     supervise_abort     P, instead of supervise_run when anything failed or in mode 0 after ready
 *
 * Every descriptor these functions open is close-on-exec and above 2. From supervise_prepare on, P has all signals
 * blocked in modes 1 and 2: whatever P forks must clear its signal mask and dispositions before execve.
 */
#ifndef GANTRY_SUPERVISE_H
#define GANTRY_SUPERVISE_H

#include <sys/types.h>

#include "plan.h"
#include "report.h"

struct supervisor; /* monitor.c knows what is inside */

/* What the process gets as descriptors 0, 1, 2; -1: what the executor itself was given. */
struct supervise_io {
	int fd[3];
};

/*
 * Open fifos, files and pipes, start the logger, connect the console socket, and in mode 1 create `<dir>/ctl.sock`.
 * Waits up to 30 s for the readers of output fifos and for the logger. Returns 0 with `*s` and `*io` set, or -1 with
 * `out` filled and everything undone. Modes 0, 1, 2; a plan without `monitor` is mode 0.
 */
int supervise_prepare(struct supervisor **s, const struct plan *plan, struct supervise_io *io, struct report *out);

/*
 * The child `pid` exists (its id in P's pid namespace; `start_time` as in /proc/PID/stat) and has its copies of the
 * descriptors: write `<dir>/pid`, begin to watch for OOM kills, close what only the child needs.
 */
int supervise_cloned(struct supervisor *s, pid_t pid, unsigned long long start_time, struct report *out);

/*
 * Take over the pty master; `master_fd` belongs to the supervisor from here on, also on failure. Sets the size the
 * plan asks for and, with a console socket, sends the master there as one message whose text is `pty_name`
 * ("/dev/pts/0", the container's view).
 */
int supervise_console(struct supervisor *s, int master_fd, const char *pty_name, struct report *out);

/*
 * Supervise process `pid`, a child of the caller; `pidfd` is taken over. Writes exit.json before it reaps. Mode 1:
 * closes every descriptor it does not know and ends the process. Mode 2: returns the exit status, 128 + signal when
 * killed.
 */
int supervise_run(struct supervisor *s, pid_t pid, int pidfd);

/*
 * Undo supervise_prepare: close everything, remove what was written to `<dir>`, end the logger. In mode 0 after
 * ready: close P's copies and leave the rest as it is. `s` may be NULL.
 */
void supervise_abort(struct supervisor *s);

#endif
