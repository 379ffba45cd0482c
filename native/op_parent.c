#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"

#define MAP_LINE 34              /* three 32-bit numbers, two spaces, a newline */
#define MAP_RANGES 340           /* UID_GID_MAP_MAX_EXTENTS, Linux 4.15 */

static int write_proc(pid_t pid, const char *name, const char *text, size_t length)
{
	char path[64];
	_cleanup_close_ int fd = -1;

	(void) snprintf(path, sizeof path, "/proc/%d/%s", (int) pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	return write(fd, text, length) < 0 ? -1 : 0;
}

int write_id_map(struct ctx *ctx, pid_t pid, const char *file, const struct id_ranges *map)
{
	char text[MAP_LINE * MAP_RANGES + 1];
	size_t used = 0;

	if (map->count > MAP_RANGES)
		return fail(ctx->out, "write id map", file, E2BIG);
	for (uint32_t i = 0; i < map->count; i++)
		used += (size_t) snprintf(text + used, sizeof text - used, "%u %u %u\n", map->items[i].inside,
					  map->items[i].outside, map->items[i].count);
	if (write_proc(pid, file, text, used) < 0)
		return fail_detail(ctx->out, "write id map", file, errno, text);
	return 0;
}

int op_id_map(struct ctx *ctx, const struct op_id_map *op)
{
	if (op->deny_setgroups && write_proc(ctx->child, "setgroups", "deny", 4) < 0 && errno != ENOENT)
		return fail(ctx->out, "deny setgroups", "setgroups", errno);
	return write_id_map(ctx, ctx->child, op->which == 0 ? "uid_map" : "gid_map", &op->map);
}

int op_rlimit(struct ctx *ctx, const struct op_rlimit *op)
{
	/* struct rlimit64 of the kernel, the same on every architecture */
	const struct {
		uint64_t soft, hard;
	} limit = { op->soft, op->hard };

	if (syscall(SYS_prlimit64, ctx->child, op->resource, &limit, NULL) < 0) {
		int error = errno;
		char detail[96];

		(void) snprintf(detail, sizeof detail, "resource %u soft %llu hard %llu", op->resource,
				(unsigned long long) op->soft, (unsigned long long) op->hard);
		return fail_detail(ctx->out, "set rlimit", "", error, detail);
	}
	return 0;
}

int op_oom_score_adj(struct ctx *ctx, const struct op_oom_score_adj *op)
{
	char text[16];
	int length = snprintf(text, sizeof text, "%d", op->value);

	if (write_proc(ctx->child, "oom_score_adj", text, (size_t) length) < 0 && !op->tolerate)
		return fail_detail(ctx->out, "write", "oom_score_adj", errno, text);
	return 0;
}
