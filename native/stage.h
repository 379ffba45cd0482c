/* A whole plan: the executor's part, the birth of the child, the parent's part. */
#ifndef GANTRY_STAGE_H
#define GANTRY_STAGE_H

#include "plan.h"

/* Carry out a plan; lines go to `report_fd`. Returns the exit status of this process. */
int run_plan(const struct plan *plan, int report_fd);

#endif
