#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd.h"
#include "mountinfo.h"
#include "path.h"
#include "sys.h"

int root_of(struct ctx *ctx)
{
	if (ctx->root_fd < 0)
		ctx->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return ctx->root_fd;
}

/*
 * pivot_root(2) refuses a root whose mount or parent mount is shared: it becomes private, or a slave (which leaves alone what is
 * one already). The mount that holds a path is found by trying: only the root of a mount has a propagation type.
 */
static int unshare_holder(const char *path, unsigned long type)
{
	char parent[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, length + 1);
	for (;;) {
		if (mount(NULL, length == 0 ? "/" : parent, NULL, type, NULL) == 0)
			return 0;
		if (errno != EINVAL || length == 0)
			return -1;
		while (length > 0 && parent[length - 1] != '/')
			length--;
		while (length > 0 && parent[length - 1] == '/')
			length--;
		parent[length] = '\0';
	}
}

/* Bind a directory onto itself; the descriptor of the new mount's root. */
static int bind_onto_itself(const char *path)
{
	_cleanup_close_ int directory = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int tree = -1;

	if (directory < 0)
		return -1;
	tree = sys_open_tree(directory, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
	if (tree >= 0)
		return sys_move_mount(tree, directory) < 0 ? -1 : take_fd(&tree);
	if (errno != ENOSYS)
		return -1;
	if (mount(fd_path(directory).text, fd_path(directory).text, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int check_expected(struct ctx *ctx, const char *path, int fd, const struct expected_dir *expected)
{
	struct stat st;

	if (expected->device == 0 && expected->inode == 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return fail(ctx->out, "check rootfs", path, errno);
	/* An inode number comes as the double that JavaScript has of it. */
	if (st.st_dev == expected->device && (double) st.st_ino == (double) expected->inode)
		return 0;
	return fail_detail(ctx->out, "check rootfs", path, 0, "another directory has taken the place of the one that was checked");
}

int op_rootfs(struct ctx *ctx, const struct op_rootfs *op)
{
	unsigned long type = (op->propagation & MS_SLAVE) != 0 ? MS_SLAVE : MS_PRIVATE;
	bool is_shared = (op->propagation & (MS_PRIVATE | MS_SLAVE)) == 0 || (op->propagation & MS_REC) == 0;

	if (mount(NULL, "/", NULL, (unsigned long) op->propagation, NULL) < 0)
		return fail(ctx->out, "set propagation", "/", errno);
	if (is_shared && unshare_holder(op->path, type) < 0)
		return fail(ctx->out, "make rootfs private", op->path, errno);
	ctx->root_fd = bind_onto_itself(op->path);
	if (ctx->root_fd < 0)
		return fail(ctx->out, "bind rootfs", op->path, errno);
	return check_expected(ctx, op->path, ctx->root_fd, &op->expected);
}

static int pivot(struct ctx *ctx)
{
	_cleanup_close_ int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0 || fchdir(ctx->root_fd) < 0)
		return fail(ctx->out, "enter rootfs", "", errno);
	/* The old root ends up on top of the new one and is unmounted: pivot_root(2), "pivot_root(".", ".")". */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(ctx->out, "pivot_root", "", errno);
	if (fchdir(old) < 0)
		return fail(ctx->out, "enter old root", "", errno);
	/* Slave, not private: private would keep mounts of the host busy in our namespace's peer groups. */
	if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(ctx->out, "make old root a slave", "", errno);
	if (umount2(".", MNT_DETACH) < 0)
		return fail(ctx->out, "unmount old root", "", errno);
	if (chdir("/") < 0)
		return fail(ctx->out, "enter new root", "", errno);
	return 0;
}

static bool is_full_kernel_fs(const struct mountinfo_entry *entry, const char *rootfs)
{
	return (strcmp(entry->fstype, "proc") == 0 || strcmp(entry->fstype, "sysfs") == 0) &&
	       strcmp(entry->root, "/") == 0 && !path_is_at_or_below(entry->mount_point, rootfs);
}

/*
 * chroot leaves the host's mounts reachable for a process with privileges; at least no unmasked procfs or sysfs may be
 * among them. What the kernel does not let go is covered.
 */
static int hide_kernel_fs(struct ctx *ctx)
{
	char rootfs[PATH_MAX];
	struct mountinfo info;
	struct mountinfo_entry entry;
	ssize_t length = readlink(fd_path(ctx->root_fd).text, rootfs, sizeof rootfs - 1);
	int more;

	if (length < 0 || mountinfo_open(&info) < 0)
		return fail(ctx->out, "read mounts", "/proc/self/mountinfo", errno);
	rootfs[length] = '\0';
	while ((more = mountinfo_next(&info, &entry)) > 0) {
		if (!is_full_kernel_fs(&entry, rootfs))
			continue;
		if (mount(NULL, entry.mount_point, NULL, MS_SLAVE | MS_REC, NULL) < 0 && errno != EINVAL && errno != ENOENT)
			break;
		if (umount2(entry.mount_point, MNT_DETACH) == 0 || errno == ENOENT)
			continue;
		if ((errno != EINVAL && errno != EPERM) ||
		    mount("tmpfs", entry.mount_point, "tmpfs", MS_RDONLY, "") < 0)
			break;
	}
	mountinfo_close(&info);
	return more == 0 ? 0 : fail(ctx->out, "hide mount", more > 0 ? entry.mount_point : "", errno);
}

static int move_root(struct ctx *ctx)
{
	if (hide_kernel_fs(ctx) < 0)
		return -1;
	if (fchdir(ctx->root_fd) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return fail(ctx->out, "move rootfs to /", "", errno);
	if (chroot(".") < 0 || chdir("/") < 0)
		return fail(ctx->out, "chroot", "", errno);
	return 0;
}

static int change_root(struct ctx *ctx)
{
	if (fchdir(ctx->root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return fail(ctx->out, "chroot", "", errno);
	return 0;
}

/* A standard stream that is the host's /dev/null becomes the container's: its mount must not stay reachable. */
static int reopen_null_stdio(struct ctx *ctx)
{
	for (int fd = 0; fd < 3; fd++) {
		_cleanup_close_ int null = -1;
		_cleanup_close_ int opened = -1;
		struct stat st;

		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
			continue;
		null = path_open_real(ctx->root_fd, "/dev/null", 0);
		if (null < 0 || fstat(null, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
			continue; /* a container without /dev/null keeps the host's */
		opened = openat(ctx->root_fd, "dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
		if (opened < 0 || fstat(opened, &st) < 0 || st.st_rdev != makedev(1, 3))
			continue;
		if (dup2(opened, fd) < 0)
			return fail(ctx->out, "reopen standard stream", "/dev/null", errno);
	}
	return 0;
}

int op_pivot(struct ctx *ctx, const struct op_pivot *op)
{
	int result = -1;

	if (root_of(ctx) < 0)
		return fail(ctx->out, "open rootfs", "/", errno);
	switch (op->method) {
	case PIVOT_ROOT:
		result = pivot(ctx);
		break;
	case PIVOT_MOVE:
		result = move_root(ctx);
		break;
	case PIVOT_CHROOT:
		result = change_root(ctx);
		break;
	}
	if (result < 0)
		return -1;
	ctx->is_pivoted = true;
	if (op->propagation != 0 && mount(NULL, "/", NULL, (unsigned long) op->propagation, NULL) < 0)
		return fail(ctx->out, "set propagation", "/", errno);
	return reopen_null_stdio(ctx);
}
