#include "mountid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "sys.h"

/* Field "mnt_id:" of /proc/self/fdinfo/N: every kernel has it. */
int mount_id_of(int fd, struct mount_id *id)
{
	char path[40];
	char text[512];
	const char *at;
	ssize_t n = -1;
	_cleanup_close_ int info = -1;
	struct statx about;

	*id = (struct mount_id) { .id = 0 };
	(void) snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info >= 0)
		n = read(info, text, sizeof text - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	at = strstr(text, "mnt_id:");
	if (at == NULL || sscanf(at, "mnt_id: %u", &id->id) != 1) {
		errno = EPROTO;
		return -1;
	}
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID_UNIQUE, &about) == 0 && (about.stx_mask & STATX_MNT_ID_UNIQUE) != 0)
		memcpy(&id->unique_id, (const char *) &about + GANTRY_STATX_MNT_ID_OFFSET, sizeof id->unique_id);
	return 0;
}

bool mount_is_gone(uint64_t unique_id)
{
	uint64_t buffer[128];

	return sys_statmount(unique_id, buffer, sizeof buffer) < 0 && errno == ENOENT;
}
