#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "fd.h"
#include "path.h"
#include "sys.h"

#define RESOLVE_STRICT (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)

/* A procfs nobody else has: what the image or its volumes put on /proc cannot redirect a write (CVE-2025-52881). */
static int mount_private_procfs(void)
{
	_cleanup_close_ int context = sys_fsopen("proc");

	if (context < 0 || sys_fsconfig(context, GANTRY_FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return -1;
	return sys_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* The container's /proc, if it is the root of a procfs. Lookups do not cross what is mounted below it. */
static int open_verified_procfs(struct ctx *ctx)
{
	_cleanup_close_ int fd = root_of(ctx) < 0 ? -1 : path_open_real(ctx->root_fd, "/proc", O_DIRECTORY);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -1;
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != 1) {
		errno = ENODEV;
		return -1;
	}
	return take_fd(&fd);
}

static int write_proc(struct ctx *ctx, const char *step, const char *name, const char *text)
{
	_cleanup_close_ int fd = -1;

	if (ctx->proc_fd < 0)
		ctx->proc_fd = mount_private_procfs();
	if (ctx->proc_fd < 0)
		ctx->proc_fd = open_verified_procfs(ctx);
	if (ctx->proc_fd < 0)
		return fail(ctx->out, "open procfs", name, errno);
	fd = sys_openat2(ctx->proc_fd, name, O_WRONLY, 0, RESOLVE_STRICT);
	if (fd < 0)
		return fail(ctx->out, step, name, errno);
	if (write(fd, text, strlen(text)) < 0)
		return fail_detail(ctx->out, step, name, errno, text);
	return 0;
}

int op_sysctl(struct ctx *ctx, const struct op_sysctl *op)
{
	char name[PATH_MAX];

	if (snprintf(name, sizeof name, "sys/%s", op->name) >= (int) sizeof name)
		return fail(ctx->out, "set sysctl", op->name, ENAMETOOLONG);
	return write_proc(ctx, "set sysctl", name, op->value);
}

int op_apparmor(struct ctx *ctx, const char *profile)
{
	char name[64];
	char text[PATH_MAX];

	if (snprintf(text, sizeof text, "exec %s", profile) >= (int) sizeof text)
		return fail(ctx->out, "set AppArmor profile", profile, ENAMETOOLONG);
	(void) snprintf(name, sizeof name, "%d/attr/apparmor/exec", (int) getpid());
	if (write_proc(ctx, "set AppArmor profile", name, text) == 0)
		return 0;
	if (ctx->out->failure.error != ENOENT)
		return -1;
	/* Before Linux 5.8 there is one directory for all security modules. */
	(void) snprintf(name, sizeof name, "%d/attr/exec", (int) getpid());
	return write_proc(ctx, "set AppArmor profile", name, text);
}

int op_selinux(struct ctx *ctx, const struct op_selinux *op)
{
	char name[64];

	(void) snprintf(name, sizeof name, "%d/attr/%s", (int) getpid(), op->which == 0 ? "exec" : "keycreate");
	return write_proc(ctx, "set SELinux label", name, op->label);
}
