#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "run.h"
#include "sys.h"

/* A process in a user namespace of its own, which does nothing until it is killed. */
static pid_t clone_idle(void)
{
	struct sys_clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);

	if (pid != 0)
		return pid;
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (;;)
		(void) pause();
}

static int fill_namespace(struct ctx *ctx, const struct op_mount_id_map *op, pid_t pid, int *fd)
{
	char path[64];

	if (write_id_map(ctx, pid, "uid_map", &op->uids) < 0 || write_id_map(ctx, pid, "gid_map", &op->gids) < 0)
		return -1;
	(void) snprintf(path, sizeof path, "/proc/%d/ns/user", (int) pid);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? fail(ctx->out, "open user namespace", path, errno) : 0;
}

/* mount_setattr(2) takes an id map in the form of a user namespace; it need not have a process. */
int op_mount_id_map(struct ctx *ctx, const struct op_mount_id_map *op, int *fd)
{
	pid_t pid;
	int result;

	if (op->path[0] != '\0') {
		*fd = open(op->path, O_RDONLY | O_CLOEXEC);
		return *fd < 0 ? fail(ctx->out, "open user namespace", op->path, errno) : 0;
	}
	pid = clone_idle();
	if (pid < 0)
		return fail(ctx->out, "create user namespace", "", errno);
	result = fill_namespace(ctx, op, pid, fd);
	(void) kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return result;
}

/* The descriptor of the n-th id map, from 1; -1: there is none. */
static int id_map_fd(const struct ctx *ctx, uint32_t number)
{
	const struct plan *plan = ctx->plan;

	for (uint32_t i = plan->first[STAGE_HOST]; i < plan->end[STAGE_HOST]; i++)
		if (plan->ops[i].kind == OP_MOUNT_ID_MAP && --number == 0)
			return ctx->op_fds[i];
	return -1;
}

int map_tree(struct ctx *ctx, const char *source, int tree, unsigned flags, int map)
{
	const struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) map };

	if (sys_mount_setattr(tree, flags, &attr) == 0)
		return 0;
	/* EINVAL: mount_setattr(2) has many reasons for it, this is the usual one. */
	return fail_detail(ctx->out, "map ids of mount", source, errno,
			   errno == EINVAL ? "its file system may not support id-mapped mounts" : "");
}

int map_mount(struct ctx *ctx, const struct op_mount *op, int tree)
{
	uint32_t number = op->options >> MOUNT_ID_MAP_SHIFT;
	int fd;

	if (number == 0)
		return 0;
	fd = id_map_fd(ctx, number);
	if (fd < 0)
		return fail_detail(ctx->out, "map ids of mount", op->source, 0, "the plan has no such id map");
	return map_tree(ctx, op->source, tree, (op->options & MOUNT_ID_MAP_RECURSIVE) != 0 ? AT_RECURSIVE : 0, fd);
}

void close_id_maps(struct ctx *ctx)
{
	const struct plan *plan = ctx->plan;

	for (uint32_t i = plan->first[STAGE_HOST]; i < plan->end[STAGE_HOST]; i++)
		if (plan->ops[i].kind == OP_MOUNT_ID_MAP)
			close_fd(&ctx->op_fds[i]);
}
