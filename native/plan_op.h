/* One operation of a plan: its fields, and where it may stand. */
#ifndef GANTRY_PLAN_OP_H
#define GANTRY_PLAN_OP_H

#include "plan.h"
#include "wire.h"

/* Read the fields of `op->kind` into `op->u`; what is wrong ends up in `w->bad`. */
void op_decode(struct op *op, struct wire *w);

/* The stages an operation may stand in, bit n for stage n; 0 for an unknown kind. */
unsigned op_stages(enum op_kind kind);

/* Does the operation describe the whole plan, so that a second one is an error? */
bool op_is_single(enum op_kind kind);

#endif
