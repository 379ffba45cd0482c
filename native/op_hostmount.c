#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/loop.h>

#include "fd.h"
#include "mountinfo.h"
#include "path.h"

#define DATA_MAX 4096 /* mount(2) copies one page and cuts off the rest without a word */
#define LOOP_TRIES 50 /* somebody else may take the free device first */
#define MS_PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* Configure loop device `number` for `file`. Linux before 5.8 needs two steps. */
static int configure_loop(int device, int file, const char *path, uint8_t loop)
{
	struct loop_config config = {
		.fd = (uint32_t) file,
		.info = { .lo_flags = LO_FLAGS_AUTOCLEAR },
	};

	if ((loop & LOOP_READ_ONLY) != 0)
		config.info.lo_flags |= LO_FLAGS_READ_ONLY;
	if ((loop & LOOP_DIRECT_IO) != 0)
		config.info.lo_flags |= LO_FLAGS_DIRECT_IO;
	(void) snprintf((char *) config.info.lo_file_name, LO_NAME_SIZE, "%s", path);
	if (ioctl(device, LOOP_CONFIGURE, &config) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOTTY && errno != ENOSYS)
		return -1;
	if (ioctl(device, LOOP_SET_FD, file) < 0)
		return -1;
	if (ioctl(device, LOOP_SET_STATUS64, &config.info) < 0) {
		int saved = errno;

		(void) ioctl(device, LOOP_CLR_FD, 0);
		errno = saved;
		return -1;
	}
	return 0;
}

/*
 * Attach a file to a free loop device. The device frees itself when the last user is gone (autoclear): the descriptor that
 * is returned, and then the mount.
 */
static int open_loop(struct ctx *ctx, const char *path, uint8_t loop, char device_path[32])
{
	int access = (loop & LOOP_READ_ONLY) != 0 ? O_RDONLY : O_RDWR;
	_cleanup_close_ int file = open(path, access | O_CLOEXEC);
	_cleanup_close_ int control = -1;

	if (file < 0)
		return fail(ctx->out, "open loop file", path, errno);
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return fail(ctx->out, "open", "/dev/loop-control", errno);
	for (int i = 0; i < LOOP_TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		_cleanup_close_ int device = -1;

		if (number < 0)
			return fail(ctx->out, "find free loop device", path, errno);
		(void) snprintf(device_path, 32, "/dev/loop%d", number);
		device = open(device_path, access | O_CLOEXEC);
		if (device < 0)
			return fail(ctx->out, "open loop device", device_path, errno);
		if (configure_loop(device, file, path, loop) == 0)
			return take_fd(&device);
		if (errno != EBUSY && errno != EAGAIN)
			return fail(ctx->out, "configure loop device", device_path, errno);
	}
	return fail(ctx->out, "configure loop device", path, EBUSY);
}

static int mount_at(struct ctx *ctx, const struct op_host_mount *op, const char *source, int target)
{
	const char *where = op->target[0] == '\0' ? op->root : op->target;
	_cleanup_close_ int back = -1;
	int result;

	if (op->cwd[0] != '\0') {
		back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (back < 0 || chdir(op->cwd) < 0)
			return fail(ctx->out, "chdir", op->cwd, errno);
	}
	result = mount(source, fd_path(target).text, op->fstype, (unsigned long) op->flags, op->data);
	if (result < 0)
		result = fail_detail(ctx->out, "mount", where, errno, op->fstype);
	if (back >= 0 && fchdir(back) < 0 && result == 0)
		result = fail(ctx->out, "chdir back", op->cwd, errno);
	return result;
}

int open_host_target(struct ctx *ctx, const struct op_host_mount *op)
{
	_cleanup_close_ int root = open(op->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int target;

	if (root < 0)
		return fail(ctx->out, "open", op->root, errno);
	target = op->target[0] == '\0' ? take_fd(&root) : path_open(root, op->target, 0);
	/* containerd's mounts may name a place that only their own first mount holds; it must be there already. */
	return target < 0 ? fail(ctx->out, "open mount target", op->target, errno) : target;
}

int mount_unmapped(struct ctx *ctx, const struct op_host_mount *op)
{
	_cleanup_close_ int target = -1;
	_cleanup_close_ int device = -1;
	char device_path[32];
	bool is_change = (op->flags & (MS_REMOUNT | MS_PROPAGATION)) != 0;

	if (strlen(op->data) >= DATA_MAX)
		return fail_detail(ctx->out, "mount", op->root, E2BIG, "options are longer than a page");
	target = open_host_target(ctx, op);
	if (target < 0)
		return -1;
	if (op->loop == 0 || is_change)
		return mount_at(ctx, op, op->source, target);
	device = open_loop(ctx, op->source, op->loop, device_path);
	return device < 0 ? -1 : mount_at(ctx, op, device_path, target);
}

int op_host_mount(struct ctx *ctx, const struct op_host_mount *op)
{
	return op->map.uids.count > 0 ? mount_mapped(ctx, op) : mount_unmapped(ctx, op);
}

/* Find the last mount at or below `path`: the one that nothing is mounted on or below. 1, 0 or -1. */
static int last_mount_below(const char *path, char found[PATH_MAX])
{
	struct mountinfo info;
	struct mountinfo_entry entry;
	int result = 0;
	int more;

	if (mountinfo_open(&info) < 0)
		return -1;
	while ((more = mountinfo_next(&info, &entry)) > 0) {
		if (!path_is_at_or_below(entry.mount_point, path) || strlen(entry.mount_point) >= PATH_MAX)
			continue;
		(void) strcpy(found, entry.mount_point);
		result = 1;
	}
	mountinfo_close(&info);
	return more < 0 ? -1 : result;
}

int op_host_umount(struct ctx *ctx, const char *path)
{
	char real[PATH_MAX];
	char found[PATH_MAX];
	int more;

	/* A detached mount takes everything below it along; stacked ones come one after the other. */
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	if (errno != EINVAL)
		return fail(ctx->out, "unmount", path, errno);
	if (mount_real_path(path, real) < 0)
		return fail(ctx->out, "open", path, errno);
	while ((more = last_mount_below(real, found)) > 0)
		if (umount2(found, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			return fail(ctx->out, "unmount", found, errno);
	return more < 0 ? fail(ctx->out, "read mounts", "/proc/self/mountinfo", errno) : 0;
}

int op_mount_points(struct ctx *ctx, const struct op_mount_points *op)
{
	_cleanup_close_ int root = open(op->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return fail(ctx->out, "open rootfs", op->root, errno);
	for (uint32_t i = 0; i < op->dirs.count; i++) {
		_cleanup_close_ int fd = path_make_dir(root, op->dirs.items[i], 0755);

		if (fd < 0)
			return fail(ctx->out, "make mount point", op->dirs.items[i], errno);
	}
	for (uint32_t i = 0; i < op->files.count; i++) {
		_cleanup_close_ int fd = path_make_file(root, op->files.items[i]);

		if (fd < 0)
			return fail(ctx->out, "make mount point", op->files.items[i], errno);
	}
	return 0;
}
