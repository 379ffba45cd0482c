/* ctl.sock: commands, and clients that misbehave. */
#include "fixture.h"

static bool is_running(const struct fixture *f)
{
	char line[64];

	return strcmp(control_ask(f, "close-stdin\n", line, sizeof line), "ok") == 0;
}

static void answers_commands(struct tests *t)
{
	static const struct {
		const char *command, *answer;
	} cases[] = {
		{"close-stdin\n", "ok"},      {"resize 24 80\n", "error 25"}, {"release\n", "error 16"},
		{"unknown\n", "error 22"},    {"\n", "error 22"},	      {"resize\n", "error 22"},
		{"resize 24\n", "error 22"},  {"resize 24 \n", "error 22"},   {"resize 24 80 \n", "error 22"},
		{"resize -1 80\n", "error 22"}, {"resize 24 65536\n", "error 22"}, {"resize 24 0x10\n", "error 22"},
		{"resize 99999999999 1\n", "error 22"}, {"close-stdin \n", "error 22"}, {"RELEASE\n", "error 22"},
	};
	struct fixture f;
	char line[64];

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_TEXT(t, control_ask(&f, cases[i].command, line, sizeof line), cases[i].answer);
	fixture_close(&f);
}

static void takes_lines_in_any_portions(struct tests *t)
{
	static const char nul[] = "close-stdin\0x\nclose-stdin\n";
	struct fixture f;
	char line[64], flood[5000];
	int fd;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	fd = control_open(&f);
	for (const char *c = "close-stdin\nx\nclose-stdin\n"; *c != '\0'; c++)
		(void) !write(fd, c, 1);
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "ok");
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "error 22");
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "ok");

	memset(flood, 'a', sizeof flood);
	memcpy(flood + sizeof flood - 13, "\nclose-stdin\n", 13);
	(void) !write(fd, flood, sizeof flood);
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "error 22"); /* once for the whole line */
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "ok");

	(void) !write(fd, nul, sizeof nul - 1);
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "error 22");
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "ok");
	(void) close(fd);
	fixture_close(&f);
}

static void is_for_its_owner_only(struct tests *t)
{
	struct fixture f;
	struct stat about = {.st_mode = 0};
	char path[96];
	int status = 0;
	pid_t pid;

	if (geteuid() != 0) {
		t->skipped_for = "needs root to become another user";
		return;
	}
	fixture_open(&f, MONITOR_DETACHED, true);
	(void) umask(0);
	CHECK(t, start(&f, child_sleeps, NULL));
	(void) snprintf(path, sizeof path, "%s/ctl.sock", f.dir);
	(void) stat(path, &about);
	CHECK_INT(t, about.st_mode & 07777, 0600);
	/* Even if the file's mode let others in. */
	(void) chmod(path, 0666);
	(void) chmod(f.dir, 0755);
	(void) chmod(f.root, 0755);
	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int fd;

		if (setuid(65534) < 0)
			_exit(1);
		fd = control_open(&f);
		_exit(fd < 0 ? 2 : is_at_end(fd, 2000) ? 0 : 3);
	}
	(void) waitpid(pid, &status, 0);
	CHECK_INT(t, status, 0);
	CHECK(t, is_running(&f));
	fixture_close(&f);
}

static void works_below_long_path(struct tests *t)
{
	struct fixture f;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char name[160], dir[256], line[64];
	int dir_fd, fd;

	fixture_open(&f, MONITOR_DETACHED, true);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	(void) snprintf(dir, sizeof dir, "%s/%s", f.root, name);
	(void) mkdir(dir, 0700);
	f.monitor.dir = dir;
	CHECK(t, start(&f, child_sleeps, NULL));
	dir_fd = open(dir, O_PATH | O_CLOEXEC);
	(void) snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/ctl.sock", dir_fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(t, connect(fd, (const struct sockaddr *) &addr, sizeof addr) == 0);
	(void) !write(fd, "close-stdin\n", 12);
	CHECK_TEXT(t, control_line(fd, line, sizeof line), "ok");
	(void) close(fd);
	(void) close(dir_fd);
	fixture_close(&f);
}

static void tells_every_client(struct tests *t)
{
	struct fixture f;
	char line[64];
	int clients[16], extra;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	for (int i = 0; i < 16; i++) {
		clients[i] = control_open(&f);
		(void) !write(clients[i], "close-stdin\n", 12);
		CHECK_TEXT(t, control_line(clients[i], line, sizeof line), "ok");
	}
	extra = control_open(&f);
	CHECK(t, is_at_end(extra, 2000)); /* full: told so at once, and the others stay */
	(void) close(extra);
	(void) close(clients[3]);
	/* Room again, as soon as the monitor has seen the end. */
	extra = control_open(&f);
	(void) !write(extra, "close-stdin\n", 12);
	if (strcmp(control_line(extra, line, sizeof line), "ok") != 0) {
		(void) close(extra);
		extra = control_open(&f);
	}
	(void) kill(f.child_pid, SIGKILL);
	for (int i = 0; i < 16; i++) {
		if (i != 3)
			CHECK_TEXT(t, control_line(clients[i], line, sizeof line), "exit");
		CHECK(t, kill(f.child_pid, 0) < 0 && errno == ESRCH); /* reaped before anybody is told */
	}
	CHECK_TEXT(t, control_line(extra, line, sizeof line), "exit");
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	for (int i = 0; i < 16; i++) {
		if (i != 3) {
			CHECK(t, is_at_end(clients[i], 2000));
			(void) close(clients[i]);
		}
	}
	(void) close(extra);
	fixture_close(&f);
}

/* Sends commands and never reads an answer: its socket fills up and it is dropped. */
static void drops_who_does_not_read(struct tests *t)
{
	struct fixture f;
	char text[256], commands[1200];
	int64_t deadline = test_now_ms() + 10000;
	int fd;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	fd = control_open(&f);
	for (size_t i = 0; i < sizeof commands; i += 12)
		memcpy(commands + i, "close-stdin\n", 12);
	while (send(fd, commands, sizeof commands, MSG_NOSIGNAL) > 0 && test_now_ms() < deadline)
		;
	CHECK(t, errno == EPIPE || errno == ECONNRESET);
	CHECK(t, is_running(&f));
	(void) kill(f.child_pid, SIGKILL);
	CHECK(t, await_record(&f, text, sizeof text, 5000)[0] == '{');
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(fd);
	fixture_close(&f);
}

static void child_floods(const struct fixture *f, int kind)
{
	static const char *const garbage[] = {"close-stdin\n", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "\xff\xfe\x01garbage without end"};
	int64_t deadline = test_now_ms() + 2000;

	while (test_now_ms() < deadline) {
		int fd = control_open(f);
		char answers[4096];

		for (int i = 0; fd >= 0 && i < 200; i++) {
			if (send(fd, garbage[kind], strlen(garbage[kind]), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
				break;
			(void) !recv(fd, answers, sizeof answers, MSG_DONTWAIT);
		}
		(void) close(fd);
	}
	_exit(0);
}

static void serves_others_under_a_flood(struct tests *t)
{
	struct fixture f;
	char line[64];
	pid_t flooders[3];
	int served = 0;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	for (int i = 0; i < 3; i++) {
		flooders[i] = fork();
		if (flooders[i] == 0)
			child_floods(&f, i);
	}
	for (int i = 0; i < 50; i++)
		served += strcmp(control_ask(&f, "close-stdin\n", line, sizeof line), "ok") == 0;
	CHECK_INT(t, served, 50);
	(void) kill(f.child_pid, SIGKILL);
	CHECK_INT(t, await_monitor(&f, 2000), 0); /* not after the flood */
	for (int i = 0; i < 3; i++)
		(void) waitpid(flooders[i], NULL, 0);
	fixture_close(&f);
}

static void forgets_who_breaks_off(struct tests *t)
{
	struct fixture f;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	for (int i = 0; i < 200; i++) {
		int fd = control_open(&f);

		if (i % 2 == 0)
			(void) !write(fd, "close-std", 9);
		(void) close(fd);
	}
	CHECK(t, is_running(&f));
	fixture_close(&f);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "commands are answered by ok or an errno", answers_commands);
	run_test(&t, "lines may come in any portions; too long ones are refused once", takes_lines_in_any_portions);
	run_test(&t, "another user is not served", is_for_its_owner_only);
	run_test(&t, "a path longer than sun_path works", works_below_long_path);
	run_test(&t, "sixteen clients hear of the exit, a seventeenth is turned away", tells_every_client);
	run_test(&t, "a client that never reads is dropped", drops_who_does_not_read);
	run_test(&t, "a flood does not keep others from being served", serves_others_under_a_flood);
	run_test(&t, "clients that break off are forgotten", forgets_who_breaks_off);
	return end_tests(&t);
}
