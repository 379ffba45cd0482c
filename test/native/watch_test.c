/* `gantry-init watch`: a parent whose loop does not turn is killed, any other is not. */
#include "harness.h"

#include <sys/ptrace.h>

#include "clock.h"
#include "watch.h"

#define LIMIT_MS 500

/* What the watched process does; it has the write end of the watch's standard input. */
typedef void (*behaviour)(int beat_fd);

static _Noreturn void be_watched(behaviour behave)
{
	int input[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t self = getpid(), watch;
	int status;

	if (pipe2(input, O_CLOEXEC) < 0)
		_exit(99);
	watch = fork();
	if (watch == 0) {
		(void) dup2(input[0], STDIN_FILENO);
		(void) dup2(null, STDERR_FILENO); /* where it says why */
		(void) close(input[1]);
		_exit(watch_parent(self, LIMIT_MS));
	}
	(void) close(input[0]);
	behave(input[1]);
	(void) close(input[1]);
	_exit(waitpid(watch, &status, 0) == watch && WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

/* How the watched process ended, as waitpid(2) tells it. */
static int end_of(behaviour behave)
{
	int status = 0;
	pid_t watched;

	(void) fflush(stdout);
	watched = fork();
	if (watched == 0)
		be_watched(behave);
	(void) waitpid(watched, &status, 0);
	return status;
}

static void hang(int beat_fd)
{
	(void) beat_fd;
	(void) sleep(20);
}

static void beat(int beat_fd)
{
	for (int i = 0; i < 12; i++) {
		(void) usleep(LIMIT_MS * 1000 / 5);
		(void) !write(beat_fd, ".", 1);
	}
}

static void end_at_once(int beat_fd)
{
	(void) beat_fd;
}

static void kills_what_hangs(struct tests *t)
{
	int64_t before = now_ms();
	int status = end_of(hang);

	CHECK(t, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(t, now_ms() - before >= LIMIT_MS);
}

static void lets_live_what_beats(struct tests *t)
{
	int status = end_of(beat);

	CHECK(t, WIFEXITED(status));
	CHECK_INT(t, WEXITSTATUS(status), 0);
}

static void ends_with_its_input(struct tests *t)
{
	int status = end_of(end_at_once);

	CHECK(t, WIFEXITED(status));
	CHECK_INT(t, WEXITSTATUS(status), 0);
}

static void leaves_strangers_alone(struct tests *t)
{
	CHECK_INT(t, watch_parent(1, LIMIT_MS), 0); /* not our parent, or not any more */
}

static void lets_live_what_is_traced(struct tests *t)
{
	int status = 0;
	pid_t watched;

	(void) fflush(stdout);
	watched = fork();
	if (watched == 0)
		be_watched(hang);
	(void) usleep(50000);
	if (ptrace(PTRACE_SEIZE, watched, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, watched, NULL, NULL) < 0) {
		(void) kill(watched, SIGKILL);
		(void) waitpid(watched, &status, 0);
		(void) puts("1 skipped");
		return;
	}
	(void) waitpid(watched, &status, 0); /* it has stopped */
	(void) usleep(LIMIT_MS * 3 * 1000);
	CHECK(t, kill(watched, 0) == 0 && waitpid(watched, &status, WNOHANG) == 0);
	(void) kill(watched, SIGKILL);
	(void) waitpid(watched, &status, 0);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "a parent that is silent is killed", kills_what_hangs);
	run_test(&t, "one that says something now and then is not", lets_live_what_beats);
	run_test(&t, "it ends with its input", ends_with_its_input);
	run_test(&t, "a process that is not the parent is left alone", leaves_strangers_alone);
	run_test(&t, "nor is one that a debugger has stopped", lets_live_what_is_traced);
	return end_tests(&t);
}
