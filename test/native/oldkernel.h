/* A kernel that lacks a system call, or a filter that forbids it: for what our code does then. */
#ifndef GANTRY_TEST_OLDKERNEL_H
#define GANTRY_TEST_OLDKERNEL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "harness.h"

/* What the call answers from now on, in this process and its children; there is no way back. */
UNUSED static void forbid_call(long number, int error)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t) number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned) error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = (struct sock_filter *) code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ||
	    syscall(number, -1, 0, 0, 0, 0, 0) != -1 || errno != error)
		abort();
}

/* Run `test` in a process of its own, which may change what it likes; what fails there fails here. */
UNUSED static bool in_a_process(struct tests *t, void (*test)(struct tests *t, const void *arg), const void *arg)
{
	int status = -1;
	pid_t pid;

	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		test(t, arg);
		(void) fflush(stdout);
		_exit(t->has_failed ? 1 : 0);
	}
	(void) waitpid(pid, &status, 0);
	if (status == 0)
		return true;
	t->has_failed = true;
	(void) printf("    wait status %#x\n", (unsigned) status);
	return false;
}

#endif
