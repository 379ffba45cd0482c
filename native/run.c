#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "criu.h"
#include "ops.h"

static int run_hook(struct ctx *ctx, const struct op *op)
{
	bool is_child = op->stage == STAGE_ENTER || op->stage == STAGE_EXEC;

	/* In the child the pid is the container's own view, as the hook sees it. */
	return op_hook(ctx, &op->u.hook, is_child ? getpid() : ctx->child, is_child);
}

static int op_fault(struct ctx *ctx, const struct op_fault *op)
{
	switch (op->action) {
	case FAULT_KILL:
		(void) raise(SIGKILL);
		__builtin_trap(); /* the first process of a pid namespace cannot kill itself in any other way */
	case FAULT_HANG:
		(void) prctl(PR_SET_NAME, "gantry-fault");
		for (;;)
			(void) pause();
	case FAULT_FAIL:
		break;
	}
	return fail(ctx->out, "injected fault", "", (int) op->error);
}

static int run_op(struct ctx *ctx, const struct op *op, int *op_fd)
{
	int fd;

	switch (op->kind) {
	case OP_MKDIR:
		return op_mkdir(ctx, &op->u.mkdir);
	case OP_WRITE_FILE:
		return op_write_file(ctx, &op->u.write_file);
	case OP_FILL_FILE:
		return op_fill_file(ctx, &op->u.fill_file);
	case OP_DEVICE_PROGRAM:
		return op_device_program(ctx, &op->u.device_program);
	case OP_CGROUP_JOIN:
		return op_cgroup_join(ctx, &op->u.cgroup_join, op_fd);
	case OP_HOST_MOUNT:
		return op_host_mount(ctx, &op->u.host_mount);
	case OP_HOST_UMOUNT:
		return op_host_umount(ctx, op->u.host_umount);
	case OP_HOST_UNBIND:
		return op_host_unbind(ctx, &op->u.host_unbind);
	case OP_TARGET_ROOT:
		return op_target_root(ctx);
	case OP_SIGNAL:
		return op_signal(ctx, &op->u.signal);
	case OP_CRIU:
		return op_criu(ctx, &op->u.criu);
	case OP_MOUNT_POINTS:
		return op_mount_points(ctx, &op->u.mount_points);
	case OP_REMOVE_DIR:
		return op_remove_dir(ctx, op->u.remove_dir);
	case OP_JOIN_TARGET:
		return op_join_target(ctx, &op->u.join_target);
	case OP_ID_MAP:
		return op_id_map(ctx, &op->u.id_map);
	case OP_MOUNT_ID_MAP:
		return op_mount_id_map(ctx, &op->u.mount_id_map, op_fd);
	case OP_RLIMIT:
		return op_rlimit(ctx, &op->u.rlimit);
	case OP_OOM_SCORE_ADJ:
		return op_oom_score_adj(ctx, &op->u.oom_score_adj);
	case OP_NET_DEVICE:
		return op_net_device(ctx, &op->u.net_device);
	case OP_CPU_AFFINITY:
		return op_cpu_affinity(ctx, &op->u.cpu_affinity);
	case OP_SCHEDULER:
		return op_scheduler(ctx, &op->u.scheduler);
	case OP_IO_PRIORITY:
		return op_io_priority(ctx, &op->u.io_priority);
	case OP_PERSONALITY:
		return op_personality(ctx, op->u.personality);
	case OP_MEMORY_POLICY:
		return op_memory_policy(ctx, &op->u.memory_policy);
	case OP_HOST_ROOTFS:
		return op_host_rootfs(ctx, &op->u.host_rootfs);
	case OP_ROOTFS:
		return op_rootfs(ctx, &op->u.rootfs);
	case OP_MOUNT:
		fd = *op_fd;
		*op_fd = -1; /* the operation closes it */
		return op_mount(ctx, &op->u.mount, fd);
	case OP_MAKE_DIR:
		return op_make_dir(ctx, &op->u.make_dir);
	case OP_SYMLINK:
		return op_symlink(ctx, &op->u.symlink);
	case OP_DEVICE:
		return op_device(ctx, &op->u.device);
	case OP_REMOUNT:
		return op_remount(ctx, &op->u.remount);
	case OP_CONSOLE:
		return op_console(ctx);
	case OP_PIVOT:
		return op_pivot(ctx, &op->u.pivot);
	case OP_MASK:
		return op_mask(ctx, &op->u.paths);
	case OP_READONLY_PATHS:
		return op_readonly_paths(ctx, &op->u.paths);
	case OP_SYSCTL:
		return op_sysctl(ctx, &op->u.sysctl);
	case OP_HOSTNAME:
		return op_hostname(ctx, op->u.name);
	case OP_DOMAINNAME:
		return op_domainname(ctx, op->u.name);
	case OP_HOOK:
		return run_hook(ctx, op);
	case OP_LOOPBACK_UP:
		return op->stage == STAGE_CHILD ? op_loopback_up(ctx) : op_loopback_up_outside(ctx);
	case OP_KEYRING:
		return op_keyring(ctx, &op->u.keyring);
	case OP_NO_NEW_PRIVS:
		return op_no_new_privs(ctx);
	case OP_SECCOMP:
		return op_seccomp(ctx, &op->u.seccomp);
	case OP_IDENTITY:
		return op_identity(ctx, &op->u.identity);
	case OP_CAPABILITIES:
		return op_capabilities(ctx, &op->u.capabilities);
	case OP_CWD:
		return op_cwd(ctx, &op->u.cwd);
	case OP_FAULT:
		return op_fault(ctx, &op->u.fault);
	case OP_APPARMOR:
		return op_apparmor(ctx, op->u.apparmor);
	case OP_SELINUX:
		return op_selinux(ctx, &op->u.selinux);
	case OP_EXEC:
	case OP_CLONE:
	case OP_STAGE:
	case OP_MONITOR:
	case OP_STDIO:
	case OP_TERMINAL:
	case OP_LOGGER:
	case OP_KEEP_FDS:
	case OP_EXEC_FIFO:
	case OP_INITIAL_CPUS:
	case OP_PIDFD_SOCKET:
	case OP_SECCOMP_LISTENER:
	case OP_CALLER:
	case OP_DELEGATE:
		return 0; /* described by the plan as a whole */
	}
	return fail(ctx->out, "carry out", "", ENOSYS);
}

int blame(struct ctx *ctx, uint32_t index)
{
	struct failure *failure = &ctx->out->failure;

	failure->op = (int) index;
	(void) snprintf(failure->op_name, sizeof failure->op_name, "%s", op_name(ctx->plan->ops[index].kind));
	return -1;
}

int run_stage(struct ctx *ctx, enum stage stage)
{
	for (uint32_t i = ctx->plan->first[stage]; i < ctx->plan->end[stage]; i++)
		if (run_op(ctx, &ctx->plan->ops[i], &ctx->op_fds[i]) < 0)
			return blame(ctx, i);
	return 0;
}
