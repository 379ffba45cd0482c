/* Signals of a process that is about to become another program. */
#ifndef GANTRY_SIGNALS_H
#define GANTRY_SIGNALS_H

#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Every signal to its default, nothing blocked: what we ignore or block is not the next program's business. By system call: the
 * C library keeps two real-time signals to itself, which a caller may have left ignored all the same.
 */
static inline void signals_reset(void)
{
	const struct {
		void *handler;
		unsigned long flags, restorer, mask[2];
	} standard = { 0 };
	sigset_t none;

	for (int number = 1; number < NSIG; number++) /* EINVAL for SIGKILL and SIGSTOP */
		(void) syscall(SYS_rt_sigaction, number, &standard, NULL, (NSIG - 1) / 8);
	(void) sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
}

#endif
