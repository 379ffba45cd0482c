/*
 * A monitor with a real child, without a container: the test builds a plan's settings, a forked process P is the
 * monitor, and its child runs a function of the test where a container would run its program.
 *
 *     test ── fork ──▶ P: supervise_prepare, fork, supervise_cloned, supervise_console, supervise_run
 *                        └─▶ child: descriptors 0, 1, 2 as the plan says, then the function
 */
#ifndef GANTRY_TEST_FIXTURE_H
#define GANTRY_TEST_FIXTURE_H

#include "harness.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "plan.h"
#include "report.h"
#include "supervise.h"

typedef int (*child_main)(void *arg);

struct fixture {
	char root[48]; /* everything of this test */
	char dir[64];  /* the process directory */
	char path[3][64];
	struct op_monitor monitor;
	struct op_stdio stdio[3];
	struct op_terminal terminal;
	struct op_logger logger;
	struct plan plan;
	pid_t monitor_pid; /* P */
	pid_t child_pid;
	struct failure failure; /* why start() returned false */
};

UNUSED static void fixture_open(struct fixture *f, enum monitor_mode mode, bool is_init)
{
	static const char *const names[3] = {"stdin", "stdout", "stderr"};
	char root[] = "/tmp/gantry-test-XXXXXX";

	*f = (struct fixture){.monitor = {.mode = mode, .is_init = is_init, .oom_file = ""}};
	if (mkdtemp(root) == NULL)
		abort();
	(void) strcpy(f->root, root);
	(void) snprintf(f->dir, sizeof f->dir, "%s/process", root);
	(void) mkdir(f->dir, 0700);
	f->monitor.dir = f->dir;
	f->plan.monitor = &f->monitor;
	f->plan.exec_fifo = "";
	for (int i = 0; i < 3; i++) {
		(void) snprintf(f->path[i], sizeof f->path[i], "%s/%s", root, names[i]);
		f->stdio[i] = (struct op_stdio){.fd = (uint8_t) i, .kind = STDIO_NULL, .path = ""};
		f->plan.stdio[i] = &f->stdio[i];
	}
}

/* Stream `i` is `path[i]`, a fifo made here. */
UNUSED static void use_fifo(struct fixture *f, int i)
{
	if (mkfifo(f->path[i], 0700) < 0)
		abort();
	f->stdio[i].kind = STDIO_FIFO;
	f->stdio[i].path = f->path[i];
}

/* What a client does before it asks for a process: its read end, blocking from here on. */
UNUSED static int open_reader(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETFL, 0) < 0)
		abort();
	return fd;
}

UNUSED static void use_terminal(struct fixture *f, uint16_t rows, uint16_t cols, const char *console_socket)
{
	f->terminal = (struct op_terminal){.rows = rows, .cols = cols, .console_socket = console_socket};
	f->plan.terminal = &f->terminal;
}

struct started {
	bool is_ready;
	pid_t child_pid;
	struct failure failure;
};

UNUSED static _Noreturn void fixture_child(const struct supervise_io *io, const char *slave, int sync_fd,
					   child_main run, void *arg)
{
	sigset_t none;
	char byte;

	(void) sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
	(void) setsid();
	for (int i = 0; i < 3; i++) {
		if (io->fd[i] >= 0)
			(void) dup2(io->fd[i], i);
	}
	if (slave != NULL) {
		int fd = open(slave, O_RDWR | O_CLOEXEC);

		(void) ioctl(fd, TIOCSCTTY, 0);
		for (int i = 0; i < 3; i++)
			(void) dup2(fd, i);
	}
	/* As a container's process does: it goes on when the monitor has its terminal. */
	if (write(sync_fd, "", 1) != 1 || read(sync_fd, &byte, 1) != 1)
		_exit(1);
	/* As O_CLOEXEC would do at execve. */
	(void) syscall(SYS_close_range, 3, ~0u, 0);
	_exit(run(arg));
}

/* In P; the exit status. */
UNUSED static int fixture_monitor(const struct fixture *f, int report_fd, child_main run, void *arg)
{
	struct started started = {.is_ready = false};
	struct report report = {.fd = -1};
	struct supervise_io io;
	struct supervisor *s;
	char slave[64] = "", byte;
	int master = -1, pidfd, sync[2];

	if (supervise_prepare(&s, &f->plan, &io, &report) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync) < 0)
		goto failed;
	if (f->plan.terminal != NULL) {
		master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		(void) grantpt(master);
		(void) unlockpt(master);
		(void) ptsname_r(master, slave, sizeof slave);
	}
	started.child_pid = fork();
	if (started.child_pid == 0)
		fixture_child(&io, master < 0 ? NULL : slave, sync[1], run, arg);
	pidfd = (int) syscall(SYS_pidfd_open, started.child_pid, 0);
	(void) close(sync[1]);
	if (read(sync[0], &byte, 1) != 1 || supervise_cloned(s, started.child_pid, 4711, &report) < 0 ||
	    (master >= 0 && supervise_console(s, master, slave, &report) < 0)) {
		(void) kill(started.child_pid, SIGKILL);
		(void) waitpid(started.child_pid, NULL, 0);
		supervise_abort(s);
		goto failed;
	}
	(void) !write(sync[0], "", 1);
	(void) close(sync[0]);
	started.is_ready = true;
	(void) !write(report_fd, &started, sizeof started);
	(void) close(report_fd);
	if (f->monitor.mode != MONITOR_NONE)
		return supervise_run(s, started.child_pid, pidfd);
	supervise_abort(s);
	return 0;

failed: /* the one place that tells the test */
	started.failure = report.failure;
	(void) !write(report_fd, &started, sizeof started);
	return 1;
}

/* Start P and its child; true when the child runs, otherwise `failure` says why not. */
UNUSED static bool start(struct fixture *f, child_main run, void *arg)
{
	struct started started = {.is_ready = false};
	int report[2];

	if (pipe2(report, O_CLOEXEC) < 0)
		abort();
	(void) fflush(stdout);
	f->monitor_pid = fork();
	if (f->monitor_pid == 0) {
		if (f->monitor.mode == MONITOR_DETACHED)
			(void) setsid();
		(void) close(report[0]);
		_exit(fixture_monitor(f, report[1], run, arg));
	}
	(void) close(report[1]);
	if (read(report[0], &started, sizeof started) != (ssize_t) sizeof started)
		started.is_ready = false;
	(void) close(report[0]);
	f->child_pid = started.child_pid;
	f->failure = started.failure;
	return started.is_ready;
}

UNUSED static bool has_ended(void *pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t) * (const pid_t *) pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/* Wait for P; its exit status, -1 when it was killed or is still there after `limit_ms`. */
UNUSED static int await_monitor(struct fixture *f, int limit_ms)
{
	int status = 0;

	if (!await(has_ended, &f->monitor_pid, limit_ms))
		return -1;
	(void) waitpid(f->monitor_pid, &status, 0);
	f->monitor_pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

UNUSED static bool has_file(void *path)
{
	struct stat about;

	return lstat(path, &about) == 0;
}

/* Wait for exit.json and read it. */
UNUSED static const char *await_record(const struct fixture *f, char *text, size_t size, int limit_ms)
{
	char path[96];
	int fd;

	(void) snprintf(path, sizeof path, "%s/exit.json", f->dir);
	text[0] = '\0';
	if (!await(has_file, path, limit_ms))
		return text;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	(void) read_all(fd, text, size, 1000);
	(void) close(fd);
	return text;
}

/* A connection to ctl.sock, or -1. */
UNUSED static int control_open(const struct fixture *f)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void) snprintf(addr.sun_path, sizeof addr.sun_path, "%s/ctl.sock", f->dir);
	if (connect(fd, (const struct sockaddr *) &addr, sizeof addr) == 0)
		return fd;
	(void) close(fd);
	return -1;
}

/* One line without its newline; "" at end of file, "(silent)" when none came within 5 s. */
UNUSED static const char *control_line(int fd, char *line, size_t size)
{
	size_t used = 0;

	while (used < size - 1) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (poll(&wait, 1, 5000) <= 0) {
			(void) snprintf(line, size, "(silent)");
			return line;
		}
		if (read(fd, line + used, 1) <= 0 || line[used] == '\n')
			break;
		used++;
	}
	line[used] = '\0';
	return line;
}

/* Send a command over a connection of its own; the answer, without the lines that come unasked. */
UNUSED static const char *control_ask(const struct fixture *f, const char *command, char *line, size_t size)
{
	int fd = control_open(f);

	if (fd < 0)
		return "(no connection)";
	(void) !write(fd, command, strlen(command));
	do {
		(void) control_line(fd, line, size);
	} while (strcmp(line, "exit") == 0 || strcmp(line, "oom") == 0);
	(void) close(fd);
	return line;
}

/* Milliseconds of processor time a process has used. */
UNUSED static int64_t cpu_ms(pid_t pid)
{
	clockid_t clock;
	struct timespec used = {.tv_sec = 0};

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return -1;
	return (int64_t) used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* End whatever still runs and remove the files. */
UNUSED static void fixture_close(struct fixture *f)
{
	if (f->child_pid > 0)
		(void) kill(-f->child_pid, SIGKILL); /* it has a session of its own */
	if (f->monitor_pid > 0) {
		(void) await(has_ended, &f->monitor_pid, 1000);
		(void) kill(f->monitor_pid, SIGKILL);
		(void) waitpid(f->monitor_pid, NULL, 0);
	}
	remove_tree(f->root);
}

/* Children that several tests use. */

UNUSED static int child_exits(void *arg)
{
	return *(const int *) arg;
}

UNUSED static int child_sleeps(void *arg)
{
	(void) arg;
	while (pause() < 0)
		;
	return 0;
}

UNUSED static int child_shell(void *script)
{
	(void) execl("/bin/sh", "sh", "-c", (const char *) script, (char *) NULL);
	return 127;
}

#endif
