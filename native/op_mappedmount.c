#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "fd.h"
#include "sys.h"

/*
 * The mount is made in a mount namespace of its own. There the lower directories of an overlay are covered by their mapped copies,
 * so that its options stay as they are; of anything else the mount itself is mapped. What comes out is a copy of the mount; the
 * rest goes with the namespace, even when we are killed. (An overlay takes layers that are mounted nowhere since Linux 6.15.)
 */
static int cover_lower(struct ctx *ctx, const char *lower, int map)
{
	_cleanup_close_ int tree = sys_open_tree(AT_FDCWD, lower, OPEN_TREE_CLONE);
	_cleanup_close_ int target = open(lower, O_PATH | O_CLOEXEC);

	if (tree < 0 || target < 0)
		return fail(ctx->out, "open lower directory", lower, errno);
	if (map_tree(ctx, lower, tree, 0, map) < 0)
		return -1;
	if (sys_move_mount(tree, target) < 0)
		return fail(ctx->out, "mount lower directory", lower, errno);
	return 0;
}

static int build(struct ctx *ctx, const struct op_host_mount *op, int map, int *tree)
{
	_cleanup_close_ int mounted = -1;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail(ctx->out, "make mounts private", "/", errno);
	for (uint32_t i = 0; i < op->lowers.count; i++)
		if (cover_lower(ctx, op->lowers.items[i], map) < 0)
			return -1;
	if (mount_unmapped(ctx, op) < 0) {
		if (op->lowers.count > 0 && ctx->out->failure.error == EINVAL)
			return fail_detail(ctx->out, "mount", op->root, EINVAL,
					   "an overlay with an id map; it takes id-mapped layers since Linux 5.19");
		return -1;
	}
	mounted = open_host_target(ctx, op);
	if (mounted < 0)
		return -1;
	*tree = sys_open_tree(mounted, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
	if (*tree < 0)
		return fail(ctx->out, "copy mount", op->root, errno);
	return op->lowers.count > 0 ? 0 : map_tree(ctx, op->source, *tree, AT_RECURSIVE, map);
}

static int build_inside(struct ctx *ctx, const struct op_host_mount *op, int map, int *tree)
{
	_cleanup_close_ int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (ns < 0 || root < 0 || cwd < 0)
		return fail(ctx->out, "open mount namespace", "/proc/self/ns/mnt", errno);
	if (unshare(CLONE_NEWNS) < 0)
		return fail(ctx->out, "create mount namespace", "", errno);
	result = build(ctx, op, map, tree);
	/* setns(2) moves root and working directory to the namespace's root. */
	if (setns(ns, CLONE_NEWNS) < 0 || fchdir(root) < 0 || chroot(".") < 0 || fchdir(cwd) < 0)
		return fail(ctx->out, "return from mount namespace", "", errno);
	return result;
}

int mount_mapped(struct ctx *ctx, const struct op_host_mount *op)
{
	_cleanup_close_ int map = -1;
	_cleanup_close_ int tree = -1;
	_cleanup_close_ int target = -1;

	if (op_mount_id_map(ctx, &op->map, &map) < 0 || build_inside(ctx, op, map, &tree) < 0)
		return -1;
	target = open_host_target(ctx, op);
	if (target < 0)
		return -1;
	if (sys_move_mount(tree, target) < 0)
		return fail(ctx->out, "mount", op->target[0] == '\0' ? op->root : op->target, errno);
	return 0;
}
