/*
 * A decoded plan. The wire form and the meaning of every field: docs/plan-format.md.
 *
 * Strings and byte arrays point into the buffer that was decoded; lists are allocated. Both live as long as the
 * plan. An absent string is "" on the wire and "" here, never NULL.
 */
#ifndef GANTRY_PLAN_H
#define GANTRY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAX_BYTES (4u * 1024 * 1024)
#define PLAN_MAX_OPS 65536u
#define PLAN_MAX_KEEP_FDS 1024u
#define PLAN_MAX_NUMBER 65535u /* of a CPU or a memory node */
#define PLAN_MAX_PARTS 4u /* of a text with the process's id between them */
#define PLAN_MAX_CRIU_FD 1024u
#define PLAN_MAX_JOINS 8u /* one for each type of namespace */

enum stage {
	STAGE_SETTINGS = 0,
	STAGE_HOST = 1,
	STAGE_CLONE = 2,
	STAGE_PARENT = 3,
	STAGE_CHILD = 4,
	STAGE_HOOKS = 5,
	STAGE_ENTER = 6,
	STAGE_EXEC = 7,
	STAGE_COUNT = 8,
};

enum op_kind {
	OP_MONITOR = 1,
	OP_STDIO = 2,
	OP_TERMINAL = 3,
	OP_LOGGER = 4,
	OP_KEEP_FDS = 5,
	OP_EXEC_FIFO = 6,
	OP_INITIAL_CPUS = 7,
	OP_SECCOMP_LISTENER = 8,
	OP_PIDFD_SOCKET = 9,
	OP_STAGE = 10,
	OP_MKDIR = 11,
	OP_WRITE_FILE = 12,
	OP_FILL_FILE = 13,
	OP_DEVICE_PROGRAM = 14,
	OP_CGROUP_JOIN = 15,
	OP_HOST_MOUNT = 16,
	OP_HOST_UMOUNT = 17,
	OP_SIGNAL = 18,
	OP_REMOVE_DIR = 19,
	OP_CLONE = 20,
	OP_JOIN_TARGET = 21,
	OP_ID_MAP = 22,
	OP_RLIMIT = 23,
	OP_OOM_SCORE_ADJ = 24,
	OP_NET_DEVICE = 25,
	OP_HOST_UNBIND = 26,
	OP_TARGET_ROOT = 27,
	OP_MOUNT_ID_MAP = 28,
	OP_HOST_ROOTFS = 29,
	OP_ROOTFS = 30,
	OP_MOUNT = 31,
	OP_MAKE_DIR = 32,
	OP_SYMLINK = 33,
	OP_DEVICE = 34,
	OP_REMOUNT = 35,
	OP_CONSOLE = 36,
	OP_PIVOT = 37,
	OP_MASK = 38,
	OP_READONLY_PATHS = 39,
	OP_SYSCTL = 40,
	OP_HOSTNAME = 41,
	OP_DOMAINNAME = 42,
	OP_HOOK = 43,
	OP_LOOPBACK_UP = 44,
	OP_KEYRING = 45,
	OP_NO_NEW_PRIVS = 46,
	OP_SECCOMP = 47,
	OP_IDENTITY = 48,
	OP_CAPABILITIES = 49,
	OP_CWD = 50,
	OP_APPARMOR = 51,
	OP_SELINUX = 52,
	OP_EXEC = 53,
	OP_CPU_AFFINITY = 54,
	OP_SCHEDULER = 55,
	OP_IO_PRIORITY = 56,
	OP_PERSONALITY = 57,
	OP_MEMORY_POLICY = 58,
	OP_FAULT = 59,
	OP_CRIU = 60,
	OP_MOUNT_POINTS = 61,
	OP_CALLER = 62,
	OP_DELEGATE = 63,
};

struct bytes {
	const unsigned char *data;
	uint32_t length;
};

/* `items` has a NULL after the last one, so that it can be an argv. */
struct strings {
	const char **items;
	uint32_t count;
};

struct u32s {
	uint32_t *items;
	uint32_t count;
};

struct u64s {
	uint64_t *items;
	uint32_t count;
};

/* Numbers from `first` to `last`, both included; never above PLAN_MAX_NUMBER. */
struct range {
	uint32_t first;
	uint32_t last;
};

struct ranges {
	struct range *items;
	uint32_t count;
};

enum monitor_mode { MONITOR_NONE = 0, MONITOR_DETACHED = 1, MONITOR_FOREGROUND = 2 };
enum stdio_kind { STDIO_INHERIT = 0, STDIO_NULL = 1, STDIO_FIFO = 2, STDIO_FILE = 3, STDIO_LOGGER = 4 };
enum pivot_method { PIVOT_ROOT = 0, PIVOT_MOVE = 1, PIVOT_CHROOT = 2 };

#define TOLERATE_ENOENT 1u
#define TOLERATE_EPERM 2u
#define TOLERATE_EINVAL 4u

#define LOOP_READ_WRITE 1u
#define LOOP_READ_ONLY 2u
#define LOOP_DIRECT_IO 4u

#define MOUNT_REAL_DIRECTORY 1u
#define MOUNT_TMPCOPYUP 2u
#define MOUNT_TAKE_MODE 4u
#define MOUNT_READONLY_LATER 8u
#define MOUNT_CGROUP_FALLBACK 16u
#define MOUNT_ID_MAP_RECURSIVE 32u
#define MOUNT_ID_MAP_SHIFT 16 /* the higher half: which mount-id-map, from 1; 0: none */

struct op_monitor {
	enum monitor_mode mode;
	const char *dir;
	bool is_init;
	const char *oom_file;
};

struct op_stdio {
	uint8_t fd;
	enum stdio_kind kind;
	const char *path;
};

struct op_terminal {
	uint16_t rows;
	uint16_t cols;
	const char *console_socket;
};

struct op_logger {
	const char *path;
	struct strings argv;
	struct strings env;
	bool needs_byte;
};

struct op_seccomp_listener {
	const char *path;
	struct strings parts;
};

struct op_mkdir {
	const char *path;
	uint32_t mode;
};

struct op_write_file {
	const char *path;
	const char *value;
	uint32_t tolerate;
};

struct op_fill_file {
	const char *path;
	const char *from;
};

struct op_device_program {
	const char *cgroup_dir;
	struct bytes program;
	bool tolerate;
};

struct op_cgroup_join {
	const char *path;
	bool tolerate;
};

struct id_range {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct id_ranges {
	struct id_range *items;
	uint32_t count;
};

struct op_mount_id_map {
	const char *path; /* of a user namespace; "": a new one with the maps below */
	struct id_ranges uids;
	struct id_ranges gids;
};

struct op_host_mount {
	const char *root;
	const char *target;
	const char *source;
	const char *fstype;
	uint64_t flags;
	const char *data;
	const char *cwd;
	uint8_t loop;
	struct op_mount_id_map map; /* without path; no ranges: none */
	struct strings lowers;      /* what of an overlay is mapped */
};

struct op_host_unbind {
	const char *path;
	uint32_t id;
	uint64_t unique_id; /* 0: not known */
};

struct op_signal {
	uint32_t pid;
	uint64_t start_time;
	uint32_t signal;
};

struct ns_join {
	uint32_t type;
	const char *path;
};

struct time_offset {
	uint32_t clock;
	int64_t secs;
	uint32_t nanos;
};

struct op_clone {
	uint64_t flags;
	const char *cgroup_dir;
	struct ns_join *joins;
	uint32_t join_count;
	struct time_offset *offsets;
	uint32_t offset_count;
};

struct op_join_target {
	uint32_t pid;
	uint64_t start_time;
	uint64_t mask;
};

struct op_id_map {
	uint8_t which;
	bool deny_setgroups;
	struct id_ranges map;
};

struct op_rlimit {
	uint32_t resource;
	uint64_t soft;
	uint64_t hard;
};

struct op_oom_score_adj {
	int32_t value;
	bool tolerate;
};

struct op_net_device {
	const char *name;
	const char *new_name; /* "": as it is; may hold one %d */
};

struct op_cpu_affinity {
	struct ranges cpus; /* none: all */
	bool tolerate;
};

/* The directory that has to be at a path; any when both are 0. */
struct expected_dir {
	uint64_t device;
	uint64_t inode;
};

struct op_rootfs {
	const char *path;
	uint64_t propagation;
	struct expected_dir expected;
};

struct op_host_rootfs {
	const char *path;
	const char *records;
	struct expected_dir expected;
};

struct op_mount {
	const char *source;
	const char *target;
	const char *fstype;
	uint64_t flags;
	uint64_t cleared;
	struct u64s propagation;
	const char *data;
	uint64_t attr_set;
	uint64_t attr_clear;
	uint32_t options;
};

struct op_make_dir {
	const char *target;
	uint32_t mode;
};

struct op_symlink {
	const char *target;
	const char *text;
	bool replace;
};

struct op_device {
	const char *target;
	uint8_t type;
	uint32_t major;
	uint32_t minor;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	bool bind;
};

struct op_remount {
	const char *target;
	uint64_t flags;
};

struct op_pivot {
	enum pivot_method method;
	uint64_t propagation;
};

struct op_sysctl {
	const char *name;
	const char *value;
};

struct op_hook {
	const char *name; /* for a failure: "createRuntime hook #0" */
	const char *path;
	struct strings argv;
	struct strings env;
	const char *cwd;
	uint32_t timeout_ms;
	const char *stdin_before;
	const char *stdin_after;
	bool has_pid;
	bool tolerate;
};

struct op_keyring {
	const char *name;
	uint32_t add_perm;
};

struct op_scheduler {
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

struct op_io_priority {
	uint8_t class;
	uint8_t level;
};

struct op_memory_policy {
	uint32_t mode;
	struct ranges nodes;
};

struct op_seccomp {
	uint32_t flags;
	struct bytes program;
};

struct op_identity {
	uint32_t uid;
	uint32_t gid;
	struct u32s groups;
	bool set_groups;
	uint32_t umask;
	bool chown_stdio;
};

struct op_capabilities {
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
};

struct op_cwd {
	const char *path;
	bool create;
};

struct criu_file {
	const char *path;
	bool is_write;
};

struct op_criu {
	const char *path;
	struct strings env;
	struct bytes request; /* a criu_req in protobuf's wire form */
	uint32_t first_fd;
	struct criu_file *files;
	uint32_t file_count;
	const char *root;
	const char *cgroup_dir;
};

/* Another runtime makes the process; what the parent adds to its arguments stands between `before` and `after`. */
struct op_delegate {
	const char *path;
	struct strings before;
	struct strings after;
	struct strings env;
	const char *cwd;
};

struct op_mount_points {
	const char *root;
	struct strings dirs;
	struct strings files;
};

struct op_selinux {
	const char *label;
	uint8_t which;
};

struct op_exec {
	struct strings argv;
	struct strings env;
	bool set_home;
};

/* Who waits for the end of the plan: without it nothing goes on. */
struct op_caller {
	uint32_t pid;
	const char *lock; /* the container's lock directory; "": none */
};

enum fault_action { FAULT_FAIL, FAULT_KILL, FAULT_HANG };

struct op_fault {
	uint32_t error;
	enum fault_action action;
};

struct op {
	enum op_kind kind;
	enum stage stage;
	union {
		struct op_monitor monitor;
		struct op_stdio stdio;
		struct op_terminal terminal;
		struct op_logger logger;
		uint32_t keep_fds;
		const char *exec_fifo;
		struct ranges initial_cpus;
		const char *pidfd_socket;
		struct op_seccomp_listener seccomp_listener;
		uint8_t stage_number;
		struct op_mkdir mkdir;
		struct op_write_file write_file;
		struct op_fill_file fill_file;
		struct op_device_program device_program;
		struct op_cgroup_join cgroup_join;
		struct op_host_mount host_mount;
		const char *host_umount;
		struct op_host_unbind host_unbind;
		struct op_signal signal;
		const char *remove_dir;
		struct op_clone clone;
		struct op_join_target join_target;
		struct op_id_map id_map;
		struct op_mount_id_map mount_id_map;
		struct op_rlimit rlimit;
		struct op_oom_score_adj oom_score_adj;
		struct op_net_device net_device;
		struct op_cpu_affinity cpu_affinity;
		struct op_rootfs rootfs;
		struct op_host_rootfs host_rootfs;
		struct op_mount mount;
		struct op_make_dir make_dir;
		struct op_symlink symlink;
		struct op_device device;
		struct op_remount remount;
		struct op_pivot pivot;
		struct strings paths; /* mask, readonly-paths */
		struct op_sysctl sysctl;
		const char *name; /* hostname, domainname */
		struct op_hook hook;
		struct op_keyring keyring;
		struct op_scheduler scheduler;
		struct op_io_priority io_priority;
		uint32_t personality;
		struct op_memory_policy memory_policy;
		struct op_seccomp seccomp;
		struct op_identity identity;
		struct op_capabilities capabilities;
		struct op_cwd cwd;
		const char *apparmor;
		struct op_fault fault;
		struct op_caller caller;
		struct op_criu criu;
		struct op_mount_points mount_points;
		struct op_delegate delegate;
		struct op_selinux selinux;
		struct op_exec exec;
	} u;
};

struct plan {
	struct op *ops;
	uint32_t op_count;
	/* ops[first[s]] … ops[end[s] - 1] belong to stage s, without the `stage` operations themselves */
	uint32_t first[STAGE_COUNT + 1];
	uint32_t end[STAGE_COUNT];

	/* What stage 0 says; a pointer is NULL when the operation is absent. */
	const struct op_monitor *monitor;
	const struct op_stdio *stdio[3];
	const struct op_terminal *terminal;
	const struct op_logger *logger;
	uint32_t keep_fds;
	const char *exec_fifo; /* "" when absent */
	const struct ranges *initial_cpus;
	const char *pidfd_socket; /* NULL: nobody wants the pidfd */
	const struct op_seccomp_listener *seccomp_listener;
	const struct op_caller *caller;

	/* Operations that others must know about; NULL when absent. */
	const struct op_clone *clone;
	const struct op_criu *restore; /* in place of a clone */
	const struct op_delegate *delegate; /* likewise */
	const struct op_join_target *join_target;
	const struct op_exec *exec;

	struct plan_chunk *chunks; /* owns everything allocated while decoding */
};

/* Why a buffer is not a plan: `where` names the field, `op` is the operation's index or -1 for the header. */
struct plan_error {
	int op;
	const char *op_name;
	const char *where;
};

/*
 * Decode `length` bytes at `data`, which must outlive the plan. Returns 0, or -1 with `error` filled and nothing
 * allocated. Checks bounds, kinds, enumerations and the order of stages; not whether the kernel will agree.
 */
int plan_decode(struct plan *plan, const unsigned char *data, size_t length, struct plan_error *error);

void plan_free(struct plan *plan);

/* The name of an operation as in docs/plan-format.md; "unknown" for anything else. */
const char *op_name(enum op_kind kind);

#endif
