#include "mountflags.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "path.h"
#include "sys.h"

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000 /* kernel: include/linux/statfs.h */
#endif
#define ST_NODEV_BIT 0x4 /* the C libraries' names depend on feature macros; the kernel's values do not */
#define ST_NOEXEC_BIT 0x8
#define ST_NOATIME_BIT 0x400
#define ST_NODIRATIME_BIT 0x800
#define ST_RELATIME_BIT 0x1000

#define MS_ATIME_FLAGS (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)
#define ATTR_PLAIN (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW)

uint64_t mount_attributes(uint64_t flags)
{
	uint64_t attributes = 0;

	if ((flags & MS_RDONLY) != 0)
		attributes |= MOUNT_ATTR_RDONLY;
	if ((flags & MS_NOSUID) != 0)
		attributes |= MOUNT_ATTR_NOSUID;
	if ((flags & MS_NODEV) != 0)
		attributes |= MOUNT_ATTR_NODEV;
	if ((flags & MS_NOEXEC) != 0)
		attributes |= MOUNT_ATTR_NOEXEC;
	if ((flags & MS_NOSYMFOLLOW) != 0)
		attributes |= MOUNT_ATTR_NOSYMFOLLOW;
	if ((flags & MS_NODIRATIME) != 0)
		attributes |= MOUNT_ATTR_NODIRATIME;
	if ((flags & MS_NOATIME) != 0)
		attributes |= MOUNT_ATTR_NOATIME;
	else if ((flags & MS_STRICTATIME) != 0)
		attributes |= MOUNT_ATTR_STRICTATIME;
	return attributes;
}

/* The MS_* flags a mount has now. */
static int current_flags(int fd, uint64_t *flags)
{
	static const struct {
		unsigned long st;
		uint64_t ms;
	} BITS[] = {
		{ ST_RDONLY, MS_RDONLY },
		{ ST_NOSUID, MS_NOSUID },
		{ ST_NODEV_BIT, MS_NODEV },
		{ ST_NOEXEC_BIT, MS_NOEXEC },
		{ ST_NOATIME_BIT, MS_NOATIME },
		{ ST_NODIRATIME_BIT, MS_NODIRATIME },
		{ ST_RELATIME_BIT, MS_RELATIME },
		{ ST_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	};
	struct statvfs stat;

	if (fstatvfs(fd, &stat) < 0)
		return -1;
	*flags = 0;
	for (size_t i = 0; i < sizeof BITS / sizeof BITS[0]; i++)
		if ((stat.f_flag & BITS[i].st) != 0)
			*flags |= BITS[i].ms;
	return 0;
}

/* Would keeping the locked flags break what was asked for? */
static int check_locked(int fd, uint64_t cleared)
{
	uint64_t now;

	if (current_flags(fd, &now) < 0)
		return -1;
	if ((now & cleared) == 0)
		return 0;
	errno = EPERM;
	return -1;
}

int mount_set_flags(int fd, uint64_t flags, uint64_t cleared)
{
	struct sys_mount_attr attr = { .attr_set = mount_attributes(flags) };
	uint64_t times = 0;

	if ((flags & MS_ATIME_FLAGS) != 0)
		times = MOUNT_ATTR__ATIME | (MOUNT_ATTR_NODIRATIME & ~attr.attr_set);
	attr.attr_clr = (ATTR_PLAIN & ~attr.attr_set) | times;
	if (sys_mount_setattr(fd, 0, &attr) == 0)
		return 0;
	if (errno != EPERM || check_locked(fd, cleared) < 0)
		return -1;
	attr.attr_clr = times;
	return sys_mount_setattr(fd, 0, &attr);
}

static int remount(int fd, uint64_t flags)
{
	return mount(NULL, fd_path(fd).text, NULL, (unsigned long) (flags | MS_BIND | MS_REMOUNT), NULL);
}

int mount_add_flags(int fd, uint64_t flags)
{
	struct sys_mount_attr attr = { .attr_set = mount_attributes(flags) };
	uint64_t now;

	if ((flags & (MS_NOATIME | MS_STRICTATIME)) != 0)
		attr.attr_clr = MOUNT_ATTR__ATIME;
	if (sys_mount_setattr(fd, 0, &attr) == 0)
		return 0;
	if (errno != ENOSYS || current_flags(fd, &now) < 0)
		return -1;
	return remount(fd, now | flags);
}

int mount_remount(int fd, uint64_t flags, uint64_t cleared)
{
	uint64_t now;

	if (mount_set_flags(fd, flags, cleared) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	if (remount(fd, flags) == 0)
		return 0;
	if (errno != EPERM || check_locked(fd, cleared) < 0 || current_flags(fd, &now) < 0)
		return -1;
	return remount(fd, flags | now);
}
