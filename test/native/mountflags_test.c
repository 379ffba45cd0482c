/* Flags of a mount, with mount_setattr(2) and by remounting where there is none. */
#include "oldkernel.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "mountflags.h"
#include "sys.h"

#define ST_BITS 0x2c0f /* read-only, nosuid, nodev, noexec, noatime, nodiratime, nosymfollow: linux/statfs.h */
#define RDONLY 1
#define NOSUID 2
#define NODEV 4
#define NOEXEC 8
#define NOATIME 0x400
#define NODIRATIME 0x800
#define RELATIME 0x1000
#define NOSYMFOLLOW 0x2000

static void translates(struct tests *t)
{
	static const struct {
		uint64_t flags, attributes;
	} cases[] = {
		{0, 0},
		{MS_RDONLY, MOUNT_ATTR_RDONLY},
		{MS_NOSUID | MS_NODEV | MS_NOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC},
		{MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
		{MS_NOATIME, MOUNT_ATTR_NOATIME},
		{MS_NOATIME | MS_STRICTATIME, MOUNT_ATTR_NOATIME}, /* one of two values of a field */
		{MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
		{MS_RELATIME, 0},
		{MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
		{MS_BIND | MS_REC | MS_SYNCHRONOUS | MS_MANDLOCK | MS_LAZYTIME, 0}, /* not of a mount */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_INT(t, mount_attributes(cases[i].flags), cases[i].attributes);
}

static unsigned long flags_of(int fd)
{
	struct statvfs about = {.f_flag = 0};

	(void) fstatvfs(fd, &about);
	return about.f_flag & (ST_BITS | RELATIME);
}

static void must(bool is_done)
{
	if (!is_done) {
		perror("mountflags_test");
		abort();
	}
}

/* A mount namespace of its own with a tmpfs at `dir`; a descriptor of it. */
static int mount_there(const char *dir, unsigned long flags)
{
	int fd;

	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
	must(mount("tmpfs", dir, "tmpfs", flags, "size=64k") == 0);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0);
	return fd;
}

struct place {
	char dir[32];
	bool is_old; /* no mount_setattr */
};

static void changes_flags(struct tests *t, const void *arg)
{
	static const struct {
		uint64_t flags;
		unsigned long expected;
	} cases[] = {
		/* One after the other, on the same mount. */
		{MS_RDONLY | MS_NOSUID, RDONLY | NOSUID | RELATIME},
		{MS_NODEV | MS_NOEXEC, NODEV | NOEXEC | RELATIME},
		{MS_NOATIME | MS_NOSUID, NOATIME | NOSUID},
		{MS_NOSUID, NOATIME | NOSUID}, /* says nothing of times */
		{MS_NODIRATIME, NODIRATIME | RELATIME},
		{MS_NOATIME, NOATIME},
		{MS_RELATIME, RELATIME},
		{MS_STRICTATIME, 0},
		{MS_RDONLY, RDONLY},
		{0, 0},
	};
	const struct place *place = arg;
	int fd = mount_there(place->dir, 0);

	if (place->is_old)
		forbid_call(SYS_mount_setattr, ENOSYS);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_INT(t, mount_remount(fd, cases[i].flags, 0), 0);
		if (!CHECK_INT(t, flags_of(fd), cases[i].expected))
			(void) printf("    after flags %#llx\n", (unsigned long long) cases[i].flags);
	}
	CHECK_INT(t, mount_add_flags(fd, MS_NOSUID | MS_RELATIME), 0);
	CHECK_INT(t, flags_of(fd) & ~(unsigned long) RELATIME, NOSUID);
	CHECK_INT(t, mount_add_flags(fd, MS_RDONLY | MS_NOATIME), 0);
	CHECK_INT(t, flags_of(fd), RDONLY | NOSUID | NOATIME);
	CHECK_INT(t, mount_add_flags(fd, MS_NODEV), 0);
	CHECK_INT(t, flags_of(fd), RDONLY | NOSUID | NODEV | NOATIME);
	CHECK_INT(t, mount_add_flags(fd, MS_STRICTATIME), 0);
	CHECK_INT(t, flags_of(fd), RDONLY | NOSUID | NODEV);
	if (place->is_old)
		CHECK(t, mount_set_flags(fd, 0, 0) < 0 && errno == ENOSYS);
	(void) close(fd);
}

/* What the mount had when the user namespace got its copy stays, and whoever asks for the opposite is told. */
static void keeps_locked_flags(struct tests *t, const void *arg)
{
	const struct place *place = arg;
	int fd;

	(void) close(mount_there(place->dir, MS_NOSUID | MS_NODEV));
	must(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	fd = open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0);
	if (place->is_old)
		forbid_call(SYS_mount_setattr, ENOSYS);
	CHECK_INT(t, mount_remount(fd, MS_RDONLY, 0), 0);
	CHECK_INT(t, flags_of(fd), RDONLY | NOSUID | NODEV | RELATIME);
	CHECK(t, mount_remount(fd, 0, MS_NODEV) == -1 && errno == EPERM);
	CHECK_INT(t, flags_of(fd), RDONLY | NOSUID | NODEV | RELATIME);
	CHECK_INT(t, mount_remount(fd, MS_NOSUID | MS_NODEV | MS_NOEXEC, MS_RDONLY), 0); /* read-only was not locked */
	CHECK_INT(t, flags_of(fd), NOSUID | NODEV | NOEXEC | RELATIME);
	(void) close(fd);
}

static void on_both_kernels(struct tests *t, void (*test)(struct tests *t, const void *arg))
{
	struct place place = {.dir = "/tmp/gantry-flags-XXXXXX"};

	if (geteuid() != 0) {
		t->skipped_for = "needs root to mount";
		return;
	}
	must(mkdtemp(place.dir) != NULL);
	for (int i = 0; i < 2; i++) {
		place.is_old = i == 1;
		if (!in_a_process(t, test, &place))
			(void) printf("    with%s mount_setattr\n", place.is_old ? "out" : "");
	}
	(void) rmdir(place.dir);
}

static void changes(struct tests *t)
{
	on_both_kernels(t, changes_flags);
}

static void keeps_locked(struct tests *t)
{
	int fd = open("/proc/sys/user/max_user_namespaces", O_RDONLY | O_CLOEXEC);
	char text[32] = "0";

	if (fd >= 0)
		(void) read_all(fd, text, sizeof text, 1000);
	(void) close(fd);
	if (atol(text) <= 0)
		t->skipped_for = "the kernel has no user namespaces";
	else
		on_both_kernels(t, keeps_locked_flags);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "mount_attributes() has the attribute of each flag of a mount", translates);
	run_test(&t, "flags are set exactly or added, times only when named", changes);
	run_test(&t, "locked flags are kept, or the opposite is refused", keeps_locked);
	return end_tests(&t);
}
