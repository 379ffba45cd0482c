/* Carrying out the operations of one stage. */
#ifndef GANTRY_RUN_H
#define GANTRY_RUN_H

#include "ctx.h"

/*
 * Carry out every operation of a stage in order. 0, or -1 with the failure in `ctx->out`, including which operation it
 * was. The `exec` operation is left to the caller.
 */
int run_stage(struct ctx *ctx, enum stage stage);

/* Say which operation a failure belongs to; -1. */
int blame(struct ctx *ctx, uint32_t index);

#endif
