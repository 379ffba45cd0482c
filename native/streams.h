/* Opens what a plan's `stdio` operations name: what the process gets, and what the monitor keeps. */
#ifndef GANTRY_STREAMS_H
#define GANTRY_STREAMS_H

#include <stdbool.h>

#include "logger.h"
#include "plan.h"
#include "report.h"

struct streams {
	/* Descriptors 0, 1, 2 of the process; -1: those of the executor. Closed by streams_cloned(). */
	int child[3];
	/*
	 * For a fifo, the monitor's own descriptor for the life of the process. stdin: a write end, so that the process
	 * does not read end of file between two clients. stdout, stderr: O_RDWR, so that it never gets EPIPE.
	 */
	int keep[3];
	/* Read ends of an exec's own pipes, to be spliced into `keep`; -1: the process writes to its target itself. */
	int source[3];
	/* Terminal without a console socket: what goes to the pty, and where its output goes; -1: nowhere. */
	int tty_in;
	int tty_out;
};

/* All closed. */
void streams_init(struct streams *streams);

/*
 * Open everything; starts the logger when a stream goes to it. An output fifo is opened when its reader has come, for
 * which all of them together have 30 s. 0, or -1 with `out` filled; the caller closes what was opened so far.
 */
int streams_open(struct streams *streams, struct logger *logger, const struct plan *plan, struct report *out);

/* The process has its copies. */
void streams_cloned(struct streams *streams);

/* Whether the process is over or not: close everything. */
void streams_close(struct streams *streams);

#endif
