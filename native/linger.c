#include "linger.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"

#define FIRST_PAUSE_MS 10
#define LAST_PAUSE_MS 1000

void linger_init(struct linger *linger)
{
	*linger = (struct linger){.fd = -1, .opened = -1};
}

bool linger_is_active(const struct linger *linger)
{
	return linger->fd >= 0;
}

/* Have `fd` be another end of the same fifo; -1 if that cannot be. */
static int turn_to(struct linger *linger, int flags)
{
	char path[32];
	int fd;

	(void) snprintf(path, sizeof path, "/proc/self/fd/%d", linger->fd);
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	close_fd(&linger->fd);
	linger->fd = fd;
	return 0;
}

static bool can_be_opened(const struct linger *linger)
{
	struct stat about;

	return fstat(linger->fd, &about) == 0 && S_ISFIFO(about.st_mode) && about.st_nlink > 0;
}

static bool has_unread(const struct linger *linger)
{
	int unread = 0;

	return ioctl(linger->fd, FIONREAD, &unread) == 0 && unread > 0;
}

/* With a write end in our hands: without any reader it is in error (poll(2)). */
static bool has_reader(const struct linger *linger)
{
	struct pollfd ask = {.fd = linger->fd};

	return poll(&ask, 1, 0) == 0;
}

/* inotify(7) tells of open(2) when it has succeeded; a reader's does at once, because we are a writer. */
static int watch(struct linger *linger)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[32];

	(void) snprintf(path, sizeof path, "/proc/self/fd/%d", linger->fd);
	if (fd < 0 || inotify_add_watch(fd, path, IN_OPEN | IN_ONESHOT) < 0)
		return -1;
	linger->opened = take_fd(&fd);
	return 0;
}

/*
 * Between readers we are a writer, so that what is unread stays, and the next one's open(2) does not wait for one. When one is
 * there we are a reader: it finds end of file behind what is unread, and if it goes before that, the rest stays.
 */
void linger_step(struct linger *linger)
{
	bool is_writer = linger->opened >= 0;

	close_fd(&linger->opened);
	if (!can_be_opened(linger) || (!is_writer && turn_to(linger, O_WRONLY) < 0)) {
		linger_end(linger);
		return;
	}
	linger->had_reader |= is_writer || has_reader(linger);
	if (linger->had_reader && !has_unread(linger)) {
		linger_end(linger);
		return;
	}
	/* Watched first: one that opens it meanwhile is seen by one of the two. */
	if (!has_reader(linger) && watch(linger) == 0 && !has_reader(linger))
		return;
	close_fd(&linger->opened);
	if (turn_to(linger, O_RDONLY) < 0)
		linger_end(linger);
	linger->pause_ms = linger->pause_ms == 0 ? FIRST_PAUSE_MS : linger->pause_ms * 2;
	if (linger->pause_ms > LAST_PAUSE_MS)
		linger->pause_ms = LAST_PAUSE_MS;
}

void linger_begin(struct linger *linger, int *fd)
{
	if (*fd < 0)
		return;
	linger->fd = take_fd(fd);
	linger_step(linger);
}

struct pollfd linger_poll(const struct linger *linger)
{
	return (struct pollfd){.fd = linger->opened, .events = POLLIN};
}

int linger_timeout_ms(const struct linger *linger)
{
	return linger->fd < 0 || linger->opened >= 0 ? -1 : linger->pause_ms;
}

void linger_end(struct linger *linger)
{
	close_fd(&linger->fd);
	close_fd(&linger->opened);
}
