/*
 * Paths in a rootfs: each test runs with openat2(2), and with the walk that stands in for it where a kernel does not
 * have the call (ENOSYS) or a seccomp filter does not know it (EPERM). The results must be the same.
 */
#include "oldkernel.h"

#include <limits.h>
#include <sys/mount.h>

#include "path.h"
#include "sys.h"

/* root/ is the rootfs. What is in outside/ must never be reached. */
struct tree {
	char top[64];
	int root, outside;
};

static void must(bool is_done)
{
	if (!is_done) {
		perror("path_test: cannot make the tree");
		abort();
	}
}

static void make_file(int dir, const char *path)
{
	int fd = openat(dir, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	must(fd >= 0);
	(void) close(fd);
}

static void plant_tree(struct tree *tree)
{
	static const char *const dirs[] = {"a", "a/b", "a/b/c", "links", "swap", "swap/sub", "move", "move/b", "move/b/c"};
	static const char *const files[] = {"secret", "a/file", "swap/secret", "swap/sub/secret", "move/secret"};
	static const char *const links[][2] = {
		{"links/absolute", "/a/file"},	    {"links/relative", "../a/file"},  {"links/clipped", "../../../../../a/file"},
		{"links/root", "/"},		    {"links/above", "../../.."},	    {"links/dir", "/a/b"},
		{"links/dirslash", "/a/b///"},	    {"links/fileslash", "/a/file/"}, {"links/loop", "loop"},
		{"links/dangling", "/new/made"},    {"links/danglingup", "../../../new/made"},
		{"links/through", "dir/../file"},   {"chain0", "a/file"},
	};
	char path[128], target[128];
	int top;

	(void) strcpy(tree->top, "/tmp/gantry-path-XXXXXX");
	must(mkdtemp(tree->top) != NULL);
	top = open(tree->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(mkdirat(top, "root", 0755) == 0 && mkdirat(top, "outside", 0755) == 0);
	tree->root = openat(top, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	tree->outside = openat(top, "outside", O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(tree->root >= 0 && tree->outside >= 0);
	(void) close(top);
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
		must(mkdirat(tree->root, dirs[i], 0755) == 0);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		make_file(tree->root, files[i]);
	make_file(tree->outside, "secret");
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		must(symlinkat(links[i][1], tree->root, links[i][0]) == 0);
	for (int i = 1; i <= 40; i++) {
		(void) snprintf(path, sizeof path, "chain%d", i);
		(void) snprintf(target, sizeof target, "chain%d", i - 1);
		must(symlinkat(target, tree->root, path) == 0);
	}
	/* The host's path of what is outside, which is nothing in the rootfs. */
	(void) snprintf(target, sizeof target, "%s/outside", tree->top);
	must(symlinkat(target, tree->root, "links/outside") == 0);
	must(symlinkat(target, tree->root, "swapped") == 0);
}

static void fell_tree(struct tree *tree)
{
	(void) close(tree->root);
	(void) close(tree->outside);
	remove_tree(tree->top);
}

typedef void (*path_case)(struct tests *t, const struct tree *tree);

struct way {
	path_case test;
	const struct tree *tree;
	int answer; /* of openat2; 0: its own */
};

static void in_one_way(struct tests *t, const void *arg)
{
	const struct way *way = arg;
	int before = count_fds();

	if (way->answer != 0)
		forbid_call(SYS_openat2, way->answer);
	(void) umask(0);
	way->test(t, way->tree);
	CHECK_INT(t, count_fds(), before);
}

/* Run `test` in a process of its own for each way to resolve, each with a fresh tree. */
static void in_every_way(struct tests *t, path_case test)
{
	static const int answers[] = {0, ENOSYS, EPERM};

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct tree tree;
		const struct way way = {.test = test, .tree = &tree, .answer = answers[i]};

		plant_tree(&tree);
		if (!in_a_process(t, in_one_way, &way))
			(void) printf("    with openat2 %s\n", answers[i] == 0 ? "itself" : strerror(answers[i]));
		fell_tree(&tree);
	}
}

static bool is_same_file(int fd, int dir, const char *path)
{
	struct stat found, expected;

	return fstat(fd, &found) == 0 && fstatat(dir, path, &expected, AT_SYMLINK_NOFOLLOW) == 0 &&
	       found.st_dev == expected.st_dev && found.st_ino == expected.st_ino;
}

/* `fd` is the file `path` of the rootfs, or -1 with `error`; closes it. */
static bool check_found(struct tests *t, const struct tree *tree, int fd, const char *path, int error, const char *what)
{
	int found = fd < 0 ? errno : 0;
	bool is_right = found == error && (fd < 0 || is_same_file(fd, tree->root, path));

	if (fd >= 0) {
		is_right = is_right && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_PATH) != 0;
		(void) close(fd);
	}
	if (!CHECK(t, is_right))
		(void) printf("    \"%s\": %s, expected %s\n", what, fd < 0 ? strerror(found) : "a file",
			      error != 0 ? strerror(error) : path);
	return is_right;
}

struct found {
	const char *path, *is; /* the same file by a path without links; NULL: refused */
	int error;
};

static void opens_what_is_in_the_rootfs(struct tests *t, const struct tree *tree)
{
	static const struct found cases[] = {
		{"/", ".", 0},
		{".", ".", 0},
		{"//", ".", 0},
		{"/./.", ".", 0},
		{"..", ".", 0},
		{"/../../..", ".", 0},
		{"", NULL, ENOENT},
		{"/a/file", "a/file", 0},
		{"a/file", "a/file", 0},
		{"///a//./file", "a/file", 0},
		{"/a/b/", "a/b", 0},
		{"/a/b///", "a/b", 0},
		{"/a/b/.", "a/b", 0},
		{"/a/b/c/..", "a/b", 0},
		{"/a/b/c/../../file", "a/file", 0},
		{"/a/b/../../../../../a/b/c", "a/b/c", 0},
		{"/a/file/", NULL, ENOTDIR},
		{"/a/file/.", NULL, ENOTDIR},
		{"/a/file/..", NULL, ENOTDIR},
		{"/a/file/x", NULL, ENOTDIR},
		{"/a/nothing", NULL, ENOENT},
		{"/nothing/../a", NULL, ENOENT},
		{"/links/absolute", "a/file", 0},
		{"/links/relative", "a/file", 0},
		{"/links/clipped", "a/file", 0},
		{"/links/root", ".", 0},
		{"/links/root/..", ".", 0},
		{"/links/above", ".", 0},
		{"/links/above/links/root/links/dir/c", "a/b/c", 0},
		{"/links/dir", "a/b", 0},
		{"/links/dir/", "a/b", 0},
		{"/links/dir/..", "a", 0},
		{"/links/dir/../file", "a/file", 0},
		{"/links/dirslash", "a/b", 0},
		{"/links/dirslash/c", "a/b/c", 0},
		{"/links/through", "a/file", 0},
		{"/links/absolute/", NULL, ENOTDIR},
		{"/links/fileslash", NULL, ENOTDIR},
		{"/links/fileslash/..", NULL, ENOTDIR},
		{"/links/loop", NULL, ELOOP},
		{"/links/dangling", NULL, ENOENT},
		{"/links/danglingup", NULL, ENOENT},
		{"/links/outside/secret", NULL, ENOENT},
		{"/links/outside", NULL, ENOENT},
		{"/chain39", "a/file", 0},
		{"/chain40", NULL, ELOOP},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		(void) check_found(t, tree, path_open(tree->root, cases[i].path, 0), cases[i].is, cases[i].error, cases[i].path);
	(void) check_found(t, tree, path_open(tree->root, "/links/dir", O_DIRECTORY), "a/b", 0, "a directory");
	(void) check_found(t, tree, path_open(tree->root, "/links/absolute", O_DIRECTORY), NULL, ENOTDIR, "no directory");
}

static void opens_without_links(struct tests *t, const struct tree *tree)
{
	static const struct found cases[] = {
		{"/", ".", 0},
		{"/a/b/../file", "a/file", 0},
		{"/a/b/c/../../../../a", "a", 0},
		{"/a/file/", NULL, ENOTDIR},
		{"/a/nothing", NULL, ENOENT},
		{"", NULL, ENOENT},
		{"/links/absolute", NULL, ELOOP},
		{"/links/dir", NULL, ELOOP},
		{"/links/dir/", NULL, ELOOP},
		{"/links/dir/c", NULL, ELOOP},
		{"/links/root", NULL, ELOOP},
		{"/links/dangling", NULL, ELOOP},
		{"/links/dir/../../a/file", NULL, ELOOP},
		{"/links/../links/above/a", NULL, ELOOP},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		(void) check_found(t, tree, path_open_real(tree->root, cases[i].path, 0), cases[i].is, cases[i].error, cases[i].path);
	(void) check_found(t, tree, path_open_real(tree->root, "/a/b", O_DIRECTORY), "a/b", 0, "a directory");
	(void) check_found(t, tree, path_open_real(tree->root, "/a/file", O_DIRECTORY), NULL, ENOTDIR, "no directory");
}

/* openat2 refuses them (ELOOP); the walk takes their text as that of any link, which is the name of nothing. */
static void does_not_follow_magic_links(struct tests *t, const struct tree *tree)
{
	int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];
	int ends[2];

	(void) tree;
	must(host >= 0 && pipe2(ends, O_CLOEXEC) == 0);
	for (int i = 0; i < 3; i++) {
		int fd;

		if (i < 2)
			(void) snprintf(path, sizeof path, "/proc/%d/fd/%d", (int) getpid(), ends[i]);
		else
			(void) snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int) getpid());
		fd = open(path, O_PATH | O_CLOEXEC); /* there is something to find */
		CHECK(t, fd >= 0);
		(void) close(fd);
		fd = path_open(host, path, 0);
		CHECK(t, fd < 0 && (errno == ELOOP || errno == ENOENT));
		fd = path_open_real(host, path, 0);
		CHECK(t, fd < 0 && errno == ELOOP);
	}
	(void) close(ends[0]);
	(void) close(ends[1]);
	(void) close(host);
}

/* A rootfs with a procfs: /proc/PID/root and cwd must not be a way to the host. */
static void does_not_leave_through_procfs(struct tests *t, const struct tree *tree)
{
	static const char *const links[] = {"root", "cwd"};
	char path[128];

	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
	must(mkdirat(tree->root, "proc", 0755) == 0 && fchdir(tree->outside) == 0);
	(void) snprintf(path, sizeof path, "%s/root/proc", tree->top);
	must(mount("/proc", path, NULL, MS_BIND | MS_REC, NULL) == 0);
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		int fd;

		(void) snprintf(path, sizeof path, "/proc/%d/%s/%s", (int) getpid(), links[i], i == 0 ? "a/file" : "secret");
		fd = path_open(tree->root, path, 0);
		if (fd < 0)
			CHECK(t, errno == ELOOP || errno == ENOENT);
		else
			CHECK(t, is_same_file(fd, tree->root, "a/file")); /* "/" is the rootfs's own */
		(void) close(fd);
	}
	must(fchdir(tree->root) == 0);
}

static bool has_entry(int dir, const char *path)
{
	struct stat about;

	return fstatat(dir, path, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

static int mode_of(const struct tree *tree, const char *path)
{
	struct stat about = {.st_mode = 0};

	(void) fstatat(tree->root, path, &about, AT_SYMLINK_NOFOLLOW);
	return (int) (about.st_mode & 07777);
}

static void makes_directories(struct tests *t, const struct tree *tree)
{
	static const struct found cases[] = {
		{"/", ".", 0},
		{"/a/b", "a/b", 0},
		{"/links/dir", "a/b", 0},
		{"/x/y/z", "x/y/z", 0},
		{"/x/y/w/", "x/y/w", 0},
		{"//x/.//v/.", "x/v", 0},
		{"/p/q/../r", "p/r", 0},
		{"/../../s", "s", 0},
		{"/links/dir/n", "a/b/n", 0},
		{"/links/dangling/m", "new/made/m", 0},
		{"/links/danglingup", "new/made", 0},
		{"/links/loop", NULL, ELOOP},
		{"/a/file", NULL, ENOTDIR},
		{"/a/file/x", NULL, ENOTDIR},
		{"/links/absolute", NULL, ENOTDIR},
	};
	char path[160];
	int fd;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		(void) check_found(t, tree, path_make_dir(tree->root, cases[i].path, 0751), cases[i].is, cases[i].error, cases[i].path);
	CHECK_INT(t, mode_of(tree, "x"), 0751);
	CHECK_INT(t, mode_of(tree, "x/y/z"), 0751);
	CHECK_INT(t, mode_of(tree, "a/b"), 0755);
	CHECK(t, has_entry(tree->root, "p/q"));

	/* The host's path of outside/ is made in the rootfs. */
	fd = path_make_dir(tree->root, "/links/outside/made", 0755);
	(void) snprintf(path, sizeof path, "%s/outside/made", tree->top + 1);
	(void) check_found(t, tree, fd, path, 0, "/links/outside/made");
	CHECK(t, !has_entry(tree->outside, "made"));
}

static void makes_directories_without_links(struct tests *t, const struct tree *tree)
{
	static const struct found cases[] = {
		{"/a/b", "a/b", 0},
		{"/x/y/z/", "x/y/z", 0},
		{"/links/dir", NULL, ELOOP},
		{"/links/dir/n", NULL, ELOOP},
		{"/links/dangling", NULL, ELOOP},
		{"/links/dangling/m", NULL, ELOOP},
		{"/x/new/../../links/dir/n", NULL, ELOOP},
		{"/a/file", NULL, ENOTDIR},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		(void) check_found(t, tree, path_make_real_dir(tree->root, cases[i].path, 0700), cases[i].is, cases[i].error,
				   cases[i].path);
	CHECK_INT(t, mode_of(tree, "x/y"), 0700);
	CHECK(t, !has_entry(tree->root, "a/b/n") && !has_entry(tree->root, "new"));
}

static void makes_files(struct tests *t, const struct tree *tree)
{
	static const struct found cases[] = {
		{"/a/file", "a/file", 0},
		{"/links/absolute", "a/file", 0},
		{"/x/y/f", "x/y/f", 0},
		{"x/y/f", "x/y/f", 0},
		{"/links/dir/g", "a/b/g", 0},
		{"/links/dangling", "new/made", 0},
		{"/a", NULL, EISDIR},
		{"/", NULL, EISDIR},
		{"/links/dir", NULL, EISDIR},
		{"/a/file/x", NULL, ENOTDIR},
		{"/links/loop", NULL, ELOOP},
		{"/d/", NULL, EISDIR},
	};
	struct stat about = {.st_mode = 0};
	char path[160];
	int fd;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		(void) check_found(t, tree, path_make_file(tree->root, cases[i].path), cases[i].is, cases[i].error, cases[i].path);
	(void) fstatat(tree->root, "x/y/f", &about, AT_SYMLINK_NOFOLLOW);
	CHECK(t, S_ISREG(about.st_mode) && about.st_size == 0);
	CHECK_INT(t, mode_of(tree, "x/y/f"), 0644);
	CHECK_INT(t, mode_of(tree, "x/y"), 0755);
	CHECK_INT(t, mode_of(tree, "a/file"), 0600);

	fd = path_make_file(tree->root, "/links/outside/made");
	(void) snprintf(path, sizeof path, "%s/outside/made", tree->top + 1);
	(void) check_found(t, tree, fd, path, 0, "/links/outside/made");
	CHECK(t, !has_entry(tree->outside, "made"));
}

static void makes_parents(struct tests *t, const struct tree *tree)
{
	static const struct {
		struct found dir;
		const char *name;
	} cases[] = {
		{{"/a/b/new", "a/b", 0}, "new"},	{{"/a/b/new///", "a/b", 0}, "new"}, {{"new", ".", 0}, "new"},
		{{"/new", ".", 0}, "new"},		{{"/x/y/z", "x/y", 0}, "z"},	    {{"/links/dir/z", "a/b", 0}, "z"},
		{{"/links/absolute", "links", 0}, "absolute"}, {{"/../../w", ".", 0}, "w"},	    {{"", NULL, EINVAL}, ""},
		{{"/", NULL, EINVAL}, ""},		{{"/a/.", NULL, EINVAL}, ""},	    {{"/a/..", NULL, EINVAL}, ""},
		{{"..", NULL, EINVAL}, ""},		{{"/a/file/x", NULL, ENOTDIR}, ""},
	};
	char long_name[PATH_NAME_SIZE + 1], name[PATH_NAME_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int fd = path_make_parent(tree->root, cases[i].dir.path, name);

		if (check_found(t, tree, fd, cases[i].dir.is, cases[i].dir.error, cases[i].dir.path) && fd >= 0)
			CHECK_TEXT(t, name, cases[i].name);
	}
	CHECK(t, !has_entry(tree->root, "x/y/z"));
	memset(long_name, 'n', sizeof long_name);
	long_name[PATH_NAME_SIZE] = '\0';
	(void) check_found(t, tree, path_make_parent(tree->root, long_name, name), NULL, ENAMETOOLONG, "a name of 256 bytes");
	long_name[PATH_NAME_SIZE - 1] = '\0';
	(void) check_found(t, tree, path_make_parent(tree->root, long_name, name), ".", 0, "a name of 255 bytes");
	CHECK_TEXT(t, name, long_name);
}

static void bears_long_paths(struct tests *t, const struct tree *tree)
{
	static char path[PATH_MAX + 16];
	char name[PATH_NAME_SIZE + 1], target[1024] = "";

	/* PATH_MAX counts the NUL. */
	memset(path, '/', PATH_MAX);
	memcpy(path + PATH_MAX - 7, "a/file", 7);
	(void) check_found(t, tree, path_open(tree->root, path, 0), "a/file", 0, "4095 bytes");
	memset(path, '/', PATH_MAX);
	memcpy(path + PATH_MAX - 6, "a/file", 7);
	(void) check_found(t, tree, path_open(tree->root, path, 0), NULL, ENAMETOOLONG, "4096 bytes");
	(void) check_found(t, tree, path_open_real(tree->root, path, 0), NULL, ENAMETOOLONG, "4096 bytes, no links");
	(void) check_found(t, tree, path_make_dir(tree->root, path, 0755), NULL, ENAMETOOLONG, "4096 bytes, a directory");
	(void) check_found(t, tree, path_make_file(tree->root, path), NULL, ENAMETOOLONG, "4096 bytes, a file");
	path[PATH_MAX - 2] = '/';
	path[PATH_MAX - 1] = '/';
	(void) strcpy(path + PATH_MAX, "x");
	(void) check_found(t, tree, path_make_parent(tree->root, path, name), NULL, ENAMETOOLONG, "4096 bytes, a parent");

	for (size_t i = 0; i + 5 < PATH_MAX; i += 5)
		memcpy(path + i, "a/../", 6);
	(void) check_found(t, tree, path_open(tree->root, path, 0), ".", 0, "down and up 819 times");

	memset(name, 'n', sizeof name);
	name[PATH_NAME_SIZE] = '\0';
	(void) check_found(t, tree, path_open(tree->root, name, 0), NULL, ENAMETOOLONG, "a name of 256 bytes");
	(void) check_found(t, tree, path_make_dir(tree->root, name, 0755), NULL, ENAMETOOLONG, "a directory of 256 bytes");
	name[PATH_NAME_SIZE - 1] = '\0';
	(void) check_found(t, tree, path_make_dir(tree->root, name, 0755), name, 0, "a directory of 255 bytes");

	/* A long link before a path that is not short. */
	for (int i = 0; i < 200; i++)
		(void) strcat(target, "/../");
	(void) strcat(target, "a");
	must(symlinkat(target, tree->root, "long") == 0);
	memset(path, '/', 3000);
	memcpy(path, "/long", 5);
	memcpy(path + 2996, "file", 5);
	(void) check_found(t, tree, path_open(tree->root, path, 0), "a/file", 0, "a long link");
}

static void makes_host_directories(struct tests *t)
{
	struct tree tree;
	char path[160];
	static const char *const good[] = {"h/i/j", "h/i/k/", "h//i/./l", "h/i/j", "linked/m"};

	plant_tree(&tree);
	must(symlinkat("../outside", tree.root, "linked") == 0);
	(void) umask(077);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		(void) snprintf(path, sizeof path, "%s/root/%s", tree.top, good[i]);
		CHECK_INT(t, path_mkdir_all(path, 0755), 0);
		CHECK(t, has_entry(tree.root, good[i]));
	}
	CHECK_INT(t, umask(022), 077); /* as it was */
	CHECK_INT(t, mode_of(&tree, "h"), 0755);
	CHECK_INT(t, mode_of(&tree, "h/i/j"), 0755);
	CHECK(t, has_entry(tree.outside, "m"));
	for (int i = 0; i < 2; i++) {
		(void) snprintf(path, sizeof path, "%s/root/a/file%s", tree.top, i == 0 ? "" : "/x");
		CHECK(t, path_mkdir_all(path, 0755) < 0 && errno == ENOTDIR);
	}
	fell_tree(&tree);
}

/*
 * Until it is killed: a directory and a link to outside/ change places, and a directory moves out of the rootfs and back.
 * Whatever is asked for is therefore at times there, at times not, and at times a way out.
 */
static _Noreturn void disturb(const struct tree *tree)
{
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (renameat2(tree->root, "swap", tree->root, "swapped", RENAME_EXCHANGE) < 0 ||
		    renameat2(tree->root, "move/b", tree->outside, "b", 0) < 0 ||
		    renameat2(tree->outside, "b", tree->root, "move/b", 0) < 0)
			_exit(1);
	}
}

static const char *const raced[] = {
	"/swap/secret", "/swap/sub/../secret", "/swap/sub/..", "/move/b/c/../../secret", "/move/b/c/../../../swap/sub",
};

#define RACED (sizeof raced / sizeof raced[0])

/* Is it one of these? A link is not. */
static bool is_inside(int fd, const struct stat inside[], size_t count)
{
	struct stat found;

	if (fstat(fd, &found) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (found.st_ino == inside[i].st_ino && found.st_dev == inside[i].st_dev)
			return true;
	}
	return false;
}

static void does_not_lose_a_race(struct tests *t, const struct tree *tree)
{
	static const char *const targets[] = {"swap/secret", "swap", "swap/sub", "move/secret"};
	struct stat inside[4], outside;
	unsigned found[RACED] = {0}, missed[RACED] = {0}, wrong = 0, fooled = 0, created = 0;
	int64_t begin = test_now_ms();
	bool has_seen_all = false;
	int status = 0;
	pid_t pid;

	for (size_t i = 0; i < 4; i++)
		must(fstatat(tree->root, targets[i], &inside[i], AT_SYMLINK_NOFOLLOW) == 0);
	must(fstatat(tree->outside, "secret", &outside, 0) == 0);
	(void) fflush(stdout);
	pid = fork();
	if (pid == 0)
		disturb(tree);
	while (test_now_ms() - begin < 200 || (!has_seen_all && test_now_ms() - begin < 10000)) {
		int fd = openat(tree->root, "swap/secret", O_PATH | O_CLOEXEC);
		struct stat about;

		/* Who resolves as usual gets out: the race is one. */
		fooled += fd >= 0 && fstat(fd, &about) == 0 && about.st_ino == outside.st_ino;
		(void) close(fd);
		has_seen_all = fooled > 0 && created > 0;
		for (size_t i = 0; i < RACED; i++) {
			fd = path_open(tree->root, raced[i], 0);
			if (fd < 0) {
				missed[i]++;
			} else {
				found[i]++;
				wrong += !is_inside(fd, inside, 4);
				(void) close(fd);
			}
			has_seen_all &= found[i] > 0 && missed[i] > 0;
		}
		fd = path_make_dir(tree->root, "/swap/made/deeper", 0755);
		created += fd >= 0;
		(void) close(fd);
		fd = path_make_file(tree->root, "/swap/made/../file");
		created += fd >= 0;
		(void) close(fd);
	}
	CHECK_INT(t, waitpid(pid, &status, WNOHANG), 0); /* it went on to the end */
	(void) kill(pid, SIGKILL);
	(void) waitpid(pid, &status, 0);
	CHECK_INT(t, wrong, 0);
	CHECK(t, !has_entry(tree->outside, "made") && !has_entry(tree->outside, "file"));
	if (!CHECK(t, has_seen_all))
		for (size_t i = 0; i < RACED; i++)
			(void) printf("    %s: found %u, missed %u; fooled %u, created %u\n", raced[i], found[i], missed[i], fooled, created);
}

static void opens(struct tests *t)
{
	in_every_way(t, opens_what_is_in_the_rootfs);
}

static void opens_real(struct tests *t)
{
	in_every_way(t, opens_without_links);
}

static void refuses_magic(struct tests *t)
{
	in_every_way(t, does_not_follow_magic_links);
}

static void stays_in_procfs(struct tests *t)
{
	if (geteuid() != 0)
		t->skipped_for = "needs root to mount a procfs";
	else
		in_every_way(t, does_not_leave_through_procfs);
}

static void makes_dirs(struct tests *t)
{
	in_every_way(t, makes_directories);
}

static void makes_real_dirs(struct tests *t)
{
	in_every_way(t, makes_directories_without_links);
}

static void makes_empty_files(struct tests *t)
{
	in_every_way(t, makes_files);
}

static void makes_parent_dirs(struct tests *t)
{
	in_every_way(t, makes_parents);
}

static void bears_length(struct tests *t)
{
	in_every_way(t, bears_long_paths);
}

static bool can_exchange(void)
{
	struct tree tree;
	bool is_possible;

	plant_tree(&tree);
	is_possible = renameat2(tree.root, "swap", tree.root, "swapped", RENAME_EXCHANGE) == 0;
	fell_tree(&tree);
	return is_possible;
}

static void races(struct tests *t)
{
	if (!can_exchange())
		t->skipped_for = "the file system of /tmp cannot exchange two names";
	else
		in_every_way(t, does_not_lose_a_race);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "path_open() resolves links and \"..\" inside the rootfs", opens);
	run_test(&t, "path_open_real() refuses every link", opens_real);
	run_test(&t, "magic links lead nowhere", refuses_magic);
	run_test(&t, "a procfs in the rootfs is no way out", stays_in_procfs);
	run_test(&t, "path_make_dir() creates what is missing inside", makes_dirs);
	run_test(&t, "path_make_real_dir() refuses every link, dangling or not", makes_real_dirs);
	run_test(&t, "path_make_file() creates a file and what is above it", makes_empty_files);
	run_test(&t, "path_make_parent() gives the directory and the last name", makes_parent_dirs);
	run_test(&t, "long paths and names are refused like the kernel's", bears_length);
	run_test(&t, "path_mkdir_all() gives exact modes on the host", makes_host_directories);
	run_test(&t, "nobody who renames meanwhile leads out", races);
	return end_tests(&t);
}
