/* The intermediate process: in the namespaces that the child is to be born into. */
#ifndef GANTRY_JOIN_H
#define GANTRY_JOIN_H

#include "ctx.h"

/* Must the child be born from an intermediate process? setns and unshare do not change the caller's own pid and time. */
bool needs_intermediate(const struct plan *plan);

/* In stage 1: open every namespace that is joined by path. */
int open_namespaces(struct ctx *ctx);

/* In the intermediate: enter every namespace, create the time namespace. */
int enter_namespaces(struct ctx *ctx);

/* Become user and group 0 of the user namespace. */
int become_root(struct ctx *ctx);

#endif
