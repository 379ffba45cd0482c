#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "monitor.h"
#include "record.h"

/* More descriptors than a monitor can have. */
#define MAX_KNOWN 32

static struct supervisor *new_supervisor(const struct plan *plan)
{
	struct supervisor *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->mode = plan->monitor == NULL ? MONITOR_NONE : plan->monitor->mode;
	s->oom_file = plan->monitor == NULL ? "" : plan->monitor->oom_file;
	s->console_socket = plan->terminal == NULL ? "" : plan->terminal->console_socket;
	if (plan->terminal != NULL) {
		s->rows = plan->terminal->rows;
		s->cols = plan->terminal->cols;
	}
	s->pidfd = s->dir_fd = s->signal_fd = s->console_fd = s->raw.fd = -1;
	streams_init(&s->streams);
	for (int i = 0; i < 3; i++)
		pump_init(&s->pump[i]);
	for (int i = 0; i < 3; i++)
		linger_init(&s->linger[i]);
	s->lets_go = s->mode != MONITOR_DETACHED;
	logger_init(&s->logger);
	oom_init(&s->oom);
	control_init(&s->control);
	return s;
}

/* So that nothing this process opens becomes its standard input, output or error. */
static int fill_standard_fds(struct report *out)
{
	for (int fd = 0; fd < 3; fd++) {
		/* open(2) takes the lowest free number. Without O_CLOEXEC: a process that inherits it needs it open. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return fail(out, "open", "/dev/null", errno);
	}
	return 0;
}

/*
 * Blocked is better than ignored: nothing can end or interrupt the monitor, and no disposition changes that a program
 * would inherit over execve. SIGCHLD must not be ignored, or the kernel reaps and forgets exit statuses.
 */
static int block_signals(struct supervisor *s, struct report *out)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t all;

	(void) sigaction(SIGCHLD, &standard, NULL);
	(void) sigfillset(&all);
	(void) sigprocmask(SIG_SETMASK, &all, NULL);
	if (s->mode != MONITOR_FOREGROUND)
		return 0;
	s->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? fail(out, "open signalfd", "", errno) : 0;
}

static int open_dir(struct supervisor *s, const struct plan *plan, struct report *out)
{
	const char *dir = plan->monitor == NULL ? "" : plan->monitor->dir;

	if (dir[0] == '\0') {
		if (s->mode == MONITOR_DETACHED)
			return fail_detail(out, "open process directory", "", 0, "a detached monitor needs one");
		return 0;
	}
	s->dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return fail(out, "open process directory", dir, errno);
	if (s->mode == MONITOR_DETACHED && control_listen(&s->control, s->dir_fd) < 0)
		return fail_detail(out, "create control socket", dir, errno, "ctl.sock");
	return 0;
}

static int open_console(struct supervisor *s, struct report *out)
{
	if (s->console_socket[0] == '\0')
		return 0;
	s->console_fd = console_connect(s->console_socket);
	return s->console_fd < 0 ? fail(out, "connect to console socket", s->console_socket, errno) : 0;
}

static int prepare(struct supervisor *s, const struct plan *plan, struct report *out)
{
	if (s->mode == MONITOR_NONE && plan->terminal != NULL && s->console_socket[0] == '\0')
		return fail_detail(out, "prepare terminal", "", 0, "without a monitor a terminal needs a console socket");
	if (fill_standard_fds(out) < 0)
		return -1;
	if (s->mode != MONITOR_NONE && block_signals(s, out) < 0)
		return -1;
	if (open_dir(s, plan, out) < 0 || open_console(s, out) < 0)
		return -1;
	return streams_open(&s->streams, &s->logger, plan, out);
}

int supervise_prepare(struct supervisor **s, const struct plan *plan, struct supervise_io *io, struct report *out)
{
	struct supervisor *made = new_supervisor(plan);

	*s = NULL;
	if (made == NULL)
		return fail(out, "allocate monitor", "", ENOMEM);
	if (prepare(made, plan, out) < 0) {
		supervise_abort(made);
		return -1;
	}
	memcpy(io->fd, made->streams.child, sizeof io->fd);
	*s = made;
	return 0;
}

int supervise_cloned(struct supervisor *s, pid_t pid, unsigned long long start_time, struct report *out)
{
	streams_cloned(&s->streams);
	if (s->dir_fd >= 0 && record_pid(s->dir_fd, pid, start_time) < 0)
		return fail(out, "write process directory", "pid", errno);
	/* Not before the clone: stage 1 makes the cgroup. Not fatal: the process can run without being told of. */
	if (s->mode != MONITOR_NONE && s->oom_file[0] != '\0' && oom_open(&s->oom, s->oom_file) < 0)
		warn(out, "watch for OOM kills", s->oom_file, errno, "they will not be reported");
	return 0;
}

int supervise_console(struct supervisor *s, int master_fd, const char *pty_name, struct report *out)
{
	_cleanup_close_ int master = master_fd;
	struct streams *streams = &s->streams;

	if (s->rows > 0 && s->cols > 0 && tty_set_size(master, s->rows, s->cols) < 0)
		return fail(out, "set terminal size", pty_name, errno);
	if (s->console_fd >= 0) {
		if (console_send(s->console_fd, pty_name, master) < 0)
			return fail(out, "send terminal to console socket", s->console_socket, errno);
		close_fd(&s->console_fd);
		return 0;
	}
	if (s->mode == MONITOR_NONE || s->has_tty)
		return fail_detail(out, "take over terminal", pty_name, 0, "nobody to take it");
	if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return fail(out, "take over terminal", pty_name, errno);
	if (s->mode == MONITOR_FOREGROUND) {
		tty_plain_newlines(master);
		if (s->rows == 0 || s->cols == 0)
			tty_copy_size(STDIN_FILENO, master);
	}
	s->has_tty = true;
	pump_begin(&s->pump[0], take_fd(&streams->tty_in), master, false);
	pump_begin(&s->pump[1], take_fd(&master), streams->tty_out, false);
	return 0;
}

static int compare_fds(const void *left, const void *right)
{
	return *(const int *) left - *(const int *) right;
}

/* A detached monitor outlives everything around it: it holds no descriptor, directory or terminal of its caller. */
static void leave_caller(struct supervisor *s)
{
	const int known[MAX_KNOWN] = {
		s->pidfd,	      s->dir_fd,	    s->control.listen_fd,  s->oom.file_fd,	  s->oom.event_fd,
		s->streams.keep[0],   s->streams.keep[1],   s->streams.keep[2],	   s->streams.tty_out,	  s->pump[0].from,
		s->pump[1].from,      s->pump[2].from,	    s->logger.pidfd,	   s->logger.read_fd[0],  s->logger.read_fd[1],
		s->logger.write_fd[0], s->logger.write_fd[1],
	};
	int sorted[MAX_KNOWN];
	unsigned int next = 3;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && null_fd >= 0; fd++)
		(void) dup2(null_fd, fd);
	close_fd(&null_fd);
	memcpy(sorted, known, sizeof sorted);
	qsort(sorted, MAX_KNOWN, sizeof sorted[0], compare_fds);
	for (int i = 0; i < MAX_KNOWN; i++) {
		if (sorted[i] < (int) next)
			continue;
		if (sorted[i] > (int) next)
			(void) syscall(SYS_close_range, next, (unsigned int) sorted[i] - 1, 0);
		next = (unsigned int) sorted[i] + 1;
	}
	(void) syscall(SYS_close_range, next, ~0u, 0);
	(void) !chdir("/");
	(void) prctl(PR_SET_NAME, "gantry-monitor");
}

int supervise_run(struct supervisor *s, pid_t pid, int pidfd)
{
	int status;

	s->pid = pid;
	s->pidfd = pidfd;
	s->oom_file = s->console_socket = "";
	for (int i = 1; i < 3; i++) {
		if (s->streams.source[i] >= 0)
			pump_begin(&s->pump[i], take_fd(&s->streams.source[i]), s->streams.keep[i], true);
	}
	if (s->mode == MONITOR_DETACHED)
		leave_caller(s);
	else if (s->has_tty)
		raw_tty_enter(&s->raw, STDIN_FILENO);
	status = monitor_loop(s);
	raw_tty_leave(&s->raw);
	if (s->mode == MONITOR_DETACHED) {
		(void) unlinkat(s->dir_fd, "ctl.sock", 0);
		_exit(0);
	}
	supervise_abort(s);
	return status;
}

void supervise_abort(struct supervisor *s)
{
	if (s == NULL)
		return;
	raw_tty_leave(&s->raw);
	for (int i = 0; i < 3; i++)
		close_fd(&s->pump[i].from);
	for (int i = 0; i < 3; i++)
		linger_end(&s->linger[i]);
	streams_close(&s->streams);
	logger_close(&s->logger);
	oom_close(&s->oom);
	control_close(&s->control);
	/* Without a monitor the process may well be alive, and its record is the caller's. */
	if (s->dir_fd >= 0 && s->mode != MONITOR_NONE && !s->has_exited)
		record_remove(s->dir_fd);
	close_fd(&s->console_fd);
	close_fd(&s->signal_fd);
	close_fd(&s->pidfd);
	close_fd(&s->dir_fd);
	free(s);
}
