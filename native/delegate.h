/* A process that another runtime makes, for us to follow. */
#ifndef GANTRY_DELEGATE_H
#define GANTRY_DELEGATE_H

#include "ctx.h"
#include "supervise.h"

/*
 * Run the other runtime with the streams of the process, wait for it, and adopt the process whose id it has written. 0 with
 * `ctx->child` and `ctx->pidfd` set, or -1 with the failure in `ctx->out` and none of its processes left.
 */
int delegate_child(struct ctx *ctx, const struct op_delegate *op, struct supervisor *supervisor,
		   const struct supervise_io *io);

#endif
