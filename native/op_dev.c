#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"
#include "sys.h"

int op_make_dir(struct ctx *ctx, const struct op_make_dir *op)
{
	_cleanup_close_ int fd = -1;

	if (root_of(ctx) < 0)
		return fail(ctx->out, "open rootfs", "/", errno);
	fd = path_make_dir(ctx->root_fd, op->target, (mode_t) op->mode);
	return fd < 0 ? fail(ctx->out, "make directory", op->target, errno) : 0;
}

/* Open the directory of `target`; the last component's name is copied to `name`. */
static int open_parent(struct ctx *ctx, const char *target, char name[PATH_NAME_SIZE])
{
	int fd;

	if (root_of(ctx) < 0)
		return fail(ctx->out, "open rootfs", "/", errno);
	fd = path_make_parent(ctx->root_fd, target, name);
	return fd >= 0 ? fd : fail(ctx->out, "open directory", target, errno);
}

int op_symlink(struct ctx *ctx, const struct op_symlink *op)
{
	char name[PATH_NAME_SIZE];
	_cleanup_close_ int parent = open_parent(ctx, op->target, name);

	if (parent < 0)
		return -1;
	/* unlink does not remove a directory, which is what is wanted. */
	if (op->replace && unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return fail(ctx->out, "remove", op->target, errno);
	if (symlinkat(op->text, parent, name) < 0 && errno != EEXIST)
		return fail(ctx->out, "make link", op->target, errno);
	return 0;
}

static mode_t type_of(const struct op_device *op)
{
	switch (op->type) {
	case 'c':
		return S_IFCHR;
	case 'b':
		return S_IFBLK;
	default:
		return S_IFIFO;
	}
}

/* Is what `st` describes the device that was asked for? */
static bool is_device(const struct stat *st, const struct op_device *op)
{
	mode_t type = type_of(op);

	return (st->st_mode & S_IFMT) == type && (type == S_IFIFO || st->st_rdev == makedev(op->major, op->minor));
}

/*
 * Bind the host's node of the same path. What it is gets checked on the descriptor that is bound, so nothing else can
 * come in its place.
 */
static int bind_device(struct ctx *ctx, const struct op_device *op, int parent, const char *name)
{
	_cleanup_close_ int source = sys_open_tree(AT_FDCWD, op->target, OPEN_TREE_CLONE);
	_cleanup_close_ int target = -1;
	struct stat st;
	int made;

	if (source < 0 && errno == ENOSYS)
		source = open(op->target, O_PATH | O_CLOEXEC);
	if (source < 0 || fstat(source, &st) < 0)
		return fail(ctx->out, "open host's device", op->target, errno);
	if (!is_device(&st, op))
		return fail_detail(ctx->out, "open host's device", op->target, ENODEV, "it is another device on the host");
	made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made >= 0)
		(void) close(made);
	else if (errno != EEXIST)
		return fail(ctx->out, "make device", op->target, errno);
	target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || fstat(target, &st) < 0)
		return fail(ctx->out, "open device", op->target, errno);
	if (S_ISLNK(st.st_mode))
		return fail(ctx->out, "open device", op->target, ELOOP);
	if (sys_move_mount(source, target) == 0)
		return 0;
	if (errno == ENOSYS && mount(fd_path(source).text, fd_path(target).text, NULL, MS_BIND, NULL) == 0)
		return 0;
	return fail(ctx->out, "bind device", op->target, errno);
}

/* Mode and owner, on the node itself and on nothing that could have taken its place. */
static int set_owner(struct ctx *ctx, const struct op_device *op, int parent, const char *name)
{
	_cleanup_close_ int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (node < 0 || fstat(node, &st) < 0)
		return fail(ctx->out, "open device", op->target, errno);
	if (!is_device(&st, op))
		return fail_detail(ctx->out, "make device", op->target, EEXIST, "something else is there");
	if ((st.st_uid != op->uid || st.st_gid != op->gid) &&
	    fchownat(node, "", op->uid, op->gid, AT_EMPTY_PATH) < 0)
		return fail(ctx->out, "change owner of device", op->target, errno);
	if ((st.st_mode & 07777) != op->mode && chmod(fd_path(node).text, (mode_t) op->mode) < 0)
		return fail(ctx->out, "change mode of device", op->target, errno);
	return 0;
}

int op_device(struct ctx *ctx, const struct op_device *op)
{
	char name[PATH_NAME_SIZE];
	_cleanup_close_ int parent = open_parent(ctx, op->target, name);
	struct stat st;

	if (parent < 0)
		return -1;
	if (op->bind && op->type != 'p')
		return bind_device(ctx, op, parent, name);
	if (mknodat(parent, name, type_of(op) | (mode_t) op->mode, makedev(op->major, op->minor)) == 0)
		return set_owner(ctx, op, parent, name);
	if (errno == EPERM)
		return bind_device(ctx, op, parent, name);
	if (errno != EEXIST)
		return fail(ctx->out, "make device", op->target, errno);
	/* One that is right already is kept as it is; anything else in its place is an error (runtime-spec, "Devices"). */
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_device(&st, op))
		return fail_detail(ctx->out, "make device", op->target, EEXIST, "something else is there");
	return 0;
}
