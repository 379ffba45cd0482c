#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "plan_op.h"
#include "wire.h"

#define VERSION 1
#define HEADER_BYTES 16
#define OP_HEADER_BYTES 8

static int refuse(struct plan_error *error, int op, const char *name, const char *where)
{
	error->op = op;
	error->op_name = name;
	error->where = where;
	return -1;
}

static int decode_header(struct wire *w, size_t length, uint32_t *count, struct plan_error *error)
{
	uint32_t total;

	if (length > PLAN_MAX_BYTES)
		return refuse(error, -1, "", "totalLength");
	if (length < HEADER_BYTES || memcmp(w->at, "GPLN", 4) != 0)
		return refuse(error, -1, "", "magic");
	w->at += 4;
	if (wire_u16(w, "version") != VERSION)
		return refuse(error, -1, "", "version");
	if (wire_u16(w, "reserved") != 0)
		return refuse(error, -1, "", "reserved");
	total = wire_u32(w, "totalLength");
	if (total != length)
		return refuse(error, -1, "", "totalLength");
	*count = wire_u32(w, "opCount");
	if (*count > PLAN_MAX_OPS || *count > (length - HEADER_BYTES) / OP_HEADER_BYTES)
		return refuse(error, -1, "", "opCount");
	return 0;
}

/* One operation with its header; `w` ends after it. */
static int decode_op(struct op *op, struct wire *w, int index, struct plan_error *error)
{
	struct wire payload = *w;
	uint32_t length;

	op->kind = wire_u16(w, "kind");
	if (wire_u16(w, "reserved") != 0)
		wire_refuse(w, "reserved");
	length = wire_u32(w, "payloadLength");
	if (w->bad != NULL)
		return refuse(error, index, op_name(op->kind), w->bad);
	if (length > (size_t) (w->end - w->at))
		return refuse(error, index, op_name(op->kind), "payloadLength");
	payload.at = w->at;
	payload.end = w->at + length;
	w->at = payload.end;
	op_decode(op, &payload);
	if (payload.bad == NULL && payload.at != payload.end)
		payload.bad = "payloadLength";
	return payload.bad == NULL ? 0 : refuse(error, index, op_name(op->kind), payload.bad);
}

/* Remember an operation that the executor must find without searching. */
static int note_op(struct plan *plan, const struct op *op)
{
	switch ((int) op->kind) {
	case OP_MONITOR:
		plan->monitor = &op->u.monitor;
		return 0;
	case OP_STDIO:
		if (plan->stdio[op->u.stdio.fd] != NULL)
			return -1;
		plan->stdio[op->u.stdio.fd] = &op->u.stdio;
		return 0;
	case OP_TERMINAL:
		plan->terminal = &op->u.terminal;
		return 0;
	case OP_LOGGER:
		plan->logger = &op->u.logger;
		return 0;
	case OP_KEEP_FDS:
		plan->keep_fds = op->u.keep_fds;
		return 0;
	case OP_EXEC_FIFO:
		plan->exec_fifo = op->u.exec_fifo;
		return 0;
	case OP_PIDFD_SOCKET:
		plan->pidfd_socket = op->u.pidfd_socket;
		return 0;
	case OP_INITIAL_CPUS:
		plan->initial_cpus = &op->u.initial_cpus;
		return 0;
	case OP_SECCOMP_LISTENER:
		plan->seccomp_listener = &op->u.seccomp_listener;
		return 0;
	case OP_CALLER:
		plan->caller = &op->u.caller;
		return 0;
	case OP_CLONE:
		plan->clone = &op->u.clone;
		return 0;
	case OP_CRIU:
		if (op->stage == STAGE_CLONE)
			plan->restore = &op->u.criu;
		return 0;
	case OP_DELEGATE:
		plan->delegate = &op->u.delegate;
		return 0;
	case OP_JOIN_TARGET:
		plan->join_target = &op->u.join_target;
		return 0;
	case OP_EXEC:
		plan->exec = &op->u.exec;
		return 0;
	default:
		return 0;
	}
}

static int decode_ops(struct plan *plan, struct wire *w, struct plan_error *error)
{
	uint64_t seen = 0;
	enum stage stage = STAGE_SETTINGS;

	for (uint32_t i = 0; i < plan->op_count; i++) {
		struct op *op = &plan->ops[i];

		if (decode_op(op, w, (int) i, error) < 0)
			return -1;
		op->stage = stage;
		if (op->kind == OP_STAGE) {
			if (op->u.stage_number <= (uint8_t) stage)
				return refuse(error, (int) i, "stage", "stage");
			while (stage < (enum stage) op->u.stage_number)
				plan->first[++stage] = i + 1;
			op->stage = stage;
			continue;
		}
		if ((op_stages(op->kind) & 1u << stage) == 0)
			return refuse(error, (int) i, op_name(op->kind), "not allowed in this stage");
		if (op_is_single(op->kind) && (seen & UINT64_C(1) << op->kind) != 0)
			return refuse(error, (int) i, op_name(op->kind), "only one is allowed");
		seen |= UINT64_C(1) << op->kind;
		if (note_op(plan, op) < 0)
			return refuse(error, (int) i, op_name(op->kind), "only one is allowed for a descriptor");
	}
	while (stage < STAGE_COUNT)
		plan->first[++stage] = plan->op_count;
	return w->at == w->end ? 0 : refuse(error, -1, "", "totalLength");
}

/* The end of a stage is the next stage's beginning without the `stage` operation that stands between them. */
static void close_stages(struct plan *plan)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		plan->end[s] = plan->first[s + 1];
		if (plan->end[s] > plan->first[s] && plan->ops[plan->end[s] - 1].kind == OP_STAGE)
			plan->end[s]--;
	}
}

/* What is restored has its limits, mounts and identity already: only hooks follow. */
static int check_restore(const struct plan *plan, struct plan_error *error)
{
	if (plan->clone != NULL)
		return refuse(error, -1, "criu", "not beside a clone");
	if (plan->join_target != NULL)
		return refuse(error, -1, "join-target", "needs a clone");
	for (uint32_t i = plan->first[STAGE_PARENT]; i < plan->op_count; i++)
		if (plan->ops[i].kind != OP_STAGE && plan->ops[i].stage != STAGE_HOOKS)
			return refuse(error, (int) i, op_name(plan->ops[i].kind), "not in a plan that restores");
	return 0;
}

/* The other runtime does everything else, and only a monitor can follow what it makes. */
static int check_delegate(const struct plan *plan, struct plan_error *error)
{
	if (plan->clone != NULL || plan->restore != NULL || plan->join_target != NULL)
		return refuse(error, -1, "delegate", "not beside another process");
	if (plan->monitor == NULL || plan->monitor->mode == MONITOR_NONE || plan->monitor->dir[0] == '\0')
		return refuse(error, -1, "delegate", "needs a monitor with a process directory");
	if (plan->first[STAGE_PARENT] < plan->op_count)
		return refuse(error, -1, "delegate", "must be the last operation");
	return 0;
}

static int check_whole(const struct plan *plan, struct plan_error *error)
{
	if (plan->delegate != NULL)
		return check_delegate(plan, error);
	if (plan->restore != NULL)
		return check_restore(plan, error);
	if (plan->clone == NULL) {
		if (plan->op_count > 0 && plan->ops[plan->op_count - 1].stage > STAGE_HOST)
			return refuse(error, -1, "clone", "missing");
		if (plan->join_target != NULL)
			return refuse(error, -1, "join-target", "needs a clone");
		return 0;
	}
	if (plan->exec == NULL)
		return refuse(error, -1, "exec", "missing");
	if (plan->ops[plan->op_count - 1].kind != OP_EXEC)
		return refuse(error, -1, "exec", "must be the last operation");
	for (int fd = 0; fd < 3; fd++)
		if (plan->stdio[fd] != NULL && plan->stdio[fd]->kind == STDIO_LOGGER && plan->logger == NULL)
			return refuse(error, -1, "stdio", "kind logger without a logger");
	return 0;
}

int plan_decode(struct plan *plan, const unsigned char *data, size_t length, struct plan_error *error)
{
	struct wire w = { .at = data, .end = data + length, .chunks = &plan->chunks, .bad = NULL };

	memset(plan, 0, sizeof *plan);
	plan->exec_fifo = "";
	if (decode_header(&w, length, &plan->op_count, error) < 0)
		return -1;
	plan->ops = calloc(plan->op_count + (size_t) 1, sizeof *plan->ops);
	if (plan->ops == NULL)
		return refuse(error, -1, "", "out of memory");
	if (decode_ops(plan, &w, error) < 0 || check_whole(plan, error) < 0) {
		plan_free(plan);
		return -1;
	}
	close_stages(plan);
	return 0;
}

void plan_free(struct plan *plan)
{
	wire_free(&plan->chunks);
	free(plan->ops);
	memset(plan, 0, sizeof *plan);
}
