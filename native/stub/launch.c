#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../clock.h"
#include "../fd.h"
#include "../signals.h"
#include "../sys.h"

#define BACKLOG 4096         /* connections wait here while the server starts; the kernel caps it */
#define STDERR_MAX (1 << 20)
#define RETRY_MS 2           /* while somebody else starts the server */
#define HURRY_MS 10000       /* for so long; then the pauses grow here too */
#ifndef FIRST_PAUSE_MS       /* the fuzzer is not that patient */
#define FIRST_PAUSE_MS 50
#define LAST_PAUSE_MS 5000
#endif

static int fail(struct server *s, const char *step)
{
	s->failed = step;
	return -1;
}

/* `length` bytes of `a`, then all of `b`. */
static int join(char *to, size_t size, const char *a, size_t length, const char *b)
{
	if (length + strlen(b) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to, a, length);
	memcpy(to + length, b, strlen(b) + 1);
	return 0;
}

static int find_beside(struct server *s, const char *self)
{
	return join(s->program, sizeof s->program, self, (size_t) (strrchr(self, '/') - self), "/gantry-shimd");
}

/*
 * Beside the path that we were started from, so that what replaces it is found; where that is a symbolic link alone in its
 * directory, beside what it leads to.
 */
static int find_program(struct server *s)
{
	s->self = (const char *) getauxval(AT_EXECFN);
	if (s->self != NULL && s->self[0] == '/' && find_beside(s, s->self) == 0 && access(s->program, X_OK) == 0)
		return 0;
	if (readlink("/proc/self/exe", s->exe, sizeof s->exe - 1) < 1)
		return fail(s, "find its own executable for");
	if (s->self == NULL || s->self[0] != '/')
		s->self = s->exe;
	return find_beside(s, s->exe) < 0 ? fail(s, "find gantry-shimd for") : 0;
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static void hash_text(char text[18], const char *of)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *of != '\0'; of++)
		hash = (hash ^ (uint8_t) *of) * UINT64_C(0x100000001b3);
	text[0] = '/';
	for (int i = 1; i < 17; i++, hash <<= 4)
		text[i] = "0123456789abcdef"[hash >> 60];
	text[17] = '\0';
}

int server_find(struct server *s, const char *address, char **environment)
{
	const char *base = getenv("GANTRY_NODE_DIR");
	char **kept = environment;
	char hash[18];

	s->address = address;
	s->environment = environment;
	s->lost_ms = now_ms();
	s->socket.sun_family = AF_UNIX;
	if (base == NULL || base[0] == '\0')
		base = "/run/gantry/.node";
	hash_text(hash, address);
	if (join(s->dir, sizeof s->dir, base, strlen(base), hash) < 0 ||
	    join(s->socket.sun_path, sizeof s->socket.sun_path, s->dir, strlen(s->dir), "/shimd.sock") < 0)
		return fail(s, "name the server's socket in");
	for (char **at = environment; *at != NULL; at++) {
		if (strncmp(*at, "BUN_", 4) != 0 && strncmp(*at, "NODE_OPTIONS=", 13) != 0)
			*kept++ = *at;
	}
	*kept = NULL;
	return find_program(s);
}

int make_directories(char *path)
{
	for (char *at = path; at != NULL;) {
		int status;

		at = strchr(at + 1, '/');
		if (at != NULL)
			*at = '\0';
		status = mkdir(path, 0700);
		if (at != NULL)
			*at = '/';
		if (status < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
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
	struct rlimit limit = {.rlim_cur = 1024};
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
	if (sys_close_range((unsigned) count, ~0u, 0) == 0)
		return 0;
	(void) getrlimit(RLIMIT_NOFILE, &limit); /* Linux before 5.9 */
	for (int fd = count; fd < 65536 && (rlim_t) fd < limit.rlim_cur; fd++)
		(void) close(fd);
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
	if (fd < 0 && (s->failed != NULL || now - s->lost_ms >= HURRY_MS))
		server_lost(s, LOSS_EARLY);
	else
		s->next_ms = now + RETRY_MS;
	return fd;
}

void server_lost(struct server *s, enum loss loss)
{
	int64_t now = now_ms();
	int saved = errno;

	if (loss == LOSS_SETTLED)
		s->lost_ms = now;
	/* Those of our own that never said WELCOME are told from others' by when they were started. */
	if (loss == LOSS_STRANGE && (s->started_ms[STARTS - 1] > 0 || now - s->lost_ms >= HURRY_MS))
		loss = LOSS_EARLY;
	if (loss == LOSS_EARLY)
		s->pause_ms = s->pause_ms == 0 ? FIRST_PAUSE_MS : s->pause_ms * 2 > LAST_PAUSE_MS ? LAST_PAUSE_MS : s->pause_ms * 2;
	else if (loss == LOSS_SETTLED)
		s->pause_ms = 0;
	s->next_ms = now + (loss == LOSS_STRANGE ? RETRY_MS : s->pause_ms);
	errno = saved;
}

void server_welcomed(struct server *s)
{
	memset(s->started_ms, 0, sizeof s->started_ms);
}
