/*
 * Plans for one caller that has many of them, each carried out by a process that is forked from here: no execve on the way.
 */
#ifndef GANTRY_SERVE_H
#define GANTRY_SERVE_H

#include <sys/types.h>

/*
 * Lines on standard input: `run ID PLAN_FD REPORT_FD`, with descriptors of our parent's, and `kill ID`. On standard output a
 * line `end ID STATUS SIGNAL` for each `run`. Ends with the input, and with the parent.
 *
 * `mode` is the word of the command line that says so, at least as long as "sealed": what is forked has that in its place.
 * `work` carries out one plan, in the forked process; its result is the exit status. `server` is this process.
 */
int serve(char *mode, int (*work)(int plan_fd, int report_fd, pid_t server));

#endif
