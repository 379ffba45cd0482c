#include "monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "record.h"

/* Foreground, after the end of the process: how long a terminal that others still hold may be silent. */
#define LINGER_MS 200
/* Detached, after the end of the process: how often to see whether the process directory is still there. */
#define VANISHED_MS 5000
/* OOM kills told one by one at a time; a client that is told of more has learned nothing new. */
#define MAX_OOM_LINES 16

/* What the loop waits for. poll(2) skips a descriptor of -1. */
enum place { AT_PROCESS, AT_SIGNAL, AT_OOM, AT_LOGGER, AT_PUMP, AT_LINGER = AT_PUMP + 3, AT_CONTROL = AT_LINGER + 3 };
#define PLACES (AT_CONTROL + CONTROL_FDS)

static bool has_output(const struct supervisor *s)
{
	return pump_is_active(&s->pump[1]) || pump_is_active(&s->pump[2]);
}

static bool is_lingering(const struct supervisor *s)
{
	return linger_is_active(&s->linger[1]) || linger_is_active(&s->linger[2]);
}

/* Nothing more goes into this output. */
static void finish_output(struct supervisor *s, int i, int *fd)
{
	if (s->lets_go)
		close_fd(fd);
	else
		linger_begin(&s->linger[i], fd);
}

/*
 * Close each fifo as soon as nothing more can go into it: the client waits for end of file before it asks for the
 * deletion of the process.
 */
static void settle(struct supervisor *s)
{
	if (s->has_tty && !has_output(s)) {
		close_fd(&s->pump[0].from);
		finish_output(s, 1, &s->streams.tty_out);
	}
	for (int i = 1; i < 3; i++) {
		if (!pump_is_active(&s->pump[i]) && (s->has_exited || s->pump[i].to >= 0))
			finish_output(s, i, &s->streams.keep[i]);
	}
	if (!s->has_exited || has_output(s))
		return;
	logger_finish(&s->logger);
}

/* Nobody will come any more for what nobody has read. */
static void let_go(struct supervisor *s)
{
	s->lets_go = true;
	for (int i = 1; i < 3; i++)
		linger_end(&s->linger[i]);
}

/* Whoever still holds the process's output keeps writing to a pipe without a reader. */
static void release(struct supervisor *s)
{
	let_go(s);
	for (int i = 1; i < 3; i++)
		pump_release(&s->pump[i]);
}

static void tell_oom_kills(struct supervisor *s, bool has_event)
{
	uint64_t kills = oom_count(&s->oom, has_event);

	if (kills > 0)
		s->has_oom = true;
	for (uint64_t i = 0; i < kills && i < MAX_OOM_LINES; i++)
		control_broadcast(&s->control, "oom\n");
}

/*
 * The process has ended: first the record, then it is reaped, and only then the word: to whoever was told of the exit,
 * the process is gone.
 */
static int take_exit(struct supervisor *s)
{
	siginfo_t info = {.si_pid = 0};
	struct exit_record record = {.pid = s->pid, .status = 255};
	struct timespec now;

	while (waitid(P_PID, (id_t) s->pid, &info, WEXITED | WNOWAIT | __WALL) < 0 && errno == EINTR)
		;
	(void) clock_gettime(CLOCK_REALTIME, &now);
	record.exited_ns = (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
	if (info.si_pid == s->pid) {
		record.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
		record.status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	}
	tell_oom_kills(s, false);
	record.has_oom = s->has_oom;
	if (s->dir_fd >= 0)
		(void) record_exit(s->dir_fd, &record); /* the directory may be gone, and with it who would read this */
	s->has_exited = true;
	(void) waitid(P_PID, (id_t) s->pid, &info, WEXITED | WNOHANG | __WALL);
	control_broadcast(&s->control, "exit\n");

	close_fd(&s->pidfd);
	oom_close(&s->oom);
	close_fd(&s->pump[0].from);
	close_fd(&s->streams.keep[0]);
	return record.status;
}

/* Two numbers of 1 … 65535 after "resize ". */
static int parse_size(const char *text, uint16_t size[2])
{
	for (int i = 0; i < 2; i++) {
		unsigned int value = 0;
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 6; digits++)
			value = value * 10 + (unsigned int) (*text++ - '0');
		if (digits == 0 || value > UINT16_MAX || *text != (i == 0 ? ' ' : '\0'))
			return EINVAL;
		size[i] = (uint16_t) value;
		text++;
	}
	return 0;
}

static int command_resize(struct supervisor *s, const char *text)
{
	uint16_t size[2];
	int error = parse_size(text, size);

	if (error != 0)
		return error;
	if (!s->has_tty || !pump_is_active(&s->pump[1]))
		return ENOTTY;
	return tty_set_size(s->pump[1].from, size[0], size[1]) < 0 ? errno : 0;
}

static int on_command(void *arg, const char *line)
{
	struct supervisor *s = arg;

	if (strncmp(line, "resize ", 7) == 0)
		return command_resize(s, line + 7);
	if (strcmp(line, "close-stdin") == 0) {
		/* With a fifo, end of file comes when the clients' write ends are closed too and all was read. */
		if (s->streams.keep[0] < 0)
			close_fd(&s->pump[0].from);
		close_fd(&s->streams.keep[0]);
		return 0;
	}
	if (strcmp(line, "let-go") == 0) {
		let_go(s);
		return 0;
	}
	if (strcmp(line, "release") == 0) {
		if (!s->has_exited)
			return EBUSY;
		release(s);
		return 0;
	}
	return EINVAL;
}

/* Foreground: what the caller's shell sends to us is meant for the process. */
static void forward_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof info) == (ssize_t) sizeof info) {
		int number = (int) info.ssi_signo;

		if (number == SIGWINCH && s->has_tty && pump_is_active(&s->pump[1]))
			tty_copy_size(STDIN_FILENO, s->pump[1].from);
		if (number == SIGWINCH || number == SIGCHLD || number == SIGPIPE)
			continue;
		if (s->has_exited)
			release(s); /* only its output is left to wait for */
		else
			(void) syscall(SYS_pidfd_send_signal, s->pidfd, number, NULL, 0);
	}
}

static void lower(int *timeout_ms, int other_ms)
{
	if (other_ms >= 0 && (*timeout_ms < 0 || other_ms < *timeout_ms))
		*timeout_ms = other_ms;
}

static bool is_blocked(const struct supervisor *s)
{
	return (pump_is_active(&s->pump[1]) && s->pump[1].wants_room) ||
	       (pump_is_active(&s->pump[2]) && s->pump[2].wants_room);
}

static int next_timeout_ms(const struct supervisor *s)
{
	int timeout_ms = oom_timeout(&s->oom);

	lower(&timeout_ms, left_ms(s->logger.deadline_ms));
	for (int i = 1; i < 3; i++)
		lower(&timeout_ms, linger_timeout_ms(&s->linger[i]));
	if (s->has_exited && (has_output(s) || is_lingering(s))) {
		if (s->mode == MONITOR_DETACHED)
			lower(&timeout_ms, VANISHED_MS);
		else if (!is_blocked(s))
			lower(&timeout_ms, LINGER_MS);
	}
	return timeout_ms;
}

/* Nothing happened for as long as next_timeout_ms() said. */
static void on_silence(struct supervisor *s)
{
	struct stat about;

	if (!s->has_exited || !(has_output(s) || is_lingering(s)))
		return;
	/* Without its directory nobody can send `release` any more. */
	if (s->mode != MONITOR_DETACHED ? !is_blocked(s) : fstat(s->dir_fd, &about) == 0 && about.st_nlink == 0)
		release(s);
}

static const char *greeting(const struct supervisor *s)
{
	if (s->has_oom)
		return s->has_exited ? "oom\nexit\n" : "oom\n";
	return s->has_exited ? "exit\n" : "";
}

static int fill_places(const struct supervisor *s, struct pollfd fds[PLACES])
{
	fds[AT_PROCESS] = (struct pollfd){.fd = s->pidfd, .events = POLLIN};
	fds[AT_SIGNAL] = (struct pollfd){.fd = s->signal_fd, .events = POLLIN};
	fds[AT_OOM] = oom_poll(&s->oom);
	fds[AT_LOGGER] = (struct pollfd){.fd = s->logger.pidfd, .events = POLLIN};
	for (int i = 0; i < 3; i++)
		fds[AT_PUMP + i] = pump_poll(&s->pump[i]);
	for (int i = 0; i < 3; i++)
		fds[AT_LINGER + i] = linger_poll(&s->linger[i]);
	return control_poll(&s->control, &fds[AT_CONTROL]);
}

int monitor_loop(struct supervisor *s)
{
	struct pollfd fds[PLACES];
	int status = 255;

	for (settle(s); !s->has_exited || has_output(s) || is_lingering(s) || s->logger.pid > 0; settle(s)) {
		int controls = fill_places(s, fds);
		int ready = poll(fds, (nfds_t) (AT_CONTROL + controls), next_timeout_ms(s));

		if (ready < 0)
			continue; /* EINTR; nothing else can happen to descriptors that are ours */
		if (ready == 0)
			on_silence(s);
		for (int i = 0; i < 3; i++) {
			if (fds[AT_PUMP + i].revents != 0)
				(void) pump_step(&s->pump[i]);
			if (fds[AT_LINGER + i].revents != 0 || (ready == 0 && linger_timeout_ms(&s->linger[i]) >= 0))
				linger_step(&s->linger[i]);
		}
		if (fds[AT_OOM].revents != 0 || oom_timeout(&s->oom) == 0)
			tell_oom_kills(s, fds[AT_OOM].revents != 0);
		if (fds[AT_SIGNAL].revents != 0)
			forward_signals(s);
		if (fds[AT_LOGGER].revents != 0 || left_ms(s->logger.deadline_ms) == 0)
			logger_tend(&s->logger);
		if (fds[AT_PROCESS].revents != 0)
			status = take_exit(s);
		control_serve(&s->control, &fds[AT_CONTROL], controls, greeting(s), on_command, s);
	}
	return status;
}
