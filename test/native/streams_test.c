/* Standard streams: fifos, pipes of execs, files, and what a client may do to them. */
#include "fixture.h"

/* A stream of bytes that shows any loss, repetition or reordering. */
struct sequence {
	uint64_t state;
	unsigned used;
};

static void sequence_fill(struct sequence *q, unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (q->used % 8 == 0) { /* xorshift64 */
			q->state ^= q->state << 13;
			q->state ^= q->state >> 7;
			q->state ^= q->state << 17;
		}
		bytes[i] = (unsigned char) (q->state >> (q->used++ % 8 * 8));
	}
}

#define SEQUENCE_START {.state = 88172645463325252u}

static int child_writes_sequence(void *arg)
{
	static unsigned char bytes[60000]; /* no divisor of a pipe's size */
	struct sequence q = SEQUENCE_START;

	for (size_t left = *(const size_t *) arg; left > 0;) {
		size_t count = left < sizeof bytes ? left : sizeof bytes;

		sequence_fill(&q, bytes, count);
		for (size_t done = 0; done < count;) {
			ssize_t n = write(1, bytes + done, count - done);

			if (n < 0)
				return errno;
			done += (size_t) n;
		}
		left -= count;
	}
	return 0;
}

/* Read up to `limit` bytes of the sequence; how many were right before end of file or the first wrong one. */
static size_t read_sequence(int fd, struct sequence *q, size_t limit)
{
	static unsigned char bytes[65536], expected[65536];
	size_t total = 0;

	while (total < limit) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		size_t want = limit - total < sizeof bytes ? limit - total : sizeof bytes;
		ssize_t count;

		if (poll(&wait, 1, 5000) <= 0)
			break;
		count = read(fd, bytes, want);
		if (count <= 0)
			break;
		sequence_fill(q, expected, (size_t) count);
		if (memcmp(bytes, expected, (size_t) count) != 0)
			break;
		total += (size_t) count;
	}
	return total;
}

#define HUNDRED_MB ((size_t) 100 << 20)

static void passes_100_mb(struct tests *t, bool is_init)
{
	struct fixture f;
	struct sequence q = SEQUENCE_START;
	size_t size = HUNDRED_MB;
	char text[256];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, is_init);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_writes_sequence, &size));
	CHECK_INT(t, (long long) read_sequence(reader, &q, size), (long long) size);
	CHECK(t, is_at_end(reader, 2000));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(reader);
	fixture_close(&f);
}

static void init_passes_100_mb(struct tests *t)
{
	passes_100_mb(t, true);
}

static void exec_passes_100_mb(struct tests *t)
{
	passes_100_mb(t, false);
}

static void exec_waits_for_slow_reader(struct tests *t)
{
	struct fixture f;
	struct sequence q = SEQUENCE_START;
	size_t size = (size_t) 4 << 20;
	char text[256];
	int64_t before;
	int reader;

	fixture_open(&f, MONITOR_DETACHED, false);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_writes_sequence, &size));
	/* Nobody reads: the fifo and the pipe fill up, and then nothing may happen. */
	(void) usleep(100000);
	before = cpu_ms(f.monitor_pid);
	(void) usleep(300000);
	CHECK(t, cpu_ms(f.monitor_pid) - before <= 5);
	CHECK(t, !has_ended(&f.monitor_pid));
	CHECK_INT(t, (long long) read_sequence(reader, &q, size), (long long) size);
	CHECK(t, is_at_end(reader, 2000));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	(void) close(reader);
	fixture_close(&f);
}

/* containerd restarts: its end goes away, the process goes on, a new reader comes. */
static void reader_comes_back(struct tests *t, bool is_init)
{
	struct fixture f;
	struct sequence q = SEQUENCE_START;
	size_t size = (size_t) 3 << 20;
	char text[256];
	int64_t before;
	int reader;

	fixture_open(&f, MONITOR_DETACHED, is_init);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_writes_sequence, &size));
	CHECK_INT(t, (long long) read_sequence(reader, &q, 100000), 100000);
	(void) close(reader);
	(void) usleep(100000); /* the process fills the pipe and blocks */
	before = cpu_ms(f.monitor_pid);
	(void) usleep(200000);
	CHECK(t, cpu_ms(f.monitor_pid) - before <= 5);
	reader = open_reader(f.path[1]);
	CHECK_INT(t, (long long) read_sequence(reader, &q, size - 100000), (long long) size - 100000);
	CHECK(t, is_at_end(reader, 2000));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	(void) close(reader);
	fixture_close(&f);
}

static void init_keeps_fifo_without_reader(struct tests *t)
{
	reader_comes_back(t, true);
}

static void exec_keeps_fifo_without_reader(struct tests *t)
{
	reader_comes_back(t, false);
}

static void grandchild_holds_only_its_output(struct tests *t)
{
	struct fixture f;
	char script[] = "echo first; (trap '' HUP; sleep 0.4; echo late; sleep 60) & exit 5";
	char text[256], line[64];
	int reader, client;

	fixture_open(&f, MONITOR_DETACHED, false);
	use_fifo(&f, 1);
	use_fifo(&f, 2);
	reader = open_reader(f.path[1]);
	int errors = open_reader(f.path[2]);
	CHECK(t, start(&f, child_shell, script));
	client = control_open(&f);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 2000), "\"status\":5,") != NULL);
	CHECK_TEXT(t, control_line(client, line, sizeof line), "exit");
	(void) close(client);
	client = control_open(&f); /* who comes now learns at once */
	CHECK_TEXT(t, control_line(client, line, sizeof line), "exit");
	(void) read_all(reader, text, sizeof "first\nlate\n", 5000);
	CHECK_TEXT(t, text, "first\nlate\n");
	CHECK_TEXT(t, control_ask(&f, "release\n", line, sizeof line), "ok");
	CHECK(t, is_at_end(reader, 2000));
	CHECK(t, is_at_end(errors, 2000));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	CHECK(t, is_at_end(client, 2000));
	(void) close(client);
	(void) close(reader);
	(void) close(errors);
	fixture_close(&f);
}

static int child_leaves_full_pipe(void *arg)
{
	size_t size = 60000;

	(void) arg;
	(void) signal(SIGHUP, SIG_IGN);
	(void) child_writes_sequence(&size);
	if (fork() == 0) {
		(void) sleep(60);
		_exit(0);
	}
	return 0;
}

static void release_passes_what_is_there(struct tests *t)
{
	struct fixture f;
	struct sequence q = SEQUENCE_START;
	char text[256], line[64];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, false);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_leaves_full_pipe, NULL));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	CHECK_TEXT(t, control_ask(&f, "release\n", line, sizeof line), "ok");
	CHECK_INT(t, (long long) read_sequence(reader, &q, 1 << 20), 60000);
	CHECK(t, is_at_end(reader, 2000));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(reader);
	fixture_close(&f);
}

static void removed_directory_releases(struct tests *t)
{
	struct fixture f;
	char text[256], script[] = "(trap '' HUP; sleep 60) & exit 0";
	int reader;

	fixture_open(&f, MONITOR_DETACHED, false);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, script));
	CHECK(t, await_record(&f, text, sizeof text, 5000)[0] == '{');
	remove_tree(f.dir);
	CHECK(t, is_at_end(reader, 8000));
	CHECK_INT(t, await_monitor(&f, 1000), 0);
	(void) close(reader);
	fixture_close(&f);
}

static void stdin_ends_after_close(struct tests *t)
{
	struct fixture f;
	char text[64], line[64];
	int reader, writer;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 0);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	/* No writer yet: nothing may wait for it. */
	CHECK(t, start(&f, child_shell, "cat; echo end"));
	writer = open(f.path[0], O_WRONLY | O_CLOEXEC);
	(void) !write(writer, "one ", 4);
	(void) close(writer);
	(void) read_all(reader, text, 5, 2000);
	CHECK_TEXT(t, text, "one ");
	/* One client left; another may come. */
	writer = open(f.path[0], O_WRONLY | O_CLOEXEC);
	CHECK_TEXT(t, control_ask(&f, "close-stdin\n", line, sizeof line), "ok");
	CHECK_TEXT(t, control_ask(&f, "close-stdin\n", line, sizeof line), "ok");
	(void) !write(writer, "two\n", 4);
	(void) close(writer);
	(void) read_all(reader, text, sizeof text, 2000);
	CHECK_TEXT(t, text, "two\nend\n");
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(reader);
	fixture_close(&f);
}

static void stdin_breaks_after_exit(struct tests *t)
{
	struct fixture f;
	char text[256];
	int status = 0, writer;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 0);
	CHECK(t, start(&f, child_exits, &status));
	(void) await_record(&f, text, sizeof text, 5000);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	writer = open(f.path[0], O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(t, writer < 0 && errno == ENXIO);
	fixture_close(&f);
}


/* Opens the fifo 300 ms from now in another process, which reads to the end and returns 0 for "hello\n". */
static pid_t read_late(const char *path, int flags)
{
	pid_t pid = fork();
	char text[64];
	int fd;

	if (pid != 0)
		return pid;
	(void) usleep(300000);
	fd = open(path, O_RDONLY | flags | O_CLOEXEC);
	(void) read_all(fd, text, sizeof text, 5000);
	_exit(strcmp(text, "hello\n") == 0 ? 0 : 1);
}

static void waits_for_late_reader(struct tests *t)
{
	static const int flags[] = {0, O_NONBLOCK};

	for (int i = 0; i < 2; i++) {
		struct fixture f;
		int status = -1;
		pid_t reader;

		fixture_open(&f, MONITOR_DETACHED, i == 0);
		use_fifo(&f, 1);
		reader = read_late(f.path[1], flags[i]);
		CHECK(t, start(&f, child_shell, "echo hello"));
		CHECK(t, await(has_ended, &reader, 5000));
		(void) waitpid(reader, &status, 0);
		CHECK_INT(t, status, 0);
		CHECK_INT(t, await_monitor(&f, 5000), 0);
		fixture_close(&f);
	}
}

static void gives_up_on_absent_reader(struct tests *t)
{
	struct fixture f;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 1);
	CHECK(t, !start(&f, child_sleeps, NULL));
	CHECK_TEXT(t, f.failure.step, "open fifo");
	CHECK_TEXT(t, f.failure.path, f.path[1]);
	CHECK_INT(t, f.failure.error, ETIMEDOUT);
	CHECK_TEXT(t, f.failure.detail, "nobody opened it for reading within 30 s");
	fixture_close(&f);
}

static void names_missing_fifo(struct tests *t)
{
	for (int i = 0; i < 3; i++) {
		struct fixture f;

		fixture_open(&f, MONITOR_DETACHED, true);
		f.stdio[i] = (struct op_stdio){.fd = (uint8_t) i, .kind = STDIO_FIFO, .path = f.path[i]};
		CHECK(t, !start(&f, child_sleeps, NULL));
		CHECK_TEXT(t, f.failure.step, "open fifo");
		CHECK_TEXT(t, f.failure.path, f.path[i]);
		CHECK_INT(t, f.failure.error, ENOENT);
		fixture_close(&f);
	}
}

static void grows_and_gives_fifo(struct tests *t)
{
	struct op ops[3] = {
		{.kind = OP_IDENTITY, .u.identity = {.uid = 1000, .gid = 10}},
		{.kind = OP_ID_MAP, .u.id_map = {.which = 0, .map.count = 1}},
		{.kind = OP_ID_MAP, .u.id_map = {.which = 1, .map.count = 1}},
	};
	struct id_range uids = {.inside = 0, .outside = 100000, .count = 65536};
	struct id_range gids = {.inside = 10, .outside = 200000, .count = 1};
	struct fixture f;
	struct stat about;
	int reader;

	if (geteuid() != 0) {
		t->skipped_for = "needs root to give files away";
		return;
	}
	ops[1].u.id_map.map.items = &uids;
	ops[2].u.id_map.map.items = &gids;
	for (uint32_t count = 1; count <= 3; count += 2) {
		fixture_open(&f, MONITOR_DETACHED, true);
		f.plan.ops = ops;
		f.plan.op_count = count;
		use_fifo(&f, 0);
		use_fifo(&f, 1);
		reader = open_reader(f.path[1]);
		CHECK(t, start(&f, child_sleeps, NULL));
		CHECK_INT(t, fcntl(reader, F_GETPIPE_SZ), 1 << 20);
		for (int i = 0; i < 2; i++) {
			(void) stat(f.path[i], &about);
			CHECK_INT(t, about.st_uid, count == 1 ? 1000 : 101000);
			CHECK_INT(t, about.st_gid, count == 1 ? 10 : 200000);
		}
		(void) close(reader);
		fixture_close(&f);
	}
}

static int child_reopens_stdout(void *arg)
{
	int fd;

	(void) arg;
	if (setgid(1000) < 0 || setuid(1000) < 0)
		return 1;
	fd = open("/proc/self/fd/1", O_WRONLY);
	return fd >= 0 && write(fd, "again\n", 6) == 6 ? 0 : 2;
}

static void user_reopens_stdout(struct tests *t)
{
	struct op ops[1] = {{.kind = OP_IDENTITY, .u.identity = {.uid = 1000, .gid = 1000}}};

	if (geteuid() != 0) {
		t->skipped_for = "needs root to become another user";
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct fixture f;
		char text[256];
		int reader;

		fixture_open(&f, MONITOR_DETACHED, i == 0);
		f.plan.ops = ops;
		f.plan.op_count = 1;
		use_fifo(&f, 1);
		reader = open_reader(f.path[1]);
		CHECK(t, start(&f, child_reopens_stdout, NULL));
		CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
		(void) read_all(reader, text, sizeof text, 2000);
		CHECK_TEXT(t, text, "again\n");
		(void) close(reader);
		fixture_close(&f);
	}
}

static void append_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	(void) !write(fd, content, strlen(content));
	(void) close(fd);
}

static const char *read_path(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	text[0] = '\0';
	if (fd >= 0)
		(void) read_all(fd, text, size, 1000);
	(void) close(fd);
	return text;
}

static void appends_to_plain_path(struct tests *t)
{
	struct fixture f;
	char text[128];

	fixture_open(&f, MONITOR_DETACHED, false);
	append_file(f.path[0], "input");
	append_file(f.path[1], "before ");
	for (int i = 0; i < 3; i++)
		f.stdio[i] = (struct op_stdio){.fd = (uint8_t) i, .kind = STDIO_FIFO, .path = f.path[i == 2 ? 1 : i]};
	CHECK(t, start(&f, child_shell, "cat; echo ' 1'; echo 2 >&2; echo 3"));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	CHECK_TEXT(t, read_path(f.path[1], text, sizeof text), "before input 1\n2\n3\n");
	fixture_close(&f);
}

static void creates_log_file(struct tests *t)
{
	struct fixture f;
	struct stat about = {.st_mode = 0};
	char text[128], path[96];

	fixture_open(&f, MONITOR_DETACHED, true);
	(void) umask(022);
	(void) snprintf(path, sizeof path, "%s/a/b/log", f.root);
	for (int i = 1; i < 3; i++)
		f.stdio[i] = (struct op_stdio){.fd = (uint8_t) i, .kind = STDIO_FILE, .path = path};
	CHECK(t, start(&f, child_shell, "echo 1; echo 2 >&2; echo 3"));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	CHECK_TEXT(t, read_path(path, text, sizeof text), "1\n2\n3\n");
	(void) stat(path, &about);
	CHECK_INT(t, about.st_mode & 07777, 0644);
	fixture_close(&f);
}

static void keeps_streams_apart(struct tests *t)
{
	for (int i = 0; i < 2; i++) {
		struct fixture f;
		char text[128];
		int readers[3] = {-1};

		fixture_open(&f, MONITOR_DETACHED, i == 0);
		for (int j = 1; j < 3; j++) {
			use_fifo(&f, j);
			readers[j] = open_reader(f.path[j]);
		}
		CHECK(t, start(&f, child_shell, "read x; echo \"out $x\"; echo err >&2"));
		(void) read_all(readers[1], text, sizeof text, 2000);
		CHECK_TEXT(t, text, "out \n");
		(void) read_all(readers[2], text, sizeof text, 2000);
		CHECK_TEXT(t, text, "err\n");
		CHECK_INT(t, await_monitor(&f, 5000), 0);
		for (int j = 1; j < 3; j++)
			(void) close(readers[j]);
		fixture_close(&f);
	}
}

/* An exec that closes its output early: its client need not wait for the end of the process. */
static void exec_passes_on_end_of_file(struct tests *t)
{
	struct fixture f;
	char text[64];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, false);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, "echo done; exec >/dev/null; sleep 60"));
	(void) read_all(reader, text, sizeof text, 2000);
	CHECK_TEXT(t, text, "done\n");
	CHECK(t, !has_ended(&f.monitor_pid));
	(void) close(reader);
	fixture_close(&f);
}

static void survives_removed_fifo(struct tests *t)
{
	struct fixture f;
	char text[64];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, "sleep 0.1; echo still here"));
	(void) unlink(f.path[1]);
	(void) read_all(reader, text, sizeof text, 2000);
	CHECK_TEXT(t, text, "still here\n");
	(void) close(reader);
	fixture_close(&f);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "init writes 100 MB into the fifo itself, in order", init_passes_100_mb);
	run_test(&t, "exec's 100 MB pass through the monitor in order", exec_passes_100_mb);
	run_test(&t, "a reader that does not read costs no processor time and loses nothing", exec_waits_for_slow_reader);
	run_test(&t, "init's fifo outlives its reader, and a new one misses nothing", init_keeps_fifo_without_reader);
	run_test(&t, "exec's fifo outlives its reader, and a new one misses nothing", exec_keeps_fifo_without_reader);
	run_test(&t, "a grandchild holds up its own output only, until release", grandchild_holds_only_its_output);
	run_test(&t, "release passes on what is in the pipe", release_passes_what_is_there);
	run_test(&t, "a removed process directory releases", removed_directory_releases);
	run_test(&t, "stdin ends after close-stdin and the last client, all bytes read", stdin_ends_after_close);
	run_test(&t, "stdin has no reader after the end of the process", stdin_breaks_after_exit);
	run_test(&t, "an output fifo waits for its reader", waits_for_late_reader);
	run_test(&t, "an output fifo without reader is an error that names it", gives_up_on_absent_reader);
	run_test(&t, "a missing fifo is an error that names it", names_missing_fifo);
	run_test(&t, "fifos hold 1 MiB and belong to the process's user", grows_and_gives_fifo);
	run_test(&t, "the process's user opens /dev/stdout again", user_reopens_stdout);
	run_test(&t, "a path that is no fifo is appended to", appends_to_plain_path);
	run_test(&t, "a log file is created with its directories", creates_log_file);
	run_test(&t, "stdout and stderr stay apart, absent stdin is empty", keeps_streams_apart);
	run_test(&t, "exec's end of output is passed on at once", exec_passes_on_end_of_file);
	run_test(&t, "a fifo whose name is gone still works", survives_removed_fifo);
	return end_tests(&t);
}
