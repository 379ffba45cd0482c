/* A logging program that reads a process's stdout and stderr (containerd's `binary://`; docs/plan-format.md, logger). */
#ifndef GANTRY_LOGGER_H
#define GANTRY_LOGGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"
#include "report.h"

struct logger {
	pid_t pid;	     /* 0: none, or it has ended */
	int pidfd;
	int read_fd[2];	     /* kept open: a logger that dies must not kill the process by SIGPIPE */
	int write_fd[2];     /* stdout, stderr */
	int64_t deadline_ms; /* when the next signal is due; -1: not asked to end yet */
	bool is_terminated;  /* SIGTERM was sent */
};

/* None: what logger_close() may be called on. */
void logger_init(struct logger *logger);

/*
 * Start the program (descriptors 3, 4, 5 as in the protocol, a process group of its own) and wait up to 30 s until it
 * says that it is ready. 0, or -1 with `out` filled; then nothing is left of it.
 */
int logger_start(struct logger *logger, const struct op_logger *op, struct report *out);

/* End its input. It has 12 s to finish, then SIGTERM, 2 s later SIGKILL: logger_tend() does that. */
void logger_finish(struct logger *logger);

/* Reap it if it has ended, send the signal that is due. Call it when `pidfd` is readable or the deadline has passed. */
void logger_tend(struct logger *logger);

/* Close the pipes and end the program now, not later than 2 s from here. */
void logger_close(struct logger *logger);

#endif
