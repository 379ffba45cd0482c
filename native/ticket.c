#include "ticket.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "procstat.h"

/* `<number>-<pid>-<start time>-<rest>`, src/state/lock.ts */
static int name_ticket(char *name, size_t size, pid_t pid)
{
	unsigned long long start_time;

	if (read_start_time(pid, &start_time) < 0)
		return -1;
	(void) snprintf(name, size, "0-%d-%llu-init", (int) pid, start_time);
	return 0;
}

/* A process that dies loses its children before anybody can see that it is dead. */
static bool is_caller_alive(pid_t caller, pid_t server)
{
	if (server == 0)
		return getppid() == caller;
	return read_parent(server) == caller && getppid() == server;
}

int ticket_take(struct ticket *ticket, int lock_fd, pid_t caller, pid_t server)
{
	ticket->lock_fd = lock_fd;
	ticket->name[0] = '\0';
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (lock_fd >= 0 && (name_ticket(ticket->name, sizeof ticket->name, getpid()) < 0 ||
			     symlinkat("ticket", lock_fd, ticket->name) < 0))
		return -1;
	/*
	 * In this order: is the caller alive now, whoever finds it dead later finds our ticket. Is it dead, somebody may have looked
	 * for tickets before ours was there.
	 */
	if (is_caller_alive(caller, server))
		return 0;
	ticket_hand_over(ticket);
	errno = ESRCH;
	return -1;
}

void ticket_hand_over(struct ticket *ticket)
{
	(void) prctl(PR_SET_PDEATHSIG, 0);
	if (ticket->lock_fd >= 0 && ticket->name[0] != '\0')
		(void) unlinkat(ticket->lock_fd, ticket->name, 0);
	ticket->name[0] = '\0';
}

void ticket_remove_of(int lock_fd, pid_t pid)
{
	char name[64];

	if (lock_fd >= 0 && name_ticket(name, sizeof name, pid) == 0)
		(void) unlinkat(lock_fd, name, 0);
}
