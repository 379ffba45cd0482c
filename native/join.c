#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fd.h"
#include "run.h"
#include "sys.h"

#define OFFSETS_TEXT 512

bool needs_intermediate(const struct plan *plan)
{
	return plan->join_target != NULL || plan->clone->join_count > 0 || (plan->clone->flags & CLONE_NEWTIME) != 0;
}

int open_namespaces(struct ctx *ctx)
{
	const struct op_clone *clone = ctx->plan->clone;

	for (uint32_t i = 0; i < clone->join_count; i++) {
		ctx->ns_fds[i] = open(clone->joins[i].path, O_RDONLY | O_CLOEXEC);
		if (ctx->ns_fds[i] < 0)
			return fail(ctx->out, "open namespace", clone->joins[i].path, errno);
	}
	return 0;
}

/* System calls, not the C library's functions: see change_ids() in op_identity.c. */
static int become(uint32_t uid, uint32_t gid)
{
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return -1;
	return (int) syscall(SYS_setresuid, uid, uid, uid);
}

/* A map without 0 has no root: the process's own user makes the mounts then. It keeps the namespace's capabilities. */
static int become_own_user(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->op_count; i++)
		if (plan->ops[i].kind == OP_IDENTITY)
			return become(plan->ops[i].u.identity.uid, plan->ops[i].u.identity.gid);
	errno = EINVAL;
	return -1;
}

int become_root(struct ctx *ctx)
{
	if (become(0, 0) == 0 || (errno == EINVAL && become_own_user(ctx->plan) == 0))
		return 0;
	return fail(ctx->out, "become a user of the user namespace", "", errno);
}

/* One namespace to enter: by its own descriptor, or by the pidfd of a process in it. */
struct join {
	int fd;
	int type;
	const char *path;
	bool is_done;
};

static int enter(struct ctx *ctx, struct join *join)
{
	if (setns(join->fd, join->type) < 0)
		return fail(ctx->out, "join namespace", join->path, errno);
	join->is_done = true;
	return 0;
}

/*
 * A namespace may need the host's privileges (a network made before the user namespace) or those of the user namespace that
 * owns it. So: first what works as we are, then the user namespace, then the rest.
 */
static int enter_in_order(struct ctx *ctx, struct join *joins, size_t count)
{
	struct join *user = NULL;

	for (size_t i = 0; i < count; i++)
		if (joins[i].type == CLONE_NEWUSER)
			user = &joins[i];
	for (size_t i = 0; i < count; i++)
		if (&joins[i] != user && enter(ctx, &joins[i]) < 0 && (user == NULL || ctx->out->failure.error != EPERM))
			return -1;
	if (user == NULL)
		return 0;
	if (enter(ctx, user) < 0 || become_root(ctx) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!joins[i].is_done && enter(ctx, &joins[i]) < 0)
			return -1;
	return 0;
}

static int enter_by_path(struct ctx *ctx)
{
	const struct op_clone *clone = ctx->plan->clone;
	struct join joins[PLAN_MAX_JOINS];

	for (uint32_t i = 0; i < clone->join_count; i++)
		joins[i] = (struct join){ ctx->ns_fds[i], (int) clone->joins[i].type, clone->joins[i].path, false };
	return enter_in_order(ctx, joins, clone->join_count);
}

/* All namespaces of a process; one system call in the usual case. */
static int enter_target(struct ctx *ctx)
{
	static const int TYPES[] = { CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET,	CLONE_NEWPID,
				     CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWTIME, CLONE_NEWUSER };
	uint64_t mask = ctx->plan->join_target->mask;
	struct join joins[sizeof TYPES / sizeof TYPES[0]];
	size_t count = 0;

	if (mask == 0)
		return 0;
	if (setns(ctx->target_pidfd, (int) mask) == 0)
		return (mask & CLONE_NEWUSER) != 0 ? become_root(ctx) : 0;
	if ((mask & CLONE_NEWUSER) == 0)
		return fail(ctx->out, "join the container's namespaces", "", errno);
	for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
		if ((mask & (unsigned) TYPES[i]) != 0)
			joins[count++] = (struct join){ ctx->target_pidfd, TYPES[i], "", false };
	return enter_in_order(ctx, joins, count);
}

/* The offsets can be written until the first process is born into the namespace: time_namespaces(7). */
static int make_time_namespace(struct ctx *ctx)
{
	const struct op_clone *clone = ctx->plan->clone;
	char text[OFFSETS_TEXT];
	size_t used = 0;
	_cleanup_close_ int fd = -1;

	if (unshare(CLONE_NEWTIME) < 0)
		return fail(ctx->out, "create time namespace", "", errno);
	for (uint32_t i = 0; i < clone->offset_count && used < sizeof text; i++)
		used += (size_t) snprintf(text + used, sizeof text - used, "%u %lld %u\n", clone->offsets[i].clock,
					  (long long) clone->offsets[i].secs, clone->offsets[i].nanos);
	if (used >= sizeof text)
		return fail(ctx->out, "set time offsets", "", E2BIG);
	if (used == 0)
		return 0;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, used) < 0)
		return fail_detail(ctx->out, "set time offsets", "/proc/self/timens_offsets", errno, text);
	return 0;
}

int enter_namespaces(struct ctx *ctx)
{
	/* With the host's privileges and before any other namespace: later there may be no /proc to write to. */
	if ((ctx->plan->clone->flags & CLONE_NEWTIME) != 0 && make_time_namespace(ctx) < 0)
		return -1;
	if (ctx->plan->join_target == NULL && ctx->plan->clone->join_count == 0)
		return 0;
	/* A process of a namespace we join must not trace us or look at our descriptors (CVE-2016-9962). */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(ctx->out, "forbid tracing", "", errno);
	if (ctx->plan->join_target != NULL && enter_target(ctx) < 0)
		return -1;
	return enter_by_path(ctx);
}
