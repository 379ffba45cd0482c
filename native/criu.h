/* Requests to criu, which runs as a child of ours for one request (`criu swrk`, criu's cr-service.c). */
#ifndef GANTRY_CRIU_H
#define GANTRY_CRIU_H

#include "ctx.h"
#include "supervise.h"

/* In stage 1: a request that leaves no child of ours. 0, or -1 after fail(). */
int op_criu(struct ctx *ctx, const struct op_criu *op);

/*
 * In place of a birth: have criu restore a process as our child, with what `io` says as its streams where the request names
 * them. 0 with `ctx->child` and `ctx->pidfd` set, recorded and reported, stage 5 carried out, and the process running; -1 with
 * the failure in `ctx->out` and no process left.
 */
int restore_child(struct ctx *ctx, const struct op_criu *op, struct supervisor *supervisor,
		  const struct supervise_io *io);

#endif
