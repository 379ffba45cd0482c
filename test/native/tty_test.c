/* Terminals: the monitor as owner of the pty, the console socket, and the caller's own terminal. */
#include "fixture.h"

#include <termios.h>

struct terminal_io {
	int reader;
	int writer;
};

static struct terminal_io open_terminal(struct fixture *f, uint16_t rows, uint16_t cols, bool is_init)
{
	struct terminal_io io;

	fixture_open(f, MONITOR_DETACHED, is_init);
	use_fifo(f, 0);
	use_fifo(f, 1);
	use_terminal(f, rows, cols, "");
	io.reader = open_reader(f->path[1]);
	io.writer = -1;
	return io;
}

static void close_terminal(struct fixture *f, struct terminal_io *io)
{
	(void) close(io->reader);
	(void) close(io->writer);
	fixture_close(f);
}

/* Read until `text` ends with `last`; false at end of file or after 5 s. */
static bool read_until(int fd, char *text, size_t size, const char *last)
{
	size_t used = 0, length = strlen(last);

	while (used < size - 1) {
		if (read_all(fd, text + used, 2, 5000) != 1)
			return false;
		used++;
		if (used >= length && strcmp(text + used - length, last) == 0)
			return true;
	}
	return false;
}

static void has_size_and_resizes(struct tests *t)
{
	struct fixture f;
	struct terminal_io io = open_terminal(&f, 24, 80, true);
	char text[256], line[64];

	CHECK(t, start(&f, child_shell, "trap n=1 WINCH; stty size; until [ \"$n\" ]; do sleep 0.02; done; stty size"));
	CHECK(t, read_until(io.reader, text, sizeof text, "\n"));
	CHECK_TEXT(t, text, "24 80\r\n");
	CHECK_TEXT(t, control_ask(&f, "resize 50 132\n", line, sizeof line), "ok");
	(void) read_all(io.reader, text, sizeof text, 5000);
	CHECK_TEXT(t, text, "50 132\r\n");
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	close_terminal(&f, &io);
}

static void copies_both_ways(struct tests *t)
{
	struct fixture f;
	struct terminal_io io = open_terminal(&f, 0, 0, false);
	char text[256], line[64];

	CHECK(t, start(&f, child_shell, "tty -s && echo tty; read a; echo \"got $a\"; read b; echo \"got $b\"; sleep 60"));
	CHECK(t, read_until(io.reader, text, sizeof text, "tty\r\n"));
	/* Clients come and go. */
	io.writer = open(f.path[0], O_WRONLY | O_CLOEXEC);
	(void) !write(io.writer, "one\n", 4);
	CHECK(t, read_until(io.reader, text, sizeof text, "got one\r\n"));
	(void) close(io.writer);
	io.writer = open(f.path[0], O_WRONLY | O_CLOEXEC);
	CHECK_TEXT(t, control_ask(&f, "close-stdin\n", line, sizeof line), "ok");
	(void) !write(io.writer, "two\n", 4);
	CHECK(t, read_until(io.reader, text, sizeof text, "got two\r\n"));
	CHECK(t, !has_ended(&f.monitor_pid));
	(void) kill(f.child_pid, SIGKILL);
	CHECK(t, is_at_end(io.reader, 5000));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	close_terminal(&f, &io);
}

static void delivers_everything(struct tests *t)
{
	struct fixture f;
	struct terminal_io io = open_terminal(&f, 0, 0, true);
	FILE *lines;
	char line[64], text[256];
	long expected = 1;

	/* 1.3 MB; the process is gone long before the end was read. */
	CHECK(t, start(&f, child_shell, "stty -opost; seq 200000; exit 4"));
	lines = fdopen(dup(io.reader), "r");
	while (fgets(line, sizeof line, lines) != NULL) {
		if (atol(line) != expected)
			break;
		expected++;
	}
	CHECK_INT(t, expected, 200001);
	(void) fclose(lines);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":4,") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	close_terminal(&f, &io);
}

static void last_words_arrive(struct tests *t)
{
	for (int i = 0; i < 100; i++) {
		struct fixture f;
		struct terminal_io io = open_terminal(&f, 0, 0, true);
		char text[64];

		CHECK(t, start(&f, child_shell, "echo last words"));
		(void) read_all(io.reader, text, sizeof text, 5000);
		CHECK_TEXT(t, text, "last words\r\n");
		close_terminal(&f, &io);
	}
}

static void waits_without_reader(struct tests *t)
{
	struct fixture f;
	struct terminal_io io = open_terminal(&f, 0, 0, true);
	FILE *lines;
	char line[64];
	int64_t before;
	long expected = 1;

	CHECK(t, start(&f, child_shell, "stty -opost; seq 400000"));
	(void) close(io.reader);
	(void) usleep(200000); /* the fifo and the pty are full */
	before = cpu_ms(f.monitor_pid);
	(void) usleep(200000);
	CHECK(t, cpu_ms(f.monitor_pid) - before <= 5);
	io.reader = open_reader(f.path[1]);
	lines = fdopen(dup(io.reader), "r");
	while (fgets(line, sizeof line, lines) != NULL && atol(line) == expected)
		expected++;
	CHECK_INT(t, expected, 400001);
	(void) fclose(lines);
	close_terminal(&f, &io);
}

static void release_lets_go_of_terminal(struct tests *t)
{
	struct fixture f;
	struct terminal_io io = open_terminal(&f, 0, 0, false);
	char text[256], line[64];

	CHECK(t, start(&f, child_shell, "trap '' HUP; sleep 60 & echo bye; exit 6"));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":6,") != NULL);
	CHECK(t, read_until(io.reader, text, sizeof text, "bye\r\n"));
	CHECK(t, !has_ended(&f.monitor_pid));
	CHECK_TEXT(t, control_ask(&f, "release\n", line, sizeof line), "ok");
	CHECK(t, is_at_end(io.reader, 2000));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	close_terminal(&f, &io);
}

static void discards_without_client(struct tests *t)
{
	struct fixture f;
	char text[256];

	fixture_open(&f, MONITOR_DETACHED, true);
	use_terminal(&f, 0, 0, "");
	CHECK(t, start(&f, child_shell, "seq 100000; exit 9")); /* more than a pty holds */
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":9,") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	fixture_close(&f);
}

/* Listen on `path`, which may be longer than sun_path. */
static int listen_on(const char *dir, const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int dir_fd = open(dir, O_PATH | O_CLOEXEC);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void) snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
	if (bind(fd, (const struct sockaddr *) &addr, sizeof addr) < 0 || listen(fd, 1) < 0)
		abort();
	(void) close(dir_fd);
	return fd;
}

/* The one message a console socket gets; the descriptor, or -1. */
static int receive_console(int listener, char *text, size_t size)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec data = {.iov_base = text, .iov_len = size - 1};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	int fd = accept(listener, NULL, NULL), master = -1;
	ssize_t count = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	text[count < 0 ? 0 : count] = '\0';
	if (part != NULL && part->cmsg_type == SCM_RIGHTS && part->cmsg_len == CMSG_LEN(sizeof(int)) &&
	    CMSG_NXTHDR(&message, part) == NULL)
		memcpy(&master, CMSG_DATA(part), sizeof master);
	if (!is_at_end(fd, 2000)) /* nothing after it */
		master = -1;
	(void) close(fd);
	return master;
}

static void sends_master_to_console_socket(struct tests *t)
{
	static const enum monitor_mode modes[] = {MONITOR_NONE, MONITOR_DETACHED};

	for (int i = 0; i < 2; i++) {
		struct fixture f;
		struct winsize size;
		char dir[200], path[240], text[256];
		int listener, master;

		fixture_open(&f, modes[i], true);
		(void) snprintf(dir, sizeof dir, "%s/%0110d", f.root, 1);
		(void) mkdir(dir, 0700);
		(void) snprintf(path, sizeof path, "%s/console", dir);
		listener = listen_on(dir, "console");
		use_terminal(&f, 30, 90, path);
		CHECK(t, start(&f, child_shell, "read x; echo \"$x!\""));
		master = receive_console(listener, text, sizeof text);
		CHECK(t, strncmp(text, "/dev/pts/", 9) == 0);
		CHECK(t, master >= 0);
		CHECK(t, ioctl(master, TIOCGWINSZ, &size) == 0 && size.ws_row == 30 && size.ws_col == 90);
		(void) !write(master, "hi\n", 3);
		CHECK(t, read_until(master, text, sizeof text, "hi!\r\n"));
		(void) close(master);
		(void) close(listener);
		CHECK_INT(t, await_monitor(&f, 5000), 0);
		fixture_close(&f);
	}
}

static void names_missing_console_socket(struct tests *t)
{
	struct fixture f;

	fixture_open(&f, MONITOR_NONE, true);
	use_terminal(&f, 0, 0, "/nonexistent/console.sock");
	CHECK(t, !start(&f, child_sleeps, NULL));
	CHECK_TEXT(t, f.failure.step, "connect to console socket");
	CHECK_TEXT(t, f.failure.path, "/nonexistent/console.sock");
	CHECK_INT(t, f.failure.error, ENOENT);
	fixture_close(&f);

	fixture_open(&f, MONITOR_NONE, true);
	use_terminal(&f, 0, 0, "");
	CHECK(t, !start(&f, child_sleeps, NULL));
	CHECK_TEXT(t, f.failure.detail, "without a monitor a terminal needs a console socket");
	fixture_close(&f);
}

/* The caller's terminal: this test holds its master, the monitor has its slave as 0, 1, 2. */
struct caller {
	int master;
	int slave;
	int saved[3];
};

static struct caller enter_caller(void)
{
	struct caller caller;
	struct winsize size = {.ws_row = 11, .ws_col = 22};

	(void) fflush(stdout);
	caller.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	(void) grantpt(caller.master);
	(void) unlockpt(caller.master);
	caller.slave = open(ptsname(caller.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	(void) ioctl(caller.master, TIOCSWINSZ, &size);
	for (int i = 0; i < 3; i++) {
		caller.saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		(void) dup2(caller.slave, i);
	}
	return caller;
}

static void leave_caller(struct caller *caller)
{
	for (int i = 0; i < 3; i++) {
		(void) dup2(caller->saved[i], i);
		(void) close(caller->saved[i]);
	}
}

static void foreground_lends_callers_terminal(struct tests *t)
{
	struct fixture f;
	struct termios before, during, after;
	struct winsize size = {.ws_row = 33, .ws_col = 44};
	struct caller caller;
	char text[256];
	bool is_started;

	fixture_open(&f, MONITOR_FOREGROUND, true);
	for (int i = 0; i < 3; i++)
		f.stdio[i].kind = STDIO_INHERIT;
	use_terminal(&f, 0, 0, "");
	caller = enter_caller();
	(void) tcgetattr(caller.slave, &before);
	is_started = start(&f, child_shell,
			   "trap n=1 WINCH; stty size; read x; echo \"got $x\"; "
			   "until [ \"$n\" ]; do sleep 0.02; done; stty size; read x; exit 8");
	leave_caller(&caller);
	CHECK(t, is_started);
	CHECK(t, read_until(caller.master, text, sizeof text, "11 22\r\n"));
	(void) tcgetattr(caller.slave, &during);
	CHECK(t, (during.c_lflag & (ICANON | ECHO | ISIG)) == 0);
	(void) !write(caller.master, "word\r", 5); /* the pty below turns CR into NL and echoes */
	CHECK(t, read_until(caller.master, text, sizeof text, "got word\r\n"));
	(void) ioctl(caller.master, TIOCSWINSZ, &size);
	(void) kill(f.monitor_pid, SIGWINCH); /* it is not in the foreground group of this pty */
	CHECK(t, read_until(caller.master, text, sizeof text, "33 44\r\n"));
	(void) !write(caller.master, "\x04", 1);
	CHECK_INT(t, await_monitor(&f, 5000), 8);
	(void) tcgetattr(caller.slave, &after);
	CHECK(t, after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag && after.c_oflag == before.c_oflag);
	(void) close(caller.master);
	(void) close(caller.slave);
	fixture_close(&f);
}

static void foreground_restores_terminal_when_killed(struct tests *t)
{
	struct fixture f;
	struct termios before, after;
	struct caller caller;
	bool is_started;

	fixture_open(&f, MONITOR_FOREGROUND, true);
	for (int i = 0; i < 3; i++)
		f.stdio[i].kind = STDIO_INHERIT;
	use_terminal(&f, 24, 80, "");
	caller = enter_caller();
	(void) tcgetattr(caller.slave, &before);
	is_started = start(&f, child_sleeps, NULL);
	leave_caller(&caller);
	CHECK(t, is_started);
	(void) kill(f.monitor_pid, SIGINT);
	CHECK_INT(t, await_monitor(&f, 5000), 128 + SIGINT);
	(void) tcgetattr(caller.slave, &after);
	CHECK(t, after.c_lflag == before.c_lflag);
	(void) close(caller.master);
	(void) close(caller.slave);
	fixture_close(&f);
}

static void foreground_does_not_wait_for_terminal(struct tests *t)
{
	struct fixture f;
	char text[64];
	int reader;

	fixture_open(&f, MONITOR_FOREGROUND, false);
	use_fifo(&f, 1);
	use_terminal(&f, 0, 0, "");
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, "trap '' HUP; sleep 60 & echo bye; exit 6"));
	CHECK_INT(t, await_monitor(&f, 5000), 6);
	(void) read_all(reader, text, sizeof text, 1000);
	CHECK_TEXT(t, text, "bye\n"); /* plain newlines in the foreground */
	(void) close(reader);
	fixture_close(&f);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "a pty has the plan's size and is resized", has_size_and_resizes);
	run_test(&t, "a pty is copied both ways, clients come and go", copies_both_ways);
	run_test(&t, "a pty's output is delivered to the last byte", delivers_everything);
	run_test(&t, "what is written right before the exit arrives", last_words_arrive);
	run_test(&t, "a pty whose reader left costs nothing and loses nothing", waits_without_reader);
	run_test(&t, "release lets go of a pty that others hold", release_lets_go_of_terminal);
	run_test(&t, "a pty without a client does not block its process", discards_without_client);
	run_test(&t, "a console socket gets one message with the master", sends_master_to_console_socket);
	run_test(&t, "a missing console socket is an error that names it", names_missing_console_socket);
	run_test(&t, "in the foreground the caller's terminal is raw, resizes along and is restored",
		 foreground_lends_callers_terminal);
	run_test(&t, "the caller's terminal is restored after a signal", foreground_restores_terminal_when_killed);
	run_test(&t, "in the foreground a pty that others hold holds up nothing", foreground_does_not_wait_for_terminal);
	return end_tests(&t);
}
