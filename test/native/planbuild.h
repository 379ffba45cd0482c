/* Plans for the tests of plan.c and plan_op.c, and what decoding them must give. */
#ifndef GANTRY_TEST_PLANBUILD_H
#define GANTRY_TEST_PLANBUILD_H

#include "wirebuild.h"

#include "plan.h"
#include "plan_op.h"

#define CLONE_FIELDS "q0x20000000 s n0 n0"
#define EXEC_FIELDS "n1 s/bin/sh n0 b0"

/* Decode an exact copy, so that reading past the end shows. */
UNUSED static int decode(struct plan *plan, const unsigned char *data, size_t length, struct plan_error *error)
{
	unsigned char *copy = exact_copy(data, length);
	int status = plan_decode(plan, copy, length, error);

	if (status == 0)
		plan_free(plan);
	free(copy);
	return status;
}

UNUSED static bool check_accepted(struct tests *t, const struct build *b, const char *what)
{
	struct plan_error error = {.where = ""};
	struct plan plan;

	if (CHECK(t, decode(&plan, b->data, b->length, &error) == 0))
		return true;
	(void) printf("    %s: op %d %s: %s\n", what, error.op, error.op_name, error.where);
	return false;
}

UNUSED static bool check_refused(struct tests *t, const struct build *b, int op, const char *name, const char *where)
{
	struct plan_error error = {.op = -2, .op_name = "accepted", .where = "accepted"};
	struct plan plan;
	int status = decode(&plan, b->data, b->length, &error);

	CHECK_INT(t, status, -1);
	if (CHECK(t, error.op == op && strcmp(error.op_name, name) == 0 && strcmp(error.where, where) == 0))
		return true;
	(void) printf("    got op %d %s: %s, expected op %d %s: %s\n", error.op, error.op_name, error.where, op, name, where);
	return false;
}

/* A whole plan of all stages with one operation in `stage`; its index. Clone and exec are there in any case. */
UNUSED static int begin_stages(struct build *b, enum op_kind kind, int stage)
{
	begin_plan(b);
	for (int s = 1; s <= stage; s++) {
		put_stage(b, s);
		if (s == STAGE_CLONE && (kind != OP_CLONE || stage != s))
			put_op(b, OP_CLONE, CLONE_FIELDS);
	}
	return (int) b->op_count;
}

UNUSED static void end_stages(struct build *b, enum op_kind kind, int stage)
{
	for (int s = stage + 1; s < STAGE_COUNT; s++) {
		put_stage(b, s);
		if (s == STAGE_CLONE)
			put_op(b, OP_CLONE, CLONE_FIELDS);
	}
	if (kind != OP_EXEC || stage != STAGE_EXEC)
		put_op(b, OP_EXEC, EXEC_FIELDS);
	end_plan(b);
}

UNUSED static int build_around(struct build *b, enum op_kind kind, const char *fields, int stage)
{
	int index = begin_stages(b, kind, stage);

	put_op(b, kind, fields);
	end_stages(b, kind, stage);
	return index;
}

UNUSED static int first_stage(enum op_kind kind)
{
	int stage = 0;

	while ((op_stages(kind) & 1u << stage) == 0)
		stage++;
	return stage;
}

#endif
