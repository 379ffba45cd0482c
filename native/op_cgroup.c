#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "fd.h"

#define MAX_ATTACHED 64 /* the kernel's own limit, BPF_CGROUP_MAX_PROGS */

int op_cgroup_join(struct ctx *ctx, const struct op_cgroup_join *op, int *fd)
{
	*fd = open(op->path, O_WRONLY | O_CLOEXEC);
	if (*fd < 0 && !op->tolerate)
		return fail(ctx->out, "open cgroup", op->path, errno);
	return 0;
}

int enter_cgroups(struct ctx *ctx)
{
	const struct plan *plan = ctx->plan;

	for (uint32_t i = plan->first[STAGE_HOST]; i < plan->end[STAGE_HOST]; i++) {
		const struct op *op = &plan->ops[i];

		if (op->kind != OP_CGROUP_JOIN || ctx->op_fds[i] < 0)
			continue;
		/* "0" is the caller, whatever pid namespace it is in. */
		if (write(ctx->op_fds[i], "0", 1) < 0 && !op->u.cgroup_join.tolerate) {
			int error = errno;

			ctx->out->failure.op = (int) i;
			(void) strcpy(ctx->out->failure.op_name, "cgroup-join");
			return fail(ctx->out, "enter cgroup", op->u.cgroup_join.path, error);
		}
		close_fd(&ctx->op_fds[i]);
	}
	return 0;
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int load_program(const struct bytes *program)
{
	union bpf_attr attr;
	struct rlimit old;
	struct rlimit unlimited = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	int fd;

	memset(&attr, 0, sizeof attr);
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t) (uintptr_t) program->data;
	attr.insn_cnt = program->length / 8;
	attr.license = (uint64_t) (uintptr_t) "Apache-2.0";
	fd = (int) bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0 || errno != EPERM)
		return fd;
	/* Before Linux 5.11 programs count as locked memory. */
	if (getrlimit(RLIMIT_MEMLOCK, &old) < 0 || setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0) {
		errno = EPERM;
		return -1;
	}
	fd = (int) bpf(BPF_PROG_LOAD, &attr);
	(void) setrlimit(RLIMIT_MEMLOCK, &old);
	return fd;
}

/* The ids of the device programs attached to the cgroup itself. */
static int query_attached(int cgroup, uint32_t ids[MAX_ATTACHED], uint32_t *count)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.query.target_fd = (uint32_t) cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uint64_t) (uintptr_t) ids;
	attr.query.prog_cnt = MAX_ATTACHED;
	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return -1;
	*count = attr.query.prog_cnt < MAX_ATTACHED ? attr.query.prog_cnt : MAX_ATTACHED;
	return 0;
}

static int open_program(uint32_t id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.prog_id = id;
	return (int) bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static int attach(int cgroup, int program, int replaced)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t) cgroup;
	attr.attach_bpf_fd = (uint32_t) program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (replaced >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t) replaced;
	}
	return (int) bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int cgroup, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t) cgroup;
	attr.attach_bpf_fd = (uint32_t) program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return (int) bpf(BPF_PROG_DETACH, &attr);
}

/*
 * Programs of one cgroup are ANDed, so older ones must go, but never before the new one is there. A single old one is
 * replaced in one step where the kernel can (5.6).
 */
static int replace_attached(struct ctx *ctx, const struct op_device_program *op, int cgroup, int program)
{
	uint32_t ids[MAX_ATTACHED];
	uint32_t count = 0;

	if (query_attached(cgroup, ids, &count) < 0)
		return fail(ctx->out, "query device programs", op->cgroup_dir, errno);
	if (count == 1) {
		_cleanup_close_ int old = open_program(ids[0]);

		if (old >= 0 && attach(cgroup, program, old) == 0)
			return 0;
	}
	if (attach(cgroup, program, -1) < 0)
		return fail(ctx->out, "attach device program", op->cgroup_dir, errno);
	for (uint32_t i = 0; i < count; i++) {
		_cleanup_close_ int old = open_program(ids[i]);

		if (old < 0 && (errno == EPERM || errno == ENOENT))
			continue; /* another user namespace's, or gone meanwhile */
		if (old < 0 || detach(cgroup, old) < 0)
			return fail(ctx->out, "detach device program", op->cgroup_dir, errno);
	}
	return 0;
}

int op_device_program(struct ctx *ctx, const struct op_device_program *op)
{
	_cleanup_close_ int cgroup = open(op->cgroup_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int program = -1;

	if (cgroup < 0)
		return fail(ctx->out, "open cgroup", op->cgroup_dir, errno);
	program = load_program(&op->program);
	if (program < 0)
		return op->tolerate ? 0 : fail(ctx->out, "load device program", op->cgroup_dir, errno);
	return replace_attached(ctx, op, cgroup, program);
}
