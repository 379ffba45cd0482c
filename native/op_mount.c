#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "copytree.h"
#include "fd.h"
#include "mountflags.h"
#include "path.h"
#include "sys.h"

#define DATA_MAX 4096 /* mount(2) copies one page and cuts off the rest without a word */
#define PROC_ROOT_INO 1

static bool is_procfs_root(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC && fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INO;
}

/* What LXCFS and its kind bind over single files of /proc. */
static bool is_proc_file_bindable(const char *path)
{
	static const char *const ALLOWED[] = {
		"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",   "/proc/stat",
		"/proc/swaps",	 "/proc/uptime",    "/proc/loadavg",   "/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid",	    "/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < sizeof ALLOWED / sizeof ALLOWED[0]; i++)
		if (strcmp(path, ALLOWED[i]) == 0)
			return true;
	return false;
}

/*
 * A mount must not hide the rootfs, and on /proc must not be anything but a procfs: labels and sysctls are written
 * there (CVE-2019-16884). `tree` is what a bind shows, or -1.
 */
static int check_target(struct ctx *ctx, const struct op_mount *op, int target, int tree)
{
	char root[PATH_MAX];
	char path[PATH_MAX];
	ssize_t root_length = readlink(fd_path(ctx->root_fd).text, root, sizeof root - 1);
	ssize_t length = readlink(fd_path(target).text, path, sizeof path - 1);
	const char *inside;

	if (root_length < 0 || length < 0)
		return fail(ctx->out, "read mount target's path", op->target, errno);
	path[length] = '\0';
	if (root_length == 1)
		root_length = 0; /* "/" */
	if (strncmp(path, root, (size_t) root_length) != 0 || (path[root_length] != '/' && path[root_length] != '\0'))
		return fail_detail(ctx->out, "check mount target", op->target, EXDEV, "it is outside of the rootfs");
	inside = path + root_length;
	if (inside[0] == '\0' || strcmp(inside, "/") == 0)
		return fail_detail(ctx->out, "check mount target", op->target, EINVAL, "it is the rootfs itself");
	if (strcmp(inside, "/proc") == 0 && strcmp(op->fstype, "proc") != 0 && (tree < 0 || !is_procfs_root(tree)))
		return fail_detail(ctx->out, "check mount target", op->target, EINVAL, "only a procfs may be on /proc");
	if (strncmp(inside, "/proc/", 6) == 0 && (tree < 0 || !is_proc_file_bindable(inside)))
		return fail_detail(ctx->out, "check mount target", op->target, EINVAL, "it is inside /proc");
	return 0;
}

static int open_target(struct ctx *ctx, const struct op_mount *op, bool is_directory)
{
	int fd;

	if (root_of(ctx) < 0)
		return fail(ctx->out, "open rootfs", "/", errno);
	if ((op->options & MOUNT_REAL_DIRECTORY) != 0)
		fd = path_make_real_dir(ctx->root_fd, op->target, 0755);
	else if (is_directory)
		fd = path_make_dir(ctx->root_fd, op->target, 0755);
	else
		fd = path_make_file(ctx->root_fd, op->target);
	if (fd < 0)
		return fail_detail(ctx->out, "open mount target", op->target, errno,
				   (op->options & MOUNT_REAL_DIRECTORY) != 0 ? "must be mounted on ordinary directory" : "");
	return fd;
}

/* Attributes and propagation, once the mount behind `fd` is in its place. */
static int finish_mount(struct ctx *ctx, const struct op_mount *op, int fd)
{
	const struct sys_mount_attr attr = { .attr_set = op->attr_set, .attr_clr = op->attr_clear };

	if ((op->attr_set | op->attr_clear) != 0 && sys_mount_setattr(fd, AT_RECURSIVE, &attr) < 0)
		return fail(ctx->out, "set mount attributes", op->target, errno);
	for (uint32_t i = 0; i < op->propagation.count; i++)
		if (mount(NULL, fd_path(fd).text, NULL, (unsigned long) op->propagation.items[i], NULL) < 0)
			return fail(ctx->out, "set mount propagation", op->target, errno);
	return 0;
}

static bool is_bind(const struct op_mount *op)
{
	return (op->flags & MS_BIND) != 0;
}

int open_mount_source(struct ctx *ctx, const struct op_mount *op, int *fd)
{
	unsigned recursive = (op->flags & MS_REC) != 0 || !is_bind(op) ? AT_RECURSIVE : 0;

	*fd = -1;
	if (!is_bind(op) && (op->options & MOUNT_CGROUP_FALLBACK) == 0)
		return 0;
	*fd = sys_open_tree(AT_FDCWD, op->source, OPEN_TREE_CLONE | recursive);
	if (*fd < 0 && is_bind(op))
		return fail(ctx->out, "open mount source", op->source, errno);
	return *fd < 0 ? 0 : map_mount(ctx, op, *fd);
}

/* Linux before 5.2 */
static int bind_by_path(struct ctx *ctx, const struct op_mount *op, uint64_t flags)
{
	_cleanup_close_ int source = open(op->source, O_PATH | O_CLOEXEC);
	_cleanup_close_ int target = -1;
	_cleanup_close_ int mounted = -1;
	struct stat st;

	if (source < 0 || fstat(source, &st) < 0)
		return fail(ctx->out, "open mount source", op->source, errno);
	target = open_target(ctx, op, S_ISDIR(st.st_mode));
	if (target < 0 || check_target(ctx, op, target, source) < 0)
		return -1;
	if (mount(fd_path(source).text, fd_path(target).text, NULL, MS_BIND | (op->flags & MS_REC), NULL) < 0)
		return fail(ctx->out, "bind mount", op->target, errno);
	mounted = path_open(ctx->root_fd, op->target, 0);
	if (mounted < 0)
		return fail(ctx->out, "open bind mount", op->target, errno);
	if ((flags != 0 || op->cleared != 0) && mount_remount(mounted, flags, op->cleared) < 0)
		return fail(ctx->out, "set flags of bind mount", op->target, errno);
	return finish_mount(ctx, op, mounted);
}

/* The tree is made private to us first, so that its flags are right before anybody can see it. */
static int bind_tree(struct ctx *ctx, const struct op_mount *op, int source_fd)
{
	uint64_t flags = op->flags & ~(uint64_t) (MS_BIND | MS_REC | MS_REMOUNT);
	_cleanup_close_ int tree = source_fd;
	_cleanup_close_ int target = -1;
	bool is_late = false;
	struct stat st;

	if (tree < 0 && open_mount_source(ctx, op, &tree) < 0)
		return ctx->out->failure.error == ENOSYS ? bind_by_path(ctx, op, flags) : -1;
	if (fstat(tree, &st) < 0)
		return fail(ctx->out, "stat mount source", op->source, errno);
	target = open_target(ctx, op, S_ISDIR(st.st_mode));
	if (target < 0 || check_target(ctx, op, target, tree) < 0)
		return -1;
	if ((flags != 0 || op->cleared != 0) && mount_set_flags(tree, flags, op->cleared) < 0) {
		is_late = errno == ENOSYS;
		if (!is_late)
			return fail(ctx->out, "set flags of bind mount", op->target, errno);
	}
	if (sys_move_mount(tree, target) < 0)
		return fail(ctx->out, "bind mount", op->target, errno);
	if (is_late && mount_remount(tree, flags, op->cleared) < 0)
		return fail(ctx->out, "set flags of bind mount", op->target, errno);
	return finish_mount(ctx, op, tree);
}

/* Whether there is something to cover. */
static bool is_there(struct ctx *ctx, const char *target)
{
	_cleanup_close_ int fd = root_of(ctx) < 0 ? -1 : path_open(ctx->root_fd, target, O_DIRECTORY);

	return fd >= 0;
}

/* The file system's options, with the mode of the directory that is covered when asked for. */
static int make_data(struct ctx *ctx, const struct op_mount *op, int target, bool take_mode, char data[DATA_MAX])
{
	struct stat st;
	int length;

	if (take_mode && fstat(target, &st) == 0)
		length = snprintf(data, DATA_MAX, "mode=%04o%s%s", (unsigned) st.st_mode & 07777,
				  op->data[0] == '\0' ? "" : ",", op->data);
	else
		length = snprintf(data, DATA_MAX, "%s", op->data);
	return length < DATA_MAX ? 0 : fail(ctx->out, "mount", op->target, E2BIG);
}

/* Keep the first procfs we mount ourselves: what is written through it cannot be redirected. */
static void keep_procfs(struct ctx *ctx, const struct op_mount *op, int mounted)
{
	if (ctx->proc_fd < 0 && strcmp(op->fstype, "proc") == 0 && strstr(op->data, "subset=") == NULL &&
	    is_procfs_root(mounted)) {
		ctx->proc_fd = fcntl(mounted, F_DUPFD_CLOEXEC, 3);
		ctx->is_proc_mounted = ctx->proc_fd >= 0 && strcmp(op->target, "/proc") == 0;
	}
}

static int mount_fs(struct ctx *ctx, const struct op_mount *op, int source_fd)
{
	_cleanup_close_ int fallback = source_fd;
	/* A mount point that we make has no mode of its own that anybody chose. */
	bool take_mode = (op->options & MOUNT_TAKE_MODE) != 0 && is_there(ctx, op->target);
	_cleanup_close_ int target = open_target(ctx, op, true);
	_cleanup_close_ int covered = -1;
	_cleanup_close_ int mounted = -1;
	bool has_fallback = (op->options & MOUNT_CGROUP_FALLBACK) != 0;
	uint64_t flags = op->flags;
	char data[DATA_MAX];

	if (target < 0 || check_target(ctx, op, target, -1) < 0 || make_data(ctx, op, target, take_mode, data) < 0)
		return -1;
	if ((op->options & MOUNT_READONLY_LATER) != 0)
		flags &= ~(uint64_t) MS_RDONLY;
	if ((op->options & MOUNT_TMPCOPYUP) != 0) {
		covered = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (covered < 0)
			return fail(ctx->out, "open directory to copy", op->target, errno);
	}
	/* With a fall-back `source` is a path of the host, which is nobody's business in the container's mountinfo. */
	if (mount(has_fallback ? op->fstype : op->source, fd_path(target).text, op->fstype, (unsigned long) flags, data) < 0) {
		struct op_mount bind = *op;

		if (!has_fallback || (errno != EPERM && errno != EBUSY))
			return fail_detail(ctx->out, "mount", op->target, errno, op->fstype);
		bind.flags |= MS_BIND | MS_REC;
		bind.fstype = "bind";
		return bind_tree(ctx, &bind, take_fd(&fallback));
	}
	if (covered < 0 && op->propagation.count == 0 && (op->attr_set | op->attr_clear) == 0 &&
	    strcmp(op->fstype, "proc") != 0)
		return 0;
	mounted = path_open(ctx->root_fd, op->target, O_DIRECTORY);
	if (mounted < 0)
		return fail(ctx->out, "open mount", op->target, errno);
	keep_procfs(ctx, op, mounted);
	if (covered >= 0) {
		const char *where = copy_tree(covered, mounted);

		if (where != NULL)
			return fail_detail(ctx->out, "copy covered directory", op->target, errno, where);
	}
	return finish_mount(ctx, op, mounted);
}

int op_mount(struct ctx *ctx, const struct op_mount *op, int source_fd)
{
	if (strcmp(op->target, "/proc") == 0)
		ctx->is_proc_mounted = false; /* whatever was there is covered */
	return is_bind(op) ? bind_tree(ctx, op, source_fd) : mount_fs(ctx, op, source_fd);
}
