#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../fd.h"
#include "../signals.h"
#include "../sys.h"

#define NODE_DIR "/run/gantry/.node"
#define SERVER_NAME "gantry-shimd"
#define BACKLOG 4096           /* connections wait here while the server starts; the kernel caps it */
#define STDERR_MAX (1 << 20)
#define LOCK_FD 4
#define LISTEN_FD 5

static int fail(struct failure *failure, const char *step, const char *path)
{
	*failure = (struct failure){.step = step, .path = path, .error = errno};
	return -1;
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static void hash_text(char text[17], const char *of)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *of != '\0'; of++)
		hash = (hash ^ (uint8_t) *of) * UINT64_C(0x100000001b3);
	for (int i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
	text[16] = '\0';
}

/* `a` and `b` as one text; ENAMETOOLONG when that is too long. */
static int join(char *to, size_t size, const char *a, const char *b)
{
	size_t length = strlen(a);

	if (length + strlen(b) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void) memmove(to, a, length);
	(void) strcpy(to + length, b);
	return 0;
}

static int sibling(char to[PATH_MAX], const char *of, const char *name)
{
	const char *slash = strrchr(of, '/');
	size_t length = slash == NULL ? 0 : (size_t) (slash - of) + 1;
	char dir[PATH_MAX];

	memcpy(dir, of, length);
	dir[length] = '\0';
	return join(to, PATH_MAX, dir, name);
}

static int find_executables(struct place *place)
{
	const char *started = (const char *) getauxval(AT_EXECFN);
	ssize_t length = readlink("/proc/self/exe", place->target, sizeof place->target - 1);
	char exe[PATH_MAX];

	if (length < 0)
		return -1;
	memcpy(exe, place->target, (size_t) length);
	exe[length] = '\0';
	if (started == NULL || started[0] == '\0') {
		started = exe;
	} else if (started[0] != '/') {
		if (getcwd(place->self, sizeof place->self - 1) == NULL)
			return -1;
		(void) strcat(place->self, "/");
	}
	if (join(place->self, sizeof place->self, place->self, started) < 0)
		return -1;
	return sibling(place->beside, place->self, SERVER_NAME) < 0 || sibling(place->target, exe, SERVER_NAME) < 0 ? -1 : 0;
}

static void filter_environment(char **environment)
{
	char **kept = environment;

	for (; *environment != NULL; environment++) {
		if (strncmp(*environment, "BUN_", 4) != 0 && strncmp(*environment, "NODE_OPTIONS=", 13) != 0)
			*kept++ = *environment;
	}
	*kept = NULL;
}

int place_find(struct place *place, const char *address, char **environment, struct failure *failure)
{
	const char *base = getenv("GANTRY_NODE_DIR");
	char hash[18] = "/";

	filter_environment(environment);
	*place = (struct place){.address = address, .environment = environment, .socket = {.sun_family = AF_UNIX}};
	if (find_executables(place) < 0)
		return fail(failure, "find executable", "/proc/self/exe");
	if (base == NULL || base[0] == '\0')
		base = NODE_DIR;
	hash_text(hash + 1, address);
	if (join(place->dir, sizeof place->dir, base, hash) < 0 ||
	    join(place->socket.sun_path, sizeof place->socket.sun_path, place->dir, "/shimd.sock") < 0)
		return fail(failure, "use node directory", base);
	return 0;
}

const char *place_server(const struct place *place)
{
	return access(place->beside, X_OK) < 0 && access(place->target, X_OK) == 0 ? place->target : place->beside;
}

int make_directories(const char *path)
{
	char part[PATH_MAX];

	if (join(part, sizeof part, path, "") < 0)
		return -1;
	for (char *at = part; *at != '\0';) {
		at += strspn(at, "/");
		at += strcspn(at, "/");
		char end = *at;

		*at = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -1;
		*at = end;
	}
	return 0;
}

/* Whoever listens there must be us, or root could be made to talk to somebody else. */
static int check_peer(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -1;
	if (peer.uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int connect_to(const struct sockaddr_un *to)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *) to, sizeof *to) < 0 || check_peer(fd) < 0)
		return -1;
	return take_fd(&fd);
}

int listen_at(const struct sockaddr_un *at)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old = umask(0177);
	int status = fd < 0 ? -1 : bind(fd, (const struct sockaddr *) at, sizeof *at);

	(void) umask(old);
	if (status < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	return take_fd(&fd);
}

void close_all(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (first > last || sys_close_range(first, last, 0) == 0)
		return;
	/* Linux before 5.9 */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 65536)
		limit.rlim_cur = 65536;
	for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		(void) close((int) fd);
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

static void write_text(int fd, const char *text)
{
	(void) !write(fd, text, strlen(text));
}

/*
 * The server, not yet executed: in a session of its own, nobody's child. What a kernel or a shell would refuse is said where the
 * server itself would say it.
 */
static _Noreturn void become_server(const struct place *place, int lock, int listener, int messages)
{
	char lock_text[] = {'0' + LOCK_FD, '\0'};
	char listen_text[] = {'0' + LISTEN_FD, '\0'};
	const char *program = place_server(place);
	const char *argv[] = {program,     "-address", place->address, "-node-dir",  place->dir,
			      "-lock-fd",  lock_text,  "-listen-fd",   listen_text, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high[4] = {null, messages < 0 ? null : messages, lock, listener};

	/* Out of the way of the places they are going to have. */
	for (int i = 0; i < 4; i++) {
		high[i] = fcntl(high[i], F_DUPFD_CLOEXEC, 16);
		if (high[i] < 0)
			_exit(127);
	}
	if (dup2(high[0], 0) < 0 || dup2(high[0], 1) < 0 || dup2(high[1], 2) < 0 || dup2(high[2], LOCK_FD) < 0 ||
	    dup2(high[3], LISTEN_FD) < 0)
		_exit(127);
	(void) close(3);
	close_all(LISTEN_FD + 1, ~0u);
	(void) setsid();
	if (chdir("/") == 0) {
		signals_reset();
		(void) execve(program, (char **) argv, place->environment);
	}
	write_text(STDERR_FILENO, "cannot execute ");
	write_text(STDERR_FILENO, program);
	write_text(STDERR_FILENO, ": ");
	write_text(STDERR_FILENO, strerrordesc_np(errno));
	write_text(STDERR_FILENO, "\n");
	_exit(127);
}

/* With the lock: bind, so that connections can wait, and execute. */
static int start_server(const struct place *place, int dir, int lock, struct failure *failure)
{
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int messages = -1;
	pid_t child;

	if (access(place_server(place), X_OK) < 0)
		return fail(failure, "execute server", place_server(place));
	if (unlink(place->socket.sun_path) < 0 && errno != ENOENT)
		return fail(failure, "remove dead socket", place->socket.sun_path);
	listener = listen_at(&place->socket);
	if (listener < 0)
		return fail(failure, "listen", place->socket.sun_path);
	messages = open_stderr(dir);
	child = fork();
	if (child < 0)
		return fail(failure, "fork for server", place->dir);
	if (child == 0) {
		/* The server is nobody's child here: a stub has no business with its end. */
		if (fork() != 0)
			_exit(0);
		become_server(place, lock, listener, messages);
	}
	return 0;
}

static enum launch connect_now(const struct place *place, int *fd, struct failure *failure)
{
	*fd = connect_to(&place->socket);
	if (*fd >= 0)
		return LAUNCH_REACHED;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return LAUNCH_ABSENT;
	if (errno == EAGAIN)
		return LAUNCH_BUSY;
	(void) fail(failure, "connect", place->socket.sun_path);
	return LAUNCH_FAILED;
}

enum launch launch_connect(const struct place *place, bool may_start, int *fd, bool *has_started, struct failure *failure)
{
	enum launch state = connect_now(place, fd, failure);
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int lock = -1;

	*has_started = false;
	if (state != LAUNCH_ABSENT || !may_start)
		return state;
	if (make_directories(place->dir) < 0) {
		(void) fail(failure, "make directory", place->dir);
		return LAUNCH_FAILED;
	}
	dir = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lock = dir < 0 ? -1 : openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0) {
		(void) fail(failure, "open lock in", place->dir);
		return LAUNCH_FAILED;
	}
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return LAUNCH_BUSY;
		(void) fail(failure, "lock", place->dir);
		return LAUNCH_FAILED;
	}
	/* The last holder may have been a starter that succeeded. */
	state = connect_now(place, fd, failure);
	if (state != LAUNCH_ABSENT)
		return state;
	if (start_server(place, dir, lock, failure) < 0)
		return LAUNCH_FAILED;
	*has_started = true;
	close_fd(&lock);
	return connect_now(place, fd, failure);
}
