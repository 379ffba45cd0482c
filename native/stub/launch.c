#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../clock.h"
#include "../fd.h"
#include "../signals.h"

#define BACKLOG 4096         /* connections wait here while the server starts; the kernel caps it */
#define STDERR_MAX (1 << 20)
#define PATIENCE 8           /* what is gone for so many milliseconds is tried again after one more */
#define FIRST_PAUSE_MS 2
#ifndef LAST_PAUSE_MS        /* the fuzzer is not that patient */
#define LAST_PAUSE_MS 5000
#endif

static int fail(struct server *s, const char *step)
{
	s->failed = step;
	return -1;
}

static bool find_beside(struct server *s, const char *self)
{
	int length = snprintf(s->program, sizeof s->program, "%.*s/gantry-shimd", (int) (strrchr(self, '/') - self), self);

	errno = ENAMETOOLONG;
	return (size_t) length < sizeof s->program;
}

/*
 * Beside the path that we were started from, so that what replaces it is found; where that is a symbolic link alone in its
 * directory, beside what it leads to.
 */
static int find_program(struct server *s)
{
	s->self = (const char *) getauxval(AT_EXECFN);
	if (s->self != NULL && s->self[0] == '/' && find_beside(s, s->self) && access(s->program, X_OK) == 0)
		return 0;
	if (readlink("/proc/self/exe", s->exe, sizeof s->exe - 1) < 1)
		return fail(s, "find its own executable for");
	if (s->self == NULL || s->self[0] != '/')
		s->self = s->exe;
	return find_beside(s, s->exe) ? 0 : fail(s, "find gantry-shimd for");
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t) *text) * UINT64_C(0x100000001b3);
	return hash;
}

int server_find(struct server *s, const char *address, char **environment)
{
	const char *base = getenv("GANTRY_NODE_DIR");
	char **kept = environment;
	int length;

	s->address = address;
	s->environment = environment;
	s->lost_ms = now_ms();
	s->socket.sun_family = AF_UNIX;
	if (base == NULL || base[0] == '\0')
		base = "/run/gantry/.node";
	length = snprintf(s->dir, sizeof s->dir, "%s/%016" PRIx64, base, hash_of(address));
	errno = ENAMETOOLONG;
	if ((size_t) length >= sizeof s->dir)
		return fail(s, "name the server's socket in");
	(void) snprintf(s->socket.sun_path, sizeof s->socket.sun_path, "%s/shimd.sock", s->dir);
	for (char **at = environment; *at != NULL; at++) {
		if (strncmp(*at, "BUN_", 4) != 0 && strncmp(*at, "NODE_OPTIONS=", 13) != 0)
			*kept++ = *at;
	}
	*kept = NULL;
	return find_program(s);
}

int make_directories(char *path)
{
	char *slash = strrchr(path, '/');
	int status = 0;

	if (slash != path) {
		*slash = '\0';
		status = make_directories(path);
		*slash = '/';
	}
	return status < 0 || (mkdir(path, 0700) < 0 && errno != EEXIST) ? -1 : 0;
}

/* Whoever listens there must be us, or root could be made to talk to somebody else. */
int connect_to(const struct sockaddr_un *to)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = {.uid = 0};
	socklen_t size = sizeof peer;

	if (fd < 0 || connect(fd, (const struct sockaddr *) to, sizeof *to) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -1;
	if (peer.uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	return take_fd(&fd);
}

int listen_at(const struct sockaddr_un *at)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old = umask(0177);
	int status = fd < 0 ? -1 : bind(fd, (const struct sockaddr *) at, sizeof *at);

	(void) umask(old);
	return status < 0 || listen(fd, BACKLOG) < 0 ? -1 : take_fd(&fd);
}

int arrange_fds(const int *fds, int count)
{
	int high[8];

	for (int i = 0; i < count; i++) { /* out of the way of each other's places */
		high[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 16);
		if (fds[i] >= 0 && high[i] < 0)
			return -1;
	}
	for (int i = 0; i < count; i++) {
		if ((high[i] < 0 ? close(i) : dup2(high[i], i)) < 0 && high[i] >= 0)
			return -1;
	}
	if (syscall(SYS_close_range, count, ~0u, 0) < 0) { /* Linux before 5.9 */
		for (int fd = count; fd < 65536; fd++)
			(void) close(fd);
	}
	return 0;
}

/* What the engine says before it has a log: appended, and begun anew when it has become long. */
static int open_stderr(int dir)
{
	_cleanup_close_ int fd = openat(dir, "stderr", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat about;

	if (fd >= 0 && fstat(fd, &about) == 0 && about.st_size > STDERR_MAX && ftruncate(fd, 0) < 0)
		return -1;
	return take_fd(&fd);
}

/* The server, not yet executed. If it cannot be, its socket is closed with it, and its lock is free. */
static _Noreturn void become_server(const struct server *s, int lock, int listener, int messages)
{
	const char *argv[] = {s->program, "-address",  s->address, "-node-dir",  s->dir,
			      "-lock-fd", "4",         "-listen-fd", "5", NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (arrange_fds((int[]){null, null, messages < 0 ? null : messages, -1, lock, listener}, 6) < 0)
		_exit(127);
	(void) setsid();
	if (chdir("/") == 0) {
		signals_reset();
		(void) execve(s->program, (char **) argv, s->environment);
	}
	_exit(127);
}

/* With the lock: bind, so that connections can wait, and execute. */
static int start_server(struct server *s, int dir, int lock)
{
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int messages = -1;
	pid_t child;

	if (access(s->program, X_OK) < 0)
		return fail(s, "execute gantry-shimd for");
	if (unlink(s->socket.sun_path) < 0 && errno != ENOENT)
		return fail(s, "remove the dead socket in");
	listener = listen_at(&s->socket);
	if (listener < 0)
		return fail(s, "make the server's socket in");
	messages = open_stderr(dir);
	child = fork();
	if (child < 0)
		return fail(s, "fork for the server of");
	if (child == 0 && fork() != 0)
		_exit(0); /* so that the server is nobody's child here: a stub has no business with its end */
	if (child == 0)
		become_server(s, lock, listener, messages);
	memmove(s->started_ms, s->started_ms + 1, sizeof s->started_ms - sizeof s->started_ms[0]);
	s->started_ms[STARTS - 1] = now_ms();
	return 0;
}

/* A connection, or -1: `failed`, or nobody is there and somebody else starts it. */
static int start_or_find(struct server *s)
{
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int lock = -1;
	int fd;

	if (make_directories(s->dir) < 0 || (dir = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    (lock = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return fail(s, "make directory and lock in");
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -1 : fail(s, "lock");
	fd = connect_to(&s->socket); /* the last holder may have been a starter that succeeded */
	if (fd >= 0 || start_server(s, dir, lock) < 0)
		return fd;
	fd = connect_to(&s->socket);
	return fd < 0 ? fail(s, "reach the server that was started in") : fd;
}

int server_reach(struct server *s)
{
	int64_t now = now_ms();
	int fd = connect_to(&s->socket);

	s->failed = NULL;
	if (fd < 0 && errno != EAGAIN && errno != ENOENT && errno != ECONNREFUSED)
		(void) fail(s, "connect to the server in"); /* EAGAIN: it has no room for a connection just now */
	else if (fd < 0 && errno != EAGAIN && s->started_ms[0] > 0 && now - s->started_ms[0] < STARTS_MS)
		(void) fail(s, "keep a server running in");
	else if (fd < 0 && errno != EAGAIN)
		fd = start_or_find(s);
	if (fd < 0)
		server_lost(s, false);
	return fd;
}

void server_lost(struct server *s, bool has_served)
{
	int64_t now = now_ms(), pause = (now - s->lost_ms) / PATIENCE;

	if (has_served)
		s->next_ms = s->lost_ms = now;
	else
		s->next_ms = now + (pause < FIRST_PAUSE_MS ? FIRST_PAUSE_MS : pause > LAST_PAUSE_MS ? LAST_PAUSE_MS : pause);
}

void server_welcomed(struct server *s)
{
	memset(s->started_ms, 0, sizeof s->started_ms);
}
