#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "fd.h"
#include "path.h"
#include "sync.h"
#include "sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif
#define PTMX_INO 2 /* devpts gives its ptmx this inode number: fs/devpts/inode.c */

/* The ptmx of the container's own devpts, and nothing an image put in its place. */
static int open_master(struct ctx *ctx)
{
	_cleanup_close_ int found = path_open_real(ctx->root_fd, "/dev/pts/ptmx", 0);
	int master;
	struct statfs fs;
	struct stat st;

	if (found < 0 || fstatfs(found, &fs) < 0 || fstat(found, &st) < 0)
		return fail(ctx->out, "open", "/dev/pts/ptmx", errno);
	if (fs.f_type != DEVPTS_SUPER_MAGIC || st.st_ino != PTMX_INO || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != makedev(5, 2))
		return fail_detail(ctx->out, "open", "/dev/pts/ptmx", ENODEV, "it is not the ptmx of a devpts");
	/* Opened again by the name under which it was found, and compared: /proc may not be mounted. */
	master = sys_openat2(ctx->root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	if (master < 0)
		return fail(ctx->out, "open", "/dev/pts/ptmx", errno);
	if (fstat(master, &st) < 0 || st.st_rdev != makedev(5, 2)) {
		close_fd(&master);
		return fail(ctx->out, "open", "/dev/pts/ptmx", ENODEV);
	}
	return master;
}

/* Show the terminal at /dev/console, where programs that know of no other look for it. */
static int bind_console(struct ctx *ctx, int slave)
{
	_cleanup_close_ int target = path_make_file(ctx->root_fd, "/dev/console");
	_cleanup_close_ int tree = -1;

	if (target < 0)
		return fail(ctx->out, "open", "/dev/console", errno);
	tree = sys_open_tree(slave, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (tree >= 0 && sys_move_mount(tree, target) == 0)
		return 0;
	if (tree < 0 && errno == ENOSYS && mount(fd_path(slave).text, fd_path(target).text, NULL, MS_BIND, NULL) == 0)
		return 0;
	return fail(ctx->out, "bind console", "/dev/console", errno);
}

int op_console(struct ctx *ctx)
{
	_cleanup_close_ int master = root_of(ctx) < 0 ? fail(ctx->out, "open rootfs", "/", errno) : open_master(ctx);
	_cleanup_close_ int slave = -1;
	struct sync_message answer;
	char name[64];
	int attached;
	int unlocked = 0;
	unsigned number;

	if (master < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 || ioctl(master, TIOCGPTN, &number) < 0)
		return fail(ctx->out, "unlock pty", "/dev/pts/ptmx", errno);
	(void) snprintf(name, sizeof name, "/dev/pts/%u", number);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return fail(ctx->out, "open pty", name, errno);
	if (ctx->plan->monitor != NULL && ctx->plan->monitor->is_init && bind_console(ctx, slave) < 0)
		return -1;
	if (sync_send_console(ctx->sync_fd, name, master) < 0)
		return fail(ctx->out, "hand over pty", name, errno);
	if (sync_receive(ctx->sync_fd, &answer, &attached) <= 0)
		_exit(1); /* the parent failed, and says so itself */
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return fail(ctx->out, "attach pty", name, errno);
	if (ioctl(0, TIOCSCTTY, 0) < 0)
		return fail(ctx->out, "set controlling terminal", name, errno);
	return 0;
}
