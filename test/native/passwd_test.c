/* Home directories from an /etc/passwd that an image brings. */
#include "harness.h"

#include <sys/mman.h>

#include "passwd.h"

#define MIB (1024 * 1024)

static int find(const char *text, size_t length, unsigned uid, char *home, size_t size)
{
	int fd = memfd_create("passwd", MFD_CLOEXEC);
	int status;

	if (fd < 0 || write(fd, text, length) != (ssize_t) length || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	(void) snprintf(home, size, "(none)");
	status = passwd_home(fd, uid, home, size);
	(void) close(fd);
	return status;
}

static void finds_home_directories(struct tests *t)
{
	static const struct {
		const char *text;
		unsigned uid;
		const char *home;
	} cases[] = {
		{"root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:\n", 0, "/root"},
		{"root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:\n", 1000, "/home/u"},
		{"u:x:1000:1000::/home/u:/bin/sh", 1000, "/home/u"}, /* no newline at the end */
		{"u:x:1000:1000::/home/u", 1000, "/home/u"},	      /* no shell */
		{"u:x:1:1::/first:\nv:x:1:1::/second:\n", 1, "/first"},
		{"u:x:4294967295:0::/max:\n", 4294967295u, "/max"},
		{"u:x:007:0::/octal:\n", 7, "/octal"},
		{"\n\n#u:x\nu:x:5:5::/h:\n", 5, "/h"},
		{"u:x:5:5::relative:/bin/sh\nu:x:5:5::/h:\n", 5, "/h"},
		{"u:x:5:5:::/bin/sh\n", 5, NULL},
		{"u:x:5:5::\n", 5, NULL},
		{"u:x:5\n", 5, NULL},
		{"u:x:0x5:5::/h:\n", 5, NULL},
		{"u:x:-5:5::/h:\n", 4294967291u, NULL},
		{"u:x: 5:5::/h:\n", 5, NULL},
		{"u:x:5 :5::/h:\n", 5, NULL},
		{"u:x::5::/h:\n", 0, NULL},
		{"u:x:4294967296:5::/h:\n", 0, NULL}, /* 2^32 */
		{"u:x:18446744073709551616:5::/h:\n", 0, NULL},
		{"", 0, NULL},
		{":::::::::\n", 0, NULL},
	};
	char home[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int found = find(cases[i].text, strlen(cases[i].text), cases[i].uid, home, sizeof home);

		CHECK_INT(t, found, cases[i].home != NULL);
		CHECK_TEXT(t, home, cases[i].home == NULL ? "(none)" : cases[i].home);
	}
}

static void bears_what_an_image_may_hold(struct tests *t)
{
	static const char nul[] = "a\0:x:5:5::/nul:\nu:x:5:5::/h\0idden:\n";
	char home[16], text[2048];
	int length;

	CHECK_INT(t, find(nul, sizeof nul - 1, 5, home, sizeof home), 1);
	CHECK_TEXT(t, home, "/h");

	/* As long as there is room for, NUL included. */
	CHECK_INT(t, find("u:x:5:5::/23456789012345:\n", 26, 5, home, 16), 1);
	CHECK_TEXT(t, home, "/23456789012345");
	CHECK_INT(t, find("u:x:5:5::/234567890123456:\n", 27, 5, home, 16), 0);

	/* Lines of 1023 bytes are read, longer ones skipped as a whole. */
	for (int size = 1023; size <= 1024; size++) {
		length = snprintf(text, sizeof text, "u:x:5:5:%*s:/long:/bin/s\nv:x:6:6::/next:\n", size - 21, "");
		CHECK(t, strchr(text, '\n') == text + size);
		CHECK_INT(t, find(text, (size_t) length, 5, home, sizeof home), size == 1023);
		CHECK_INT(t, find(text, (size_t) length, 6, home, sizeof home), 1);
		CHECK_TEXT(t, home, "/next");
	}
	length = snprintf(text, sizeof text, "%1024s:x:5:5::/tail:/bin/sh", "");
	CHECK_INT(t, find(text, (size_t) length, 5, home, sizeof home), 0);
}

/* 1 MiB is read. A line that goes on beyond it is not taken for a whole one. */
static void reads_no_further_than_its_limit(struct tests *t)
{
	static const char line[] = "u:x:5:5::/home/user:/bin/sh\n";
	static char text[MIB + 64];
	char home[64];

	memset(text, '\n', sizeof text);
	memcpy(text + MIB - strlen(line), line, strlen(line));
	CHECK_INT(t, find(text, sizeof text, 5, home, sizeof home), 1);
	for (size_t beyond = 1; beyond < strlen(line); beyond++) {
		memset(text + MIB - strlen(line), '\n', 2 * strlen(line));
		memcpy(text + MIB + beyond - strlen(line), line, strlen(line));
		CHECK_INT(t, find(text, MIB + beyond, 5, home, sizeof home), 0);
	}
}

static void tells_when_it_cannot_read(struct tests *t)
{
	char home[16];

	CHECK(t, passwd_home(-1, 0, home, sizeof home) == -1 && errno == EBADF);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "passwd_home() finds the first line with the uid in decimal", finds_home_directories);
	run_test(&t, "NULs and long lines and homes are no harm", bears_what_an_image_may_hold);
	run_test(&t, "1 MiB is read, and no part of a line", reads_no_further_than_its_limit);
	run_test(&t, "a failure to read is told", tells_when_it_cannot_read);
	return end_tests(&t);
}
