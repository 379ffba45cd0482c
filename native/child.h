/* The child: from its first instruction to execve. */
#ifndef GANTRY_CHILD_H
#define GANTRY_CHILD_H

#include "ctx.h"
#include "supervise.h"

/* Stages 4, 6 and 7. Reports to the parent through `ctx->sync_fd`; does not return. */
_Noreturn void child_main(struct ctx *ctx, const struct supervise_io *io);

/* Tell the parent what is in `ctx->out`, and end. */
_Noreturn void child_fail(struct ctx *ctx);

#endif
