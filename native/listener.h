/* The descriptor that answers for a seccomp filter: from the child to the program that answers. */
#ifndef GANTRY_LISTENER_H
#define GANTRY_LISTENER_H

#include "ctx.h"

/* In the child, under the filter: tell the parent the descriptor's number and wait until it is where it belongs. */
int offer_listener(struct ctx *ctx, int fd);

/* In the parent: take the child's descriptor `number` and send it to the plan's seccomp-listener. */
int forward_listener(struct ctx *ctx, int number);

#endif
