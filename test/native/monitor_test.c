/* The monitor's records, signals, modes and manners. */
#include "fixture.h"

#include <inttypes.h>

static void records_exit_status(struct tests *t)
{
	struct fixture f;
	char text[256], path[96], expected[96], line[64];
	int status = 7, fd;
	struct timespec before, after;
	long long exited_ns = 0;

	fixture_open(&f, MONITOR_DETACHED, true);
	(void) clock_gettime(CLOCK_REALTIME, &before);
	CHECK(t, start(&f, child_exits, &status));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) clock_gettime(CLOCK_REALTIME, &after);

	(void) await_record(&f, text, sizeof text, 0);
	(void) snprintf(expected, sizeof expected, "{\"pid\":%d,\"status\":7,\"signal\":0,\"exitedAt\":\"", f.child_pid);
	CHECK(t, strncmp(text, expected, strlen(expected)) == 0);
	CHECK(t, sscanf(text + strlen(expected), "%lld", &exited_ns) == 1);
	CHECK(t, exited_ns >= before.tv_sec * 1000000000LL && exited_ns <= (after.tv_sec + 1) * 1000000000LL);
	CHECK(t, strstr(text, "\",\"oom\":false}\n") != NULL);

	(void) snprintf(path, sizeof path, "%s/pid", f.dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	(void) read_all(fd, text, sizeof text, 100);
	(void) close(fd);
	(void) snprintf(expected, sizeof expected, "%d 4711\n", f.child_pid);
	CHECK_TEXT(t, text, expected);
	(void) snprintf(path, sizeof path, "%s/ctl.sock", f.dir);
	CHECK(t, !has_file(path));
	CHECK_TEXT(t, control_ask(&f, "release\n", line, sizeof line), "(no connection)");
	fixture_close(&f);
}

static void records_signal(struct tests *t)
{
	struct fixture f;
	char text[256];

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	(void) kill(f.child_pid, SIGKILL);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":137,\"signal\":9,") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	fixture_close(&f);
}

static void survives_lost_directory(struct tests *t)
{
	struct fixture f;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	remove_tree(f.dir);
	(void) kill(f.child_pid, SIGTERM);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	CHECK(t, !has_file(f.dir));
	fixture_close(&f);
}

static void ignores_signals(struct tests *t)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGALRM, SIGTSTP, SIGQUIT};
	struct fixture f;
	char line[64], text[256];

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		(void) kill(f.monitor_pid, signals[i]);
	CHECK_TEXT(t, control_ask(&f, "close-stdin\n", line, sizeof line), "ok");
	(void) kill(f.child_pid, SIGTERM);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":143,\"signal\":15,") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	fixture_close(&f);
}

static void leaves_callers_descriptors(struct tests *t)
{
	struct fixture f;
	int ends[2];

	fixture_open(&f, MONITOR_DETACHED, true);
	(void) !pipe2(ends, 0);
	CHECK(t, start(&f, child_sleeps, NULL));
	(void) close(ends[1]);
	/* The child closed its copy too: nothing but the monitor could hold it. */
	CHECK(t, is_at_end(ends[0], 5000));
	(void) close(ends[0]);
	fixture_close(&f);
}

static int child_counts_fds(void *arg)
{
	(void) arg;
	return count_fds();
}

static int child_checks_signals(void *arg)
{
	sigset_t mask;

	(void) arg;
	(void) sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int number = 1; number < 32; number++) {
		struct sigaction action;

		if (sigismember(&mask, number) || (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
						   number != SIGSEGV && number != SIGBUS && number != SIGFPE))
			return number;
	}
	return 0;
}

static void child_inherits_nothing(struct tests *t)
{
	struct fixture f;
	char text[256];

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_counts_fds, NULL));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":3,") != NULL);
	fixture_close(&f);

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_checks_signals, NULL));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	fixture_close(&f);
}

static void idle_costs_nothing(struct tests *t)
{
	struct fixture f;
	int64_t before;
	int client;

	fixture_open(&f, MONITOR_DETACHED, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	client = control_open(&f);
	(void) usleep(50000); /* what it does at the start is over */
	before = cpu_ms(f.monitor_pid);
	(void) usleep(400000);
	CHECK(t, cpu_ms(f.monitor_pid) - before <= 5);
	(void) close(client);
	fixture_close(&f);
}

static void foreground_returns_status(struct tests *t)
{
	struct fixture f;
	char text[256];
	int status = 42;

	fixture_open(&f, MONITOR_FOREGROUND, true);
	CHECK(t, start(&f, child_exits, &status));
	CHECK_INT(t, await_monitor(&f, 5000), 42);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 0), "\"status\":42,\"signal\":0,") != NULL);
	fixture_close(&f);
}

static void foreground_forwards_signals(struct tests *t)
{
	struct fixture f;
	char script[] = "trap 'exit 3' USR2; echo ready; while :; do sleep 0.05; done";
	char text[64], path[96];
	int reader;

	fixture_open(&f, MONITOR_FOREGROUND, true);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, script));
	(void) read_all(reader, text, sizeof "ready\n", 5000);
	CHECK_TEXT(t, text, "ready\n");
	(void) snprintf(path, sizeof path, "%s/ctl.sock", f.dir);
	CHECK(t, !has_file(path));
	(void) kill(f.monitor_pid, SIGUSR2);
	CHECK_INT(t, await_monitor(&f, 5000), 3);
	(void) close(reader);
	fixture_close(&f);

	fixture_open(&f, MONITOR_FOREGROUND, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	(void) kill(f.monitor_pid, SIGTERM);
	CHECK_INT(t, await_monitor(&f, 5000), 128 + SIGTERM);
	fixture_close(&f);
}

static void none_leaves_an_orphan(struct tests *t)
{
	struct fixture f;
	char path[96];

	fixture_open(&f, MONITOR_NONE, true);
	CHECK(t, start(&f, child_sleeps, NULL));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	CHECK(t, kill(f.child_pid, 0) == 0);
	(void) snprintf(path, sizeof path, "%s/pid", f.dir);
	CHECK(t, has_file(path));
	fixture_close(&f);
}

static bool is_empty_dir(const char *path)
{
	return rmdir(path) == 0 && mkdir(path, 0700) == 0;
}

static void failed_prepare_leaves_nothing(struct tests *t)
{
	struct fixture f;
	struct report report = {.fd = -1};
	struct supervise_io io;
	struct supervisor *s;
	sigset_t mask;
	int before = count_fds();

	(void) sigprocmask(SIG_SETMASK, NULL, &mask);
	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 0);
	f.stdio[2] = (struct op_stdio){.fd = 2, .kind = STDIO_FIFO, .path = "/nonexistent/stderr"};
	CHECK_INT(t, supervise_prepare(&s, &f.plan, &io, &report), -1);
	CHECK(t, s == NULL);
	CHECK_TEXT(t, report.failure.path, "/nonexistent/stderr");
	CHECK_TEXT(t, report.failure.detail, "stderr");
	CHECK_INT(t, report.failure.error, ENOENT);
	CHECK_INT(t, count_fds(), before);
	CHECK(t, is_empty_dir(f.dir));
	fixture_close(&f);

	fixture_open(&f, MONITOR_DETACHED, true);
	f.monitor.dir = "/nonexistent/process";
	CHECK_INT(t, supervise_prepare(&s, &f.plan, &io, &report), -1);
	CHECK_TEXT(t, report.failure.step, "open process directory");
	CHECK_TEXT(t, report.failure.path, "/nonexistent/process");
	CHECK_INT(t, count_fds(), before);
	fixture_close(&f);
	(void) sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void abort_undoes_prepare(struct tests *t)
{
	struct fixture f;
	struct report report = {.fd = -1};
	struct supervise_io io;
	struct supervisor *s;
	sigset_t mask;
	int before = count_fds();

	(void) sigprocmask(SIG_SETMASK, NULL, &mask);
	fixture_open(&f, MONITOR_DETACHED, false);
	use_fifo(&f, 0);
	use_fifo(&f, 1);
	f.monitor.oom_file = "";
	int reader = open_reader(f.path[1]);
	CHECK_INT(t, supervise_prepare(&s, &f.plan, &io, &report), 0);
	CHECK(t, io.fd[0] > 2 && io.fd[1] > 2 && io.fd[2] > 2);
	CHECK_INT(t, supervise_cloned(s, 1, 1, &report), 0);
	supervise_abort(s);
	CHECK(t, is_at_end(reader, 0));
	(void) close(reader);
	CHECK_INT(t, count_fds(), before);
	CHECK(t, is_empty_dir(f.dir));
	fixture_close(&f);
	(void) sigprocmask(SIG_SETMASK, &mask, NULL);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "a detached monitor records the exit status, then ends", records_exit_status);
	run_test(&t, "a detached monitor records the signal", records_signal);
	run_test(&t, "a detached monitor ends when its directory was removed under it", survives_lost_directory);
	run_test(&t, "a detached monitor is not ended or stopped by signals", ignores_signals);
	run_test(&t, "a detached monitor lets go of its caller's descriptors", leaves_callers_descriptors);
	run_test(&t, "the process inherits no descriptor but 0, 1, 2 and no signal setting", child_inherits_nothing);
	run_test(&t, "an idle monitor uses no processor time", idle_costs_nothing);
	run_test(&t, "a foreground monitor returns the exit status", foreground_returns_status);
	run_test(&t, "a foreground monitor forwards signals and returns 128 + signal", foreground_forwards_signals);
	run_test(&t, "without a monitor the process goes on alone", none_leaves_an_orphan);
	run_test(&t, "supervise_prepare() names what failed and leaves nothing", failed_prepare_leaves_nothing);
	run_test(&t, "supervise_abort() undoes supervise_prepare()", abort_undoes_prepare);
	return end_tests(&t);
}
