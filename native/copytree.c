#include "copytree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"

#define MAX_DEPTH 64
#define COPY_BYTES 16384
#define DIRENT_BYTES 4096

/* struct linux_dirent64; readdir(3) would allocate. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static const char *copy_level(int from, int to, int depth);

static const char *copy_content(int from_dir, int to_dir, const char *name)
{
	_cleanup_close_ int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	_cleanup_close_ int to = -1;
	char buffer[COPY_BYTES];
	ssize_t n;

	if (from < 0)
		return "open file";
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return "create file";
	while ((n = read(from, buffer, sizeof buffer)) != 0) {
		if (n < 0)
			return "read file";
		for (ssize_t done = 0; done < n;) {
			ssize_t written = write(to, buffer + done, (size_t) (n - done));

			if (written < 0)
				return "write file";
			done += written;
		}
	}
	return NULL;
}

static const char *copy_link(int from_dir, int to_dir, const char *name)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, text, sizeof text - 1);

	if (n < 0)
		return "read link";
	text[n] = '\0';
	return symlinkat(text, to_dir, name) < 0 ? "create link" : NULL;
}

static const char *copy_directory(int from_dir, int to_dir, const char *name, int depth)
{
	_cleanup_close_ int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int to = -1;

	if (from < 0)
		return "open directory";
	if (mkdirat(to_dir, name, 0700) < 0)
		return "create directory";
	to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return to < 0 ? "open directory" : copy_level(from, to, depth + 1);
}

static const char *copy_entry(int from, int to, const char *name, int depth)
{
	struct timespec times[2];
	const char *failed;
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return "stat";
	if (S_ISREG(st.st_mode))
		failed = copy_content(from, to, name);
	else if (S_ISLNK(st.st_mode))
		failed = copy_link(from, to, name);
	else if (S_ISDIR(st.st_mode))
		failed = copy_directory(from, to, name, depth);
	else
		failed = mknodat(to, name, st.st_mode, st.st_rdev) < 0 ? "create node" : NULL;
	if (failed != NULL)
		return failed;
	if (fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return "change owner";
	/* After the owner: chown clears set-user-ID. */
	if (!S_ISLNK(st.st_mode) && fchmodat(to, name, st.st_mode & 07777, 0) < 0)
		return "change mode";
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? "set times" : NULL;
}

static const char *copy_level(int from, int to, int depth)
{
	_Alignas(struct entry) char buffer[DIRENT_BYTES];
	long n;

	if (depth > MAX_DEPTH) {
		errno = ELOOP;
		return "descend";
	}
	while ((n = syscall(SYS_getdents64, from, buffer, sizeof buffer)) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *entry = (const struct entry *) (void *) (buffer + at);
			bool is_dot = strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0;
			const char *failed = is_dot ? NULL : copy_entry(from, to, entry->name, depth);

			if (failed != NULL)
				return failed;
			at += entry->length;
		}
	}
	return n < 0 ? "list directory" : NULL;
}

const char *copy_tree(int from, int to)
{
	return copy_level(from, to, 0);
}
