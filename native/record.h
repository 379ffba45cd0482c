/* Files of the process directory (docs/plan-format.md): complete or not there. */
#ifndef GANTRY_RECORD_H
#define GANTRY_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mountid.h"

/* How a process ended. */
struct exit_record {
	pid_t pid;
	int status;	   /* 0 … 255, or 128 + signal */
	int signal;	   /* 0: it ended by itself */
	int64_t exited_ns; /* since 1970 */
	bool has_oom;	   /* its cgroup saw an OOM kill meanwhile */
};

/* Write `pid`; 0, or -1 with errno. */
int record_pid(int dir_fd, pid_t pid, unsigned long long start_time);

/* Write `exit.json`; 0, or -1 with errno. */
int record_exit(int dir_fd, const struct exit_record *record);

/* `rootfs-mount`: the mount that holds the root of a container without a mount namespace. */
int record_rootfs_mount(int dir_fd, const struct mount_id *id);

/* Remove everything the monitor makes there. */
void record_remove(int dir_fd);

#endif
