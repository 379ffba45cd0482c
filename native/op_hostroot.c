/*
 * The rootfs of a container without a mount namespace. It lies in the host's own tree, where whatever is mounted on a shared
 * mount ("/", where systemd runs) appears in every peer: other namespaces, and this one, below mounts that were made on the
 * rootfs before. So two mounts are made. The first is a bind of one directory, made private at once: of it the peers get copies
 * that nothing is ever mounted on, and which the kernel takes away with it. The second is the rootfs with what is mounted
 * below it; attached to a private mount it appears nowhere else, nor does what the container mounts on it.
 */
#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "fd.h"
#include "mountid.h"
#include "mountinfo.h"
#include "path.h"
#include "record.h"
#include "sys.h"

/* Attach a tree that is nowhere yet, and cut it off from its peers. */
static int attach_private(struct ctx *ctx, const struct op_host_rootfs *op, int tree, int target)
{
	if (sys_move_mount(tree, target) < 0)
		return fail(ctx->out, "bind rootfs", op->path, errno);
	if (mount(NULL, fd_path(tree).text, NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return fail(ctx->out, "make rootfs private", op->path, errno);
	return 0;
}

/* Before it is attached: a create that is killed at any time can be taken back. */
static int record_holder(struct ctx *ctx, const struct op_host_rootfs *op, int holder)
{
	_cleanup_close_ int dir = open(op->records, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount_id id;

	if (dir < 0 || mount_id_of(holder, &id) < 0 || record_rootfs_mount(dir, &id) < 0)
		return fail(ctx->out, "record rootfs mount", op->records, errno);
	return 0;
}

int op_host_rootfs(struct ctx *ctx, const struct op_host_rootfs *op)
{
	_cleanup_close_ int directory = open(op->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int tree = -1;
	_cleanup_close_ int holder = -1;

	if (directory < 0)
		return fail(ctx->out, "open rootfs", op->path, errno);
	if (check_expected(ctx, op->path, directory, &op->expected) < 0)
		return -1;
	tree = sys_open_tree(directory, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
	if (tree >= 0)
		holder = sys_open_tree(directory, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (holder < 0)
		return fail(ctx->out, "clone rootfs mount", op->path, errno);
	if (record_holder(ctx, op, holder) < 0)
		return -1;
	if (attach_private(ctx, op, holder, directory) < 0 || attach_private(ctx, op, tree, holder) < 0)
		return -1;
	ctx->root_fd = take_fd(&tree);
	return 0;
}

/* The parent of a mount in our namespace; 0: there is no such mount here. -1 and errno. */
static int find_parent(unsigned int id, unsigned int *parent)
{
	struct mountinfo info;
	struct mountinfo_entry entry;
	int more;

	*parent = 0;
	if (mountinfo_open(&info) < 0)
		return -1;
	while ((more = mountinfo_next(&info, &entry)) > 0)
		if (entry.id == id)
			*parent = entry.parent;
	mountinfo_close(&info);
	return more < 0 ? -1 : 0;
}

/* Is it, or is it mounted on, the one that is to go? 1, 0 or -1. */
static int is_on(unsigned int id, unsigned int wanted)
{
	while (id != wanted) {
		unsigned int parent;

		if (find_parent(id, &parent) < 0)
			return -1;
		if (parent == 0 || parent == id)
			return 0;
		id = parent;
	}
	return 1;
}

/* Is the mount still there, at this place? 1, 0 or -1. */
static int is_at(const struct op_host_unbind *op, const char *real)
{
	struct mountinfo info;
	struct mountinfo_entry entry;
	bool is_there = false;
	int more;

	if (op->unique_id != 0 && mount_is_gone(op->unique_id))
		return 0;
	if (mountinfo_open(&info) < 0)
		return -1;
	while ((more = mountinfo_next(&info, &entry)) > 0)
		if (entry.id == op->id && strcmp(entry.mount_point, real) == 0)
			is_there = true;
	mountinfo_close(&info);
	return more < 0 ? -1 : is_there;
}

/* Unmount what one sees at the path, if that is our mount or lies on it. */
static int unmount_top(struct ctx *ctx, const struct op_host_unbind *op, const char *real)
{
	_cleanup_close_ int top = open(real, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct mount_id id;
	int result;

	if (top < 0 || mount_id_of(top, &id) < 0)
		return fail(ctx->out, "open rootfs mount", real, errno);
	result = is_on(id.id, op->id);
	if (result < 0)
		return fail(ctx->out, "read mounts", "/proc/self/mountinfo", errno);
	if (result == 0)
		return fail_detail(ctx->out, "unmount", real, EBUSY, "another mount hides it");
	/* By descriptor: exactly this one, whatever is mounted meanwhile. */
	if (umount2(fd_path(top).text, MNT_DETACH) < 0)
		return fail(ctx->out, "unmount", real, errno);
	return 0;
}

int op_host_unbind(struct ctx *ctx, const struct op_host_unbind *op)
{
	char real[PATH_MAX];
	int there;

	if (mount_real_path(op->path, real) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fail(ctx->out, "open", op->path, errno);
	while ((there = is_at(op, real)) > 0)
		if (unmount_top(ctx, op, real) < 0)
			return -1;
	return there < 0 ? fail(ctx->out, "read mounts", "/proc/self/mountinfo", errno) : 0;
}
