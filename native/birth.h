/* The birth of the child, with an intermediate process where namespaces are joined. */
#ifndef GANTRY_BIRTH_H
#define GANTRY_BIRTH_H

#include "ctx.h"
#include "supervise.h"

/*
 * Clone the child. In the parent: 0 with `ctx->child` and `ctx->pidfd` set and `*sync_fd` the parent's end of the socket
 * (sync.h), or -1 with the failure in `ctx->out` and no process left. Warnings of the child are passed on.
 */
int give_birth(struct ctx *ctx, const struct supervise_io *io, int *sync_fd);

/* Kill the child and wait for its end. */
void kill_child(struct ctx *ctx);

/* Wait for a message of the child's: as sync_receive(), but warnings are passed on and an error becomes ours (-1). */
struct sync_message;
int hear_child(struct ctx *ctx, int sync_fd, struct sync_message *message, int *attached);

#endif
