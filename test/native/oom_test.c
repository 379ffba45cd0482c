/* OOM kills: counted, told, recorded. v2 through a plain file (inotify does not care), v1 in a cgroup of our own. */
#include "fixture.h"

#include "oom.h"

#define V1_ROOT "/sys/fs/cgroup/memory"

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		(void) printf("    cannot write %s: %s\n", path, strerror(errno));
	(void) close(fd);
}

/* In place and without truncation, as the kernel's counters change. */
static void set_kills(const char *path, int kills)
{
	char text[128];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	(void) snprintf(text, sizeof text, "low 0\nhigh 0\nmax 9\noom 9\noom_kill %d\noom_group_kill 0\n", kills);
	(void) !write(fd, text, strlen(text));
	(void) close(fd);
}

static void tells_of_v2_kills(struct tests *t)
{
	struct fixture f;
	char path[96], line[64], text[256];
	int early, late;

	fixture_open(&f, MONITOR_DETACHED, true);
	(void) snprintf(path, sizeof path, "%s/memory.events", f.root);
	write_text(path, "");
	set_kills(path, 4); /* before this process: none of its business */
	f.monitor.oom_file = path;
	CHECK(t, start(&f, child_sleeps, NULL));
	early = control_open(&f);
	(void) !write(early, "close-stdin\n", 12);
	CHECK_TEXT(t, control_line(early, line, sizeof line), "ok");
	set_kills(path, 5);
	CHECK_TEXT(t, control_line(early, line, sizeof line), "oom");
	set_kills(path, 7);
	CHECK_TEXT(t, control_line(early, line, sizeof line), "oom");
	CHECK_TEXT(t, control_line(early, line, sizeof line), "oom");
	late = control_open(&f);
	CHECK_TEXT(t, control_line(late, line, sizeof line), "oom");
	(void) kill(f.child_pid, SIGKILL);
	CHECK_TEXT(t, control_line(early, line, sizeof line), "exit");
	CHECK_TEXT(t, control_line(late, line, sizeof line), "exit");
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"signal\":9,") != NULL);
	CHECK(t, strstr(text, "\"oom\":true}") != NULL);
	(void) close(early);
	(void) close(late);
	fixture_close(&f);
}

static void is_not_fatal_when_missing(struct tests *t)
{
	struct fixture f;
	char text[256];
	int status = 0;

	fixture_open(&f, MONITOR_DETACHED, true);
	f.monitor.oom_file = "/nonexistent/memory.events";
	CHECK(t, start(&f, child_exits, &status));
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"oom\":false}") != NULL);
	fixture_close(&f);
}

static int child_eats_memory(void *tasks_path)
{
	write_text(tasks_path, "0");
	for (;;) {
		char *piece = malloc(1 << 20);

		if (piece == NULL)
			return 1;
		memset(piece, 1, 1 << 20);
	}
}

/* The eater is a grandchild: the kernel may kill several times while the process lives. */
static int child_feeds_eaters(void *tasks_path)
{
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(child_eats_memory(tasks_path));
		(void) waitpid(pid, NULL, 0);
	}
	return child_sleeps(NULL);
}

static bool remove_dir(void *path)
{
	return rmdir(path) == 0 || errno == ENOENT;
}

/* A cgroup with 8 MiB, or false with the reason to skip. */
static bool make_cgroup(struct tests *t, char *dir, size_t size)
{
	char path[128];

	(void) snprintf(dir, size, V1_ROOT "/gantry-test-%d", getpid());
	if (access(V1_ROOT "/memory.oom_control", R_OK) < 0 || mkdir(dir, 0700) < 0) {
		t->skipped_for = "needs root and a cgroup v1 memory hierarchy";
		return false;
	}
	(void) snprintf(path, sizeof path, "%s/memory.limit_in_bytes", dir);
	write_text(path, "8388608");
	(void) snprintf(path, sizeof path, "%s/memory.swappiness", dir);
	write_text(path, "0");
	return true;
}

static void tells_of_v1_kills(struct tests *t)
{
	struct fixture f;
	char cgroup[80], oom_file[112], tasks[96], line[64], text[256];
	int client;

	if (!make_cgroup(t, cgroup, sizeof cgroup))
		return;
	(void) snprintf(oom_file, sizeof oom_file, "%s/memory.oom_control", cgroup);
	(void) snprintf(tasks, sizeof tasks, "%s/tasks", cgroup);
	fixture_open(&f, MONITOR_DETACHED, true);
	f.monitor.oom_file = oom_file;
	CHECK(t, start(&f, child_feeds_eaters, tasks));
	client = control_open(&f);
	CHECK_TEXT(t, control_line(client, line, sizeof line), "oom");
	CHECK_TEXT(t, control_line(client, line, sizeof line), "oom");
	(void) kill(f.child_pid, SIGKILL);
	CHECK_TEXT(t, control_line(client, line, sizeof line), "exit");
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"oom\":true}") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(client);
	fixture_close(&f);
	CHECK(t, await(remove_dir, cgroup, 5000)); /* nothing of ours pins it */
}

static void tells_of_oom_before_exit(struct tests *t)
{
	struct fixture f;
	char cgroup[80], oom_file[112], tasks[96], line[64], text[256];
	int client;

	if (!make_cgroup(t, cgroup, sizeof cgroup))
		return;
	(void) snprintf(oom_file, sizeof oom_file, "%s/memory.oom_control", cgroup);
	(void) snprintf(tasks, sizeof tasks, "%s/tasks", cgroup);
	fixture_open(&f, MONITOR_DETACHED, true);
	f.monitor.oom_file = oom_file;
	CHECK(t, start(&f, child_eats_memory, tasks));
	client = control_open(&f);
	if (client >= 0) {
		CHECK_TEXT(t, control_line(client, line, sizeof line), "oom");
		CHECK_TEXT(t, control_line(client, line, sizeof line), "exit");
	}
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"status\":137,\"signal\":9,") != NULL);
	CHECK(t, strstr(text, "\"oom\":true}") != NULL);
	CHECK_INT(t, await_monitor(&f, 5000), 0);
	(void) close(client);
	fixture_close(&f);
	CHECK(t, await(remove_dir, cgroup, 5000));
}

static void survives_removed_cgroup(struct tests *t)
{
	struct fixture f;
	char cgroup[80], oom_file[112], line[64], text[256];
	int64_t before;

	if (!make_cgroup(t, cgroup, sizeof cgroup))
		return;
	(void) snprintf(oom_file, sizeof oom_file, "%s/memory.oom_control", cgroup);
	fixture_open(&f, MONITOR_DETACHED, true);
	f.monitor.oom_file = oom_file;
	CHECK(t, start(&f, child_sleeps, NULL)); /* it is not in the cgroup */
	CHECK(t, await(remove_dir, cgroup, 5000));
	(void) usleep(100000);
	before = cpu_ms(f.monitor_pid);
	(void) usleep(200000);
	CHECK(t, cpu_ms(f.monitor_pid) - before <= 5);
	CHECK_TEXT(t, control_ask(&f, "close-stdin\n", line, sizeof line), "ok");
	(void) kill(f.child_pid, SIGKILL);
	CHECK(t, strstr(await_record(&f, text, sizeof text, 5000), "\"oom\":false}") != NULL);
	fixture_close(&f);
}

static void open_reports_errors(struct tests *t)
{
	struct oom_watch watch;
	char path[] = "/tmp/gantry-test-oom-XXXXXX";
	int before = count_fds(), fd;

	oom_init(&watch);
	CHECK(t, oom_open(&watch, "/nonexistent/memory.oom_control") == -1 && errno == ENOENT);
	fd = mkstemp(path);
	CHECK(t, oom_open(&watch, path) == -1 && errno == ENODATA); /* no counter in it */
	CHECK_INT(t, watch.file_fd, -1);
	CHECK_INT(t, oom_timeout(&watch), -1);
	CHECK_INT(t, (long long) oom_count(&watch, true), 0);
	(void) close(fd);
	(void) unlink(path);
	CHECK_INT(t, count_fds(), before);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "each kill is told once, v2", tells_of_v2_kills);
	run_test(&t, "a missing counter is a warning", is_not_fatal_when_missing);
	run_test(&t, "each kill is told once, v1", tells_of_v1_kills);
	run_test(&t, "the kill that ends the process is told before its exit", tells_of_oom_before_exit);
	run_test(&t, "a removed cgroup costs nothing", survives_removed_cgroup);
	run_test(&t, "oom_open() names what is wrong and keeps nothing open", open_reports_errors);
	return end_tests(&t);
}
