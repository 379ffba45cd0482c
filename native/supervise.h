/*
 * What the executor (stage.c) asks of the monitor (monitor.c). P is the process that becomes the parent of the
 * container process: the detached monitor (mode 1) or the executor itself (modes 0 and 2).
 *
 *     supervise_prepare   P, before the clone; may allocate, open, fork a logger
 *     supervise_cloned    P, right after the clone
 *     supervise_console   P, when the pty master arrived (only with `terminal` and no console socket)
 *     supervise_run       P, after `ready` was reported; modes 1 and 2 only
 *     supervise_abort     P, instead of supervise_run when anything failed or in mode 0 after ready
 *
 * Every descriptor these functions open is close-on-exec.
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
 * Open fifos (without waiting for the other side), files and pipes, start the logger, and in mode 1 create
 * `<dir>/ctl.sock`. Returns 0 with `*s` and `*io` set, or -1 with `out` filled and everything undone. Modes 0, 1, 2;
 * a plan without `monitor` is mode 0.
 */
int supervise_prepare(struct supervisor **s, const struct plan *plan, struct supervise_io *io, struct report *out);

/* The child has its copies: close what only the child needs (its ends of pipes). */
void supervise_cloned(struct supervisor *s);

/* Take over the pty master: `master_fd` belongs to the supervisor from here on. Returns 0, or -1 with errno. */
int supervise_console(struct supervisor *s, int master_fd);

/*
 * Supervise process `pid`, a child of the caller; `pidfd` is taken over. Writes exit.json before it reaps. Mode 1: leaves
 * the caller's descriptors 0, 1, 2, ends the process. Mode 2: returns the exit status, 128 + signal when killed.
 */
int supervise_run(struct supervisor *s, pid_t pid, int pidfd);

/* Undo supervise_prepare: close everything, remove ctl.sock, end the logger's input. `s` may be NULL. */
void supervise_abort(struct supervisor *s);

#endif
