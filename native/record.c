#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

#define TEMPORARY ".record.tmp"

/* No fsync: the state root is on a tmpfs, and a record is of no use after a reboot. */
static int write_whole(int dir_fd, const char *name, const char *text)
{
	size_t length = strlen(text);
	_cleanup_close_ int fd = openat(dir_fd, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	ssize_t count;

	if (fd < 0)
		return -1;
	do {
		count = write(fd, text, length);
	} while (count < 0 && errno == EINTR);
	if (count == (ssize_t) length && renameat(dir_fd, TEMPORARY, dir_fd, name) == 0)
		return 0;
	if (count >= 0 && count < (ssize_t) length)
		errno = ENOSPC;
	(void) unlinkat(dir_fd, TEMPORARY, 0);
	return -1;
}

int record_pid(int dir_fd, pid_t pid, unsigned long long start_time)
{
	char text[48];

	(void) snprintf(text, sizeof text, "%d %llu\n", pid, start_time);
	return write_whole(dir_fd, "pid", text);
}

int record_exit(int dir_fd, const struct exit_record *record)
{
	char text[160];

	(void) snprintf(text, sizeof text,
			"{\"pid\":%d,\"status\":%d,\"signal\":%d,\"exitedAt\":\"%" PRId64 "\",\"oom\":%s}\n", record->pid,
			record->status, record->signal, record->exited_ns, record->has_oom ? "true" : "false");
	return write_whole(dir_fd, "exit.json", text);
}

int record_rootfs_mount(int dir_fd, const struct mount_id *id)
{
	char text[48];

	(void) snprintf(text, sizeof text, "%u %" PRIu64 "\n", id->id, id->unique_id);
	return write_whole(dir_fd, "rootfs-mount", text);
}

void record_remove(int dir_fd)
{
	static const char *const names[] = {"pid", "ctl.sock", TEMPORARY};
	int saved = errno;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void) unlinkat(dir_fd, names[i], 0);
	errno = saved;
}
