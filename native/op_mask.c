#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd.h"
#include "mountflags.h"
#include "path.h"
#include "sys.h"

int op_remount(struct ctx *ctx, const struct op_remount *op)
{
	_cleanup_close_ int fd = root_of(ctx) < 0 ? -1 : path_open(ctx->root_fd, op->target, 0);

	if (fd < 0)
		return fail(ctx->out, "open mount", op->target, errno);
	if (mount_add_flags(fd, op->flags & ~(uint64_t) (MS_BIND | MS_REMOUNT | MS_REC)) < 0)
		return fail(ctx->out, "remount", op->target, errno);
	return 0;
}

/*
 * Below /proc by way of the procfs that we have mounted ourselves: a peer that moves the directory away, if only for the moment
 * of the look-up, must not make a path pass for one that is not there and so is not protected.
 */
static int open_target(struct ctx *ctx, const char *path)
{
	if (ctx->is_proc_mounted && strncmp(path, "/proc/", 6) == 0)
		return path_open(ctx->proc_fd, path + 5, 0);
	return path_open(ctx->root_fd, path, 0);
}

/* Another mount of what `fd` shows, over `target`. */
static int bind_over(int fd, int target, unsigned recursive)
{
	_cleanup_close_ int tree = sys_open_tree(fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | recursive);

	if (tree >= 0)
		return sys_move_mount(tree, target);
	if (errno != ENOSYS)
		return -1;
	return mount(fd_path(fd).text, fd_path(target).text, NULL, MS_BIND | (recursive != 0 ? MS_REC : 0), NULL);
}

/* What a mask consists of, made when the first path needs it. */
struct masks {
	int null;      /* the container's /dev/null */
	int directory; /* an empty read-only tmpfs; one for all, because each costs the kernel a superblock */
};

/*
 * The file that hides files. An image may have a link to something writable in its place (CVE-2025-31133), so it
 * is opened without following links and must be the null device.
 */
static int open_null(struct ctx *ctx, struct masks *masks)
{
	struct stat st;

	if (masks->null >= 0)
		return 0;
	masks->null = path_open_real(ctx->root_fd, "/dev/null", 0);
	if (masks->null < 0 || fstat(masks->null, &st) < 0)
		return fail(ctx->out, "open", "/dev/null", errno);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return fail_detail(ctx->out, "open", "/dev/null", ENODEV, "it is not the null device");
	return 0;
}

/* A detached empty tmpfs. One inode for its root; some kernels want a second one. */
static int make_empty(void)
{
	for (const char *inodes = "1"; inodes != NULL; inodes = inodes[0] == '1' ? "2" : NULL) {
		_cleanup_close_ int context = sys_fsopen("tmpfs");

		if (context < 0)
			return -1;
		if (sys_fsconfig(context, GANTRY_FSCONFIG_SET_STRING, "nr_blocks", "1") == 0 &&
		    sys_fsconfig(context, GANTRY_FSCONFIG_SET_STRING, "nr_inodes", inodes) == 0 &&
		    sys_fsconfig(context, GANTRY_FSCONFIG_CMD_CREATE, NULL, NULL) == 0)
			return sys_fsmount(context, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	}
	return -1;
}

static int mask_directory(struct ctx *ctx, struct masks *masks, int target, const char *path)
{
	if (masks->directory >= 0)
		return bind_over(masks->directory, target, 0) < 0 ? fail(ctx->out, "mask directory", path, errno) : 0;
	masks->directory = make_empty();
	if (masks->directory < 0 || sys_move_mount(masks->directory, target) < 0)
		return fail(ctx->out, "mask directory", path, errno);
	return 0;
}

static int mask_path(struct ctx *ctx, struct masks *masks, const char *path)
{
	_cleanup_close_ int target = open_target(ctx, path);
	struct stat st;

	if (target < 0 && errno == ENOENT)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return fail(ctx->out, "open path to mask", path, errno);
	if (S_ISDIR(st.st_mode))
		return mask_directory(ctx, masks, target, path);
	if (open_null(ctx, masks) < 0)
		return -1;
	return bind_over(masks->null, target, 0) < 0 ? fail(ctx->out, "mask file", path, errno) : 0;
}

int op_mask(struct ctx *ctx, const struct strings *paths)
{
	struct masks masks = { .null = -1, .directory = -1 };
	int result = 0;

	if (root_of(ctx) < 0)
		return fail(ctx->out, "open rootfs", "/", errno);
	for (uint32_t i = 0; i < paths->count && result == 0; i++)
		result = mask_path(ctx, &masks, paths->items[i]);
	close_fd(&masks.null);
	close_fd(&masks.directory);
	return result;
}

static int make_readonly(struct ctx *ctx, const char *path)
{
	_cleanup_close_ int target = open_target(ctx, path);
	_cleanup_close_ int tree = -1;

	if (target < 0)
		return errno == ENOENT ? 0 : fail(ctx->out, "open path", path, errno);
	tree = sys_open_tree(target, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree >= 0 && mount_add_flags(tree, MS_RDONLY) == 0)
		return sys_move_mount(tree, target) < 0 ? fail(ctx->out, "bind read-only", path, errno) : 0;
	if (errno != ENOSYS)
		return fail(ctx->out, "make read-only", path, errno);
	if (bind_over(target, target, AT_RECURSIVE) < 0)
		return fail(ctx->out, "bind read-only", path, errno);
	close_fd(&target);
	target = open_target(ctx, path);
	if (target < 0 || mount_add_flags(target, MS_RDONLY) < 0)
		return fail(ctx->out, "make read-only", path, errno);
	return 0;
}

int op_readonly_paths(struct ctx *ctx, const struct strings *paths)
{
	if (root_of(ctx) < 0)
		return fail(ctx->out, "open rootfs", "/", errno);
	for (uint32_t i = 0; i < paths->count; i++)
		if (make_readonly(ctx, paths->items[i]) < 0)
			return -1;
	return 0;
}
