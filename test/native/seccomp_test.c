/*
 * `gantry-init seccomp`: what the program answers, in an interpreter of classic BPF and, once, in the kernel; and that a
 * broken profile is one line on standard error and nothing else.
 */
#include "wirebuild.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "seccomp.h"

/* <seccomp.h> would be ours. */
#if defined __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH_* is this?"
#endif

#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(e) (SECCOMP_RET_ERRNO | (e))
#define DENY_FIELDS "w0x00050001" /* SCMP_ACT_ERRNO(EPERM) */
#define ALLOW_FIELDS "w0x7fff0000"

static const char *golden_dir = GOLDEN_DIR;

struct compiled {
	struct sock_filter code[BPF_MAXINSNS + 1];
	size_t count; /* instructions */
	int status;
	char complaint[512];
};

/* Compile to `fd`, with standard error kept. */
static void compile_to(struct compiled *c, const unsigned char *data, size_t length, int fd)
{
	unsigned char *copy = exact_copy(data, length);
	FILE *loud = stderr;
	char *text = NULL;
	size_t size;

	stderr = open_memstream(&text, &size);
	if (fd < 0 || stderr == NULL)
		abort();
	c->status = seccomp_compile(copy, length, fd);
	(void) fclose(stderr);
	stderr = loud;
	(void) snprintf(c->complaint, sizeof c->complaint, "%s", text);
	free(text);
	free(copy);
}

static void compile(struct compiled *c, const unsigned char *data, size_t length)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	size_t size;

	compile_to(c, data, length, fd);
	size = (size_t) pread(fd, c->code, sizeof c->code, 0);
	c->count = size % sizeof c->code[0] == 0 ? size / sizeof c->code[0] : SIZE_MAX;
	(void) close(fd);
}

static void begin_profile(struct build *b, const char *fields)
{
	b->length = 0;
	put_bytes(b, "GSEC", 4);
	put_fields(b, "h1 h0 w0 w0");
	put_fields(b, fields);
}

static void end_profile(struct build *b, uint32_t rule_count)
{
	set_u32(b->data + 8, (uint32_t) b->length);
	set_u32(b->data + 12, rule_count);
}

static void compile_fields(struct compiled *c, const char *fields, uint32_t rule_count)
{
	struct build b;

	begin_profile(&b, fields);
	end_profile(&b, rule_count);
	compile(c, b.data, b.length);
}

/* Run a program as the kernel would, on what it can see of a call: struct seccomp_data is all its memory. */
static uint32_t interpret(const struct compiled *c, const struct seccomp_data *call)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < c->count; pc++) {
		const struct sock_filter *i = &c->code[pc];
		bool is_true;

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (i->k % 4 != 0 || i->k >= sizeof *call)
				abort();
			memcpy(&a, (const char *) call + i->k, sizeof a);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			continue;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			is_true = a == i->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			is_true = a > i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			is_true = a >= i->k;
			break;
		default:
			(void) printf("    instruction %zu has the code %#x\n", pc, i->code);
			abort();
		}
		pc += is_true ? i->jt : i->jf;
	}
	(void) printf("    the program ends without an answer\n");
	abort();
}

static uint32_t answer(const struct compiled *c, uint32_t arch, long number, uint64_t first)
{
	const struct seccomp_data call = {.nr = (int) number, .arch = arch, .args = {first}};

	return interpret(c, &call);
}

static bool check_answer(struct tests *t, uint32_t actual, uint32_t expected, const char *what)
{
	if (CHECK_INT(t, actual, expected))
		return true;
	(void) printf("    %s\n", what);
	return false;
}

static bool read_docker(struct tests *t, struct compiled *c)
{
	struct golden golden;
	char path[512];

	(void) snprintf(path, sizeof path, "%s/seccomp/docker.hex", golden_dir);
	if (!CHECK(t, read_golden(&golden, path)))
		return false;
	compile(c, golden.data, golden.length);
	free(golden.data);
	CHECK_TEXT(t, c->complaint, "");
	return CHECK(t, c->status == 0 && c->count > 0 && c->count <= BPF_MAXINSNS);
}

static void answers_as_the_profile_says(struct tests *t)
{
	static struct compiled c;
	const struct {
		const char *what;
		long number;
		uint64_t first;
		uint32_t expected;
	} cases[] = {
		{"getpid", SYS_getpid, 0, ALLOW},
		{"openat", SYS_openat, 0, ALLOW},
		{"mount", SYS_mount, 0, ERRNO(EPERM)},
		{"bpf", SYS_bpf, 0, ERRNO(EPERM)},
		{"personality 0xffffffff", SYS_personality, 0xffffffff, ALLOW},
		{"personality 8", SYS_personality, 8, ERRNO(EPERM)},
		{"personality with more bits", SYS_personality, UINT64_C(0x1ffffffff), ERRNO(EPERM)},
		{"socket AF_VSOCK", SYS_socket, 40, ERRNO(EPERM)},
		{"socket AF_UNIX", SYS_socket, 1, ALLOW},
		{"clone of a thread", SYS_clone, 0x3d0f00, ALLOW},
		{"clone CLONE_NEWUSER", SYS_clone, 0x10000000, ERRNO(EPERM)},
		{"clone CLONE_NEWNS and more", SYS_clone, 0x20f00, ERRNO(EPERM)},
		{"pidfd_open", 434, 0, ERRNO(EPERM)},	   /* older than clone3, which is the newest of the profile */
		{"close_range", 436, 0, ERRNO(ENOSYS)},  /* newer */
		{"openat2", 437, 0, ERRNO(ENOSYS)},
		{"a call of the far future", 100000, 0, ERRNO(ENOSYS)},
		{"the last before x32", 0x3fffffff, 0, ERRNO(ENOSYS)},
	};

	if (!read_docker(t, &c))
		return;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		(void) check_answer(t, answer(&c, NATIVE, cases[i].number, cases[i].first), cases[i].expected, cases[i].what);
	/* Another architecture than those of the profile, whatever the call. */
	(void) check_answer(t, answer(&c, AUDIT_ARCH_SPARC64, SYS_getpid, 0), SECCOMP_RET_KILL_THREAD, "SPARC");
	(void) check_answer(t, answer(&c, AUDIT_ARCH_SPARC64, 100000, 0), SECCOMP_RET_KILL_THREAD, "SPARC, newer");
}

/* The profile names x86-64, x86 and x32: three tables of calls in one filter. */
static void keeps_architectures_apart(struct tests *t)
{
	static struct compiled c;
	const struct {
		uint32_t arch;
		long number;
		uint32_t expected;
	} cases[] = {
		{AUDIT_ARCH_I386, 20, ALLOW},		  /* getpid */
		{AUDIT_ARCH_I386, 39, ERRNO(EPERM)},	  /* mkdir; getpid of x86-64 */
		{AUDIT_ARCH_I386, 21, ERRNO(EPERM)},	  /* mount; access of x86-64 */
		{AUDIT_ARCH_I386, 434, ERRNO(EPERM)},
		{AUDIT_ARCH_I386, 436, ERRNO(ENOSYS)},
		{AUDIT_ARCH_X86_64, 39, ALLOW},
		{AUDIT_ARCH_X86_64, 20, ERRNO(EPERM)},  /* writev */
		{AUDIT_ARCH_X86_64, 0x40000000, ALLOW}, /* read of x32 */
		{AUDIT_ARCH_X86_64, 0x40000000 + 39, ALLOW},
		{AUDIT_ARCH_X86_64, 0x40000000 + 165, ERRNO(EPERM)}, /* mount */
		{AUDIT_ARCH_X86_64, 0x40000000 + 436, ERRNO(EPERM)}, /* left to libseccomp */
		{AUDIT_ARCH_X86_64, -1, ERRNO(EPERM)},
	};

	if (NATIVE != AUDIT_ARCH_X86_64) {
		t->skipped_for = "the golden profile is one of x86-64";
		return;
	}
	if (!read_docker(t, &c))
		return;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char what[64];

		(void) snprintf(what, sizeof what, "%#x, call %#lx", cases[i].arch, (unsigned long) cases[i].number);
		(void) check_answer(t, answer(&c, cases[i].arch, cases[i].number, 0), cases[i].expected, what);
	}
}

static bool fails_with(long result, int error)
{
	return result == -1 && errno == error;
}

/* In a process that has the filter: the number of the first probe that went wrong, 0 when none. */
static int probe(const struct compiled *c)
{
	struct sock_fprog program = {.len = (unsigned short) c->count, .filter = (struct sock_filter *) c->code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 1;
	if (syscall(SYS_getpid) < 0)
		return 2;
	if (!fails_with(syscall(SYS_unshare, 0), EPERM))
		return 3;
	if (!fails_with(syscall(SYS_personality, 8), EPERM) || syscall(SYS_personality, 0xffffffff) < 0)
		return 4;
	if (!fails_with(syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0), EPERM) || syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) < 0)
		return 5;
	if (!fails_with(syscall(434, getpid(), 0), EPERM)) /* pidfd_open */
		return 6;
	if (!fails_with(syscall(436, 1000, 1000, 0), ENOSYS)) /* close_range */
		return 7;
	return 0;
}

static void holds_in_the_kernel(struct tests *t)
{
	static struct compiled c;
	int status = -1;
	pid_t pid;

	if (!read_docker(t, &c))
		return;
	(void) fflush(stdout);
	pid = fork();
	if (pid == 0)
		(void) syscall(SYS_exit_group, probe(&c)); /* not _exit: the leak sanitizer would want more calls */
	(void) waitpid(pid, &status, 0);
	CHECK(t, WIFEXITED(status));
	CHECK_INT(t, WEXITSTATUS(status), 0); /* see probe() */
}

static void is_complete_without_the_profiles_help(struct tests *t)
{
	static struct compiled c;

	/* No architecture: the native one. A name that nobody knows is skipped, one with the default action too. */
	compile_fields(&c,
		       DENY_FIELDS " n0 n3 " ALLOW_FIELDS " sread n0 " ALLOW_FIELDS " sno_such_call n0 " DENY_FIELDS " swrite n0",
		       3);
	CHECK_TEXT(t, c.complaint, "");
	CHECK_INT(t, c.status, 0);
	CHECK_INT(t, answer(&c, NATIVE, SYS_read, 0), ALLOW);
	CHECK_INT(t, answer(&c, NATIVE, SYS_write, 0), ERRNO(EPERM));
	CHECK_INT(t, answer(&c, NATIVE, 400, 0), ERRNO(ENOSYS));

	/* A rule with the default action is skipped, but the profile does know the call. */
	compile_fields(&c, DENY_FIELDS " n0 n2 " ALLOW_FIELDS " sread n0 " DENY_FIELDS " sclone3 n0", 2);
	CHECK_INT(t, answer(&c, NATIVE, 434, 0), ERRNO(EPERM));
	CHECK_INT(t, answer(&c, NATIVE, 435, 0), ERRNO(EPERM));
	CHECK_INT(t, answer(&c, NATIVE, 436, 0), ERRNO(ENOSYS));

	/* No rule: no call is newer than nothing. */
	compile_fields(&c, DENY_FIELDS " n0 n0", 0);
	CHECK_INT(t, c.status, 0);
	CHECK_INT(t, answer(&c, NATIVE, 100000, 0), ERRNO(EPERM));
}

static void lets_new_calls_through_when_all_are(struct tests *t)
{
	static const char *const defaults[] = {"w0x7fff0000", "w0x7ffc0000"}; /* ALLOW, LOG */
	static struct compiled c;

	for (size_t i = 0; i < 2; i++) {
		char fields[64];

		(void) snprintf(fields, sizeof fields, "%s n0 n1 w0x00050010 sread n0", defaults[i]);
		compile_fields(&c, fields, 1);
		CHECK_INT(t, answer(&c, NATIVE, SYS_read, 0), ERRNO(EBUSY));
		CHECK_INT(t, answer(&c, NATIVE, SYS_write, 0), i == 0 ? ALLOW : SECCOMP_RET_LOG);
		CHECK_INT(t, answer(&c, NATIVE, 100000, 0), i == 0 ? ALLOW : SECCOMP_RET_LOG);
	}
}

/* One line, which has `part` in it, status 1, no program. */
static bool check_refused(struct tests *t, const struct compiled *c, const char *part)
{
	const char *end = strchr(c->complaint, '\n');
	bool is_line = end != NULL && end[1] == '\0' && end != c->complaint;

	if (CHECK(t, c->status == 1 && c->count == 0 && is_line && strstr(c->complaint, part) != NULL))
		return true;
	(void) printf("    status %d, %zu instructions, \"%s\", expected \"%s\"\n", c->status, c->count, c->complaint, part);
	return false;
}

static void refuses_a_profile_cut_short(struct tests *t)
{
	static struct compiled c;
	struct golden golden;
	char path[512];

	(void) snprintf(path, sizeof path, "%s/seccomp/docker.hex", golden_dir);
	if (!CHECK(t, read_golden(&golden, path)))
		return;
	for (size_t length = 0; length < golden.length; length++) {
		set_u32(golden.data + 8, (uint32_t) golden.length);
		compile(&c, golden.data, length);
		(void) check_refused(t, &c, "the seccomp profile");
		if (length < 12)
			continue;
		set_u32(golden.data + 8, (uint32_t) length);
		compile(&c, golden.data, length);
		if (!check_refused(t, &c, "the seccomp profile"))
			(void) printf("    %zu bytes\n", length);
	}
	free(golden.data);
}

static void refuses_what_is_no_profile(struct tests *t)
{
	static const struct {
		const char *fields;
		uint32_t rules;
		const char *part;
	} cases[] = {
		{"w0xffff0000 n0 n0", 0, "default action 0xffff0000"},
		{DENY_FIELDS " n1 w1 n0", 0, "architecture 0x1"},
		{DENY_FIELDS " n0xffffffff n0", 0, "archs"},
		{DENY_FIELDS " n0 n2 " ALLOW_FIELDS " sread n0", 2, "rules"},
		{DENY_FIELDS " n0 n0x13b13b14 " ALLOW_FIELDS " sread n0", 0, "rules"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS " sread n0", 2, "ruleCount"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS " sread n0 b0", 1, "totalLength"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS " w4 b114 b0 b97 b100 b0 n0", 1, "syscall"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS " sread n1 w0 w1", 1, "args"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS
		 " sread n7 w0 w1 q0 q0 w0 w1 q0 q0 w0 w1 q0 q0 w0 w1 q0 q0 w0 w1 q0 q0 w0 w1 q0 q0 w0 w1 q0 q0",
		 1, "args"},
		{DENY_FIELDS " n0 n1 w0xffff0000 sread n0", 1, "rule 0, read"},
		{DENY_FIELDS " n0 n2 " ALLOW_FIELDS " sread n0 " ALLOW_FIELDS " swrite n1 w6 w4 q0 q0", 2, "rule 1, write"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS " sread n1 w0 w0 q0 q0", 1, "rule 0, read"},
		{DENY_FIELDS " n0 n1 " ALLOW_FIELDS " sread n1 w0 w99 q0 q0", 1, "rule 0, read"},
	};
	static const struct {
		size_t at;
		const char *part;
	} header[] = {{0, "begin"}, {3, "begin"}, {4, "version"}, {6, "reserved"}, {8, "totalLength"}, {12, "ruleCount"}};
	static struct compiled c;
	struct build b;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		compile_fields(&c, cases[i].fields, cases[i].rules);
		if (!check_refused(t, &c, cases[i].part))
			(void) printf("    %s\n", cases[i].fields);
	}
	for (size_t i = 0; i < sizeof header / sizeof header[0]; i++) {
		begin_profile(&b, DENY_FIELDS " n0 n0");
		end_profile(&b, 0);
		b.data[header[i].at] ^= 2;
		compile(&c, b.data, b.length);
		(void) check_refused(t, &c, header[i].part);
	}
}

static void refuses_what_the_kernel_would(struct tests *t)
{
	static struct compiled c;
	static struct build b;

	/* Each comparison with its own number takes instructions; 1300 take more than the kernel's 4096. */
	begin_profile(&b, DENY_FIELDS " n0 n1300");
	for (int i = 0; i < 1300; i++) {
		char fields[96];

		(void) snprintf(fields, sizeof fields, ALLOW_FIELDS " sread n1 w0 w4 q0x%x0000000%x q0", i + 1, i + 1);
		put_fields(&b, fields);
	}
	end_profile(&b, 1300);
	compile(&c, b.data, b.length);
	(void) check_refused(t, &c, "4096 instructions");
}

static void tells_when_it_cannot_write(struct tests *t)
{
	static struct compiled c;
	struct build b;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	begin_profile(&b, DENY_FIELDS " n0 n0");
	end_profile(&b, 0);
	compile_to(&c, b.data, b.length, fd);
	(void) close(fd);
	(void) check_refused(t, &c, strerror(ENOSPC));
}

int main(int argc, char **argv)
{
	struct tests t = {.passed = 0};

	if (argc > 1)
		golden_dir = argv[1];
	run_test(&t, "docker's profile: allowed, EPERM, and ENOSYS for what is newer", answers_as_the_profile_says);
	run_test(&t, "each architecture has its own calls", keeps_architectures_apart);
	run_test(&t, "the kernel takes the program and answers the same", holds_in_the_kernel);
	run_test(&t, "unknown calls and rules of the default action are skipped", is_complete_without_the_profiles_help);
	run_test(&t, "with ALLOW or LOG for a default nothing answers ENOSYS", lets_new_calls_through_when_all_are);
	run_test(&t, "docker's profile cut at any byte is refused by one line", refuses_a_profile_cut_short);
	run_test(&t, "a broken profile is refused by one line", refuses_what_is_no_profile);
	run_test(&t, "a program that is too long for the kernel is refused", refuses_what_the_kernel_would);
	run_test(&t, "a failure to write the program is told", tells_when_it_cannot_write);
	return end_tests(&t);
}
