/* /proc/self/mountinfo: proc(5). */
#include "harness.h"

#include <limits.h>
#include <sys/mman.h>

#include "mountinfo.h"

/* Read from this text in place of the file. */
static void open_text(struct mountinfo *info, const char *text)
{
	*info = (struct mountinfo){.fd = memfd_create("mountinfo", MFD_CLOEXEC)};
	if (info->fd < 0 || write(info->fd, text, strlen(text)) != (ssize_t) strlen(text) || lseek(info->fd, 0, SEEK_SET) < 0)
		abort();
}

static void takes_the_fields(struct tests *t)
{
	static const char *const lines[][4] = {
		{"22 28 0:20 / /proc rw,nosuid,nodev - proc proc rw\n", "/", "/proc", "proc"},
		{"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n", "/mnt1", "/mnt2", "ext3"},
		{"37 35 0:1 / / rw shared:5 propagate_from:2 unbindable - fuse.sshfs a - b rw\n", "/", "/", "fuse.sshfs"},
		{"38 35 0:3 net:[4026531840] /run/netns/x rw - nsfs nsfs rw\n", "net:[4026531840]", "/run/netns/x", "nsfs"},
		{"39 35 0:4 / /a\\040b\\011c\\012d\\134040 rw - tmpfs tmpfs rw\n", "/", "/a b\tc\nd\\040", "tmpfs"},
		{"40 35 0:5 /x\\134y /\\303\\274\\377 rw - tmpfs tmpfs rw\n", "/x\\y", "/\303\274\377", "tmpfs"},
		/* Not written by the kernel: no three digits, or more than a byte. */
		{"41 35 0:6 / /a\\04 rw - tmpfs tmpfs rw\n", "/", "/a\\04", "tmpfs"},
		{"42 35 0:7 / /a\\400\\08x\\ rw - tmpfs tmpfs rw\n", "/", "/a\\400\\08x\\", "tmpfs"},
	};
	struct mountinfo info;
	struct mountinfo_entry entry;
	char text[2048] = "";

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		(void) strcat(text, lines[i][0]);
	open_text(&info, text);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (!CHECK_INT(t, mountinfo_next(&info, &entry), 1))
			break;
		CHECK_TEXT(t, entry.root, lines[i][1]);
		CHECK_TEXT(t, entry.mount_point, lines[i][2]);
		CHECK_TEXT(t, entry.fstype, lines[i][3]);
	}
	CHECK_INT(t, mountinfo_next(&info, &entry), 0);
	CHECK_INT(t, mountinfo_next(&info, &entry), 0);
	mountinfo_close(&info);
	CHECK_INT(t, info.fd, -1);
}

static void refuses_other_lines(struct tests *t)
{
	static const char *const lines[] = {"\n", "x\n", "1 2 3 / /x\n", "1 2 3 / /x rw tmpfs tmpfs rw\n", "1 2 - tmpfs x rw\n"};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct mountinfo info;
		struct mountinfo_entry entry;

		open_text(&info, lines[i]);
		CHECK(t, mountinfo_next(&info, &entry) == -1 && errno == EPROTO);
		mountinfo_close(&info);
	}
}

static void reads_lines_anywhere(struct tests *t)
{
	static char text[200 * 1024], path[1200];
	struct mountinfo info;
	struct mountinfo_entry entry;

	memset(path, 'p', sizeof path);
	/* Lines that do not end where a read does. */
	for (int i = 0, at = 0; i < 150; i++)
		at += sprintf(text + at, "%d 1 0:1 / /%.*s rw - tmpfs tmpfs rw\n", i, 800 + i, path);
	open_text(&info, text);
	for (int i = 0; i < 150; i++) {
		if (!CHECK_INT(t, mountinfo_next(&info, &entry), 1))
			break;
		CHECK_INT(t, strlen(entry.mount_point), 801 + i);
	}
	CHECK_INT(t, mountinfo_next(&info, &entry), 0);
	mountinfo_close(&info);
}

static void bears_lines_of_any_length(struct tests *t)
{
	enum { LONGEST = PATH_MAX - 1, OPTIONS = 100000 };
	static char text[3 * OPTIONS], path[4 * PATH_MAX], options[OPTIONS];
	struct mountinfo info;
	struct mountinfo_entry entry;
	int length;

	/* The longest root and mount point, all spaces; then options of every length around the buffer's. */
	for (int i = 0; i < LONGEST; i++)
		memcpy(path + 4 * i, "\\040", 5);
	memset(options, 'o', sizeof options);
	for (int extra = -70; extra <= 4; extra++) {
		int room = (int) sizeof info.buffer + extra;

		length = sprintf(text, "1 1 0:1 %s %s rw - overlay overlay ", path, path);
		length += sprintf(text + length, "%.*s\n", room - length, options);
		CHECK_INT(t, length, room + 1);
		(void) sprintf(text + length, "2 1 0:2 / /next rw - tmpfs tmpfs rw\n");
		open_text(&info, text);
		CHECK_INT(t, mountinfo_next(&info, &entry), 1);
		CHECK(t, strlen(entry.root) == LONGEST && strlen(entry.mount_point) == LONGEST);
		CHECK_TEXT(t, entry.fstype, "overlay");
		CHECK_INT(t, mountinfo_next(&info, &entry), 1);
		CHECK_TEXT(t, entry.mount_point, "/next");
		CHECK_INT(t, mountinfo_next(&info, &entry), 0);
		mountinfo_close(&info);
	}

	/* Much longer, twice, and not the last one. */
	length = sprintf(text, "1 1 0:1 / /a rw - overlay overlay %.*s\n", OPTIONS, options);
	length += sprintf(text + length, "2 1 0:1 / /b rw - overlay overlay %.*s\n", OPTIONS, options);
	(void) sprintf(text + length, "3 1 0:2 / /c rw - tmpfs tmpfs rw\n");
	open_text(&info, text);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(t, mountinfo_next(&info, &entry), 1);
		CHECK_TEXT(t, entry.mount_point, i == 0 ? "/a" : i == 1 ? "/b" : "/c");
	}
	CHECK_INT(t, mountinfo_next(&info, &entry), 0);
	mountinfo_close(&info);
}

static void reads_the_kernels(struct tests *t)
{
	struct mountinfo info;
	struct mountinfo_entry entry;
	bool has_root = false, has_proc = false;
	int more;

	CHECK_INT(t, mountinfo_open(&info), 0);
	while ((more = mountinfo_next(&info, &entry)) > 0) {
		has_root |= strcmp(entry.mount_point, "/") == 0;
		has_proc |= strcmp(entry.mount_point, "/proc") == 0 && strcmp(entry.fstype, "proc") == 0;
	}
	CHECK_INT(t, more, 0);
	CHECK(t, has_root && has_proc);
	mountinfo_close(&info);
}

static void knows_what_is_below(struct tests *t)
{
	static const struct {
		const char *path, *below;
		bool is_below;
	} cases[] = {
		{"/a", "/a", true},   {"/a/b", "/a", true},  {"/a/b", "/a/", true}, {"/a", "/a//", true}, {"/ab", "/a", false},
		{"/", "/a", false},   {"/a", "/a/b", false}, {"/a", "/", true},	  {"/", "/", true},	{"/b/a", "/a", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (!CHECK_INT(t, path_is_at_or_below(cases[i].path, cases[i].below), cases[i].is_below))
			(void) printf("    %s below %s\n", cases[i].path, cases[i].below);
	}
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "root, mount point and type are taken, escapes undone", takes_the_fields);
	run_test(&t, "lines that are no mounts are refused", refuses_other_lines);
	run_test(&t, "lines may lie anywhere in the buffer", reads_lines_anywhere);
	run_test(&t, "options that are longer than the buffer are cut", bears_lines_of_any_length);
	run_test(&t, "the kernel's file is read to its end", reads_the_kernels);
	run_test(&t, "path_is_at_or_below() compares whole components", knows_what_is_below);
	return end_tests(&t);
}
