/* Operations: kinds, stages and fields against docs/plan-format.md, and payloads that are wrong. */
#include "planbuild.h"

/* One payload of each kind that is right; every field has another value than its neighbours. */
static const struct sample {
	enum op_kind kind;
	const char *name;
	const char *fields;
} SAMPLES[] = {
	{OP_MONITOR, "monitor", "b1 s/run/p b1 s/oom"},
	{OP_STDIO, "stdio", "b2 b3 s/log"},
	{OP_TERMINAL, "terminal", "h24 h80 s/console.sock"},
	{OP_LOGGER, "logger", "s/bin/log n2 slog s-v n1 sA=1 b1"},
	{OP_KEEP_FDS, "keep-fds", "w3"},
	{OP_EXEC_FIFO, "exec-fifo", "s/run/exec.fifo"},
	{OP_INITIAL_CPUS, "initial-cpus", "n2 w0 w3 w7 w65535"},
	{OP_PIDFD_SOCKET, "pidfd-socket", "s/run/pidfd.sock"},
	{OP_SECCOMP_LISTENER, "seccomp-listener", "s/run/agent.sock n2 s{ s}"},
	{OP_MKDIR, "mkdir", "s/run/d w0755"},
	{OP_WRITE_FILE, "write-file", "s/proc/x s1 w6"},
	{OP_FILL_FILE, "fill-file", "s/cpuset/a s/cpuset/b"},
	{OP_DEVICE_PROGRAM, "device-program", "s/cgroup x00112233445566778899aabbccddeeff b1"},
	{OP_CGROUP_JOIN, "cgroup-join", "s/cgroup/tasks b1"},
	{OP_HOST_MOUNT, "host-mount", "s/rootfs setc s/dev/loop0 sext4 q0x1000 sro,noload s/layers b6 "
	 "n1 w0 w100000 w65536 n2 w0 w7 w1 w1 w9 w1 n2 s/a s/b:c"},
	{OP_HOST_UMOUNT, "host-umount", "s/rootfs"},
	{OP_SIGNAL, "signal", "w4711 q0x123456789abcdef0 w15"},
	{OP_REMOVE_DIR, "remove-dir", "s/rootfs"},
	{OP_CLONE, "clone", "q0x20020080 s/cgroup n2 w0x40000000 s/ns/net w0x08000000 s/ns/ipc n2 w1 q-5 w7 w7 q86400 w0"},
	{OP_JOIN_TARGET, "join-target", "w4711 q0xfedcba9876543210 q0x60020000"},
	{OP_ID_MAP, "id-map", "b1 b1 n2 w0 w100000 w65536 w65536 w5 w1"},
	{OP_HOST_UNBIND, "host-unbind", "s/rootfs w3 q0x80000001"},
	{OP_TARGET_ROOT, "target-root", ""},
	{OP_MOUNT_ID_MAP, "mount-id-map", "s n1 w0 w100000 w65536 n2 w0 w7 w1 w1 w8 w2"},
	{OP_RLIMIT, "rlimit", "w7 q1024 q0xffffffffffffffff"},
	{OP_OOM_SCORE_ADJ, "oom-score-adj", "w-999 b1"},
	{OP_NET_DEVICE, "net-device", "seth1 seth%d"},
	{OP_HOST_ROOTFS, "host-rootfs", "s/bundle/rootfs s/run/gantry/c1/init q0x801 q0x8000000000000001"},
	{OP_ROOTFS, "rootfs", "s/bundle/rootfs q0x84000 q0x803 q4711"},
	{OP_MOUNT, "mount", "sproc s/proc sproc2 q14 q1 n2 q0x40000 q0x80000 sdata q0x200000 q2 w0x2003f"},
	{OP_MAKE_DIR, "make-dir", "s/a/b w0700"},
	{OP_SYMLINK, "symlink", "s/dev/ptmx spts/ptmx b1"},
	{OP_DEVICE, "device", "s/dev/fuse b99 w10 w229 w0666 w1000 w1001 b1"},
	{OP_REMOUNT, "remount", "s/ q1"},
	{OP_CONSOLE, "console", ""},
	{OP_PIVOT, "pivot", "b2 q0x80000"},
	{OP_MASK, "mask", "n2 s/proc/kcore s/proc/keys"},
	{OP_READONLY_PATHS, "readonly-paths", "n1 s/proc/sys"},
	{OP_SYSCTL, "sysctl", "snet/ipv4/ip_forward s1"},
	{OP_HOSTNAME, "hostname", "sbox"},
	{OP_DOMAINNAME, "domainname", "sexample"},
	{OP_HOOK, "hook", "screateRuntime_hook s/bin/hook n1 shook n2 sA=1 sB=2 s/cwd w5000 s{\"pid\": s,} b1 b1"},
	{OP_LOOPBACK_UP, "loopback-up", ""},
	{OP_KEYRING, "keyring", "s_ses.demo w0x3f010000"},
	{OP_NO_NEW_PRIVS, "no-new-privs", ""},
	{OP_SECCOMP, "seccomp", "w2 x0600000000000000"},
	{OP_IDENTITY, "identity", "w1000 w1001 n2 w5 w6 b1 w022 b1"},
	{OP_CAPABILITIES, "capabilities", "q1 q2 q3 q4 q0x1ffffffffff"},
	{OP_CWD, "cwd", "s/home b1"},
	{OP_APPARMOR, "apparmor", "sdefault"},
	{OP_SELINUX, "selinux", "ssystem_u:a b1"},
	{OP_EXEC, "exec", "n2 ssh s-c n1 sPATH=/bin b1"},
	{OP_CPU_AFFINITY, "cpu-affinity", "n1 w5 w6 b1"},
	{OP_SCHEDULER, "scheduler", "w6 q0x44 w-20 w99 q1 q2 q0xffffffffffffffff"},
	{OP_IO_PRIORITY, "io-priority", "b3 b7"},
	{OP_PERSONALITY, "personality", "w8"},
	{OP_MEMORY_POLICY, "memory-policy", "w0x8002 n2 w0 w1 w3 w3"},
	{OP_FAULT, "fault", "w5 b2"},
	{OP_CALLER, "caller", "w4711 s/run/gantry/c1/lock"},
	{OP_CRIU, "criu", "s/bin/criu n1 sPATH=/bin x0801 w64 n2 s/images b0 s/status b1 s/rootfs s/cgroup"},
	{OP_MOUNT_POINTS, "mount-points", "s/rootfs n2 s/a s/b n1 s/c"},
	{OP_DELEGATE, "delegate", "s/bin/runc n2 srunc screate n1 sc1 n1 sPATH=/bin s/bundle"},
};

#define SAMPLE_COUNT (sizeof SAMPLES / sizeof SAMPLES[0])

static const char *golden_dir = GOLDEN_DIR;

/* docs/plan-format.md has a row `| kind | `name` | stages | fields |` for each operation. */
static void agrees_with_the_document(struct tests *t)
{
	char path[512], line[8192];
	FILE *file;
	size_t found = 0;

	(void) snprintf(path, sizeof path, "%s/../../docs/plan-format.md", golden_dir);
	file = fopen(path, "re");
	if (!CHECK(t, file != NULL))
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		unsigned stages = 0;
		int kind, begin = 0;
		char name[32];
		char *at;

		if (sscanf(line, "| %d | `%31[^`]` | %n", &kind, name, &begin) != 2 || begin == 0)
			continue;
		found++;
		CHECK_TEXT(t, op_name((enum op_kind) kind), name);
		if (kind == OP_STAGE)
			continue;
		for (at = line + begin; *at != '|'; at++) {
			if (*at >= '0' && *at <= '9')
				stages |= 1u << (*at - '0');
		}
		if (!CHECK_INT(t, op_stages((enum op_kind) kind), stages))
			(void) printf("    %s\n", name);
	}
	(void) fclose(file);
	CHECK_INT(t, found, SAMPLE_COUNT + 1);
	CHECK_TEXT(t, op_name((enum op_kind) 0), "unknown");
	CHECK_INT(t, op_stages((enum op_kind) 64), 0);
}

static void accepts_each_kind_in_its_stages_only(struct tests *t)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		for (int stage = 0; stage < STAGE_COUNT; stage++) {
			const struct sample *sample = &SAMPLES[i];
			struct build b;
			int index = build_around(&b, sample->kind, sample->fields, stage);

			if (sample->kind == OP_CRIU && stage == STAGE_CLONE)
				(void) check_refused(t, &b, -1, sample->name, "not beside a clone");
			else if (sample->kind == OP_DELEGATE && stage == STAGE_CLONE)
				(void) check_refused(t, &b, -1, sample->name, "not beside another process");
			else if ((op_stages(sample->kind) & 1u << stage) != 0)
				(void) check_accepted(t, &b, sample->name);
			else
				(void) check_refused(t, &b, index, sample->name, "not allowed in this stage");
		}
	}
}

static void wants_payloads_of_the_exact_length(struct tests *t)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		const struct sample *sample = &SAMPLES[i];
		int stage = first_stage(sample->kind);
		struct build payload = {.length = 0};

		put_fields(&payload, sample->fields);
		for (size_t length = 0; length <= payload.length + 1; length++) {
			struct plan_error error = {.op = -2, .op_name = "", .where = ""};
			struct plan plan;
			struct build b;
			int index;

			if (length == payload.length)
				continue;
			payload.data[payload.length] = 0;
			index = begin_stages(&b, sample->kind, stage);
			put_op_header(&b, sample->kind, length);
			put_bytes(&b, payload.data, length);
			end_stages(&b, sample->kind, stage);
			if (length > payload.length) {
				(void) check_refused(t, &b, index, sample->name, "payloadLength");
				continue;
			}
			CHECK_INT(t, decode(&plan, b.data, b.length, &error), -1);
			CHECK_INT(t, error.op, index);
			CHECK_TEXT(t, error.op_name, sample->name);
			if (!CHECK(t, error.where[0] != '\0' && strcmp(error.where, "payloadLength") != 0))
				(void) printf("    %s, %zu bytes of its payload: \"%s\"\n", sample->name, length, error.where);
		}
	}
}

static void names_the_field_that_is_wrong(struct tests *t)
{
	static const struct {
		enum op_kind kind;
		const char *fields, *where;
	} cases[] = {
		{OP_MONITOR, "b3 s/p b0 s", "mode"},
		{OP_MONITOR, "b1 s b0 s", "dir"},
		{OP_MONITOR, "b0 srelative b0 s", "dir"},
		{OP_MONITOR, "b1 s/p b2 s", "isInit"},
		{OP_STDIO, "b3 b0 s", "fd"},
		{OP_STDIO, "b0 b5 s", "kind"},
		{OP_STDIO, "b0 b2 s", "path"},
		{OP_STDIO, "b1 b3 slog", "path"},
		{OP_LOGGER, "slog n1 slog n0 b0", "path"},
		{OP_LOGGER, "s/log n0 n0 b0", "argv"},
		{OP_KEEP_FDS, "w1025", "count"},
		{OP_EXEC_FIFO, "s", "path"},
		{OP_PIDFD_SOCKET, "sx", "path"},
		{OP_INITIAL_CPUS, "n0", "cpus"},
		{OP_INITIAL_CPUS, "n1 w2 w1", "cpus"},
		{OP_INITIAL_CPUS, "n1 w0 w65536", "cpus"},
		{OP_INITIAL_CPUS, "n0x20000000 w0 w1", "cpus"},
		{OP_SECCOMP_LISTENER, "sa n1 s{", "path"},
		{OP_SECCOMP_LISTENER, "s/a n0", "parts"},
		{OP_SECCOMP_LISTENER, "s/a n5 s1 s2 s3 s4 s5", "parts"},
		{OP_STAGE, "b8", "stage"},
		{OP_STAGE, "b255", "stage"},
		{OP_MKDIR, "srun w0755", "path"},
		{OP_WRITE_FILE, "s s1 w0", "path"},
		{OP_FILL_FILE, "s/a sb", "from"},
		{OP_DEVICE_PROGRAM, "s/c x b0", "program"},
		{OP_DEVICE_PROGRAM, "s/c x00112233445566 b0", "program"},
		{OP_CGROUP_JOIN, "s/c b7", "tolerate"},
		{OP_HOST_MOUNT, "srel s s s q0 s s b0 n0 n0 n0", "root"},
		{OP_HOST_MOUNT, "s/ s s s q0 s s b4 n0 n0 n0", "loop"},
		{OP_HOST_MOUNT, "s/ s s s q0 s s b7 n0 n0 n0", "loop"},
		{OP_HOST_MOUNT, "s/ s s s q0 s s b0 n1 w0 w1 w1 n0 n0", "gids"},
		{OP_HOST_MOUNT, "s/ s s s q0 s s b0 n0 n1 w0 w1 w1 n0", "gids"},
		{OP_HOST_MOUNT, "s/ s s s q0 s s b0 n0 n0 n1 s/a", "lowers"},
		{OP_HOST_UMOUNT, "s.", "path"},
		{OP_CLONE, "q1 s n0 n0", "flags"},
		{OP_CLONE, "q0x8000000000000000 s n0 n0", "flags"},
		{OP_CLONE, "q0 s n1 w0 s/ns n0", "joins"},
		{OP_CLONE, "q0 s n1 w1 s/ns n0", "joins"},
		{OP_CLONE, "q0 s n1 w0x40000000 sns n0", "joins"},
		{OP_CLONE, "q0 s n9 w128 s/ w128 s/ w128 s/ w128 s/ w128 s/ w128 s/ w128 s/ w128 s/ w128 s/ n0", "joins"},
		{OP_CLONE, "q0x20000000 s n0 n1 w1 q1 w1", "offsets"},
		{OP_JOIN_TARGET, "w1 q1 q1", "mask"},
		{OP_ID_MAP, "b2 b0 n1 w0 w0 w1", "which"},
		{OP_ID_MAP, "b0 b0 n0", "map"},
		{OP_NET_DEVICE, "s seth0", "name"},
		{OP_HOST_UNBIND, "srootfs w0 q0", "path"},
		{OP_MOUNT_ID_MAP, "sns n0 n0", "path"},
		{OP_MOUNT_ID_MAP, "s n0 n1 w0 w0 w1", "uids"},
		{OP_MOUNT_ID_MAP, "s n1 w0 w0 w1 n0", "gids"},
		{OP_MOUNT_ID_MAP, "s/ns n1 w0 w0 w1 n0", "uids"},
		{OP_HOST_ROOTFS, "srootfs s/records q0 q0", "path"},
		{OP_HOST_ROOTFS, "s/rootfs srecords q0 q0", "records"},
		{OP_ROOTFS, "srootfs q0 q0 q0", "path"},
		{OP_MOUNT, "s sproc s q0 q0 n0 s q0 q0 w0", "target"},
		{OP_MOUNT, "s s/proc s q0 q0 n0 s q0 q0 w64", "options"},
		{OP_MOUNT, "s s/proc s q0 q0 n0 s q0 q0 w0x8000", "options"},
		{OP_MAKE_DIR, "s w0", "target"},
		{OP_SYMLINK, "s/l s b0", "text"},
		{OP_SYMLINK, "s/l st b9", "replace"},
		{OP_DEVICE, "s/d b100 w0 w0 w0 w0 w0 b0", "type"},
		{OP_REMOUNT, "s q0", "target"},
		{OP_PIVOT, "b3 q0", "method"},
		{OP_SYSCTL, "s s1", "name"},
		{OP_HOOK, "sx shook n1 sh n0 s w0 s s b0 b0", "path"},
		{OP_HOOK, "sx s/h n0 n0 s w0 s s b0 b0", "argv"},
		{OP_HOOK, "sx s/h n1 sh n0 s w0 s s b2 b0", "hasPid"},
		{OP_KEYRING, "s w0", "name"},
		{OP_SECCOMP, "w0 x", "program"},
		{OP_SECCOMP, "w0 x0011223344556677ff", "program"},
		{OP_IDENTITY, "w-1 w0 n0 b0 w0 b0", "uid"},
		{OP_IDENTITY, "w0 w-1 n0 b0 w0 b0", "gid"},
		{OP_IDENTITY, "w0 w0 n0 b0 w010000 b0", "umask"},
		{OP_CWD, "shome b0", "path"},
		{OP_APPARMOR, "s", "profile"},
		{OP_SELINUX, "s b0", "label"},
		{OP_SELINUX, "sl b2", "which"},
		{OP_EXEC, "n0 n0 b0", "argv"},
		{OP_EXEC, "n1 ssh n0 b2", "setHome"},
		{OP_CPU_AFFINITY, "n1 w0 w0 b2", "tolerate"},
		{OP_IO_PRIORITY, "b4 b0", "class"},
		{OP_IO_PRIORITY, "b1 b8", "level"},
		{OP_MEMORY_POLICY, "w0 n1 w9 w8", "nodes"},
		{OP_CRIU, "scriu n0 x08 w64 n0 s s", "path"},
		{OP_CRIU, "s/c n0 x w64 n0 s s", "request"},
		{OP_CRIU, "s/c n0 x08 w2 n0 s s", "firstFd"},
		{OP_CRIU, "s/c n0 x08 w1025 n0 s s", "firstFd"},
		{OP_CRIU, "s/c n0 x08 w64 n1 simages b0 s s", "files"},
		{OP_CRIU, "s/c n0 x08 w64 n1 s/images b2 s s", "files"},
		{OP_CRIU, "s/c n0 x08 w64 n0x2aaaaaab s/images b0 s s", "files"},
		{OP_CRIU, "s/c n0 x08 w64 n0 srootfs s", "root"},
		{OP_MOUNT_POINTS, "srootfs n0 n0", "root"},
		{OP_DELEGATE, "srunc n1 sr n0 n0 s/", "path"},
		{OP_DELEGATE, "s/r n0 n0 n0 s/", "before"},
		{OP_DELEGATE, "s/r n1 sr n0 n0 sb", "cwd"},
		{OP_MOUNT_POINTS, "s/ n2 s/a n0", "dirs"},
		/* Counts that the rest cannot hold, also when a multiplication wraps. */
		{OP_EXEC, "n3 ssh n0 b0", "argv"},
		{OP_EXEC, "n0xffffffff ssh n0 b0", "argv"},
		{OP_EXEC, "n1 ssh n1 b0", "env"},
		{OP_EXEC, "n1 ssh n0x20000000 b0", "env"},
		{OP_MASK, "n3 s/a s/b", "paths"},
		{OP_CLONE, "q0 s n0x1c71c71d n0", "joins"},
		{OP_CLONE, "q0x80 s n0 n0x10000000", "offsets"},
		{OP_ID_MAP, "b0 b0 n0x15555556 w0 w0 w1", "map"},
		{OP_MOUNT, "s s/p s q0 q0 n0x20000000 s q0 q0 w0", "propagation"},
		{OP_IDENTITY, "w0 w0 n0x40000000 b0 w0 b0", "groups"},
		/* Strings: a NUL inside, none at the end, a length past the end. */
		{OP_HOST_UMOUNT, "w3 b47 b0 b97 b0", "path"},
		{OP_HOST_UMOUNT, "w2 b47 b97 b98", "path"},
		{OP_HOST_UMOUNT, "w2 b47 b0", "path"},
		{OP_HOST_UMOUNT, "w0xffffffff b47 b0", "path"},
		{OP_HOST_UMOUNT, "w0x400000 b47 b0", "path"},
		{OP_EXEC, "n1 w3 b115 b0 b104 b0 n0 b0", "argv"},
		{OP_DEVICE_PROGRAM, "s/c w0xffffffff b0", "program"},
	};
	static const struct sample good[] = {
		{OP_MONITOR, "monitor", "b0 s b0 s"},
		{OP_STDIO, "stdio", "b0 b1 s"},
		{OP_HOST_MOUNT, "host-mount", "s/ s s s q0 s s b5 n0 n0 n0"},
		{OP_KEEP_FDS, "keep-fds", "w1024"},
		{OP_MASK, "mask", "n0"},
		{OP_MOUNT_ID_MAP, "mount-id-map", "s/ns/user n0 n0"},
		{OP_SYSCTL, "sysctl", "sa s"},
		{OP_IDENTITY, "identity", "w0xfffffffe w0 n0 b0 w07777 b0"},
	};
	struct build b;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int stage = first_stage(cases[i].kind);
		int index = build_around(&b, cases[i].kind, cases[i].fields, stage);

		if (!check_refused(t, &b, index, op_name(cases[i].kind), cases[i].where))
			(void) printf("    %s\n", cases[i].fields);
	}
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		(void) build_around(&b, good[i].kind, good[i].fields, first_stage(good[i].kind));
		(void) check_accepted(t, &b, good[i].fields);
	}
}

static void allows_one_of_what_describes_the_plan(struct tests *t)
{
	static const enum op_kind single[] = {
		OP_MONITOR, OP_TERMINAL, OP_LOGGER, OP_KEEP_FDS, OP_EXEC_FIFO, OP_CLONE, OP_JOIN_TARGET, OP_ROOTFS, OP_HOST_ROOTFS,
		OP_CONSOLE, OP_PIVOT, OP_HOSTNAME, OP_DOMAINNAME, OP_LOOPBACK_UP, OP_KEYRING, OP_NO_NEW_PRIVS, OP_SECCOMP,
		OP_IDENTITY, OP_CAPABILITIES, OP_CWD, OP_APPARMOR, OP_EXEC, OP_INITIAL_CPUS, OP_SECCOMP_LISTENER, OP_TARGET_ROOT, OP_CPU_AFFINITY, OP_SCHEDULER,
		OP_IO_PRIORITY, OP_PERSONALITY, OP_MEMORY_POLICY, OP_FAULT, OP_PIDFD_SOCKET, OP_CALLER, OP_CRIU, OP_DELEGATE,
	};
	struct build b;
	int index;

	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		const struct sample *sample = &SAMPLES[i];
		int stage = first_stage(sample->kind);
		bool is_single = false;

		for (size_t s = 0; s < sizeof single / sizeof single[0]; s++)
			is_single |= single[s] == sample->kind;
		index = begin_stages(&b, sample->kind, stage);
		put_op(&b, sample->kind, sample->fields);
		put_op(&b, sample->kind, sample->fields);
		end_stages(&b, sample->kind, stage);
		if (is_single)
			(void) check_refused(t, &b, index + 1, sample->name, "only one is allowed");
		else if (sample->kind == OP_STDIO)
			(void) check_refused(t, &b, index + 1, "stdio", "only one is allowed for a descriptor");
		else
			(void) check_accepted(t, &b, sample->name);
	}

	/* In two stages it is still the second one. */
	(void) begin_stages(&b, OP_SECCOMP, STAGE_ENTER);
	put_op(&b, OP_SECCOMP, "w0 x0600000000000000");
	put_stage(&b, 7);
	index = (int) b.op_count;
	put_op(&b, OP_SECCOMP, "w0 x0600000000000000");
	put_op(&b, OP_EXEC, EXEC_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, index, "seccomp", "only one is allowed");
}

static void check_strings(struct tests *t, const struct strings *list, const char *joined)
{
	char text[128] = "";

	for (uint32_t i = 0; i < list->count; i++) {
		(void) strcat(text, i > 0 ? " " : "");
		(void) strcat(text, list->items[i]);
	}
	CHECK_TEXT(t, text, joined);
	CHECK(t, list->items[list->count] == NULL);
}

/* Every sample in one plan, in the order of the stages; a delegate has a plan of its own (plan_test.c). */
static void build_samples(struct build *b, const struct op *found[64], struct plan *plan)
{
	struct plan_error error;

	begin_plan(b);
	for (int stage = 0; stage < STAGE_COUNT; stage++) {
		if (stage > 0)
			put_stage(b, stage);
		for (size_t i = 0; i < SAMPLE_COUNT; i++) {
			if (first_stage(SAMPLES[i].kind) == stage && SAMPLES[i].kind != OP_DELEGATE)
				put_op(b, SAMPLES[i].kind, SAMPLES[i].fields);
		}
	}
	end_plan(b);
	if (plan_decode(plan, b->data, b->length, &error) < 0)
		abort();
	for (uint32_t i = 0; i < plan->op_count; i++)
		found[plan->ops[i].kind] = &plan->ops[i];
}

static void check_settings(struct tests *t, const struct plan *plan)
{
	CHECK(t, plan->monitor->mode == MONITOR_DETACHED && plan->monitor->is_init);
	CHECK_TEXT(t, plan->monitor->dir, "/run/p");
	CHECK_TEXT(t, plan->monitor->oom_file, "/oom");
	CHECK(t, plan->stdio[0] == NULL && plan->stdio[1] == NULL);
	CHECK(t, plan->stdio[2]->kind == STDIO_FILE);
	CHECK_TEXT(t, plan->stdio[2]->path, "/log");
	CHECK(t, plan->terminal->rows == 24 && plan->terminal->cols == 80);
	CHECK_TEXT(t, plan->terminal->console_socket, "/console.sock");
	CHECK_TEXT(t, plan->logger->path, "/bin/log");
	check_strings(t, &plan->logger->argv, "log -v");
	check_strings(t, &plan->logger->env, "A=1");
	CHECK(t, plan->logger->needs_byte);
	CHECK_INT(t, plan->keep_fds, 3);
	CHECK_TEXT(t, plan->exec_fifo, "/run/exec.fifo");
	CHECK_TEXT(t, plan->seccomp_listener->path, "/run/agent.sock");
	check_strings(t, &plan->seccomp_listener->parts, "{ }");
	CHECK_TEXT(t, plan->pidfd_socket, "/run/pidfd.sock");
	CHECK_INT(t, plan->initial_cpus->count, 2);
	CHECK(t, plan->initial_cpus->items[0].last == 3 && plan->initial_cpus->items[1].last == PLAN_MAX_NUMBER);
}

static void check_host(struct tests *t, const struct op *const found[64])
{
	const struct op_host_mount *mount = &found[OP_HOST_MOUNT]->u.host_mount;
	const struct op_device_program *program = &found[OP_DEVICE_PROGRAM]->u.device_program;
	const struct op_clone *clone = &found[OP_CLONE]->u.clone;
	const struct op_id_map *map = &found[OP_ID_MAP]->u.id_map;

	CHECK_TEXT(t, found[OP_MKDIR]->u.mkdir.path, "/run/d");
	CHECK_INT(t, found[OP_MKDIR]->u.mkdir.mode, 0755);
	CHECK_TEXT(t, found[OP_WRITE_FILE]->u.write_file.path, "/proc/x");
	CHECK_TEXT(t, found[OP_WRITE_FILE]->u.write_file.value, "1");
	CHECK_INT(t, found[OP_WRITE_FILE]->u.write_file.tolerate, TOLERATE_EPERM | TOLERATE_EINVAL);
	CHECK_TEXT(t, found[OP_FILL_FILE]->u.fill_file.path, "/cpuset/a");
	CHECK_TEXT(t, found[OP_FILL_FILE]->u.fill_file.from, "/cpuset/b");
	CHECK_TEXT(t, program->cgroup_dir, "/cgroup");
	CHECK(t, program->program.length == 16 && program->program.data[15] == 0xff && program->tolerate);
	CHECK_TEXT(t, found[OP_CGROUP_JOIN]->u.cgroup_join.path, "/cgroup/tasks");
	CHECK_TEXT(t, mount->root, "/rootfs");
	CHECK_TEXT(t, mount->target, "etc");
	CHECK_TEXT(t, mount->source, "/dev/loop0");
	CHECK_TEXT(t, mount->fstype, "ext4");
	CHECK_TEXT(t, mount->data, "ro,noload");
	CHECK_TEXT(t, mount->cwd, "/layers");
	CHECK(t, mount->map.uids.count == 1 && mount->map.uids.items[0].outside == 100000);
	CHECK(t, mount->map.gids.count == 2 && mount->map.gids.items[1].outside == 9 && mount->map.path[0] == '\0');
	CHECK_INT(t, mount->lowers.count, 2);
	CHECK_TEXT(t, mount->lowers.items[1], "/b:c");
	CHECK(t, mount->flags == 0x1000 && mount->loop == (LOOP_READ_ONLY | LOOP_DIRECT_IO));
	CHECK(t, found[OP_SIGNAL]->u.signal.pid == 4711 && found[OP_SIGNAL]->u.signal.signal == 15);
	CHECK(t, found[OP_SIGNAL]->u.signal.start_time == UINT64_C(0x123456789abcdef0));
	CHECK(t, found[OP_JOIN_TARGET]->u.join_target.start_time == UINT64_C(0xfedcba9876543210));
	CHECK(t, found[OP_JOIN_TARGET]->u.join_target.mask == 0x60020000);
	CHECK(t, clone->flags == 0x20020080 && clone->join_count == 2 && clone->offset_count == 2);
	CHECK_TEXT(t, clone->cgroup_dir, "/cgroup");
	CHECK_TEXT(t, clone->joins[1].path, "/ns/ipc");
	CHECK(t, clone->joins[0].type == 0x40000000 && clone->joins[1].type == 0x08000000);
	CHECK(t, clone->offsets[0].clock == 1 && clone->offsets[0].secs == -5 && clone->offsets[0].nanos == 7);
	CHECK(t, clone->offsets[1].clock == 7 && clone->offsets[1].secs == 86400);
	CHECK(t, map->which == 1 && map->deny_setgroups && map->map.count == 2);
	CHECK(t, map->map.items[0].outside == 100000 && map->map.items[1].inside == 65536 &&
			 map->map.items[1].outside == 5 && map->map.items[1].count == 1);
	CHECK_TEXT(t, found[OP_HOST_UNBIND]->u.host_unbind.path, "/rootfs");
	CHECK_INT(t, found[OP_HOST_UNBIND]->u.host_unbind.id, 3);
	CHECK_INT(t, found[OP_HOST_UNBIND]->u.host_unbind.unique_id, 0x80000001);
	CHECK_TEXT(t, found[OP_MOUNT_ID_MAP]->u.mount_id_map.path, "");
	CHECK_INT(t, found[OP_MOUNT_ID_MAP]->u.mount_id_map.uids.items[0].outside, 100000);
	CHECK_INT(t, found[OP_MOUNT_ID_MAP]->u.mount_id_map.gids.items[1].outside, 8);
	CHECK(t, found[OP_RLIMIT]->u.rlimit.resource == 7 && found[OP_RLIMIT]->u.rlimit.soft == 1024 &&
			 found[OP_RLIMIT]->u.rlimit.hard == UINT64_MAX);
	CHECK_INT(t, found[OP_OOM_SCORE_ADJ]->u.oom_score_adj.value, -999);
	CHECK_TEXT(t, found[OP_NET_DEVICE]->u.net_device.name, "eth1");
	CHECK_TEXT(t, found[OP_NET_DEVICE]->u.net_device.new_name, "eth%d");
}

static void check_child(struct tests *t, const struct op *const found[64])
{
	const struct op_mount *mount = &found[OP_MOUNT]->u.mount;
	const struct op_device *device = &found[OP_DEVICE]->u.device;

	CHECK_TEXT(t, found[OP_ROOTFS]->u.rootfs.path, "/bundle/rootfs");
	CHECK_INT(t, found[OP_ROOTFS]->u.rootfs.propagation, 0x84000);
	CHECK(t, found[OP_ROOTFS]->u.rootfs.expected.device == 0x803 && found[OP_ROOTFS]->u.rootfs.expected.inode == 4711);
	CHECK_TEXT(t, found[OP_HOST_ROOTFS]->u.host_rootfs.path, "/bundle/rootfs");
	CHECK(t, found[OP_HOST_ROOTFS]->u.host_rootfs.expected.device == 0x801);
	CHECK(t, found[OP_HOST_ROOTFS]->u.host_rootfs.expected.inode == UINT64_C(0x8000000000000001));
	CHECK_TEXT(t, found[OP_HOST_ROOTFS]->u.host_rootfs.records, "/run/gantry/c1/init");
	CHECK_TEXT(t, mount->source, "proc");
	CHECK_TEXT(t, mount->target, "/proc");
	CHECK_TEXT(t, mount->fstype, "proc2");
	CHECK(t, mount->flags == 14 && mount->cleared == 1 && mount->attr_set == 0x200000 && mount->attr_clear == 2);
	CHECK(t, mount->propagation.count == 2 && mount->propagation.items[1] == 0x80000);
	CHECK_TEXT(t, mount->data, "data");
	CHECK_INT(t, mount->options, 0x2003f);
	CHECK_TEXT(t, found[OP_SYMLINK]->u.symlink.target, "/dev/ptmx");
	CHECK_TEXT(t, found[OP_SYMLINK]->u.symlink.text, "pts/ptmx");
	CHECK(t, device->type == 'c' && device->major == 10 && device->minor == 229 && device->mode == 0666);
	CHECK(t, device->uid == 1000 && device->gid == 1001 && device->bind);
	CHECK_TEXT(t, found[OP_KEYRING]->u.keyring.name, "_ses.demo");
	CHECK_INT(t, found[OP_KEYRING]->u.keyring.add_perm, 0x3f010000);
	CHECK(t, found[OP_CPU_AFFINITY]->u.cpu_affinity.cpus.count == 1 && found[OP_CPU_AFFINITY]->u.cpu_affinity.tolerate);
}

static void check_attributes(struct tests *t, const struct op *const found[64])
{
	const struct op_scheduler *scheduler = &found[OP_SCHEDULER]->u.scheduler;
	const struct op_memory_policy *memory = &found[OP_MEMORY_POLICY]->u.memory_policy;

	CHECK(t, scheduler->policy == 6 && scheduler->flags == 0x44 && scheduler->nice == -20 && scheduler->priority == 99);
	CHECK(t, scheduler->runtime == 1 && scheduler->deadline == 2 && scheduler->period == UINT64_MAX);
	CHECK(t, found[OP_IO_PRIORITY]->u.io_priority.class == 3 && found[OP_IO_PRIORITY]->u.io_priority.level == 7);
	CHECK_INT(t, found[OP_PERSONALITY]->u.personality, 8);
	CHECK(t, memory->mode == 0x8002 && memory->nodes.count == 2);
	CHECK(t, memory->nodes.items[0].first == 0 && memory->nodes.items[0].last == 1 && memory->nodes.items[1].last == 3);
}

static void check_enter(struct tests *t, const struct op *const found[64])
{
	const struct op_hook *hook = &found[OP_HOOK]->u.hook;
	const struct op_identity *identity = &found[OP_IDENTITY]->u.identity;
	const struct op_capabilities *caps = &found[OP_CAPABILITIES]->u.capabilities;

	CHECK(t, found[OP_PIVOT]->u.pivot.method == PIVOT_CHROOT && found[OP_PIVOT]->u.pivot.propagation == 0x80000);
	check_strings(t, &found[OP_MASK]->u.paths, "/proc/kcore /proc/keys");
	check_strings(t, &found[OP_READONLY_PATHS]->u.paths, "/proc/sys");
	CHECK_TEXT(t, found[OP_SYSCTL]->u.sysctl.name, "net/ipv4/ip_forward");
	CHECK_TEXT(t, found[OP_SYSCTL]->u.sysctl.value, "1");
	CHECK_TEXT(t, found[OP_HOSTNAME]->u.name, "box");
	CHECK_TEXT(t, found[OP_DOMAINNAME]->u.name, "example");
	CHECK_TEXT(t, hook->name, "createRuntime_hook");
	CHECK_TEXT(t, hook->path, "/bin/hook");
	check_strings(t, &hook->argv, "hook");
	check_strings(t, &hook->env, "A=1 B=2");
	CHECK_TEXT(t, hook->cwd, "/cwd");
	CHECK_INT(t, hook->timeout_ms, 5000);
	CHECK_TEXT(t, hook->stdin_before, "{\"pid\":");
	CHECK_TEXT(t, hook->stdin_after, ",}");
	CHECK(t, hook->has_pid && hook->tolerate);
	CHECK(t, found[OP_SECCOMP]->u.seccomp.flags == 2 && found[OP_SECCOMP]->u.seccomp.program.data[0] == 6);
	CHECK(t, identity->uid == 1000 && identity->gid == 1001 && identity->groups.count == 2);
	CHECK(t, identity->groups.items[1] == 6 && identity->set_groups && identity->umask == 022 && identity->chown_stdio);
	CHECK(t, caps->bounding == 1 && caps->effective == 2 && caps->permitted == 3 && caps->inheritable == 4);
	CHECK(t, caps->ambient == UINT64_C(0x1ffffffffff));
	CHECK_TEXT(t, found[OP_CWD]->u.cwd.path, "/home");
	CHECK_TEXT(t, found[OP_APPARMOR]->u.apparmor, "default");
	CHECK_TEXT(t, found[OP_SELINUX]->u.selinux.label, "system_u:a");
	CHECK_INT(t, found[OP_SELINUX]->u.selinux.which, 1);
	check_strings(t, &found[OP_EXEC]->u.exec.argv, "sh -c");
	check_strings(t, &found[OP_EXEC]->u.exec.env, "PATH=/bin");
	CHECK(t, found[OP_EXEC]->u.exec.set_home);
}

static void puts_each_field_where_it_belongs(struct tests *t)
{
	const struct op *found[64] = {NULL};
	struct build b;
	struct plan plan;

	build_samples(&b, found, &plan);
	check_settings(t, &plan);
	check_host(t, found);
	check_child(t, found);
	check_attributes(t, found);
	check_enter(t, found);
	CHECK(t, plan.clone == &found[OP_CLONE]->u.clone && plan.exec == &found[OP_EXEC]->u.exec);
	CHECK(t, plan.join_target == &found[OP_JOIN_TARGET]->u.join_target);
	plan_free(&plan);
}

int main(int argc, char **argv)
{
	struct tests t = {.passed = 0};

	if (argc > 1)
		golden_dir = argv[1];
	run_test(&t, "kinds, names and stages are those of docs/plan-format.md", agrees_with_the_document);
	run_test(&t, "each kind is accepted in its stages only", accepts_each_kind_in_its_stages_only);
	run_test(&t, "a payload fills its length exactly", wants_payloads_of_the_exact_length);
	run_test(&t, "a refusal names the field", names_the_field_that_is_wrong);
	run_test(&t, "what describes the whole plan stands there once", allows_one_of_what_describes_the_plan);
	run_test(&t, "each field is decoded to its place", puts_each_field_where_it_belongs);
	return end_tests(&t);
}
