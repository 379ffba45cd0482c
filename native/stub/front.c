#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../clock.h"
#include "../fd.h"
#include "../signals.h"
#include "frame.h"
#include "stub.h"

#define REACH_MS 10000   /* to find or start the server */
#define DELETE_MS 2000   /* for that too: the whole `delete` has 5 s, and can be done without */
#define RESULT_MS 60000  /* for its answer; containerd's own patience with a shim ends before */
#define WELCOME_MS 10000
#define ATTEMPTS 3       /* how often the server may die over one call */
#define FRAME_SIZE (FRAME_HEADER + FRAME_MAX)

/* All of it, in or out (POLLIN, POLLOUT), whether the descriptor blocks or not; a limit of -1 is none. */
static bool transfer(int fd, const void *data, size_t length, short direction, int limit_ms)
{
	uint8_t *at = (uint8_t *) (uintptr_t) data;

	while (length > 0) {
		ssize_t n = poll(&(struct pollfd){.fd = fd, .events = direction}, 1, limit_ms);

		errno = n == 0 ? ETIMEDOUT : errno;
		if (n > 0) {
			n = direction == POLLIN ? read(fd, at, length) : write(fd, at, length);
			errno = n == 0 ? ECONNRESET : errno;
		}
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return false;
		at += n > 0 ? n : 0;
		length -= n > 0 ? (size_t) n : 0;
	}
	return true;
}

int front_failed(const char *step, const char *what)
{
	(void) dprintf(STDERR_FILENO, "containerd-shim-gantry-v2: cannot %s \"%s\": %s\n", step, what, strerror(errno));
	return 1;
}

int front_alone(struct server *server, char **argv)
{
	static char *whole[256] = {NULL, (char *) "front"};

	whole[0] = server->program;
	for (size_t i = 0; argv[i] != NULL && i < sizeof whole / sizeof whole[0] - 3; i++)
		whole[i + 2] = argv[i];
	signals_reset();
	(void) execve(server->program, whole, server->environment);
	return front_failed("execute", server->program);
}

/* Standard input, read to its end to where it will lie in the frame. */
static uint8_t *put_input(uint8_t *at, const uint8_t *end)
{
	size_t length = 0, room = at == NULL || end - at <= FIELD_HEADER ? 0 : (size_t) (end - at) - FIELD_HEADER;
	ssize_t n = 1;

	while (length < room && n > 0) {
		n = read(STDIN_FILENO, at + FIELD_HEADER + length, room - length);
		length += n > 0 ? (size_t) n : 0;
		if (n < 0 && errno == EAGAIN) /* whoever has the other end may have made it so */
			n = poll(&(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN}, 1, -1);
	}
	if (n < 0)
		return NULL;
	errno = E2BIG;
	return n > 0 ? NULL : field_put(at, end, 5, at + FIELD_HEADER, length);
}

/* INVOKE; its length, or 0 and errno. What `delete` has as standard input may be a terminal: it is left alone. */
static uint32_t encode_call(uint8_t *frame, const struct server *server, char **argv, bool is_start)
{
	const uint8_t *end = frame + FRAME_SIZE;
	uint8_t *at = frame + FRAME_HEADER;

	at = field_put_number(at, end, 1, STUB_PROTOCOL_VERSION);
	if (getcwd((char *) at + FIELD_HEADER, PATH_MAX) == NULL)
		return 0;
	at = field_put_text(at, end, 4, (const char *) at + FIELD_HEADER);
	errno = E2BIG;
	for (; *argv != NULL; argv++)
		at = field_put_text(at, end, 2, *argv);
	for (char **variable = server->environment; *variable != NULL; variable++)
		at = field_put_text(at, end, 3, *variable);
	at = field_put_text(at, end, 6, server->self);
	at = field_put_number(at, end, 7, (uint64_t) getpid());
	at = field_put_number(at, end, 8, (uint64_t) getppid());
	return frame_finish(frame, is_start ? put_input(at, end) : at, FRAME_INVOKE, 0);
}

/* What the server has answered; the texts lie in the frame. */
struct result {
	uint64_t status;
	struct field output, errors, socket;
};

/* Say what is to be done and await the result; frames before it that we do not know are none of our business. */
static bool exchange(int fd, const uint8_t *call, size_t length, uint8_t *answer, struct result *result)
{
	struct frame_header header;

	if (!transfer(fd, call, length, POLLOUT, RESULT_MS))
		return false;
	do {
		if (!transfer(fd, answer, FRAME_HEADER, POLLIN, RESULT_MS))
			return false;
		header = frame_decode(answer);
		errno = EPROTO;
		if (header.type < FRAME_OURS || header.length > FRAME_MAX ||
		    !transfer(fd, answer + FRAME_HEADER, header.length, POLLIN, RESULT_MS))
			return false;
	} while (header.type != FRAME_RESULT);
	result->output = field_find(answer, 3);
	result->errors = field_find(answer, 4);
	result->socket = field_find(answer, 5);
	return field_number(field_find(answer, 2), &result->status);
}

/* The connection on which the answer came, or -1, `server->failed` and errno. */
static int ask(struct server *server, int64_t deadline_ms, uint8_t *call, size_t length, uint8_t *answer, struct result *result)
{
	for (int attempts = 1;;) {
		_cleanup_close_ int fd = server_reach(server);

		if (fd >= 0 && exchange(fd, call, length, answer, result))
			return take_fd(&fd);
		if (fd >= 0) {
			if (attempts++ == ATTEMPTS || errno == ETIMEDOUT)
				server->failed = "get an answer from the server in";
			server_lost(server, false);
		} else if (server->failed == NULL && server->next_ms >= deadline_ms) {
			server->failed = "find or start the server in";
			errno = ETIMEDOUT;
		}
		if (server->failed != NULL)
			return -1;
		(void) poll(NULL, 0, left_ms(server->next_ms));
	}
}

/*
 * The pod's socket: 1, or 0 if somebody listens there already, or -1 and errno. Whoever looks whether it is dead and replaces it
 * holds a lock on its directory, so that of two fronts of one pod the second finds the first one's.
 */
static int bind_pod(struct pod *pod, char *dir)
{
	_cleanup_close_ int lock = -1;
	_cleanup_close_ int other = -1;
	struct stat about;

	*strrchr(dir, '/') = '\0';
	if (make_directories(dir) < 0 || (lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || flock(lock, LOCK_EX) < 0)
		return -1;
	pod->listener = listen_at(&pod->socket);
	if (pod->listener < 0 && errno == EADDRINUSE) {
		other = connect_to(&pod->socket);
		if (other >= 0 || errno == EAGAIN)
			return 0;
		if (unlink(pod->socket.sun_path) == 0)
			pod->listener = listen_at(&pod->socket);
	}
	if (pod->listener < 0 || stat(pod->socket.sun_path, &about) < 0)
		return -1;
	pod->device = about.st_dev;
	pod->inode = about.st_ino;
	return 1;
}

/* The child of the front, from here on for as long as the pod lives. */
static _Noreturn void become_stub(struct server *server, const struct pod *pod, int control, int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int number = 1; number < NSIG; number++) /* EINVAL for SIGKILL and SIGSTOP; SIGCHLD: children are reaped for us */
		(void) signal(number, SIG_IGN);
	if (arrange_fds((int[]){null, null, null, pod->listener, control, ready}, 6) < 0 || setsid() < 0 || chdir("/") < 0)
		_exit(1);
	((struct pod *) pod)->listener = 3;
	relay_run(server, pod, 4, 5);
}

/* Leave a stub behind; false and errno if there is none, and no socket any more. */
static bool leave_stub(struct server *server, const struct pod *pod, int *control)
{
	struct pollfd wait = {.events = POLLIN};
	int ready[2];
	char byte;
	pid_t child;

	child = pipe2(ready, O_CLOEXEC) < 0 ? -1 : fork();
	if (child < 0) {
		pod_remove(pod);
		return false;
	}
	if (child == 0)
		become_stub(server, pod, *control, ready[1]);
	close_fd(control); /* the server is to see the end of it when the stub ends */
	(void) close(ready[1]);
	wait.fd = ready[0];
	if (poll(&wait, 1, WELCOME_MS) == 1 && read(wait.fd, &byte, 1) == 1)
		return true;
	(void) kill(child, SIGKILL);
	pod_remove(pod);
	errno = wait.revents != 0 ? ECONNABORTED : ETIMEDOUT; /* it has ended: the server has told it to QUIT */
	return false;
}

static int print_result(const struct result *result)
{
	(void) transfer(STDOUT_FILENO, result->output.data, result->output.length, POLLOUT, -1);
	(void) transfer(STDERR_FILENO, result->errors.data, result->errors.length, POLLOUT, -1);
	return (int) result->status;
}

int front_run(struct server *server, char **argv, bool is_start)
{
	/* Never touched where nothing is written; and not for the stub, which is to be small. */
	uint8_t *memory = mmap(NULL, 2 * FRAME_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct pod pod = {.socket = {.sun_family = AF_UNIX}, .listener = -1};
	char dir[sizeof pod.socket.sun_path];
	struct result result;
	uint32_t length;
	int fd, bound;

	if (memory == MAP_FAILED || madvise(memory, 2 * FRAME_SIZE, MADV_DONTFORK) < 0)
		return front_failed("map memory for", "the call");
	length = encode_call(memory, server, argv, is_start);
	if (length == 0)
		return front_failed("put into 4 MiB", "arguments, environment and standard input");
	fd = ask(server, now_ms() + (is_start ? REACH_MS : DELETE_MS), memory, length, memory + FRAME_SIZE, &result);
	if (fd < 0)
		return is_start ? front_failed(server->failed, server->dir) : front_alone(server, argv);
	if (result.socket.length == 0)
		return print_result(&result);
	errno = EINVAL;
	if (result.socket.length >= sizeof dir || result.socket.length < 2 || result.socket.data[0] != '/')
		return front_failed("use the socket that was named by the server in", server->dir);
	memcpy(pod.socket.sun_path, result.socket.data, result.socket.length);
	memcpy(dir, pod.socket.sun_path, sizeof dir);
	bound = bind_pod(&pod, dir);
	if (bound < 0)
		return front_failed("listen at", pod.socket.sun_path);
	if (bound > 0 && !leave_stub(server, &pod, &fd))
		return front_failed("leave a stub behind at", pod.socket.sun_path);
	return print_result(&result);
}
