/*
 * System calls and constants that the C library does not wrap, or wraps differently from release to release. Numbers
 * and structures: the kernel's uapi headers. Each returns what the kernel does, -1 and errno on failure.
 */
#ifndef GANTRY_SYS_H
#define GANTRY_SYS_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/openat2.h>

/* Since Linux 5.0 new calls have the same number on every architecture. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x04
#define MOVE_MOUNT_T_EMPTY_PATH 0x40
#endif
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC 1
#define FSMOUNT_CLOEXEC 1
#endif
#define GANTRY_FSCONFIG_SET_STRING 1 /* enum fsconfig_command */
#define GANTRY_FSCONFIG_CMD_CREATE 6
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x01
#define MOUNT_ATTR_NOSUID 0x02
#define MOUNT_ATTR_NODEV 0x04
#define MOUNT_ATTR_NOEXEC 0x08
#define MOUNT_ATTR__ATIME 0x70
#define MOUNT_ATTR_NOATIME 0x10
#define MOUNT_ATTR_STRICTATIME 0x20
#define MOUNT_ATTR_NODIRATIME 0x80
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x200000
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x100000
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000
#endif
#ifndef STATX_MNT_ID_UNIQUE /* Linux 6.8 */
#define STATX_MNT_ID_UNIQUE 0x4000
#endif
#define GANTRY_STATX_MNT_ID_OFFSET 0x90 /* stx_mnt_id, which not every C library has */
#define GANTRY_STATMOUNT_MNT_BASIC 2
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* struct clone_args up to `cgroup`, CLONE_ARGS_SIZE_VER2 */
struct sys_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* struct mount_attr, MOUNT_ATTR_SIZE_VER0 */
struct sys_mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

/* struct sched_attr up to `sched_util_max`, SCHED_ATTR_SIZE_VER1 */
struct sys_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

/* struct mnt_id_req, MNT_ID_REQ_SIZE_VER0 */
struct sys_mnt_id_req {
	uint32_t size, spare;
	uint64_t mnt_id, param;
};

static inline pid_t sys_clone3(struct sys_clone_args *args)
{
	return (pid_t) syscall(SYS_clone3, args, sizeof *args);
}

static inline int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve };

	return (int) syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int) syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC);
}

/* Move the mount behind one descriptor onto the file behind another. */
static inline int sys_move_mount(int mount_fd, int target_fd)
{
	return (int) syscall(SYS_move_mount, mount_fd, "", target_fd, "",
			     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static inline int sys_mount_setattr(int fd, unsigned flags, const struct sys_mount_attr *attr)
{
	return (int) syscall(SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, attr, sizeof *attr);
}

static inline int sys_fsopen(const char *fstype)
{
	return (int) syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC);
}

static inline int sys_fsconfig(int fd, unsigned command, const char *key, const char *value)
{
	return (int) syscall(SYS_fsconfig, fd, command, key, value, 0);
}

static inline int sys_fsmount(int fd, unsigned attributes)
{
	return (int) syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes);
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int) syscall(SYS_close_range, first, last, flags);
}

static inline int sys_pidfd_open(pid_t pid)
{
	return (int) syscall(SYS_pidfd_open, pid, 0);
}

static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int) syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static inline int sys_pidfd_getfd(int pidfd, int number)
{
	return (int) syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

/* What the kernel knows of the mount with this unique id, in `buffer`; ENOENT when there is none (any more). */
static inline int sys_statmount(uint64_t unique_id, void *buffer, size_t size)
{
	const struct sys_mnt_id_req request = {
		.size = sizeof request, .mnt_id = unique_id, .param = GANTRY_STATMOUNT_MNT_BASIC,
	};

	return (int) syscall(SYS_statmount, &request, buffer, size, 0);
}

/* The call without flags: libc's faccessat(3) makes faccessat2. */
static inline int sys_faccessat(const char *path, int mode)
{
	return (int) syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

static inline int sys_execveat(int fd, char *const argv[], char *const envp[])
{
	return (int) syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
}

#endif
