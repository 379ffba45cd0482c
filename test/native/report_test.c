/* Failures and the lines on REPORT_FD: docs/plan-format.md, "Report". */
#include "harness.h"

#include <sys/socket.h>

#include "report.h"
#include "sync.h"

/* What a function has written to the pipe so far. */
struct sink {
	int ends[2];
	struct report report;
	char text[16384];
};

static void open_sink(struct sink *sink)
{
	if (pipe2(sink->ends, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	sink->report = (struct report){.fd = sink->ends[1]};
}

static const char *drain(struct sink *sink)
{
	ssize_t length = read(sink->ends[0], sink->text, sizeof sink->text - 1);

	sink->text[length < 0 ? 0 : length] = '\0';
	return sink->text;
}

static void close_sink(struct sink *sink)
{
	(void) close(sink->ends[0]);
	(void) close(sink->ends[1]);
}

static void writes_its_lines(struct tests *t)
{
	struct sink s;

	open_sink(&s);
	CHECK_INT(t, report_pid(&s.report, 4194304, 18446744073709551615ull), 0);
	CHECK_TEXT(t, drain(&s), "pid\t4194304\t18446744073709551615\n");
	CHECK_INT(t, report_ready(&s.report), 0);
	CHECK_TEXT(t, drain(&s), "ready\n");

	CHECK_INT(t, fail(&s.report, "mount", "/proc", EPERM), -1);
	s.report.failure.op = 17;
	(void) strcpy(s.report.failure.op_name, "mount");
	CHECK_TEXT(t, drain(&s), ""); /* fail() only remembers */
	CHECK_INT(t, report_error(&s.report, &s.report.failure), 0);
	CHECK_TEXT(t, drain(&s), "error\t17\tmount\tmount\t1\t/proc\t\n");

	s.report.failure.op = -1;
	s.report.failure.op_name[0] = '\0';
	CHECK_INT(t, fail_detail(&s.report, "decode plan", NULL, 0, "magic"), -1);
	CHECK_INT(t, report_error(&s.report, &s.report.failure), 0);
	CHECK_TEXT(t, drain(&s), "error\t-1\t\tdecode plan\t0\t\tmagic\n");

	errno = ENOENT;
	warn(&s.report, "run hook", "/bin/hook", ETIMEDOUT, "it took 5 s");
	CHECK_INT(t, errno, ENOENT);
	CHECK_TEXT(t, drain(&s), "warning\trun hook\t110\t/bin/hook\tit took 5 s\n");
	CHECK_TEXT(t, s.report.failure.detail, "magic"); /* a warning is no failure */
	close_sink(&s);
}

static void keeps_a_line_a_line(struct tests *t)
{
	struct sink s;

	open_sink(&s);
	warn(&s.report, "a\tb", "/x\ny", 5, "\x01\x1f\x7f\\ \xc3\xbc\r");
	CHECK_TEXT(t, drain(&s), "warning\ta\\x09b\t5\t/x\\x0ay\t\\x01\\x1f\\x7f\\x5c \xc3\xbc\\x0d\n");
	(void) fail_detail(&s.report, "\t", "\n", 1, "\\");
	s.report.failure.op = INT32_MIN;
	(void) strcpy(s.report.failure.op_name, "\t\n");
	CHECK_INT(t, report_error(&s.report, &s.report.failure), 0);
	CHECK_TEXT(t, drain(&s), "error\t-2147483648\t\\x09\\x0a\t\\x09\t1\t\\x0a\t\\x5c\n");
	close_sink(&s);
}

static void shortens_what_is_too_long(struct tests *t)
{
	static char text[8192];
	struct sink s;
	size_t fields, expected;

	memset(text, '\n', sizeof text - 1);
	open_sink(&s);
	(void) fail_detail(&s.report, text, text, 1, text);
	CHECK_INT(t, strlen(s.report.failure.step), REPORT_STEP_MAX - 1);
	CHECK_INT(t, strlen(s.report.failure.path), REPORT_PATH_MAX - 1);
	CHECK_INT(t, strlen(s.report.failure.detail), REPORT_DETAIL_MAX - 1);

	/* The longest line there is: every byte takes four, every number all its digits. */
	s.report.failure.op = INT32_MIN;
	s.report.failure.error = INT32_MIN;
	memcpy(s.report.failure.op_name, text, sizeof s.report.failure.op_name - 1);
	CHECK_INT(t, report_error(&s.report, &s.report.failure), 0);
	fields = sizeof s.report.failure.op_name - 1 + REPORT_STEP_MAX - 1 + REPORT_PATH_MAX - 1 + REPORT_DETAIL_MAX - 1;
	expected = strlen("error") + 6 + 2 * strlen("-2147483648") + 4 * fields + 1;
	CHECK_INT(t, strlen(drain(&s)), expected);
	CHECK(t, strchr(s.text, '\n') == s.text + expected - 1);
	close_sink(&s);
}

static void becomes_a_message_in_the_child(struct tests *t)
{
	struct sync_message message = {.type = SYNC_GO};
	struct report report = {.is_message = true};
	int ends[2], attached = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	report.fd = ends[1];
	warn(&report, "set keyring", "_ses.demo", ENOSYS, "left out\n");
	CHECK_INT(t, sync_receive(ends[0], &message, &attached), 1);
	CHECK_INT(t, message.type, SYNC_WARNING);
	CHECK_INT(t, attached, -1);
	CHECK_TEXT(t, message.u.failure.step, "set keyring");
	CHECK_TEXT(t, message.u.failure.path, "_ses.demo");
	CHECK_INT(t, message.u.failure.error, ENOSYS);
	CHECK_TEXT(t, message.u.failure.detail, "left out\n"); /* whoever writes the line escapes it */
	(void) close(ends[0]);
	(void) close(ends[1]);
}

static void bears_that_nobody_listens(struct tests *t)
{
	struct report none = {.fd = -1};
	struct sink s;

	errno = EXDEV;
	warn(&none, "step", "path", 1, "detail");
	CHECK_INT(t, errno, EXDEV);
	CHECK(t, report_ready(&none) < 0 && errno == EBADF);
	open_sink(&s);
	(void) close(s.ends[0]);
	(void) signal(SIGPIPE, SIG_IGN);
	CHECK(t, report_ready(&s.report) < 0 && errno == EPIPE);
	(void) close(s.ends[1]);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "lines have the documented fields", writes_its_lines);
	run_test(&t, "tabs, newlines, control characters and backslashes are escaped", keeps_a_line_a_line);
	run_test(&t, "what is too long is shortened, and the longest line fits", shortens_what_is_too_long);
	run_test(&t, "warn() sends a message in the child", becomes_a_message_in_the_child);
	run_test(&t, "a reader that is gone is no harm", bears_that_nobody_listens);
	return end_tests(&t);
}
