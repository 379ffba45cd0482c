/* The process of a pod's own container, as Kubernetes' pause: sleeps, reaps what is left to it, ends on SIGINT or SIGTERM. */
#include <signal.h>
#include <sys/wait.h>

int main(void)
{
	sigset_t set;
	int signal = 0;

	(void) sigemptyset(&set);
	(void) sigaddset(&set, SIGINT);
	(void) sigaddset(&set, SIGTERM);
	(void) sigaddset(&set, SIGCHLD);
	(void) sigprocmask(SIG_BLOCK, &set, NULL);
	do {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		(void) sigwait(&set, &signal);
	} while (signal == SIGCHLD);
	return 0;
}
