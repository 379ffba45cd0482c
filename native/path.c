#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "sys.h"

#define MAX_LINKS 40   /* as the kernel's MAXSYMLINKS */
#define MAX_RETRIES 256 /* openat2 gives EAGAIN while somebody renames */

struct fd_path fd_path(int fd)
{
	struct fd_path path;

	(void) snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
	return path;
}

/* What a walk does when a component is missing, and at the end. */
struct walk {
	bool create;
	bool last_is_file;
	bool refuse_links;
	mode_t mode;
};

/* A position in the rootfs: a descriptor, and how it was reached (no links, no ".."), to be able to go up. */
struct position {
	int fd;
	char path[PATH_MAX];
	size_t length;
};

static int open_component(int dir, const char *name)
{
	return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int go_to_root(struct position *at, int root)
{
	int fd = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	close_fd(&at->fd);
	at->fd = fd;
	at->length = 0;
	return 0;
}

/* Step to the directory above by walking down again: ".." of a descriptor could lead out of a moved directory. */
static int go_up(struct position *at, int root)
{
	char path[PATH_MAX];
	size_t length = at->length;

	while (length > 0 && at->path[length - 1] != '/')
		length--;
	if (length > 0)
		length--;
	memcpy(path, at->path, length);
	path[length] = '\0';
	if (go_to_root(at, root) < 0)
		return -1;
	for (char *rest = path, *name; (name = strtok_r(rest, "/", &rest)) != NULL;) {
		/* Somebody may have put a link here since we came down. */
		int fd = openat(at->fd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			return -1;
		close_fd(&at->fd);
		at->fd = fd;
	}
	memcpy(at->path, path, length); /* strtok_r wrote NULs where slashes were */
	for (size_t i = 0; i < length; i++)
		if (at->path[i] == '\0')
			at->path[i] = '/';
	at->length = length;
	return 0;
}

static int step_into(struct position *at, const char *name, int fd)
{
	size_t length = strlen(name);

	if (at->length + length + 2 > sizeof at->path) {
		close_fd(&fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	if (at->length > 0)
		at->path[at->length++] = '/';
	memcpy(at->path + at->length, name, length);
	at->length += length;
	close_fd(&at->fd);
	at->fd = fd;
	return 0;
}

/* Put a link's target before what is left of the path: `tail` is empty or begins with a slash. */
static int prepend(char rest[PATH_MAX], const char *tail, int link_fd)
{
	char joined[PATH_MAX];
	ssize_t length = readlinkat(link_fd, "", joined, sizeof joined);
	size_t tail_length = strlen(tail);

	if (length < 0)
		return -1;
	if ((size_t) length + tail_length + 1 > sizeof joined) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(joined + length, tail, tail_length + 1);
	memcpy(rest, joined, (size_t) length + tail_length + 1);
	return 0;
}

/* Create a component that is missing. EEXIST: somebody else was faster, look again. */
static int create_component(int dir, const char *name, bool is_last, const struct walk *walk)
{
	int fd;

	if (!is_last || !walk->last_is_file)
		return mkdirat(dir, name, is_last ? walk->mode : (walk->last_is_file ? 0755 : walk->mode));
	fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	return close(fd);
}

/* Open `name` below the position, creating it if the walk does so. -1 and errno. */
static int enter_component(const struct position *at, const char *name, bool is_last, const struct walk *walk)
{
	int fd = open_component(at->fd, name);

	if (fd >= 0 || errno != ENOENT || !walk->create)
		return fd;
	if (create_component(at->fd, name, is_last, walk) < 0 && errno != EEXIST)
		return -1;
	return open_component(at->fd, name);
}

/* Resolve `path` one component at a time. The descriptor of what it names, or -1 and errno. */
static int walk_path(int root, const char *path, const struct walk *walk)
{
	struct position at = { .fd = -1 };
	char rest[PATH_MAX];
	int links = 0;

	if (path[0] == '\0' || strlen(path) >= sizeof rest) {
		errno = path[0] == '\0' ? ENOENT : ENAMETOOLONG;
		return -1;
	}
	memcpy(rest, path, strlen(path) + 1);
	if (go_to_root(&at, root) < 0)
		return -1;
	for (;;) {
		char name[PATH_NAME_SIZE];
		char *from = rest + strspn(rest, "/");
		size_t length = strcspn(from, "/");
		char *tail = from + length;
		struct stat stat;
		int fd;

		if (length == 0)
			return at.fd;
		if (length >= sizeof name) {
			close_fd(&at.fd);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, from, length);
		name[length] = '\0';
		if (strcmp(name, ".") == 0) {
			memmove(rest, tail, strlen(tail) + 1);
			continue;
		}
		if (strcmp(name, "..") == 0) {
			memmove(rest, tail, strlen(tail) + 1);
			if (go_up(&at, root) == 0)
				continue;
			close_fd(&at.fd);
			return -1;
		}
		fd = enter_component(&at, name, *tail == '\0', walk);
		if (fd < 0 || fstat(fd, &stat) < 0) {
			close_fd(&fd);
			close_fd(&at.fd);
			return -1;
		}
		/* "file/", "file/." and "file/.." are as wrong as they are to the kernel. */
		if (*tail == '/' && !S_ISDIR(stat.st_mode) && !S_ISLNK(stat.st_mode)) {
			close_fd(&fd);
			close_fd(&at.fd);
			errno = ENOTDIR;
			return -1;
		}
		if (!S_ISLNK(stat.st_mode)) {
			memmove(rest, tail, strlen(tail) + 1);
			if (step_into(&at, name, fd) == 0)
				continue;
			close_fd(&at.fd);
			return -1;
		}
		if (walk->refuse_links || ++links > MAX_LINKS) {
			errno = ELOOP;
		} else if (prepend(rest, tail, fd) == 0 && (rest[0] != '/' || go_to_root(&at, root) == 0)) {
			close_fd(&fd);
			continue;
		}
		close_fd(&fd);
		close_fd(&at.fd);
		return -1;
	}
}

/* openat2 with the retries its manual asks for. */
static int open_inside(int root, const char *path, int flags, uint64_t resolve)
{
	for (int i = 0; i < MAX_RETRIES; i++) {
		int fd = sys_openat2(root, path, (uint64_t) (O_PATH | flags), 0, resolve);

		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
	return -1;
}

/* A kernel without openat2, or a seccomp filter (ours may be loaded already) that does not know it. */
static bool is_missing_call(int error)
{
	return error == ENOSYS || error == EPERM;
}

static int check_directory(int fd, int flags)
{
	struct stat stat;

	if ((flags & O_DIRECTORY) == 0 || fd < 0)
		return fd;
	if (fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode))
		return fd;
	close_fd(&fd);
	errno = ENOTDIR;
	return -1;
}

int path_open(int root, const char *path, int flags)
{
	const struct walk walk = { .create = false };
	int fd = open_inside(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (fd >= 0 || !is_missing_call(errno))
		return fd;
	return check_directory(walk_path(root, path, &walk), flags);
}

int path_open_real(int root, const char *path, int flags)
{
	const struct walk walk = { .refuse_links = true };
	int fd = open_inside(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);

	if (fd >= 0 || !is_missing_call(errno))
		return fd;
	return check_directory(walk_path(root, path, &walk), flags);
}

int path_make_dir(int root, const char *path, mode_t mode)
{
	const struct walk walk = { .create = true, .mode = mode };
	int fd = path_open(root, path, O_DIRECTORY);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	return check_directory(walk_path(root, path, &walk), O_DIRECTORY);
}

int path_make_real_dir(int root, const char *path, mode_t mode)
{
	const struct walk walk = { .create = true, .refuse_links = true, .mode = mode };
	int fd = path_open_real(root, path, O_DIRECTORY);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	return check_directory(walk_path(root, path, &walk), O_DIRECTORY);
}

int path_make_file(int root, const char *path)
{
	const struct walk walk = { .create = true, .last_is_file = true, .mode = 0755 };
	struct stat stat;
	int fd = path_open(root, path, 0);

	if (fd < 0 && errno == ENOENT)
		fd = walk_path(root, path, &walk);
	if (fd < 0)
		return -1;
	if (fstat(fd, &stat) == 0 && !S_ISDIR(stat.st_mode))
		return fd;
	close_fd(&fd);
	errno = EISDIR;
	return -1;
}

int path_make_parent(int root, const char *path, char name[PATH_NAME_SIZE])
{
	char parent[PATH_MAX];
	size_t end = strlen(path);
	size_t begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	if (end - begin >= PATH_NAME_SIZE || begin >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path + begin, end - begin);
	name[end - begin] = '\0';
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		errno = EINVAL;
		return -1;
	}
	memcpy(parent, path, begin);
	parent[begin] = '\0';
	return path_make_dir(root, begin == 0 ? "/" : parent, 0755);
}

int path_mkdir_all(const char *path, mode_t mode)
{
	char copy[PATH_MAX];
	size_t length = strlen(path);
	mode_t saved;
	int result;

	if (length >= sizeof copy) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(copy, path, length + 1);
	saved = umask(0);
	result = mkdir(copy, mode);
	if (result < 0 && errno == ENOENT) {
		for (char *at = copy + 1; *at != '\0'; at++) {
			if (*at != '/')
				continue;
			*at = '\0';
			(void) mkdir(copy, mode); /* what matters is whether the last one exists in the end */
			*at = '/';
		}
		result = mkdir(copy, mode);
	}
	(void) umask(saved);
	if (result < 0 && errno == EEXIST) {
		struct stat st;

		if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
			errno = ENOTDIR;
		else
			result = 0;
	}
	return result;
}
