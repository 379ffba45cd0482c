#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "passwd.h"
#include "path.h"
#include "sys.h"

static const char *find_variable(const struct strings *env, const char *name)
{
	size_t length = strlen(name);

	for (uint32_t i = 0; i < env->count; i++)
		if (strncmp(env->items[i], name, length) == 0 && env->items[i][length] == '=')
			return env->items[i] + length + 1;
	return NULL;
}

/* The user's home by the container's own /etc/passwd, read by us: a library of the image must not run (CVE-2019-14271). */
static void set_home(struct ctx *ctx)
{
	_cleanup_close_ int found = root_of(ctx) < 0 ? -1 : path_open(ctx->root_fd, "/etc/passwd", 0);
	_cleanup_close_ int fd = -1;
	struct stat st;

	(void) strcpy(ctx->home, "HOME=/");
	/* Only a regular file: opening anything else could block or do something. /proc may not be mounted. */
	if (found >= 0 && fstat(found, &st) == 0 && S_ISREG(st.st_mode))
		fd = sys_openat2(ctx->root_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
				 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || passwd_home(fd, (unsigned) geteuid(), ctx->home + 5, sizeof ctx->home - 5) <= 0)
		(void) strcpy(ctx->home, "HOME=/");
}

/* 0 when the file can be executed, otherwise an errno. */
static int check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EACCES;
	if (sys_faccessat(path, X_OK) == 0)
		return 0;
	if (errno == EPERM || errno == ENOSYS)
		return 0; /* only a filter says so: execve will find out */
	if (errno != EACCES)
		return errno;
	/* Capabilities count only for this newer call, which profiles older than it do not know. */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? EACCES : 0;
}

/*
 * Look through PATH as Go's exec.LookPath does, which callers of runc know: elements that are not absolute give no
 * result, and whatever keeps a file from being executed, it is "not found".
 */
static int search_path(struct ctx *ctx, const char *name, const char *path)
{
	while (path != NULL && *path != '\0') {
		size_t length = strcspn(path, ":");
		int n = snprintf(ctx->executable, sizeof ctx->executable, "%.*s/%s", (int) length, path, name);

		if (path[0] == '/' && n > 0 && n < (int) sizeof ctx->executable && check_executable(ctx->executable) == 0)
			return 0;
		path += length + (path[length] == ':' ? 1 : 0);
	}
	return fail(ctx->out, "find executable", name, ENOENT);
}

int find_executable(struct ctx *ctx, const struct op_exec *op)
{
	const char *name = op->argv.items[0];
	int error;

	memcpy(ctx->env, op->env.items, op->env.count * sizeof *ctx->env);
	ctx->env[op->env.count] = NULL;
	if (op->set_home) {
		set_home(ctx);
		ctx->env[op->env.count] = ctx->home;
		ctx->env[op->env.count + 1] = NULL;
	}
	if (strchr(name, '/') == NULL)
		return search_path(ctx, name, find_variable(&op->env, "PATH"));
	if (snprintf(ctx->executable, sizeof ctx->executable, "%s", name) >= (int) sizeof ctx->executable)
		return fail(ctx->out, "find executable", name, ENAMETOOLONG);
	error = check_executable(name);
	return error == 0 ? 0 : fail(ctx->out, "find executable", name, error);
}

void execute(struct ctx *ctx, const struct op_exec *op)
{
	(void) execve(ctx->executable, (char *const *) op->argv.items, ctx->env);
}
