#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"

#define FIRST_RECHECK_MS 5
#define RECHECKS 8 /* 5 + 10 + … + 640 ms */

void oom_init(struct oom_watch *watch)
{
	*watch = (struct oom_watch){.file_fd = -1, .event_fd = -1};
}

/* The number after "oom_kill " at the start of a line; both versions of the file have one. */
static int read_kills(int fd, uint64_t *kills)
{
	char text[512];
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	const char *line = text;

	if (length < 0)
		return -1;
	text[length] = '\0';
	while (strncmp(line, "oom_kill ", 9) != 0) {
		line = strchr(line, '\n');
		if (line == NULL) {
			errno = ENODATA;
			return -1;
		}
		line++;
	}
	*kills = strtoull(line + 9, NULL, 10);
	return 0;
}

/* cgroup v1: `cgroup.event_control` next to the file takes "<eventfd> <fd of the file>". */
static int open_v1(const char *path, int file_fd)
{
	char control_path[4096 + 32], text[32];
	int dir_length = (int) (strrchr(path, '/') - path);
	_cleanup_close_ int control_fd = -1;
	_cleanup_close_ int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (event_fd < 0)
		return -1;
	(void) snprintf(control_path, sizeof control_path, "%.*s/cgroup.event_control", dir_length, path);
	control_fd = open(control_path, O_WRONLY | O_CLOEXEC);
	if (control_fd < 0)
		return -1;
	(void) snprintf(text, sizeof text, "%d %d", event_fd, file_fd);
	if (write(control_fd, text, strlen(text)) < 0)
		return -1;
	return take_fd(&event_fd);
}

static int open_v2(int file_fd)
{
	char path[40];
	_cleanup_close_ int event_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (event_fd < 0)
		return -1;
	(void) snprintf(path, sizeof path, "/proc/self/fd/%d", file_fd);
	if (inotify_add_watch(event_fd, path, IN_MODIFY) < 0)
		return -1;
	return take_fd(&event_fd);
}

int oom_open(struct oom_watch *watch, const char *path)
{
	const char *name = strrchr(path, '/');
	_cleanup_close_ int file_fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int event_fd = -1;

	if (file_fd < 0)
		return -1;
	if (name != NULL && strcmp(name, "/memory.oom_control") == 0)
		event_fd = open_v1(path, file_fd);
	else
		event_fd = open_v2(file_fd);
	if (event_fd < 0 || read_kills(file_fd, &watch->seen) < 0)
		return -1;
	watch->file_fd = take_fd(&file_fd);
	watch->event_fd = take_fd(&event_fd);
	watch->rechecks = 0;
	return 0;
}

struct pollfd oom_poll(const struct oom_watch *watch)
{
	return (struct pollfd){.fd = watch->event_fd, .events = POLLIN};
}

int oom_timeout(const struct oom_watch *watch)
{
	return watch->rechecks > 0 ? left_ms(watch->recheck_at_ms) : -1;
}

uint64_t oom_count(struct oom_watch *watch, bool has_event)
{
	char events[256]; /* an eventfd's u64, or inotify events without a name (16 bytes each) */
	uint64_t kills, grown;

	if (watch->file_fd < 0)
		return 0;
	if (has_event) {
		(void) !read(watch->event_fd, events, sizeof events);
		/*
		 * v1 signals before the kernel has chosen and killed (mm/memcontrol-v1.c, mem_cgroup_oom_notify): the
		 * counter grows a little later, and nothing tells when. v2 needs one more look only if it batches.
		 */
		watch->rechecks = RECHECKS;
		watch->delay_ms = FIRST_RECHECK_MS;
		watch->recheck_at_ms = now_ms() + watch->delay_ms;
	} else if (watch->rechecks > 0 && oom_timeout(watch) == 0) {
		watch->rechecks--;
		watch->delay_ms *= 2;
		watch->recheck_at_ms = now_ms() + watch->delay_ms;
	}
	if (read_kills(watch->file_fd, &kills) < 0) {
		oom_close(watch); /* ENODEV: the cgroup was removed, which v1 signals too */
		return 0;
	}
	if (kills <= watch->seen)
		return 0;
	grown = kills - watch->seen;
	watch->seen = kills;
	watch->rechecks = 0;
	return grown;
}

void oom_close(struct oom_watch *watch)
{
	close_fd(&watch->file_fd);
	close_fd(&watch->event_fd);
	watch->rechecks = 0;
}
