/* A logging program (`binary://`): its protocol, and what it may not hold up. Waits are shortened when tests are built. */
#include "fixture.h"

/* A shell script as the logger; it finds the test's directory in $ROOT. */
struct logger_fixture {
	struct fixture f;
	char script[64];
	char root_variable[80];
	const char *argv[4];
	const char *env[4];
};

static void logger_open(struct logger_fixture *l, enum monitor_mode mode, bool needs_byte, const char *script)
{
	int fd;

	fixture_open(&l->f, mode, true);
	(void) snprintf(l->script, sizeof l->script, "%s/logger", l->f.root);
	fd = open(l->script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	(void) dprintf(fd, "#!/bin/sh\n%s\n", script);
	(void) close(fd);
	(void) snprintf(l->root_variable, sizeof l->root_variable, "ROOT=%s", l->f.root);
	l->argv[0] = l->script;
	l->argv[1] = "key";
	l->argv[2] = "value";
	l->argv[3] = NULL;
	l->env[0] = "CONTAINER_ID=c1";
	l->env[1] = "CONTAINER_NAMESPACE=ns";
	l->env[2] = l->root_variable;
	l->env[3] = NULL;
	l->f.logger = (struct op_logger){.path = l->script,
					 .argv = {.items = l->argv, .count = 3},
					 .env = {.items = l->env, .count = 3},
					 .needs_byte = needs_byte};
	l->f.plan.logger = &l->f.logger;
	for (int i = 1; i < 3; i++)
		l->f.stdio[i].kind = STDIO_LOGGER;
}

static const char *read_result(const struct logger_fixture *l, const char *name, char *text, size_t size)
{
	char path[96];
	int fd;

	(void) snprintf(path, sizeof path, "%s/%s", l->f.root, name);
	text[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		(void) read_all(fd, text, size, 1000);
	(void) close(fd);
	return text;
}

static int child_writes_both(void *arg)
{
	(void) arg;
	(void) !write(1, "to stdout\n", 10);
	(void) !write(2, "to stderr\n", 10);
	return 3;
}

static void passes_both_streams(struct tests *t)
{
	for (int i = 0; i < 2; i++) {
		struct logger_fixture l;
		char text[512];

		/* Ready by a byte, then by end of file. */
		logger_open(&l, MONITOR_DETACHED, i == 0,
			    i == 0 ? "echo >&5; exec 5>&-; cat <&3 >$ROOT/out & cat <&4 >$ROOT/err; wait; echo end >>$ROOT/out"
				   : "exec 5>&-; cat <&3 >$ROOT/out & cat <&4 >$ROOT/err; wait; echo end >>$ROOT/out");
		CHECK(t, start(&l.f, child_writes_both, NULL));
		CHECK_INT(t, await_monitor(&l.f, 5000), 0);
		CHECK_TEXT(t, read_result(&l, "out", text, sizeof text), "to stdout\nend\n");
		CHECK_TEXT(t, read_result(&l, "err", text, sizeof text), "to stderr\n");
		CHECK(t, strstr(await_record(&l.f, text, sizeof text, 0), "\"status\":3,") != NULL);
		fixture_close(&l.f);
	}
}

static void gives_exactly_the_protocol(struct tests *t)
{
	struct logger_fixture l;
	char text[512], expected[256];
	int status = 0, extra = open("/dev/null", O_RDONLY); /* inherited by anyone who does not close it */

	logger_open(&l, MONITOR_DETACHED, false,
		    "for fd in 0 1 2 3 4 5; do x=$(readlink /proc/$$/fd/$fd); echo ${x%:*} >>$ROOT/fds; done\n"
		    "tr '\\0' '\\n' </proc/$$/environ >$ROOT/env\n"
		    "echo \"$0 $*\" >$ROOT/args\n"
		    "cut -d' ' -f5 /proc/$$/stat >$ROOT/group; echo $$ >$ROOT/pid\n"
		    "grep -E '^Sig(Blk|Ign)' /proc/self/status >$ROOT/signals\n"
		    "exec 5>&-; cat <&3 >/dev/null");
	CHECK(t, start(&l.f, child_exits, &status));
	CHECK_INT(t, await_monitor(&l.f, 5000), 0);
	CHECK_TEXT(t, read_result(&l, "fds", text, sizeof text), "/dev/null\n/dev/null\n/dev/null\npipe\npipe\npipe\n");
	(void) snprintf(expected, sizeof expected, "CONTAINER_ID=c1\nCONTAINER_NAMESPACE=ns\n%s\n", l.root_variable);
	CHECK_TEXT(t, read_result(&l, "env", text, sizeof text), expected);
	(void) snprintf(expected, sizeof expected, "%s key value\n", l.script);
	CHECK_TEXT(t, read_result(&l, "args", text, sizeof text), expected);
	(void) read_result(&l, "pid", expected, sizeof expected);
	CHECK_TEXT(t, read_result(&l, "group", text, sizeof text), expected); /* leader of its own */
	CHECK_TEXT(t, read_result(&l, "signals", text, sizeof text),
		   "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	fixture_close(&l.f);

	/* 6 is the directory that ls reads. */
	logger_open(&l, MONITOR_DETACHED, false, "exec ls /proc/self/fd >$ROOT/list");
	CHECK(t, start(&l.f, child_exits, &status));
	CHECK_INT(t, await_monitor(&l.f, 5000), 0);
	CHECK_TEXT(t, read_result(&l, "list", text, sizeof text), "0\n1\n2\n3\n4\n5\n6\n");
	(void) close(extra);
	fixture_close(&l.f);
}

static void check_refused(struct tests *t, struct logger_fixture *l, const char *step, int error, const char *detail)
{
	char path[96];

	CHECK(t, !start(&l->f, child_sleeps, NULL));
	CHECK_TEXT(t, l->f.failure.step, step);
	CHECK_TEXT(t, l->f.failure.path, l->f.logger.path);
	CHECK_INT(t, l->f.failure.error, error);
	CHECK_TEXT(t, l->f.failure.detail, detail);
	(void) await_monitor(&l->f, 5000);
	(void) snprintf(path, sizeof path, "%s/ctl.sock", l->f.dir);
	CHECK(t, !has_file(path));
}

static bool is_gone(void *pid_text)
{
	return kill((pid_t) atol(pid_text), 0) < 0;
}

static void refuses_what_is_not_ready(struct tests *t)
{
	struct logger_fixture l;
	char text[64];

	logger_open(&l, MONITOR_DETACHED, true, "exec 5>&-; sleep 60");
	check_refused(t, &l, "wait for logger", 0, "it closed descriptor 5 without writing to it");
	fixture_close(&l.f);

	logger_open(&l, MONITOR_DETACHED, false, "echo $$ >$ROOT/pid; trap '' TERM; while :; do sleep 0.05; done");
	check_refused(t, &l, "wait for logger", ETIMEDOUT, "it was not ready within 30 s");
	CHECK(t, read_result(&l, "pid", text, sizeof text)[0] != '\0');
	CHECK(t, await(is_gone, text, 2000)); /* nothing is left of it */
	fixture_close(&l.f);

	logger_open(&l, MONITOR_DETACHED, false, "");
	l.f.logger.path = "/nonexistent/logger";
	check_refused(t, &l, "start logger", ENOENT, "");
	fixture_close(&l.f);

	logger_open(&l, MONITOR_NONE, false, "");
	check_refused(t, &l, "open logger", 0, "a logger needs a monitor");
	fixture_close(&l.f);
}

static void ends_by_force(struct tests *t)
{
	static const char *const scripts[] = {
		"exec 5>&-; echo $$ >$ROOT/pid; sleep 60 & trap 'echo term >$ROOT/term; exit' TERM; wait; sleep 60",
		"exec 5>&-; echo $$ >$ROOT/pid; trap '' TERM; while :; do sleep 0.05; done",
	};

	for (int i = 0; i < 2; i++) {
		struct logger_fixture l;
		char text[256], line[64];
		int status = 0, client;

		logger_open(&l, MONITOR_DETACHED, false, scripts[i]);
		CHECK(t, start(&l.f, child_exits, &status));
		client = control_open(&l.f);
		/* The exit does not wait for the logger. */
		CHECK(t, await_record(&l.f, text, sizeof text, 400)[0] == '{');
		if (client >= 0)
			CHECK_TEXT(t, control_line(client, line, sizeof line), "exit");
		CHECK(t, !has_ended(&l.f.monitor_pid));
		CHECK_INT(t, await_monitor(&l.f, 5000), 0);
		(void) read_result(&l, "pid", text, sizeof text);
		CHECK(t, text[0] != '\0' && await(is_gone, text, 2000));
		CHECK_TEXT(t, read_result(&l, "term", text, sizeof text), i == 0 ? "term\n" : "");
		(void) close(client);
		fixture_close(&l.f);
	}
}

static int child_writes_after_logger_died(void *arg)
{
	(void) arg;
	(void) usleep(200000);
	return write(1, "x", 1) == 1 ? 0 : 1;
}

static void may_die_early(struct tests *t)
{
	struct logger_fixture l;
	char text[256];

	logger_open(&l, MONITOR_DETACHED, false, "exit 1");
	CHECK(t, start(&l.f, child_writes_after_logger_died, NULL));
	CHECK(t, strstr(await_record(&l.f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	CHECK_INT(t, await_monitor(&l.f, 5000), 0);
	fixture_close(&l.f);
}

static void reads_a_terminal(struct tests *t)
{
	struct logger_fixture l;
	char text[256];

	logger_open(&l, MONITOR_DETACHED, false, "exec 5>&-; cat <&3 >$ROOT/out & cat <&4 >$ROOT/err; wait");
	use_terminal(&l.f, 0, 0, "");
	CHECK(t, start(&l.f, child_shell, "tty -s && echo on a tty; echo error >&2"));
	CHECK_INT(t, await_monitor(&l.f, 5000), 0);
	CHECK_TEXT(t, read_result(&l, "out", text, sizeof text), "on a tty\r\nerror\r\n");
	CHECK_TEXT(t, read_result(&l, "err", text, sizeof text), "");
	fixture_close(&l.f);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "a logger reads both streams to their end", passes_both_streams);
	run_test(&t, "a logger gets its argv, env and descriptors, and nothing else", gives_exactly_the_protocol);
	run_test(&t, "a logger that is not ready is refused by name and ended", refuses_what_is_not_ready);
	run_test(&t, "a logger that does not end is made to, and the exit does not wait for it", ends_by_force);
	run_test(&t, "a logger that dies does not break the process", may_die_early);
	run_test(&t, "a logger reads a terminal", reads_a_terminal);
	return end_tests(&t);
}
