/*
 * How a failure travels. The function that failed calls fail() and returns -1; whoever runs the operations adds
 * which one it was. In the process that owns REPORT_FD lines are written to it (docs/plan-format.md, "Report"); in the
 * child they become messages on the sync socket, and the parent writes the line.
 */
#ifndef GANTRY_REPORT_H
#define GANTRY_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#define REPORT_STEP_MAX 96
#define REPORT_PATH_MAX 1024
#define REPORT_DETAIL_MAX 2048

struct failure {
	int op;               /* index in the plan; -1: not an operation */
	int error;            /* errno; 0: not a system call */
	char op_name[24];
	char step[REPORT_STEP_MAX];
	char path[REPORT_PATH_MAX];
	char detail[REPORT_DETAIL_MAX];
};

struct report {
	int fd;            /* REPORT_FD, or the child's end of the sync socket; -1: nobody listens */
	bool is_message;   /* fd is the sync socket */
	struct failure failure;
};

/* Remember a failure in `out`; always returns -1. `error` is an errno or 0. NULL strings count as "". */
int fail(struct report *out, const char *step, const char *path, int error);
/* The same with an explanation, shortened to fit. */
int fail_detail(struct report *out, const char *step, const char *path, int error, const char *detail);
/* Send a warning now. Keeps errno. A warning nobody can take is dropped. */
void warn(struct report *out, const char *step, const char *path, int error, const char *detail);

/* Write one line of REPORT_FD; -1 with errno (EPIPE: the reader is gone). */
int report_pid(const struct report *out, long pid, unsigned long long start_time);
int report_ready(const struct report *out);
int report_warning(const struct report *out, const struct failure *warning);
int report_error(const struct report *out, const struct failure *failure);

#endif
