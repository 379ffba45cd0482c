#include "ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "sys.h"

/* linux/ioprio.h */
#define WHO_PROCESS 1
#define CLASS_SHIFT 13

int op_cpu_affinity(struct ctx *ctx, const struct op_cpu_affinity *op)
{
	struct bit_set cpus;

	if (op->cpus.count == 0)
		memset(&cpus, 0xff, sizeof cpus);
	else
		bit_set_fill(&cpus, &op->cpus);
	if (cpus_set(&cpus) < 0 && !op->tolerate)
		return fail(ctx->out, "set CPU affinity", "", errno);
	return 0;
}

int op_scheduler(struct ctx *ctx, const struct op_scheduler *op)
{
	const struct sys_sched_attr attr = {
		.size = sizeof attr,
		.policy = op->policy,
		.flags = op->flags,
		.nice = op->nice,
		.priority = op->priority,
		.runtime = op->runtime,
		.deadline = op->deadline,
		.period = op->period,
	};

	if (syscall(SYS_sched_setattr, 0, &attr, 0) == 0)
		return 0;
	/* EPERM has reasons that nobody guesses: sched(7), sched_setattr(2). */
	return fail_detail(ctx->out, "set scheduler", "", errno,
			   errno != EPERM ? ""
					  : "it takes CAP_SYS_NICE; a deadline also every CPU: such a process scheduler can't be used "
					    "together with AllowedCPUs; real time in a cgroup of version 1 also realtimeRuntime");
}

int op_io_priority(struct ctx *ctx, const struct op_io_priority *op)
{
	if (syscall(SYS_ioprio_set, WHO_PROCESS, 0, op->class << CLASS_SHIFT | op->level) < 0)
		return fail(ctx->out, "set I/O priority", "", errno);
	return 0;
}

int op_personality(struct ctx *ctx, uint32_t domain)
{
	if (personality(domain) < 0)
		return fail(ctx->out, "set personality", "", errno);
	return 0;
}

int op_memory_policy(struct ctx *ctx, const struct op_memory_policy *op)
{
	struct bit_set nodes;
	/* The kernel takes at most one page of bits, and reads one bit less than it is told. */
	const unsigned long most = (unsigned long) sysconf(_SC_PAGESIZE) * 8;
	unsigned long count = sizeof nodes * 8 < most ? sizeof nodes * 8 : most;

	bit_set_fill(&nodes, &op->nodes);
	if (syscall(SYS_set_mempolicy, op->mode, op->nodes.count == 0 ? NULL : nodes.words,
		    op->nodes.count == 0 ? 0 : count) < 0)
		return fail(ctx->out, "set memory policy", "", errno);
	return 0;
}
