#include "ops.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/keyctl.h>

#include "fd.h"

int op_hostname(struct ctx *ctx, const char *name)
{
	if (sethostname(name, strlen(name)) < 0)
		return fail(ctx->out, "set host name", name, errno);
	return 0;
}

int op_domainname(struct ctx *ctx, const char *name)
{
	if (setdomainname(name, strlen(name)) < 0)
		return fail(ctx->out, "set domain name", name, errno);
	return 0;
}

int op_loopback_up(struct ctx *ctx)
{
	struct ifreq request;
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail(ctx->out, "open socket", "lo", errno);
	memset(&request, 0, sizeof request);
	(void) snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return fail(ctx->out, "read interface flags", "lo", errno);
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail(ctx->out, "bring interface up", "lo", errno);
	return 0;
}

/* A session keyring of its own, so that the container cannot use the keys of whoever started the runtime. */
int op_keyring(struct ctx *ctx, const struct op_keyring *op)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op->name, 0, 0, 0);
	char text[512]; /* the name holds an id of up to 255 characters */
	unsigned permissions;
	const char *field;
	long length;

	if (ring < 0 && errno == ENOSYS)
		return 0; /* a kernel without keyrings has none to leak */
	if (ring < 0)
		return fail(ctx->out, "join session keyring", op->name, errno);
	if (op->add_perm == 0)
		return 0;
	/* "type;uid;gid;perm;description" */
	length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, ring, text, sizeof text, 0);
	if (length < 0)
		return fail(ctx->out, "describe session keyring", op->name, errno);
	if (length == 0 || (size_t) length > sizeof text) /* nothing was copied: keyctl_describe(3) */
		return fail(ctx->out, "describe session keyring", op->name, ENAMETOOLONG);
	text[length - 1] = '\0';
	field = text;
	for (int i = 0; i < 3 && field != NULL; i++) {
		field = strchr(field, ';');
		field = field == NULL ? NULL : field + 1;
	}
	if (field == NULL || sscanf(field, "%x", &permissions) != 1)
		return fail(ctx->out, "read session keyring permissions", text, EPROTO);
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, permissions | op->add_perm, 0, 0) < 0)
		return fail(ctx->out, "set session keyring permissions", op->name, errno);
	return 0;
}
