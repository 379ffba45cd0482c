/*
 * Paths inside a container's rootfs. Everything is resolved against a descriptor of the rootfs as if it were "/", so a
 * symlink in an image leads to another place in the image and never out of it. The fast way is openat2(2) with
 * RESOLVE_IN_ROOT; the slow way, for kernels without it and for creating, takes one component at a time and never lets the
 * kernel follow a link.
 */
#ifndef GANTRY_PATH_H
#define GANTRY_PATH_H

#include <sys/types.h>

#define PATH_NAME_SIZE 256 /* NAME_MAX and a NUL */

/* Open an existing file, links followed, O_PATH | flags. -1 and errno. */
int path_open(int root, const char *path, int flags);

/* The same, but no component may be a symlink (ELOOP). */
int path_open_real(int root, const char *path, int flags);

/*
 * Open a directory O_PATH, creating what is missing with `mode`; a dangling symlink's target is created. ENOTDIR when
 * something else is there.
 */
int path_make_dir(int root, const char *path, mode_t mode);

/* path_make_dir that refuses symlinks (ELOOP). */
int path_make_real_dir(int root, const char *path, mode_t mode);

/* Open a file O_PATH, creating an empty one (0644) and directories (0755) above it. EISDIR when it is a directory. */
int path_make_file(int root, const char *path);

/* Open the directory that holds `path` (created 0755) and copy the last component, which is not looked at, to `name`. */
int path_make_parent(int root, const char *path, char name[PATH_NAME_SIZE]);

/* mkdir -p on the host, links followed as usual; `mode` is exact for what is created. -1 and errno. */
int path_mkdir_all(const char *path, mode_t mode);

/* "/proc/self/fd/N": the way to a descriptor for calls that take a path. */
struct fd_path {
	char text[32];
};
struct fd_path fd_path(int fd);

#endif
