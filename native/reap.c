#include "reap.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

int reap_until_told(void)
{
	sigset_t set;
	int number;

	(void) sigemptyset(&set);
	(void) sigaddset(&set, SIGCHLD);
	(void) sigaddset(&set, SIGINT);
	(void) sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return 1;
	do {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		number = sigwaitinfo(&set, NULL); /* EINTR: stopped and continued */
	} while (number == SIGCHLD || number < 0);
	return 0;
}
