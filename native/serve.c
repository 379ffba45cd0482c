#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"

/* As many as the caller has under way; one more is answered as one that could not be forked. */
#define MAX_JOBS 1024
#define MAX_LINE 64

struct job {
	unsigned int id;
	pid_t pid; /* 0: free */
};

struct server {
	pid_t self, caller;
	int (*work)(int plan_fd, int report_fd, pid_t server);
	char *mode; /* a word of the command line */
	sigset_t mask; /* as it was when we began */
	struct job jobs[MAX_JOBS];
	char line[MAX_LINE];
	size_t length;
};

static int open_of(pid_t caller, int number, int flags)
{
	char path[48];

	(void) snprintf(path, sizeof path, "/proc/%d/fd/%d", (int) caller, number);
	return open(path, flags | O_CLOEXEC);
}

/* As if it had been started by the caller: standard streams are /dev/null, no signal is blocked. */
static _Noreturn void become_worker(const struct server *s, int plan, int report)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int plan_fd, report_fd;

	/* What becomes of us, a monitor, shall not look like the server. */
	memset(s->mode, 0, strlen(s->mode));
	memcpy(s->mode, "sealed", strlen("sealed"));
	(void) sigprocmask(SIG_SETMASK, &s->mask, NULL);
	for (int fd = 0; fd < 3; fd++)
		if (null_fd < 0 || dup2(null_fd, fd) < 0)
			_exit(1);
	(void) close(null_fd);
	plan_fd = open_of(s->caller, plan, O_RDONLY);
	report_fd = open_of(s->caller, report, O_RDWR);
	_exit(plan_fd < 0 || report_fd < 0 ? 1 : s->work(plan_fd, report_fd, s->self));
}

static int answer(unsigned int id, int status, int signal_number)
{
	char text[MAX_LINE];
	int length = snprintf(text, sizeof text, "end %u %d %d\n", id, status, signal_number);

	for (int done = 0; done < length;) {
		ssize_t n = write(STDOUT_FILENO, text + done, (size_t) (length - done));

		if (n < 0 && errno != EINTR)
			return -1;
		done += n < 0 ? 0 : (int) n;
	}
	return 0;
}

static struct job *find(struct server *s, unsigned int id)
{
	for (int i = 0; i < MAX_JOBS; i++)
		if (s->jobs[i].pid != 0 && s->jobs[i].id == id)
			return &s->jobs[i];
	return NULL;
}

static int run(struct server *s, unsigned int id, int plan, int report)
{
	struct job *job = NULL;
	pid_t pid = -1;

	for (int i = 0; i < MAX_JOBS && job == NULL; i++)
		if (s->jobs[i].pid == 0)
			job = &s->jobs[i];
	if (job != NULL)
		pid = fork();
	if (pid == 0)
		become_worker(s, plan, report);
	if (pid < 0)
		return answer(id, 1, 0);
	*job = (struct job){ .id = id, .pid = pid };
	return 0;
}

static int obey(struct server *s)
{
	struct job *job;
	unsigned int id;
	int plan, report;

	if (sscanf(s->line, "run %u %d %d", &id, &plan, &report) == 3)
		return run(s, id, plan, report);
	if (sscanf(s->line, "kill %u", &id) != 1)
		return -1;
	job = find(s, id);
	if (job != NULL)
		(void) kill(job->pid, SIGKILL); /* ours, and not waited for yet */
	return 0;
}

/* 0 at the end of the input, -1 for one that makes no sense, otherwise 1. */
static int take_input(struct server *s)
{
	char chunk[4096];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN) ? 1 : (int) n;
	for (ssize_t i = 0; i < n; i++) {
		if (s->length == sizeof s->line)
			return -1;
		s->line[s->length++] = chunk[i];
		if (chunk[i] != '\n')
			continue;
		s->line[s->length - 1] = '\0';
		s->length = 0;
		if (obey(s) < 0)
			return -1;
	}
	return 1;
}

static int reap_all(struct server *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < MAX_JOBS; i++) {
			if (s->jobs[i].pid != pid)
				continue;
			s->jobs[i].pid = 0;
			if (answer(s->jobs[i].id, WIFEXITED(status) ? WEXITSTATUS(status) : 0,
				   WIFSIGNALED(status) ? WTERMSIG(status) : 0) < 0)
				return -1;
		}
	return 0;
}

int serve(char *mode, int (*work)(int plan_fd, int report_fd, pid_t server))
{
	static struct server s;
	struct signalfd_siginfo info;
	sigset_t child;
	_cleanup_close_ int signal_fd = -1;

	s.self = getpid();
	s.caller = getppid();
	s.work = work;
	s.mode = mode;
	(void) sigemptyset(&child);
	(void) sigaddset(&child, SIGCHLD);
	/* What we have begun dies with us, and we with the caller. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != s.caller)
		return 1;
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || sigprocmask(SIG_BLOCK, &child, &s.mask) < 0)
		return 1;
	signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	while (signal_fd >= 0) {
		struct pollfd polled[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = signal_fd, .events = POLLIN } };

		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (polled[1].revents != 0) {
			(void) !read(signal_fd, &info, sizeof info);
			if (reap_all(&s) < 0)
				return 1;
		}
		if (polled[0].revents != 0) {
			int taken = take_input(&s);

			if (taken <= 0)
				return taken < 0 ? 1 : 0;
		}
	}
	return 1;
}
