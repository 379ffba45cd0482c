#include "plan_op.h"

#include <sched.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define CLONE_FLAGS_KNOWN                                                                                      \
	((uint64_t) (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
		     CLONE_NEWNET | CLONE_NEWTIME))
#define SECCOMP_MAX_BYTES (4096u * 8u) /* BPF_MAXINSNS, linux/bpf_common.h */

#define IN(stage) (1u << (stage))

/* The operations, in the order of docs/plan-format.md. */
static const struct {
	enum op_kind kind;
	const char *name;
	unsigned stages;
	bool is_single;
} TABLE[] = {
	{ OP_MONITOR, "monitor", IN(STAGE_SETTINGS), true },
	{ OP_STDIO, "stdio", IN(STAGE_SETTINGS), false },
	{ OP_TERMINAL, "terminal", IN(STAGE_SETTINGS), true },
	{ OP_LOGGER, "logger", IN(STAGE_SETTINGS), true },
	{ OP_KEEP_FDS, "keep-fds", IN(STAGE_SETTINGS), true },
	{ OP_EXEC_FIFO, "exec-fifo", IN(STAGE_SETTINGS), true },
	{ OP_INITIAL_CPUS, "initial-cpus", IN(STAGE_SETTINGS), true },
	{ OP_SECCOMP_LISTENER, "seccomp-listener", IN(STAGE_SETTINGS), true },
	{ OP_PIDFD_SOCKET, "pidfd-socket", IN(STAGE_SETTINGS), true },
	{ OP_CALLER, "caller", IN(STAGE_SETTINGS), true },
	{ OP_STAGE, "stage", ~0u, false },
	{ OP_MKDIR, "mkdir", IN(STAGE_HOST), false },
	{ OP_WRITE_FILE, "write-file", IN(STAGE_HOST) | IN(STAGE_PARENT), false },
	{ OP_FILL_FILE, "fill-file", IN(STAGE_HOST), false },
	{ OP_DEVICE_PROGRAM, "device-program", IN(STAGE_HOST), false },
	{ OP_CGROUP_JOIN, "cgroup-join", IN(STAGE_HOST), false },
	{ OP_HOST_MOUNT, "host-mount", IN(STAGE_HOST), false },
	{ OP_HOST_UMOUNT, "host-umount", IN(STAGE_HOST), false },
	{ OP_SIGNAL, "signal", IN(STAGE_HOST), false },
	{ OP_REMOVE_DIR, "remove-dir", IN(STAGE_HOST), false },
	{ OP_CLONE, "clone", IN(STAGE_CLONE), true },
	{ OP_JOIN_TARGET, "join-target", IN(STAGE_HOST), true },
	{ OP_ID_MAP, "id-map", IN(STAGE_PARENT), false },
	{ OP_RLIMIT, "rlimit", IN(STAGE_PARENT), false },
	{ OP_OOM_SCORE_ADJ, "oom-score-adj", IN(STAGE_PARENT), false },
	{ OP_NET_DEVICE, "net-device", IN(STAGE_PARENT) | IN(STAGE_HOOKS), false },
	{ OP_HOST_UNBIND, "host-unbind", IN(STAGE_HOST), false },
	{ OP_TARGET_ROOT, "target-root", IN(STAGE_HOST), true },
	{ OP_MOUNT_ID_MAP, "mount-id-map", IN(STAGE_HOST), false },
	{ OP_HOST_ROOTFS, "host-rootfs", IN(STAGE_CHILD), true },
	{ OP_ROOTFS, "rootfs", IN(STAGE_CHILD), true },
	{ OP_MOUNT, "mount", IN(STAGE_CHILD), false },
	{ OP_MAKE_DIR, "make-dir", IN(STAGE_CHILD), false },
	{ OP_SYMLINK, "symlink", IN(STAGE_CHILD), false },
	{ OP_DEVICE, "device", IN(STAGE_CHILD), false },
	{ OP_REMOUNT, "remount", IN(STAGE_ENTER), false },
	{ OP_CONSOLE, "console", IN(STAGE_ENTER), true },
	{ OP_PIVOT, "pivot", IN(STAGE_ENTER), true },
	{ OP_MASK, "mask", IN(STAGE_ENTER), false },
	{ OP_READONLY_PATHS, "readonly-paths", IN(STAGE_ENTER), false },
	{ OP_SYSCTL, "sysctl", IN(STAGE_ENTER), false },
	{ OP_HOSTNAME, "hostname", IN(STAGE_ENTER), true },
	{ OP_DOMAINNAME, "domainname", IN(STAGE_ENTER), true },
	{ OP_HOOK, "hook", IN(STAGE_HOST) | IN(STAGE_HOOKS) | IN(STAGE_ENTER) | IN(STAGE_EXEC), false },
	{ OP_LOOPBACK_UP, "loopback-up", IN(STAGE_CHILD) | IN(STAGE_HOOKS), true },
	{ OP_KEYRING, "keyring", IN(STAGE_CHILD), true },
	{ OP_NO_NEW_PRIVS, "no-new-privs", IN(STAGE_ENTER), true },
	{ OP_SECCOMP, "seccomp", IN(STAGE_ENTER) | IN(STAGE_EXEC), true },
	{ OP_IDENTITY, "identity", IN(STAGE_ENTER), true },
	{ OP_CAPABILITIES, "capabilities", IN(STAGE_ENTER), true },
	{ OP_CWD, "cwd", IN(STAGE_ENTER), true },
	{ OP_APPARMOR, "apparmor", IN(STAGE_ENTER), true },
	{ OP_SELINUX, "selinux", IN(STAGE_ENTER), false },
	{ OP_EXEC, "exec", IN(STAGE_EXEC), true },
	{ OP_CPU_AFFINITY, "cpu-affinity", IN(STAGE_CHILD), true },
	{ OP_SCHEDULER, "scheduler", IN(STAGE_ENTER), true },
	{ OP_IO_PRIORITY, "io-priority", IN(STAGE_ENTER), true },
	{ OP_PERSONALITY, "personality", IN(STAGE_ENTER), true },
	{ OP_MEMORY_POLICY, "memory-policy", IN(STAGE_ENTER), true },
	{ OP_CRIU, "criu", IN(STAGE_HOST) | IN(STAGE_CLONE), true },
	{ OP_DELEGATE, "delegate", IN(STAGE_CLONE), true },
	{ OP_MOUNT_POINTS, "mount-points", IN(STAGE_HOST), false },
	{ OP_FAULT, "fault",
	  IN(STAGE_HOST) | IN(STAGE_PARENT) | IN(STAGE_CHILD) | IN(STAGE_HOOKS) | IN(STAGE_ENTER) | IN(STAGE_EXEC), true },
};

#define TABLE_LENGTH (sizeof TABLE / sizeof TABLE[0])

const char *op_name(enum op_kind kind)
{
	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (TABLE[i].kind == kind)
			return TABLE[i].name;
	return "unknown";
}

unsigned op_stages(enum op_kind kind)
{
	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (TABLE[i].kind == kind)
			return TABLE[i].stages;
	return 0;
}

bool op_is_single(enum op_kind kind)
{
	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (TABLE[i].kind == kind)
			return TABLE[i].is_single;
	return false;
}

/* A number that must be at most `max`. */
static uint8_t choice(struct wire *w, uint8_t max, const char *field)
{
	uint8_t value = wire_u8(w, field);

	if (value > max) {
		wire_refuse(w, field);
		return 0;
	}
	return value;
}

static const char *required(struct wire *w, const char *field)
{
	const char *text = wire_str(w, field);

	if (text[0] == '\0')
		wire_refuse(w, field);
	return text;
}

static const char *absolute(struct wire *w, const char *field)
{
	const char *path = wire_str(w, field);

	if (path[0] != '/')
		wire_refuse(w, field);
	return path;
}

/* A program of 8-byte instructions that is not empty. */
static struct bytes instructions(struct wire *w, uint32_t max, const char *field)
{
	struct bytes program = wire_bytes(w, field);

	if (program.length == 0 || program.length % 8 != 0 || program.length > max)
		wire_refuse(w, field);
	return program;
}

static struct strings argv(struct wire *w, const char *field)
{
	struct strings list = wire_strings(w, field);

	if (list.count == 0)
		wire_refuse(w, field);
	return list;
}

static struct ranges ranges(struct wire *w, const char *field)
{
	struct ranges list;

	list.items = wire_list(w, field, 8, sizeof *list.items, &list.count);
	for (uint32_t i = 0; i < list.count; i++) {
		list.items[i].first = wire_u32(w, field);
		list.items[i].last = wire_u32(w, field);
		if (list.items[i].first > list.items[i].last || list.items[i].last > PLAN_MAX_NUMBER)
			wire_refuse(w, field);
	}
	return list;
}

static void decode_monitor(struct op_monitor *op, struct wire *w)
{
	op->mode = choice(w, MONITOR_FOREGROUND, "mode");
	op->dir = wire_str(w, "dir");
	if (op->dir[0] != '/' && (op->mode != MONITOR_NONE || op->dir[0] != '\0'))
		wire_refuse(w, "dir");
	op->is_init = wire_bool(w, "isInit");
	op->oom_file = wire_str(w, "oomFile");
}

static void decode_stdio(struct op_stdio *op, struct wire *w)
{
	op->fd = choice(w, 2, "fd");
	op->kind = choice(w, STDIO_LOGGER, "kind");
	op->path = wire_str(w, "path");
	if ((op->kind == STDIO_FIFO || op->kind == STDIO_FILE) && op->path[0] != '/')
		wire_refuse(w, "path");
}

static struct id_ranges id_ranges(struct wire *w, const char *field)
{
	struct id_ranges list;

	list.items = wire_list(w, field, 12, sizeof *list.items, &list.count);
	for (uint32_t i = 0; i < list.count; i++) {
		list.items[i].inside = wire_u32(w, field);
		list.items[i].outside = wire_u32(w, field);
		list.items[i].count = wire_u32(w, field);
	}
	return list;
}

static struct expected_dir expected_dir(struct wire *w)
{
	struct expected_dir expected = { .device = wire_u64(w, "device") };

	expected.inode = wire_u64(w, "inode");
	return expected;
}

static void decode_host_mount(struct op_host_mount *op, struct wire *w)
{
	op->root = absolute(w, "root");
	op->target = wire_str(w, "target");
	op->source = wire_str(w, "source");
	op->fstype = wire_str(w, "fstype");
	op->flags = wire_u64(w, "flags");
	op->data = wire_str(w, "data");
	op->cwd = wire_str(w, "cwd");
	op->loop = choice(w, LOOP_READ_ONLY | LOOP_DIRECT_IO, "loop");
	if (op->loop == LOOP_DIRECT_IO)
		wire_refuse(w, "loop");
	op->map.path = "";
	op->map.uids = id_ranges(w, "uids");
	op->map.gids = id_ranges(w, "gids");
	if ((op->map.uids.count == 0) != (op->map.gids.count == 0))
		wire_refuse(w, "gids");
	op->lowers = wire_strings(w, "lowers");
	if (op->lowers.count > 0 && op->map.uids.count == 0)
		wire_refuse(w, "lowers");
}

static void decode_clone(struct op_clone *op, struct wire *w)
{
	op->flags = wire_u64(w, "flags");
	if ((op->flags & ~CLONE_FLAGS_KNOWN) != 0)
		wire_refuse(w, "flags");
	op->cgroup_dir = wire_str(w, "cgroupDir");
	op->joins = wire_list(w, "joins", 9, sizeof *op->joins, &op->join_count);
	if (op->join_count > PLAN_MAX_JOINS)
		wire_refuse(w, "joins");
	for (uint32_t i = 0; i < op->join_count; i++) {
		op->joins[i].type = wire_u32(w, "joins");
		op->joins[i].path = absolute(w, "joins");
		if ((op->joins[i].type & ~CLONE_FLAGS_KNOWN) != 0 || op->joins[i].type == 0)
			wire_refuse(w, "joins");
	}
	op->offsets = wire_list(w, "offsets", 16, sizeof *op->offsets, &op->offset_count);
	for (uint32_t i = 0; i < op->offset_count; i++) {
		op->offsets[i].clock = wire_u32(w, "offsets");
		op->offsets[i].secs = wire_i64(w, "offsets");
		op->offsets[i].nanos = wire_u32(w, "offsets");
	}
	if (op->offset_count > 0 && (op->flags & CLONE_NEWTIME) == 0)
		wire_refuse(w, "offsets");
}

static void decode_id_map(struct op_id_map *op, struct wire *w)
{
	op->which = choice(w, 1, "which");
	op->deny_setgroups = wire_bool(w, "denySetgroups");
	op->map = id_ranges(w, "map");
	if (op->map.count == 0)
		wire_refuse(w, "map");
}

static void decode_mount_id_map(struct op_mount_id_map *op, struct wire *w)
{
	op->path = wire_str(w, "path");
	if (op->path[0] != '/' && op->path[0] != '\0')
		wire_refuse(w, "path");
	op->uids = id_ranges(w, "uids");
	if ((op->uids.count == 0) != (op->path[0] != '\0'))
		wire_refuse(w, "uids");
	op->gids = id_ranges(w, "gids");
	if ((op->gids.count == 0) != (op->path[0] != '\0'))
		wire_refuse(w, "gids");
}

static void decode_mount(struct op_mount *op, struct wire *w)
{
	op->source = wire_str(w, "source");
	op->target = absolute(w, "target");
	op->fstype = wire_str(w, "fstype");
	op->flags = wire_u64(w, "flags");
	op->cleared = wire_u64(w, "cleared");
	op->propagation = wire_u64s(w, "propagation");
	op->data = wire_str(w, "data");
	op->attr_set = wire_u64(w, "attrSet");
	op->attr_clear = wire_u64(w, "attrClear");
	op->options = wire_u32(w, "options");
	if ((op->options & ((1u << MOUNT_ID_MAP_SHIFT) - 1)) >= MOUNT_ID_MAP_RECURSIVE << 1)
		wire_refuse(w, "options");
}

static void decode_device(struct op_device *op, struct wire *w)
{
	op->target = absolute(w, "target");
	op->type = wire_u8(w, "type");
	if (op->type != 'c' && op->type != 'b' && op->type != 'p')
		wire_refuse(w, "type");
	op->major = wire_u32(w, "major");
	op->minor = wire_u32(w, "minor");
	op->mode = wire_u32(w, "mode");
	op->uid = wire_u32(w, "uid");
	op->gid = wire_u32(w, "gid");
	op->bind = wire_bool(w, "bind");
}

static void decode_hook(struct op_hook *op, struct wire *w)
{
	op->name = required(w, "name");
	op->path = absolute(w, "path");
	op->argv = argv(w, "argv");
	op->env = wire_strings(w, "env");
	op->cwd = wire_str(w, "cwd");
	op->timeout_ms = wire_u32(w, "timeoutMs");
	op->stdin_before = wire_str(w, "stdinBefore");
	op->stdin_after = wire_str(w, "stdinAfter");
	op->has_pid = wire_bool(w, "hasPid");
	op->tolerate = wire_bool(w, "tolerate");
}

static void decode_identity(struct op_identity *op, struct wire *w)
{
	op->uid = wire_u32(w, "uid");
	op->gid = wire_u32(w, "gid");
	/* -1 means "leave as it is" to setresuid(2): it would keep root. */
	if (op->uid == UINT32_MAX)
		wire_refuse(w, "uid");
	if (op->gid == UINT32_MAX)
		wire_refuse(w, "gid");
	op->groups = wire_u32s(w, "groups");
	op->set_groups = wire_bool(w, "setGroups");
	op->umask = wire_u32(w, "umask");
	if (op->umask > 07777)
		wire_refuse(w, "umask");
	op->chown_stdio = wire_bool(w, "chownStdio");
}

static void decode_scheduler(struct op_scheduler *op, struct wire *w)
{
	op->policy = wire_u32(w, "policy");
	op->flags = wire_u64(w, "flags");
	op->nice = wire_i32(w, "nice");
	op->priority = wire_u32(w, "priority");
	op->runtime = wire_u64(w, "runtime");
	op->deadline = wire_u64(w, "deadline");
	op->period = wire_u64(w, "period");
}

static void decode_criu(struct op_criu *op, struct wire *w)
{
	op->path = absolute(w, "path");
	op->env = wire_strings(w, "env");
	op->request = wire_bytes(w, "request");
	if (op->request.length == 0)
		wire_refuse(w, "request");
	op->first_fd = wire_u32(w, "firstFd");
	op->files = wire_list(w, "files", 6, sizeof *op->files, &op->file_count);
	if (op->first_fd < 3 || op->first_fd > PLAN_MAX_CRIU_FD)
		wire_refuse(w, "firstFd");
	if (op->file_count > PLAN_MAX_CRIU_FD)
		wire_refuse(w, "files");
	for (uint32_t i = 0; i < op->file_count; i++) {
		op->files[i].path = absolute(w, "files");
		op->files[i].is_write = wire_bool(w, "files");
	}
	op->root = wire_str(w, "root");
	if (op->root[0] != '/' && op->root[0] != '\0')
		wire_refuse(w, "root");
	op->cgroup_dir = wire_str(w, "cgroupDir");
}

static void decode_delegate(struct op_delegate *op, struct wire *w)
{
	op->path = absolute(w, "path");
	op->before = wire_strings(w, "before");
	op->after = wire_strings(w, "after");
	op->env = wire_strings(w, "env");
	op->cwd = absolute(w, "cwd");
	if (op->before.count == 0)
		wire_refuse(w, "before");
}

static void decode_mount_points(struct op_mount_points *op, struct wire *w)
{
	op->root = absolute(w, "root");
	op->dirs = wire_strings(w, "dirs");
	op->files = wire_strings(w, "files");
}

void op_decode(struct op *op, struct wire *w)
{
	switch (op->kind) {
	case OP_MONITOR:
		decode_monitor(&op->u.monitor, w);
		break;
	case OP_STDIO:
		decode_stdio(&op->u.stdio, w);
		break;
	case OP_TERMINAL:
		op->u.terminal.rows = wire_u16(w, "rows");
		op->u.terminal.cols = wire_u16(w, "cols");
		op->u.terminal.console_socket = wire_str(w, "consoleSocket");
		break;
	case OP_LOGGER:
		op->u.logger.path = absolute(w, "path");
		op->u.logger.argv = argv(w, "argv");
		op->u.logger.env = wire_strings(w, "env");
		op->u.logger.needs_byte = wire_bool(w, "needsByte");
		break;
	case OP_KEEP_FDS:
		op->u.keep_fds = wire_u32(w, "count");
		if (op->u.keep_fds > PLAN_MAX_KEEP_FDS)
			wire_refuse(w, "count");
		break;
	case OP_EXEC_FIFO:
		op->u.exec_fifo = absolute(w, "path");
		break;
	case OP_PIDFD_SOCKET:
		op->u.pidfd_socket = absolute(w, "path");
		break;
	case OP_INITIAL_CPUS:
		op->u.initial_cpus = ranges(w, "cpus");
		if (op->u.initial_cpus.count == 0)
			wire_refuse(w, "cpus");
		break;
	case OP_SECCOMP_LISTENER:
		op->u.seccomp_listener.path = absolute(w, "path");
		op->u.seccomp_listener.parts = argv(w, "parts");
		if (op->u.seccomp_listener.parts.count > PLAN_MAX_PARTS)
			wire_refuse(w, "parts");
		break;
	case OP_STAGE:
		op->u.stage_number = choice(w, STAGE_COUNT - 1, "stage");
		break;
	case OP_MKDIR:
		op->u.mkdir.path = absolute(w, "path");
		op->u.mkdir.mode = wire_u32(w, "mode");
		break;
	case OP_WRITE_FILE:
		op->u.write_file.path = absolute(w, "path");
		op->u.write_file.value = wire_str(w, "value");
		op->u.write_file.tolerate = wire_u32(w, "tolerate");
		break;
	case OP_FILL_FILE:
		op->u.fill_file.path = absolute(w, "path");
		op->u.fill_file.from = absolute(w, "from");
		break;
	case OP_DEVICE_PROGRAM:
		op->u.device_program.cgroup_dir = absolute(w, "cgroupDir");
		op->u.device_program.program = instructions(w, PLAN_MAX_BYTES, "program");
		op->u.device_program.tolerate = wire_bool(w, "tolerate");
		break;
	case OP_CGROUP_JOIN:
		op->u.cgroup_join.path = absolute(w, "path");
		op->u.cgroup_join.tolerate = wire_bool(w, "tolerate");
		break;
	case OP_HOST_MOUNT:
		decode_host_mount(&op->u.host_mount, w);
		break;
	case OP_HOST_UMOUNT:
		op->u.host_umount = absolute(w, "path");
		break;
	case OP_HOST_UNBIND:
		op->u.host_unbind.path = absolute(w, "path");
		op->u.host_unbind.id = wire_u32(w, "id");
		op->u.host_unbind.unique_id = wire_u64(w, "uniqueId");
		break;
	case OP_SIGNAL:
		op->u.signal.pid = wire_u32(w, "pid");
		op->u.signal.start_time = wire_u64(w, "startTime");
		op->u.signal.signal = wire_u32(w, "signal");
		break;
	case OP_REMOVE_DIR:
		op->u.remove_dir = absolute(w, "path");
		break;
	case OP_CLONE:
		decode_clone(&op->u.clone, w);
		break;
	case OP_JOIN_TARGET:
		op->u.join_target.pid = wire_u32(w, "pid");
		op->u.join_target.start_time = wire_u64(w, "startTime");
		op->u.join_target.mask = wire_u64(w, "mask");
		if ((op->u.join_target.mask & ~CLONE_FLAGS_KNOWN) != 0)
			wire_refuse(w, "mask");
		break;
	case OP_ID_MAP:
		decode_id_map(&op->u.id_map, w);
		break;
	case OP_MOUNT_ID_MAP:
		decode_mount_id_map(&op->u.mount_id_map, w);
		break;
	case OP_RLIMIT:
		op->u.rlimit.resource = wire_u32(w, "resource");
		op->u.rlimit.soft = wire_u64(w, "soft");
		op->u.rlimit.hard = wire_u64(w, "hard");
		break;
	case OP_OOM_SCORE_ADJ:
		op->u.oom_score_adj.value = wire_i32(w, "value");
		op->u.oom_score_adj.tolerate = wire_bool(w, "tolerate");
		break;
	case OP_NET_DEVICE:
		op->u.net_device.name = required(w, "name");
		op->u.net_device.new_name = wire_str(w, "newName");
		break;
	case OP_CPU_AFFINITY:
		op->u.cpu_affinity.cpus = ranges(w, "cpus");
		op->u.cpu_affinity.tolerate = wire_bool(w, "tolerate");
		break;
	case OP_ROOTFS:
		op->u.rootfs.path = absolute(w, "path");
		op->u.rootfs.propagation = wire_u64(w, "propagation");
		op->u.rootfs.expected = expected_dir(w);
		break;
	case OP_HOST_ROOTFS:
		op->u.host_rootfs.path = absolute(w, "path");
		op->u.host_rootfs.records = absolute(w, "records");
		op->u.host_rootfs.expected = expected_dir(w);
		break;
	case OP_MOUNT:
		decode_mount(&op->u.mount, w);
		break;
	case OP_MAKE_DIR:
		op->u.make_dir.target = absolute(w, "target");
		op->u.make_dir.mode = wire_u32(w, "mode");
		break;
	case OP_SYMLINK:
		op->u.symlink.target = absolute(w, "target");
		op->u.symlink.text = required(w, "text");
		op->u.symlink.replace = wire_bool(w, "replace");
		break;
	case OP_DEVICE:
		decode_device(&op->u.device, w);
		break;
	case OP_REMOUNT:
		op->u.remount.target = absolute(w, "target");
		op->u.remount.flags = wire_u64(w, "flags");
		break;
	case OP_PIVOT:
		op->u.pivot.method = choice(w, PIVOT_CHROOT, "method");
		op->u.pivot.propagation = wire_u64(w, "propagation");
		break;
	case OP_MASK:
	case OP_READONLY_PATHS:
		op->u.paths = wire_strings(w, "paths");
		break;
	case OP_SYSCTL:
		op->u.sysctl.name = required(w, "name");
		op->u.sysctl.value = wire_str(w, "value");
		break;
	case OP_HOSTNAME:
	case OP_DOMAINNAME:
		op->u.name = wire_str(w, "name");
		break;
	case OP_HOOK:
		decode_hook(&op->u.hook, w);
		break;
	case OP_KEYRING:
		op->u.keyring.name = required(w, "name");
		op->u.keyring.add_perm = wire_u32(w, "addPerm");
		break;
	case OP_TARGET_ROOT:
	case OP_CONSOLE:
	case OP_LOOPBACK_UP:
	case OP_NO_NEW_PRIVS:
		break;
	case OP_SCHEDULER:
		decode_scheduler(&op->u.scheduler, w);
		break;
	case OP_IO_PRIORITY:
		op->u.io_priority.class = choice(w, 3, "class");
		op->u.io_priority.level = choice(w, 7, "level");
		break;
	case OP_PERSONALITY:
		op->u.personality = wire_u32(w, "domain");
		break;
	case OP_MEMORY_POLICY:
		op->u.memory_policy.mode = wire_u32(w, "mode");
		op->u.memory_policy.nodes = ranges(w, "nodes");
		break;
	case OP_SECCOMP:
		op->u.seccomp.flags = wire_u32(w, "flags");
		op->u.seccomp.program = instructions(w, SECCOMP_MAX_BYTES, "program");
		break;
	case OP_IDENTITY:
		decode_identity(&op->u.identity, w);
		break;
	case OP_CAPABILITIES:
		op->u.capabilities.bounding = wire_u64(w, "bounding");
		op->u.capabilities.effective = wire_u64(w, "effective");
		op->u.capabilities.permitted = wire_u64(w, "permitted");
		op->u.capabilities.inheritable = wire_u64(w, "inheritable");
		op->u.capabilities.ambient = wire_u64(w, "ambient");
		break;
	case OP_CWD:
		op->u.cwd.path = absolute(w, "path");
		op->u.cwd.create = wire_bool(w, "create");
		break;
	case OP_CRIU:
		decode_criu(&op->u.criu, w);
		break;
	case OP_DELEGATE:
		decode_delegate(&op->u.delegate, w);
		break;
	case OP_MOUNT_POINTS:
		decode_mount_points(&op->u.mount_points, w);
		break;
	case OP_FAULT:
		op->u.fault.error = wire_u32(w, "errno");
		op->u.fault.action = choice(w, FAULT_HANG, "action");
		break;
	case OP_CALLER:
		op->u.caller.pid = wire_u32(w, "pid");
		op->u.caller.lock = wire_str(w, "lock");
		if (op->u.caller.lock[0] != '\0' && op->u.caller.lock[0] != '/')
			wire_refuse(w, "lock");
		break;
	case OP_APPARMOR:
		op->u.apparmor = required(w, "profile");
		break;
	case OP_SELINUX:
		op->u.selinux.label = required(w, "label");
		op->u.selinux.which = choice(w, 1, "which");
		break;
	case OP_EXEC:
		op->u.exec.argv = argv(w, "argv");
		op->u.exec.env = wire_strings(w, "env");
		op->u.exec.set_home = wire_bool(w, "setHome");
		break;
	default:
		wire_refuse(w, "kind");
	}
}
