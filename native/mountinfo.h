/* /proc/self/mountinfo, one line at a time, without allocating. */
#ifndef GANTRY_MOUNTINFO_H
#define GANTRY_MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct mountinfo {
	int fd;
	size_t used;
	size_t at;
	bool is_skipping; /* the rest of the line is not wanted */
	char buffer[8 * PATH_MAX + 4096]; /* a root and a mount point, of which every byte takes four */
};

struct mountinfo_entry {
	unsigned int id;
	unsigned int parent;
	const char *root;
	const char *mount_point; /* escapes undone */
	const char *fstype;
};

/* -1 and errno. */
int mountinfo_open(struct mountinfo *info);

/* 1: `entry` points into `info` until the next call; 0: no more; -1 and errno. */
int mountinfo_next(struct mountinfo *info, struct mountinfo_entry *entry);

void mountinfo_close(struct mountinfo *info);

/* The name mountinfo has for a directory, whatever links lead to it. -1 and errno. */
int mount_real_path(const char *path, char real[PATH_MAX]);

/* Is `path` the directory `below` or in it? */
bool path_is_at_or_below(const char *path, const char *below);

#endif
