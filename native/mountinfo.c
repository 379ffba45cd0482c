#include "mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "path.h"

int mountinfo_open(struct mountinfo *info)
{
	info->used = 0;
	info->at = 0;
	info->is_skipping = false;
	info->fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	return info->fd < 0 ? -1 : 0;
}

void mountinfo_close(struct mountinfo *info)
{
	close_fd(&info->fd);
}

/*
 * The next line without its newline; NULL at the end (errno 0) or on failure. What is too long is cut: an overlay's
 * options, at the end of a line, may be longer than anything.
 */
static char *next_line(struct mountinfo *info)
{
	for (;;) {
		char *line = info->buffer + info->at;
		char *end = memchr(line, '\n', info->used - info->at);
		ssize_t n;

		if (end != NULL) {
			bool is_rest = info->is_skipping;

			*end = '\0';
			info->at = (size_t) (end - info->buffer) + 1;
			info->is_skipping = false;
			if (is_rest)
				continue;
			return line;
		}
		info->used = info->is_skipping ? 0 : info->used - info->at;
		memmove(info->buffer, line, info->used);
		info->at = 0;
		if (info->used == sizeof info->buffer - 1) {
			info->buffer[info->used] = '\0';
			info->at = info->used;
			info->is_skipping = true;
			return info->buffer;
		}
		n = read(info->fd, info->buffer + info->used, sizeof info->buffer - 1 - info->used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : 0;
			return NULL;
		}
		info->used += (size_t) n;
	}
}

/* The kernel writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
		    from[3] <= '7') {
			*to = (char) ((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

int mountinfo_next(struct mountinfo *info, struct mountinfo_entry *entry)
{
	char *fields[5] = { NULL };
	char *line = next_line(info);
	char *separator;

	if (line == NULL)
		return errno == 0 ? 0 : -1;
	/* id parent major:minor root mount-point options [tags…] - fstype source options */
	for (size_t i = 0; i < 5 && line != NULL; i++) {
		fields[i] = line;
		line = strchr(line, ' ');
		if (line != NULL)
			*line++ = '\0';
	}
	separator = line == NULL ? NULL : strstr(line, " - ");
	if (separator == NULL) {
		errno = EPROTO;
		return -1;
	}
	separator += 3;
	separator[strcspn(separator, " ")] = '\0';
	entry->id = (unsigned int) strtoul(fields[0], NULL, 10);
	entry->parent = (unsigned int) strtoul(fields[1], NULL, 10);
	unescape(fields[3]);
	unescape(fields[4]);
	entry->root = fields[3];
	entry->mount_point = fields[4];
	entry->fstype = separator;
	return 1;
}

int mount_real_path(const char *path, char real[PATH_MAX])
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : readlink(fd_path(fd).text, real, PATH_MAX - 1);

	if (length < 0)
		return -1;
	real[length] = '\0';
	return 0;
}

bool path_is_at_or_below(const char *path, const char *below)
{
	size_t length = strlen(below);

	while (length > 0 && below[length - 1] == '/')
		length--;
	return strncmp(path, below, length) == 0 && (path[length] == '/' || path[length] == '\0');
}
