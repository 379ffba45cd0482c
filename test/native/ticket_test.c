/* Tickets in a lock directory, and what happens to their owners when a parent dies. */
#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procstat.h"
#include "ticket.h"

static int open_lock(char path[32])
{
	(void) strcpy(path, "/tmp/gantry-ticket-XXXXXX");
	if (mkdtemp(path) == NULL)
		abort();
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* How many entries a directory has; `name` is the last one's. */
static int count_entries(const char *path, char name[256])
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.') {
			(void) snprintf(name, 256, "%s", entry->d_name);
			count++;
		}
	if (dir != NULL)
		(void) closedir(dir);
	return count;
}

static void names_its_owner_until_it_is_handed_over(struct tests *t)
{
	char path[32], name[256], expected[64];
	int lock_fd = open_lock(path);
	unsigned long long start_time;
	struct ticket ticket;

	CHECK_INT(t, ticket_take(&ticket, lock_fd, getppid(), 0), 0);
	(void) read_start_time(getpid(), &start_time);
	(void) snprintf(expected, sizeof expected, "0-%d-%llu-init", (int) getpid(), start_time);
	CHECK_INT(t, count_entries(path, name), 1);
	CHECK_TEXT(t, name, expected);
	ticket_hand_over(&ticket);
	ticket_hand_over(&ticket);
	CHECK_INT(t, count_entries(path, name), 0);
	(void) close(lock_fd);
	(void) rmdir(path);
}

static void is_given_back_when_the_parent_is_another_one(struct tests *t)
{
	char path[32], name[256];
	int lock_fd = open_lock(path);
	struct ticket ticket;

	CHECK(t, ticket_take(&ticket, lock_fd, getpid(), 0) == -1 && errno == ESRCH);
	CHECK_INT(t, count_entries(path, name), 0);
	(void) rmdir(path);
	/* The container has been removed. */
	CHECK(t, ticket_take(&ticket, lock_fd, getppid(), 0) == -1 && errno == ENOENT);
	ticket_hand_over(&ticket);
	(void) close(lock_fd);
	CHECK_INT(t, ticket_take(&ticket, -1, getppid(), 0), 0);
	ticket_hand_over(&ticket);
}

/* A parent that dies while its child waits; the child holds the write end of a pipe. */
static void ends_with_its_parent(struct tests *t)
{
	char path[32], name[256], byte;
	int lock_fd = open_lock(path);
	int ends[2], ready[2];
	pid_t parent;

	if (pipe2(ends, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		abort();
	(void) fflush(stdout);
	parent = fork();
	if (parent == 0) {
		pid_t self = getpid();

		if (fork() == 0) {
			struct ticket ticket;

			if (ticket_take(&ticket, lock_fd, self, 0) < 0)
				_exit(1);
			(void) !write(ready[1], "", 1);
			for (;;)
				(void) pause();
		}
		for (;;)
			(void) pause();
	}
	(void) close(ends[1]);
	CHECK_INT(t, (int) read(ready[0], &byte, 1), 1);
	CHECK_INT(t, count_entries(path, name), 1);
	(void) kill(parent, SIGKILL);
	(void) waitpid(parent, NULL, 0);
	CHECK_INT(t, (int) read(ends[0], &byte, 1), 0);
	/* Who finds it sees that its owner is dead. */
	CHECK_INT(t, count_entries(path, name), 1);
	(void) unlinkat(lock_fd, name, 0);
	(void) close(ends[0]);
	(void) close(ready[0]);
	(void) close(ready[1]);
	(void) close(lock_fd);
	(void) rmdir(path);
}

/* The caller is the parent of a server, whose child takes the ticket. */
static void is_for_a_caller_two_generations_up(struct tests *t)
{
	char path[32], name[256];
	int lock_fd = open_lock(path);
	int status = 0;
	pid_t self = getpid();
	pid_t server;

	(void) fflush(stdout);
	server = fork();
	if (server == 0) {
		pid_t own = getpid();
		pid_t worker = fork();

		if (worker == 0) {
			struct ticket ticket;
			bool is_ours = ticket_take(&ticket, lock_fd, self, own) == 0;

			ticket_hand_over(&ticket);
			/* Neither another caller nor another server. */
			_exit(is_ours && ticket_take(&ticket, lock_fd, own, own) < 0 && errno == ESRCH &&
					      ticket_take(&ticket, lock_fd, self, self) < 0 && errno == ESRCH
				      ? 0
				      : 1);
		}
		(void) waitpid(worker, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	(void) waitpid(server, &status, 0);
	CHECK_INT(t, status, 0);
	CHECK_INT(t, count_entries(path, name), 0);
	(void) close(lock_fd);
	(void) rmdir(path);
}

static void of_a_zombie_is_removed_by_its_parent(struct tests *t)
{
	char path[32], name[256];
	int lock_fd = open_lock(path);
	pid_t self = getpid();
	pid_t pid;
	siginfo_t info;

	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct ticket ticket;

		_exit(ticket_take(&ticket, lock_fd, self, 0) < 0 ? 1 : 0);
	}
	(void) waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT);
	CHECK_INT(t, info.si_status, 0);
	CHECK_INT(t, count_entries(path, name), 1);
	ticket_remove_of(lock_fd, pid);
	CHECK_INT(t, count_entries(path, name), 0);
	(void) waitpid(pid, NULL, 0);
	(void) close(lock_fd);
	(void) rmdir(path);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "a ticket names its owner until it is handed over", names_its_owner_until_it_is_handed_over);
	run_test(&t, "a ticket is given back when the parent is another one", is_given_back_when_the_parent_is_another_one);
	run_test(&t, "the owner of a ticket ends with its parent", ends_with_its_parent);
	run_test(&t, "a ticket may be taken for the parent of a server", is_for_a_caller_two_generations_up);
	run_test(&t, "the ticket of a zombie is removed by its parent", of_a_zombie_is_removed_by_its_parent);
	return end_tests(&t);
}
