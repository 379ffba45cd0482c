/* gantry-init: docs/plan-format.md. Each mode is one function; no environment is read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "input.h"
#include "keepfds.h"
#include "plan.h"
#include "reap.h"
#include "report.h"
#include "seal.h"
#include "seccomp.h"
#include "serve.h"
#include "stage.h"
#include "sys.h"
#include "watch.h"

#ifndef PR_SCHED_CORE /* Linux 5.14 */
#define PR_SCHED_CORE 62
#define PR_SCHED_CORE_GET 0
#define PR_SCHED_CORE_CREATE 1
#define PR_SCHED_CORE_SHARE_FROM 3
#endif
#ifndef PR_SCHED_CORE_SCOPE_THREAD
#define PR_SCHED_CORE_SCOPE_THREAD 0
#define PR_SCHED_CORE_SCOPE_THREAD_GROUP 1
#endif

#ifndef GANTRY_VERSION
#define GANTRY_VERSION "0.1.0"
#endif

static int usage(void)
{
	(void) fputs("usage: gantry-init run PLAN_FD REPORT_FD\n"
		     "       gantry-init serve NAME\n"
		     "       gantry-init seccomp PROFILE_FD ANSWER_FD\n"
		     "       gantry-init hold\n"
		     "       gantry-init reap\n"
		     "       gantry-init watch PARENT_PID MILLISECONDS\n"
		     "       gantry-init core-group PID\n"
		     "       gantry-init share-core PID PROGRAM [ARGUMENT]...\n"
		     "       gantry-init version\n",
		     stderr);
	return 2;
}

/* A descriptor number of the command line; -1 when it is none. */
static int parse_fd(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || value > 1 << 20)
		return -1;
	return fcntl((int) value, F_GETFD) < 0 ? -1 : (int) value;
}

static int report_failure(int report_fd, const char *step, int error, const char *detail)
{
	struct report out = { .fd = report_fd };

	out.failure.op = -1;
	(void) fail_detail(&out, step, "", error, detail);
	(void) report_error(&out, &out.failure);
	return 1;
}

static int report_bad_plan(int report_fd, const struct plan_error *error)
{
	struct report out = { .fd = report_fd };

	(void) fail_detail(&out, "decode plan", "", 0, error->where);
	out.failure.op = error->op;
	(void) snprintf(out.failure.op_name, sizeof out.failure.op_name, "%s", error->op_name);
	(void) report_error(&out, &out.failure);
	return 1;
}

/* 0, 1 and 2 must be open: otherwise the next descriptor we open would become a standard stream of somebody. */
static int fill_stdio(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	return 0;
}

/*
 * Only what the plan names goes any further: whatever else the caller left open is closed, and the rest does not
 * survive an execve unless it is said so.
 */
static int keep_known(const struct plan *plan, int report_fd)
{
	if (report_fd < 3 + (int) plan->keep_fds) {
		errno = EBADF;
		return -1;
	}
	if (close_except(3 + plan->keep_fds, &report_fd, 1, NULL, 0) < 0)
		return -1;
	for (int fd = 3; fd < 3 + (int) plan->keep_fds; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return -1;
	return fcntl(report_fd, F_SETFD, FD_CLOEXEC);
}

/*
 * Start ourselves again from a sealed executable, with the plan in `input`. The plan may have come through a pipe, so it is
 * handed on in memory.
 */
static int run_again(const struct input *input, char *report_text)
{
	char plan_text[16];
	char *const argv[] = { (char *) "gantry-init", (char *) "sealed", plan_text, report_text, NULL };
	_cleanup_close_ int fd = (int) syscall(SYS_memfd_create, "plan", 0);
	size_t done = 0;

	while (fd >= 0 && done < input->length) {
		ssize_t n = write(fd, input->data + done, input->length - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n < 0 ? 0 : (size_t) n;
	}
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	(void) snprintf(plan_text, sizeof plan_text, "%d", fd);
	return exec_sealed(argv);
}

static int run_sealed(const struct plan *plan, int report_fd, pid_t server)
{
	if (keep_known(plan, report_fd) < 0)
		return report_failure(report_fd, "keep descriptors", errno, "keep-fds");
	return run_plan(plan, report_fd, server);
}

/* `run` decodes the plan to know whether there will be a child; `sealed` is the second start. */
static int run_mode(char *plan_text, char *report_text, bool is_sealed)
{
	int plan_fd = parse_fd(plan_text);
	int report_fd = parse_fd(report_text);
	struct input input;
	struct plan plan;
	struct plan_error error;

	if (plan_fd < 0 || report_fd < 0)
		return usage();
	if (fill_stdio() < 0)
		return report_failure(report_fd, "open standard streams", errno, "");
	if (input_read(&input, plan_fd, PLAN_MAX_BYTES) < 0)
		return report_failure(report_fd, "read plan", errno, "");
	if (plan_decode(&plan, input.data, input.length, &error) < 0)
		return report_bad_plan(report_fd, &error);
	if (plan.clone != NULL && !is_sealed) {
		(void) run_again(&input, report_text);
		return report_failure(report_fd, "start sealed executable", errno, "");
	}
	return run_sealed(&plan, report_fd, 0);
}

/* One plan of many, in a process of its own that was forked from a sealed one. */
static int serve_one(int plan_fd, int report_fd, pid_t server)
{
	struct input input;
	struct plan plan;
	struct plan_error error;

	if (input_read(&input, plan_fd, PLAN_MAX_BYTES) < 0)
		return report_failure(report_fd, "read plan", errno, "");
	if (plan_decode(&plan, input.data, input.length, &error) < 0)
		return report_bad_plan(report_fd, &error);
	return run_sealed(&plan, report_fd, server);
}

static int serve_mode(char *mode, char *name)
{
	char *const argv[] = { (char *) "gantry-init", (char *) "serve-sealed", name, NULL };

	return strcmp(mode, "serve-sealed") == 0 ? serve(mode, serve_one) : exec_sealed(argv);
}

/* What goes wrong is said where the program would have been: the caller may have no standard error for us. */
static int seccomp_mode(const char *profile_text, const char *program_text)
{
	int profile_fd = parse_fd(profile_text);
	int program_fd = parse_fd(program_text);
	struct input input;

	if (profile_fd < 0 || program_fd < 0)
		return usage();
	if (dup2(program_fd, STDERR_FILENO) < 0)
		return 1;
	if (input_read(&input, profile_fd, PLAN_MAX_BYTES) < 0) {
		(void) fprintf(stderr, "cannot read the seccomp profile: %s\n", strerror(errno));
		return 1;
	}
	return seccomp_compile(input.data, input.length, program_fd);
}

/* Be somebody in a cgroup that must not be empty, until the caller lets go of standard input, or is gone. */
static int hold_mode(void)
{
	char byte;
	ssize_t n;

	do
		n = read(STDIN_FILENO, &byte, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? 1 : 0;
}

/* Watch the caller: it writes to our standard input now and then, or is killed. */
static int watch_mode(const char *parent_text, const char *limit_text)
{
	int parent = atoi(parent_text), limit_ms = atoi(limit_text);

	return parent > 1 && limit_ms > 0 ? watch_parent(parent, limit_ms) : usage();
}

/* Give a process a core scheduling group, which shares no core with anybody else's; 0: this one. */
static int core_group_mode(const char *pid)
{
	if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, atoi(pid), PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0) == 0)
		return 0;
	(void) dprintf(STDERR_FILENO, "SCHED_CORE: %s: %s\n", pid, strerror(errno));
	return 1;
}

/* Become a program in the group of a process, and with it what it starts. That one is given its group at about the same time. */
static int share_core_mode(const char *pid, char **program)
{
	uint64_t group = 0;
	int status = 0;

	for (int waited_ms = 0; status == 0 && group == 0 && waited_ms < 2000; waited_ms += 5) {
		if (waited_ms > 0)
			(void) usleep(5000);
		status = prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_FROM, atoi(pid), PR_SCHED_CORE_SCOPE_THREAD, 0);
		if (status == 0)
			status = prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, PR_SCHED_CORE_SCOPE_THREAD, &group);
	}
	if (status == 0 && group == 0)
		errno = ETIMEDOUT;
	else if (status == 0)
		(void) execv(program[0], program);
	(void) dprintf(STDERR_FILENO, "SCHED_CORE: %s: %s\n", program[0], strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run_mode(argv[2], argv[3], false);
	if (argc == 4 && strcmp(argv[1], "sealed") == 0)
		return run_mode(argv[2], argv[3], true);
	if (argc == 3 && (strcmp(argv[1], "serve") == 0 || strcmp(argv[1], "serve-sealed") == 0))
		return serve_mode(argv[1], argv[2]);
	if (argc == 4 && strcmp(argv[1], "seccomp") == 0)
		return seccomp_mode(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "core-group") == 0)
		return core_group_mode(argv[2]);
	if (argc > 3 && strcmp(argv[1], "share-core") == 0)
		return share_core_mode(argv[2], argv + 3);
	if (argc == 4 && strcmp(argv[1], "watch") == 0)
		return watch_mode(argv[2], argv[3]);
	if (argc == 2 && strcmp(argv[1], "hold") == 0)
		return hold_mode();
	if (argc == 2 && strcmp(argv[1], "reap") == 0)
		return reap_until_told();
	if (argc == 2 && strcmp(argv[1], "version") == 0) {
		(void) printf("gantry-init %s, plan version 1, libseccomp %s\n", GANTRY_VERSION, seccomp_library);
		return 0;
	}
	return usage();
}
