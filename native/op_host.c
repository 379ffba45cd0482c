#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"
#include "procstat.h"
#include "sys.h"

int op_mkdir(struct ctx *ctx, const struct op_mkdir *op)
{
	if (path_mkdir_all(op->path, (mode_t) op->mode) < 0)
		return fail(ctx->out, "mkdir", op->path, errno);
	return 0;
}

static bool is_tolerated(uint32_t tolerate, int error)
{
	switch (error) {
	case ENOENT:
		return (tolerate & TOLERATE_ENOENT) != 0;
	case EPERM:
	case EACCES:
	case EROFS:
		return (tolerate & TOLERATE_EPERM) != 0;
	case EINVAL:
	case EOPNOTSUPP:
		return (tolerate & TOLERATE_EINVAL) != 0;
	default:
		return false;
	}
}

/* One write(2), as files of the kernel want it. */
static int write_once(int fd, const char *text, size_t length)
{
	ssize_t n;

	do {
		n = write(fd, text, length);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if ((size_t) n != length) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int op_write_file(struct ctx *ctx, const struct op_write_file *op)
{
	_cleanup_close_ int fd = open(op->path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return is_tolerated(op->tolerate, errno) ? 0 : fail(ctx->out, "open", op->path, errno);
	if (write_once(fd, op->value, strlen(op->value)) < 0 && !is_tolerated(op->tolerate, errno))
		return fail_detail(ctx->out, "write", op->path, errno, op->value);
	return 0;
}

/* A whole small file; its length, or -1 and errno. */
static ssize_t read_small(const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (used < size && (n = read(fd, text + used, size - used)) != 0) {
		if (n < 0 && errno != EINTR)
			return -1;
		used += n < 0 ? 0 : (size_t) n;
	}
	return (ssize_t) used;
}

static bool is_blank(const char *text, ssize_t length)
{
	for (ssize_t i = 0; i < length; i++)
		if (text[i] != ' ' && text[i] != '\n' && text[i] != '\t')
			return false;
	return true;
}

int op_fill_file(struct ctx *ctx, const struct op_fill_file *op)
{
	char text[4096];
	_cleanup_close_ int fd = -1;
	ssize_t length = read_small(op->path, text, sizeof text);

	if (length < 0)
		return fail(ctx->out, "read", op->path, errno);
	if (!is_blank(text, length))
		return 0;
	length = read_small(op->from, text, sizeof text);
	if (length < 0)
		return fail(ctx->out, "read", op->from, errno);
	fd = open(op->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(ctx->out, "open", op->path, errno);
	if (write_once(fd, text, (size_t) length) < 0)
		return fail(ctx->out, "write", op->path, errno);
	return 0;
}

int op_remove_dir(struct ctx *ctx, const char *path)
{
	/* rmdir(2) names two errors for a directory that holds something. */
	if (rmdir(path) < 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
		return fail(ctx->out, "rmdir", path, errno);
	return 0;
}

/* A descriptor of exactly the process that is meant: the pid may have been given to another one since. */
static int open_process(uint32_t pid, uint64_t start_time)
{
	int pidfd = sys_pidfd_open((pid_t) pid);
	unsigned long long actual;

	if (pidfd < 0)
		return -1;
	if (read_start_time((pid_t) pid, &actual) == 0 && actual == start_time)
		return pidfd;
	close_fd(&pidfd);
	errno = ESRCH;
	return -1;
}

int op_signal(struct ctx *ctx, const struct op_signal *op)
{
	_cleanup_close_ int pidfd = open_process(op->pid, op->start_time);

	if (pidfd < 0)
		return fail(ctx->out, "open process", "", errno);
	if (sys_pidfd_send_signal(pidfd, (int) op->signal) < 0)
		return fail(ctx->out, "send signal", "", errno);
	return 0;
}

int op_target_root(struct ctx *ctx)
{
	const struct op_join_target *target = ctx->plan->join_target;
	unsigned long long start_time;
	char path[32];

	if (target == NULL || ctx->target_pidfd < 0)
		return fail_detail(ctx->out, "open root of process", "", 0, "no process was named");
	(void) snprintf(path, sizeof path, "/proc/%u/root", target->pid);
	ctx->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctx->root_fd < 0)
		return fail(ctx->out, "open root of process", path, errno);
	/* Still the same process, so this was its root. */
	if (read_start_time((pid_t) target->pid, &start_time) < 0 || start_time != target->start_time)
		return fail(ctx->out, "open root of process", path, ESRCH);
	return 0;
}

int op_join_target(struct ctx *ctx, const struct op_join_target *op)
{
	ctx->target_pidfd = open_process(op->pid, op->start_time);
	if (ctx->target_pidfd < 0)
		return fail(ctx->out, "open process", "", errno);
	return 0;
}
