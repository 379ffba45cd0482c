#include "ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "fd.h"
#include "listener.h"
#include "path.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif
#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER 8
#endif

#define CAPABILITY_BITS 64

static int read_permitted(uint64_t *permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof data);
	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	*permitted = (uint64_t) data[1].permitted << 32 | data[0].permitted;
	return 0;
}

int op_capabilities(struct ctx *ctx, const struct op_capabilities *op)
{
	uint64_t missing;
	uint64_t permitted;

	if (read_permitted(&permitted) < 0)
		return fail(ctx->out, "read capabilities", "", errno);
	missing = (op->permitted | op->effective | op->bounding) & ~permitted;
	if (missing != 0) {
		char detail[64];

		/* The specification wants a warning, not an error, for what cannot be granted: config.md, "Linux Process". */
		(void) snprintf(detail, sizeof detail, "the runtime lacks %#llx", (unsigned long long) missing);
		warn(ctx->out, "grant capabilities", "", 0, detail);
	}
	for (unsigned bit = 0; bit < CAPABILITY_BITS; bit++) {
		int has = prctl(PR_CAPBSET_READ, bit, 0, 0, 0);

		if (has < 0)
			break; /* beyond the kernel's last one */
		if (has == 1 && (op->bounding >> bit & 1) == 0 && prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0)
			return fail(ctx->out, "drop bounding capability", "", errno);
	}
	ctx->capabilities = op;
	return 0;
}

static int apply_capabilities(struct ctx *ctx)
{
	const struct op_capabilities *op = ctx->capabilities;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct data[2];
	uint64_t available;

	if (op == NULL)
		return 0;
	ctx->capabilities = NULL;
	if (read_permitted(&available) < 0)
		return fail(ctx->out, "read capabilities", "", errno);
	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t) ((op->effective & available) >> 32 * i);
		data[i].permitted = (uint32_t) ((op->permitted & available) >> 32 * i);
		data[i].inheritable = (uint32_t) ((op->inheritable & available) >> 32 * i);
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return fail(ctx->out, "set capabilities", "", errno);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return fail(ctx->out, "clear ambient capabilities", "", errno);
	for (unsigned bit = 0; bit < CAPABILITY_BITS; bit++)
		if ((op->ambient >> bit & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0) < 0) {
			char detail[32];

			(void) snprintf(detail, sizeof detail, "capability %u", bit);
			warn(ctx->out, "raise ambient capability", "", errno, detail);
		}
	return 0;
}

/* Let the user open /dev/stdout again. What cannot be given away (a file of somebody else) stays as it is. */
static int chown_stdio(struct ctx *ctx, uint32_t uid)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0 || st.st_uid == uid)
			continue;
		if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
			continue; /* /dev/null belongs to everybody */
		if (fchown(fd, uid, (gid_t) -1) < 0 && errno != EPERM && errno != EROFS && errno != EINVAL && errno != ENOSYS)
			return fail(ctx->out, "change owner of standard stream", "", errno);
	}
	return 0;
}

/* EINVAL of setuid(2) and its relatives has one reason only, which its text does not tell. */
static int fail_id(struct ctx *ctx, const char *step, uint32_t id)
{
	char detail[80];
	int error = errno;

	(void) snprintf(detail, sizeof detail, error == EINVAL ? "%u is not mapped in the user namespace" : "%u", id);
	return fail_detail(ctx->out, step, "", error, detail);
}

/* The system calls themselves: the C library's functions would first gather threads that do not exist. */
static int change_ids(struct ctx *ctx, const struct op_identity *op)
{
	if (op->set_groups && syscall(SYS_setgroups, (size_t) op->groups.count, op->groups.items) < 0) {
		bool has_nothing_to_lose = op->groups.count == 0 && errno == EPERM && ctx->has_user_ns;

		if (!has_nothing_to_lose) /* a user namespace may deny setgroups altogether */
			return fail_id(ctx, "set groups", op->groups.count == 0 ? 0 : op->groups.items[0]);
	}
	if (syscall(SYS_setresgid, op->gid, op->gid, op->gid) < 0)
		return fail_id(ctx, "set group", op->gid);
	if (syscall(SYS_setresuid, op->uid, op->uid, op->uid) < 0)
		return fail_id(ctx, "set user", op->uid);
	return 0;
}

static int enter_cwd(struct ctx *ctx)
{
	ctx->is_cwd_pending = false;
	if (chdir(ctx->cwd->path) < 0)
		return fail(ctx->out, "chdir", ctx->cwd->path, errno);
	return 0;
}

int op_identity(struct ctx *ctx, const struct op_identity *op)
{
	if (op->chown_stdio && chown_stdio(ctx, op->uid) < 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, ctx->capabilities != NULL ? 1 : 0, 0, 0, 0) < 0)
		return fail(ctx->out, "keep capabilities", "", errno);
	if (change_ids(ctx, op) < 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return fail(ctx->out, "keep capabilities no longer", "", errno);
	(void) umask((mode_t) op->umask);
	if (apply_capabilities(ctx) < 0)
		return -1;
	return ctx->is_cwd_pending ? enter_cwd(ctx) : 0;
}

int op_no_new_privs(struct ctx *ctx)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(ctx->out, "set no_new_privs", "", errno);
	return 0;
}

int op_seccomp(struct ctx *ctx, const struct op_seccomp *op)
{
	struct sock_fprog program = {
		.len = (unsigned short) (op->program.length / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *) (uintptr_t) op->program.data,
	};

	bool has_listener = (op->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
	long fd;

	if (has_listener && (ctx->plan->seccomp_listener == NULL || ctx->sync_fd < 0))
		return fail_detail(ctx->out, "load seccomp filter", "", ENOTSUP, "there is nobody to give a listener to");
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op->flags, &program);
	if (fd < 0)
		return fail(ctx->out, "load seccomp filter", "", errno);
	return has_listener ? offer_listener(ctx, (int) fd) : 0;
}

int op_cwd(struct ctx *ctx, const struct op_cwd *op)
{
	if (op->create) {
		_cleanup_close_ int fd = root_of(ctx) < 0 ? -1 : path_make_dir(ctx->root_fd, op->path, 0755);

		if (fd < 0)
			return fail(ctx->out, "make working directory", op->path, errno);
	}
	ctx->cwd = op;
	if (chdir(op->path) == 0)
		return 0;
	if (errno != EACCES && errno != EPERM)
		return fail(ctx->out, "chdir", op->path, errno);
	ctx->is_cwd_pending = true;
	return 0;
}

int finish_identity(struct ctx *ctx)
{
	char path[PATH_MAX];

	if (apply_capabilities(ctx) < 0 || (ctx->is_cwd_pending && enter_cwd(ctx) < 0))
		return -1;
	if (ctx->cwd == NULL)
		return 0;
	/*
	 * A directory outside of the root, reached through a descriptor that leaked (CVE-2024-21626), has no path: the system
	 * call then gives "(unreachable)…" or ENOENT.
	 */
	if (syscall(SYS_getcwd, path, sizeof path) < 0)
		return fail(ctx->out, "check working directory", ctx->cwd->path, errno);
	if (path[0] != '/')
		return fail_detail(ctx->out, "check working directory", ctx->cwd->path, EXDEV,
				   "it is outside of the container's root");
	return 0;
}
