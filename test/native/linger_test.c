/* What a process has written and nobody has read when it ends: kept for the next reader, which finds its end behind it. */
#include "fixture.h"

#define UNREAD "line 1\nline 2\n"

/* How its output reaches the fifo. */
enum how { AS_INIT, AS_EXEC, ON_TERMINAL };

static void end_unread(struct tests *t, struct fixture *f, enum how how)
{
	char text[256];
	int reader;

	fixture_open(f, MONITOR_DETACHED, how != AS_EXEC);
	use_fifo(f, 1);
	if (how == ON_TERMINAL)
		use_terminal(f, 24, 80, "");
	reader = open_reader(f->path[1]);
	CHECK(t, start(f, child_shell, "sleep 0.1; echo line 1; echo line 2; exit 3"));
	(void) close(reader); /* the client is killed */
	CHECK(t, strstr(await_record(f, text, sizeof text, 5000), "\"status\":3,") != NULL);
}

/* A client comes back, and waits in open(2) if it has to. */
static void read_as_client(struct tests *t, const struct fixture *f, const char *expected)
{
	int reader = open(f->path[1], O_RDONLY | O_CLOEXEC);
	char text[64], plain[64];
	size_t used = 0;

	(void) read_all(reader, text, sizeof text, 5000);
	for (const char *at = text; *at != '\0'; at++) {
		if (*at != '\r')
			plain[used++] = *at;
	}
	plain[used] = '\0';
	CHECK_TEXT(t, plain, expected);
	CHECK(t, is_at_end(reader, 5000));
	(void) close(reader);
}

static void keeps_for_next_reader(struct tests *t)
{
	for (enum how how = AS_INIT; how <= ON_TERMINAL; how++) {
		struct fixture f;
		int64_t before;

		end_unread(t, &f, how);
		(void) usleep(100000);
		before = cpu_ms(f.monitor_pid);
		(void) usleep(200000);
		CHECK(t, cpu_ms(f.monitor_pid) - before <= 5);
		CHECK(t, !has_ended(&f.monitor_pid));
		read_as_client(t, &f, UNREAD);
		CHECK_INT(t, await_monitor(&f, 5000), 0);
		fixture_close(&f);
	}
}

/* It waits for the end of what was never written, as well. */
static void shows_next_reader_an_empty_end(struct tests *t)
{
	struct fixture f;
	char text[256];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, "sleep 0.1"));
	(void) close(reader);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	read_as_client(t, &f, "");
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	fixture_close(&f);
}

static void keeps_what_a_reader_leaves(struct tests *t)
{
	struct fixture f;
	char text[64];

	end_unread(t, &f, AS_INIT);
	for (int i = 0; i < 2; i++) { /* each is killed after some bytes */
		int reader = open(f.path[1], O_RDONLY | O_CLOEXEC);

		(void) read_all(reader, text, 3, 5000);
		CHECK_TEXT(t, text, i == 0 ? "li" : "ne");
		(void) usleep(50000);
		(void) close(reader);
		(void) usleep(50000);
	}
	read_as_client(t, &f, " 1\nline 2\n");
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	fixture_close(&f);
}

/* It is there at the end, does not read at once, and must not be kept from seeing the end when it does. */
static void shows_slow_reader_the_end(struct tests *t)
{
	struct fixture f;
	char text[256];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, "echo line 1; echo line 2"));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	(void) usleep(100000);
	(void) read_all(reader, text, sizeof text, 5000);
	CHECK_TEXT(t, text, UNREAD);
	CHECK(t, is_at_end(reader, 2000));
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(reader);
	fixture_close(&f);
}

static void lets_go(struct tests *t)
{
	static const char *const commands[] = {"let-go\n", "release\n"};
	char line[64];
	struct fixture f;

	for (size_t i = 0; i < 2; i++) {
		end_unread(t, &f, AS_INIT);
		CHECK(t, !has_ended(&f.monitor_pid));
		CHECK_TEXT(t, control_ask(&f, commands[i], line, sizeof line), "ok");
		CHECK_INT(t, await_monitor(&f, 2000), 0);
		fixture_close(&f);
	}
	end_unread(t, &f, AS_INIT);
	remove_tree(f.dir);
	CHECK_INT(t, await_monitor(&f, 8000), 0);
	fixture_close(&f);
}

static void keeps_nothing_that_nobody_can_open(struct tests *t)
{
	struct fixture f;
	char text[256];
	int reader;

	fixture_open(&f, MONITOR_DETACHED, true);
	use_fifo(&f, 1);
	reader = open_reader(f.path[1]);
	CHECK(t, start(&f, child_shell, "echo line 1; sleep 0.1"));
	(void) unlink(f.path[1]);
	(void) close(reader);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":0,") != NULL);
	CHECK_INT(t, await_monitor(&f, 2000), 0);
	fixture_close(&f);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "what nobody has read is kept for the next reader, and then its end", keeps_for_next_reader);
	run_test(&t, "the end of what was never written, too", shows_next_reader_an_empty_end);
	run_test(&t, "a reader that goes leaves the rest to the next", keeps_what_a_reader_leaves);
	run_test(&t, "a reader that is slow sees the end", shows_slow_reader_the_end);
	run_test(&t, "let-go, release and a removed directory end it", lets_go);
	run_test(&t, "a fifo without a name is not kept", keeps_nothing_that_nobody_can_open);
	return end_tests(&t);
}
