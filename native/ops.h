/*
 * One function per kind of operation. Each returns 0, or -1 after fail() said what went wrong. What they do is in
 * docs/plan-format.md, "Operations"; the file they are in is named beside them.
 */
#ifndef GANTRY_OPS_H
#define GANTRY_OPS_H

#include "ctx.h"

/* op_host.c: files and processes of the host */
int op_mkdir(struct ctx *ctx, const struct op_mkdir *op);
int op_write_file(struct ctx *ctx, const struct op_write_file *op);
int op_fill_file(struct ctx *ctx, const struct op_fill_file *op);
int op_remove_dir(struct ctx *ctx, const char *path);
int op_signal(struct ctx *ctx, const struct op_signal *op);
/* Open the root directory of the process that join-target named. */
int op_target_root(struct ctx *ctx);
int op_join_target(struct ctx *ctx, const struct op_join_target *op);

/* op_hostmount.c */
int op_host_mount(struct ctx *ctx, const struct op_host_mount *op);
/* The same, whether or not it has an id map. */
int mount_unmapped(struct ctx *ctx, const struct op_host_mount *op);
int open_host_target(struct ctx *ctx, const struct op_host_mount *op);
int op_host_umount(struct ctx *ctx, const char *path);
int op_host_rootfs(struct ctx *ctx, const struct op_host_rootfs *op);
int op_host_unbind(struct ctx *ctx, const struct op_host_unbind *op);
/* Make what mounts will be made on, below a rootfs that is not entered yet. */
int op_mount_points(struct ctx *ctx, const struct op_mount_points *op);

/* op_mappedmount.c: a host mount with an id map */
int mount_mapped(struct ctx *ctx, const struct op_host_mount *op);

/* op_cgroup.c */
int op_device_program(struct ctx *ctx, const struct op_device_program *op);
int op_cgroup_join(struct ctx *ctx, const struct op_cgroup_join *op, int *fd);
/* In the child: write the calling thread into every cgroup that cgroup-join opened. */
int enter_cgroups(struct ctx *ctx);

/* op_parent.c: done to the child from outside */
int op_id_map(struct ctx *ctx, const struct op_id_map *op);
/* Write /proc/PID/uid_map or gid_map. */
int write_id_map(struct ctx *ctx, pid_t pid, const char *file, const struct id_ranges *map);
int op_rlimit(struct ctx *ctx, const struct op_rlimit *op);
int op_oom_score_adj(struct ctx *ctx, const struct op_oom_score_adj *op);

/* op_netdev.c */
/* Bring up the loopback device of the child's network namespace. */
int op_loopback_up_outside(struct ctx *ctx);
int op_net_device(struct ctx *ctx, const struct op_net_device *op);

/* op_attr.c: how the process runs, kept over execve */
int op_cpu_affinity(struct ctx *ctx, const struct op_cpu_affinity *op);
int op_scheduler(struct ctx *ctx, const struct op_scheduler *op);
int op_io_priority(struct ctx *ctx, const struct op_io_priority *op);
int op_personality(struct ctx *ctx, uint32_t domain);
int op_memory_policy(struct ctx *ctx, const struct op_memory_policy *op);

/* op_root.c */
int op_rootfs(struct ctx *ctx, const struct op_rootfs *op);
int op_pivot(struct ctx *ctx, const struct op_pivot *op);
/* Is the directory behind a descriptor, opened as `path`, the one that somebody has looked at before? */
int check_expected(struct ctx *ctx, const char *path, int fd, const struct expected_dir *expected);

/* op_mount.c */
int op_mount(struct ctx *ctx, const struct op_mount *op, int source_fd);
/* In stage 1, for a container with a user namespace: open what the mount binds while root still may. */
int open_mount_source(struct ctx *ctx, const struct op_mount *op, int *fd);

/* op_idmap.c */
int op_mount_id_map(struct ctx *ctx, const struct op_mount_id_map *op, int *fd);
/* Give a tree that nobody has mounted yet the id map of the mount operation, if it has one. */
int map_mount(struct ctx *ctx, const struct op_mount *op, int tree);
/* Give a tree that nobody has mounted yet the id map behind a descriptor. `flags`: AT_RECURSIVE or 0. */
int map_tree(struct ctx *ctx, const char *source, int tree, unsigned flags, int map);
/* The end of stage 1: no mount needs them any more. */
void close_id_maps(struct ctx *ctx);

/* op_dev.c: files in the rootfs */
int op_make_dir(struct ctx *ctx, const struct op_make_dir *op);
int op_symlink(struct ctx *ctx, const struct op_symlink *op);
int op_device(struct ctx *ctx, const struct op_device *op);

/* op_mask.c */
int op_remount(struct ctx *ctx, const struct op_remount *op);
int op_mask(struct ctx *ctx, const struct strings *paths);
int op_readonly_paths(struct ctx *ctx, const struct strings *paths);

/* op_proc.c: what is written through procfs */
int op_sysctl(struct ctx *ctx, const struct op_sysctl *op);
int op_apparmor(struct ctx *ctx, const char *profile);
int op_selinux(struct ctx *ctx, const struct op_selinux *op);

/* op_console.c */
int op_console(struct ctx *ctx);

/* op_hook.c; `pid` stands in the hook's standard input, `is_child`: the container's process runs it */
int op_hook(struct ctx *ctx, const struct op_hook *op, pid_t pid, bool is_child);

/* op_ns.c: namespaces that are not mounts */
int op_hostname(struct ctx *ctx, const char *name);
int op_domainname(struct ctx *ctx, const char *name);
int op_loopback_up(struct ctx *ctx);
int op_keyring(struct ctx *ctx, const struct op_keyring *op);

/* op_identity.c */
int op_capabilities(struct ctx *ctx, const struct op_capabilities *op);
int op_identity(struct ctx *ctx, const struct op_identity *op);
int op_no_new_privs(struct ctx *ctx);
int op_seccomp(struct ctx *ctx, const struct op_seccomp *op);
int op_cwd(struct ctx *ctx, const struct op_cwd *op);
/* The end of stage 6: capabilities that no `identity` applied, and whether the working directory is in the root. */
int finish_identity(struct ctx *ctx);

/* op_exec.c */
/* The end of stage 6: HOME, and which file argv[0] means. */
int find_executable(struct ctx *ctx, const struct op_exec *op);
/* Returns only with errno. */
void execute(struct ctx *ctx, const struct op_exec *op);

#endif
