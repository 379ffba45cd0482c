/* A whole plan: the executor's part, the birth of the child, the parent's part. */
#ifndef GANTRY_STAGE_H
#define GANTRY_STAGE_H

#include <sys/types.h>

#include "plan.h"

/*
 * Carry out a plan; lines go to `report_fd`. `server` is 0, or our parent, when the plan's caller is the parent of that. Returns
 * the exit status of this process.
 */
int run_plan(const struct plan *plan, int report_fd, pid_t server);

#endif
