#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "sys.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3 */
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

/*
 * A mount of the file alone that is attached nowhere. Once its descriptor is closed by execve no call can reach it to make it
 * writable again: mount_setattr and remount want a mount of the caller's own namespace.
 */
static int open_readonly_mount(void)
{
	const struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID };
	_cleanup_close_ int tree = sys_open_tree(AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE);

	if (tree < 0 || sys_mount_setattr(tree, 0, &attr) < 0)
		return -1;
	return take_fd(&tree);
}

static int open_memory_copy(void)
{
	_cleanup_close_ int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int copy = -1;
	struct stat st;
	off_t done = 0;

	if (file < 0 || fstat(file, &st) < 0)
		return -1;
	copy = (int) syscall(SYS_memfd_create, "gantry-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (copy < 0 && errno == EINVAL)
		copy = (int) syscall(SYS_memfd_create, "gantry-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return -1;
	while (done < st.st_size) {
		ssize_t n = sendfile(copy, file, &done, (size_t) (st.st_size - done));

		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0) {
			errno = EIO;
			return -1;
		}
	}
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return take_fd(&copy);
}

int exec_sealed(char *const argv[])
{
	char *const environment[] = { NULL };
	_cleanup_close_ int mount = open_readonly_mount();
	_cleanup_close_ int copy = -1;

	if (mount >= 0)
		(void) sys_execveat(mount, argv, environment);
	copy = open_memory_copy();
	return copy < 0 ? -1 : sys_execveat(copy, argv, environment);
}
