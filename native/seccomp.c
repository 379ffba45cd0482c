#include "seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "sys.h"
#include "wire.h"

#define TEXT_OF(number) #number
#define DOTTED(major, minor, micro) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(micro)

const char seccomp_library[] = DOTTED(SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO);

#define VERSION 1
#define MAX_ARGS 6
#define X32_BIT 0x40000000u

/* An architecture of the profile, and the newest of its system calls that the profile knows. */
struct arch {
	uint32_t token;
	int newest; /* -1: none */
};

struct arches {
	struct arch *items;
	uint32_t count;
};

struct rule {
	uint32_t action;
	const char *syscall;
	struct scmp_arg_cmp *args;
	uint32_t arg_count;
};

struct profile {
	uint32_t default_action;
	struct arches arches;
	struct rule *rules;
	uint32_t rule_count;
};

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void) vfprintf(stderr, format, args);
	va_end(args);
	(void) fputc('\n', stderr);
	return -1;
}

static void decode_rule(struct rule *rule, struct wire *w)
{
	rule->action = wire_u32(w, "action");
	rule->syscall = wire_str(w, "syscall");
	rule->args = wire_list(w, "args", 24, sizeof *rule->args, &rule->arg_count);
	if (rule->arg_count > MAX_ARGS)
		wire_refuse(w, "args");
	for (uint32_t i = 0; w->bad == NULL && i < rule->arg_count; i++) {
		rule->args[i].arg = wire_u32(w, "index");
		rule->args[i].op = (enum scmp_compare) wire_u32(w, "op");
		rule->args[i].datum_a = wire_u64(w, "value");
		rule->args[i].datum_b = wire_u64(w, "valueTwo");
	}
}

/* The profile's architectures, the native one among them. */
static void decode_arches(struct arches *arches, struct wire *w)
{
	struct u32s tokens = wire_u32s(w, "archs");
	bool has_native = false;

	arches->items = calloc(tokens.count + (size_t) 1, sizeof *arches->items);
	if (arches->items == NULL) {
		wire_refuse(w, "archs");
		return;
	}
	for (uint32_t i = 0; i < tokens.count; i++) {
		arches->items[arches->count++] = (struct arch){ .token = tokens.items[i], .newest = -1 };
		has_native |= tokens.items[i] == seccomp_arch_native();
	}
	if (!has_native)
		arches->items[arches->count++] = (struct arch){ .token = seccomp_arch_native(), .newest = -1 };
}

static int decode_profile(struct profile *profile, struct wire *w, size_t length)
{
	uint32_t count;

	if (length < 16 || memcmp(w->at, "GSEC", 4) != 0)
		return complain("the seccomp profile does not begin as one");
	w->at += 4;
	if (wire_u16(w, "version") != VERSION)
		wire_refuse(w, "version");
	if (wire_u16(w, "reserved") != 0)
		wire_refuse(w, "reserved");
	if (wire_u32(w, "totalLength") != length)
		wire_refuse(w, "totalLength");
	count = wire_u32(w, "ruleCount");
	profile->default_action = wire_u32(w, "defaultAction");
	decode_arches(&profile->arches, w);
	profile->rules = wire_list(w, "rules", 13, sizeof *profile->rules, &profile->rule_count);
	if (profile->rule_count != count)
		wire_refuse(w, "ruleCount");
	for (uint32_t i = 0; w->bad == NULL && i < profile->rule_count; i++)
		decode_rule(&profile->rules[i], w);
	if (w->bad == NULL && w->at != w->end)
		wire_refuse(w, "totalLength");
	return w->bad == NULL ? 0 : complain("the seccomp profile is broken: %s", w->bad);
}

/* Does the filter let calls that no rule names through, with a note or after a tracer has seen them? Then a call unknown to it is no surprise. */
static bool is_permissive(uint32_t action)
{
	return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG || (action & 0xffff0000u) == SCMP_ACT_TRACE(0);
}

static void note_newest(struct arches *arches, const char *syscall)
{
	for (uint32_t i = 0; i < arches->count; i++) {
		int number = seccomp_syscall_resolve_name_arch(arches->items[i].token, syscall);

		if (number >= 0 && (uint32_t) number < X32_BIT && number > arches->items[i].newest)
			arches->items[i].newest = number;
	}
}

static int add_rules(scmp_filter_ctx filter, struct profile *profile)
{
	for (uint32_t i = 0; i < profile->rule_count; i++) {
		const struct rule *rule = &profile->rules[i];
		int number = seccomp_syscall_resolve_name(rule->syscall);
		int error;

		note_newest(&profile->arches, rule->syscall);
		/* A name of another kernel or another libseccomp: as with runc, not an error. */
		if (number == __NR_SCMP_ERROR || rule->action == profile->default_action)
			continue;
		error = seccomp_rule_add_array(filter, rule->action, number, rule->arg_count, rule->args);
		if (error < 0)
			return complain("rule %u, %s: %s", i, rule->syscall, strerror(-error));
	}
	return 0;
}

static int add_arches(scmp_filter_ctx filter, const struct arches *arches)
{
	for (uint32_t i = 0; i < arches->count; i++) {
		int error = seccomp_arch_add(filter, arches->items[i].token);

		if (error < 0 && error != -EEXIST)
			return complain("architecture %#x: %s", arches->items[i].token, strerror(-error));
	}
	return 0;
}

static int write_all(int fd, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *) data + done, size - done);

		if (n < 0 && errno != EINTR)
			return complain("cannot write the seccomp program: %s", strerror(errno));
		done += n < 0 ? 0 : (size_t) n;
	}
	return 0;
}

/* The token of an architecture as the kernel reports it: x32 is x86-64 there, told apart by a bit of the number. */
static uint32_t audit_arch(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token;
}

/*
 * What stands before libseccomp's program: a call newer than every call of the profile answers ENOSYS, whatever the
 * profile says of unknown ones. A C library that tries a new call first then falls back to the old one; with the usual
 * EPERM it would not (runc does the same).
 */
static int write_missing_calls(int fd, const struct arches *arches)
{
	const unsigned arch_at = (unsigned) offsetof(struct seccomp_data, arch);
	const unsigned number_at = (unsigned) offsetof(struct seccomp_data, nr);

	for (uint32_t i = 0; i < arches->count; i++) {
		const struct arch *arch = &arches->items[i];
		const struct sock_filter code[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, arch_at),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, audit_arch(arch->token), 0, 4),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number_at),
			/* x32's numbers and the negative ones are left to libseccomp. */
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
			BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t) arch->newest, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		};

		if (arch->newest < 0 || arch->token == SCMP_ARCH_X32)
			continue;
		if (write_all(fd, code, sizeof code) < 0)
			return -1;
	}
	return 0;
}

/* libseccomp writes to a descriptor only; in between it goes through memory so that a failure leaves nothing. */
static int write_program(scmp_filter_ctx filter, const struct profile *profile, int program_fd)
{
	_cleanup_close_ int fd = (int) syscall(SYS_memfd_create, "filter", 1u);
	char buffer[4096];
	ssize_t n;
	int error;

	if (fd < 0)
		return complain("memfd_create: %s", strerror(errno));
	if (!is_permissive(profile->default_action) && write_missing_calls(fd, &profile->arches) < 0)
		return -1;
	error = seccomp_export_bpf(filter, fd);
	if (error < 0)
		return complain("cannot compile the seccomp profile: %s", strerror(-error));
	if (lseek(fd, 0, SEEK_END) / (off_t) sizeof(struct sock_filter) > BPF_MAXINSNS)
		return complain("the seccomp program has more than %d instructions", BPF_MAXINSNS);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return complain("lseek: %s", strerror(errno));
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		if (write_all(program_fd, buffer, (size_t) n) < 0)
			return -1;
	return n < 0 ? complain("read: %s", strerror(errno)) : 0;
}

static int compile(struct profile *profile, int program_fd)
{
	scmp_filter_ctx filter = seccomp_init(profile->default_action);
	int status = -1;

	if (filter == NULL)
		return complain("the seccomp profile's default action %#x is unknown", profile->default_action);
	if (add_arches(filter, &profile->arches) == 0 && add_rules(filter, profile) == 0)
		status = write_program(filter, profile, program_fd);
	seccomp_release(filter);
	return status;
}

int seccomp_compile(const unsigned char *profile_data, size_t length, int program_fd)
{
	struct plan_chunk *chunks = NULL;
	struct wire w = { .at = profile_data, .end = profile_data + length, .chunks = &chunks };
	struct profile profile = { 0 };
	int status = decode_profile(&profile, &w, length);

	if (status == 0)
		status = compile(&profile, program_fd);
	free(profile.arches.items);
	wire_free(&chunks);
	return status == 0 ? 0 : 1;
}
