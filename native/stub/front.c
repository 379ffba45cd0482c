#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../fd.h"
#include "../signals.h"
#include "frame.h"
#include "relay.h"

#define REACH_MS 10000   /* to find or start the server */
#define BETWEEN_MS 2     /* while somebody else starts it */
#define RESULT_MS 60000  /* for its answer; containerd's own patience with a shim ends before */
#define WELCOME_MS 10000
#define ATTEMPTS 3       /* how often the server may die over one call */
#define FIRST_PAUSE_MS 50

#define FRAME_SIZE (FRAME_HEADER + FRAME_MAX)

void print(int fd, const void *data, size_t length)
{
	for (const char *at = data; length > 0;) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EAGAIN)
			(void) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (n < 0 && errno != EINTR)
			return; /* nobody is left to be told */
		if (n > 0) {
			at += n;
			length -= (size_t) n;
		}
	}
}

void print_text(int fd, const char *text)
{
	print(fd, text, strlen(text));
}

int front_failed(const struct failure *failure)
{
	print_text(STDERR_FILENO, "containerd-shim-gantry-v2: ");
	print_text(STDERR_FILENO, failure->step);
	print_text(STDERR_FILENO, " \"");
	print_text(STDERR_FILENO, failure->path);
	print_text(STDERR_FILENO, "\": ");
	print_text(STDERR_FILENO, strerrordesc_np(failure->error) != NULL ? strerrordesc_np(failure->error) : "unknown error");
	print_text(STDERR_FILENO, "\n");
	return 1;
}

static bool fails(struct failure *failure, const char *step, const char *path, int error)
{
	*failure = (struct failure){.step = step, .path = path, .error = error};
	return false;
}

int front_alone(const struct place *place, char **argv)
{
	struct failure failure;
	size_t count = 0;

	while (argv[count] != NULL)
		count++;
	char **whole = mmap(NULL, (count + 3) * sizeof *whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (whole == MAP_FAILED)
		return front_failed(&(struct failure){.step = "map memory for", .path = "arguments", .error = errno});
	whole[0] = (char *) place_server(place);
	whole[1] = (char *) "front";
	memcpy(whole + 2, argv, count * sizeof *whole);
	signals_reset();
	(void) execve(whole[0], whole, place->environment);
	(void) fails(&failure, "execute", whole[0], errno);
	return front_failed(&failure);
}

/* Standard input as a field, read to its end into the frame itself. */
static bool put_input(struct frame_writer *w, struct failure *failure)
{
	size_t begin = w->used;

	writer_bytes(w, 5, "", 0);
	if (w->has_overflow)
		return true;
	size_t at = w->used;

	for (;;) {
		ssize_t n = at < w->size ? read(STDIN_FILENO, w->data + at, w->size - at) : 0;

		if (n < 0 && errno == EAGAIN)
			(void) poll(&(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN}, 1, -1);
		else if (n < 0 && errno != EINTR)
			return fails(failure, "read", "standard input", errno);
		if (n > 0)
			at += (size_t) n;
		if (n == 0)
			break;
	}
	if (at == w->size) {
		w->has_overflow = true; /* it may have been exactly this much, which does not matter */
		return true;
	}
	size_t length = at - w->used;

	w->used = begin;
	writer_bytes(w, 5, w->data + at - length, length);
	return true;
}

/* The whole call; 0 and what failed. */
static size_t encode_call(uint8_t *frame, const struct place *place, char **argv, bool is_start, struct failure *failure)
{
	struct frame_writer w;
	char cwd[PATH_MAX];
	size_t length;

	writer_begin(&w, frame, FRAME_SIZE, FRAME_INVOKE, 0);
	writer_number(&w, 1, STUB_PROTOCOL_VERSION);
	for (; *argv != NULL; argv++)
		writer_text(&w, 2, *argv);
	for (char **variable = place->environment; *variable != NULL; variable++)
		writer_text(&w, 3, *variable);
	if (getcwd(cwd, sizeof cwd) == NULL) {
		(void) fails(failure, "find", "working directory", errno);
		return 0;
	}
	writer_text(&w, 4, cwd);
	writer_text(&w, 6, place->self);
	writer_number(&w, 7, (uint64_t) getpid());
	writer_number(&w, 8, (uint64_t) getppid());
	/* What `delete` has there may be a terminal. */
	if (is_start && !put_input(&w, failure))
		return 0;
	length = writer_end(&w);
	if (length == 0)
		(void) fails(failure, "pass on", "arguments, environment and standard input", E2BIG);
	return length;
}

static bool wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd wait = {.fd = fd, .events = events};
	int left = left_ms(deadline_ms);

	while (left > 0) {
		int n = poll(&wait, 1, left);

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		left = left_ms(deadline_ms);
	}
	errno = ETIMEDOUT;
	return false;
}

static bool send_all(int fd, const uint8_t *data, size_t length, int64_t deadline_ms)
{
	while (length > 0) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR && (errno != EAGAIN || !wait_for(fd, POLLOUT, deadline_ms)))
			return false;
		if (n > 0) {
			data += n;
			length -= (size_t) n;
		}
	}
	return true;
}

static bool receive_all(int fd, uint8_t *data, size_t length, int64_t deadline_ms)
{
	while (length > 0) {
		ssize_t n = recv(fd, data, length, 0);

		if (n == 0)
			errno = ECONNRESET;
		if (n == 0 || (n < 0 && errno != EINTR && (errno != EAGAIN || !wait_for(fd, POLLIN, deadline_ms))))
			return false;
		if (n > 0) {
			data += n;
			length -= (size_t) n;
		}
	}
	return true;
}

/* What the server has answered; the texts lie in the frame. */
struct result {
	int status;
	struct field output, errors, socket;
};

static bool decode_result(const uint8_t *frame, struct result *result)
{
	struct frame_header header = frame_decode(frame);
	struct fields rest = {.at = frame + FRAME_HEADER, .end = frame + FRAME_HEADER + header.length};
	struct field field;
	uint64_t number = 0;

	*result = (struct result){.status = 1};
	while (fields_next(&rest, &field)) {
		if (field.tag == 2 && field_number(&field, &number) && number < 256)
			result->status = (int) number;
		else if (field.tag == 3)
			result->output = field;
		else if (field.tag == 4)
			result->errors = field;
		else if (field.tag == 5)
			result->socket = field;
	}
	errno = EPROTO;
	return header.type == FRAME_RESULT && !rest.is_broken;
}

/* Frames before the result that we do not know are none of our business. */
static bool receive_result(int fd, uint8_t *frame, struct result *result)
{
	int64_t deadline_ms = now_ms() + RESULT_MS;

	do {
		if (!receive_all(fd, frame, FRAME_HEADER, deadline_ms))
			return false;
		if (frame_decode(frame).length > FRAME_MAX) {
			errno = EPROTO;
			return false;
		}
		if (!receive_all(fd, frame + FRAME_HEADER, frame_decode(frame).length, deadline_ms))
			return false;
	} while (frame_decode(frame).type > FRAME_OURS && frame_decode(frame).type != FRAME_RESULT);
	return decode_result(frame, result);
}

static void pause_ms(int ms)
{
	(void) poll(NULL, 0, ms);
}

/* A connection to the server, or -1 and what failed. `starts` is how many servers may still be executed. */
static int reach(const struct place *place, int *starts, struct failure *failure)
{
	int64_t deadline_ms = now_ms() + REACH_MS;
	bool has_started;
	int fd = -1;

	for (;;) {
		switch (launch_connect(place, *starts > 0, &fd, &has_started, failure)) {
		case LAUNCH_REACHED:
			*starts -= has_started;
			return fd;
		case LAUNCH_FAILED:
			return -1;
		case LAUNCH_ABSENT:
			*starts -= has_started;
			if (*starts > 0)
				break;
			(void) fails(failure, "connect", place->socket.sun_path, ECONNREFUSED);
			return -1;
		case LAUNCH_BUSY:
			break;
		}
		if (left_ms(deadline_ms) == 0) {
			(void) fails(failure, "connect", place->socket.sun_path, ETIMEDOUT);
			return -1;
		}
		pause_ms(BETWEEN_MS);
	}
}

static int print_result(const struct result *result)
{
	print(STDOUT_FILENO, result->output.data, result->output.length);
	print(STDERR_FILENO, result->errors.data, result->errors.length);
	return result->status;
}

enum bound { BOUND, BOUND_BY_OTHER, BOUND_FAILED };

/*
 * The pod's socket. Whoever looks whether it is dead and replaces it holds the lock of its directory, so that of two fronts
 * of one pod the second finds the first one's.
 */
static enum bound bind_pod(struct pod *pod, const struct field *path, struct failure *failure)
{
	static char dir[sizeof pod->socket.sun_path];
	_cleanup_close_ int lock = -1;
	_cleanup_close_ int other = -1;
	struct stat about;

	*pod = (struct pod){.socket = {.sun_family = AF_UNIX}, .listener = -1};
	if (path->length >= sizeof pod->socket.sun_path || path->length < 2 || path->data[0] != '/') {
		(void) fails(failure, "listen", "the socket that the server named", EINVAL);
		return BOUND_FAILED;
	}
	memcpy(pod->socket.sun_path, path->data, path->length);
	memcpy(dir, path->data, path->length);
	*strrchr(dir, '/') = '\0';
	if (make_directories(dir) == 0)
		lock = open(dir[0] == '\0' ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0) {
		(void) fails(failure, "make directory", dir, errno);
		return BOUND_FAILED;
	}
	while (flock(lock, LOCK_EX) < 0 && errno == EINTR)
		;
	pod->listener = listen_at(&pod->socket);
	if (pod->listener < 0 && errno == EADDRINUSE) {
		other = connect_to(&pod->socket);
		if (other >= 0 || errno == EAGAIN)
			return BOUND_BY_OTHER;
		if (unlink(pod->socket.sun_path) == 0 || errno == ENOENT)
			pod->listener = listen_at(&pod->socket);
	}
	if (pod->listener < 0 || stat(pod->socket.sun_path, &about) < 0) {
		(void) fails(failure, "listen", pod->socket.sun_path, errno);
		return BOUND_FAILED;
	}
	pod->device = about.st_dev;
	pod->inode = about.st_ino;
	return BOUND;
}

/* The child of the front, from here on for as long as the pod lives. */
static _Noreturn void become_stub(const struct place *place, const struct pod *pod, int control, int ready)
{
	const int keep[3] = {pod->listener, control, ready};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned from = 3;

	for (int number = 1; number < NSIG; number++) /* EINVAL for SIGKILL and SIGSTOP; SIGCHLD: children are reaped for us */
		(void) signal(number, SIG_IGN);
	for (int fd = 0; fd < 3; fd++)
		(void) dup2(null, fd);
	/* The lowest of those we keep, then the next, and all between is closed. */
	for (int i = 0; i < 3; i++) {
		unsigned lowest = ~0u;

		for (int j = 0; j < 3; j++) {
			if ((unsigned) keep[j] >= from && (unsigned) keep[j] < lowest)
				lowest = (unsigned) keep[j];
		}
		close_all(from, lowest - 1);
		from = lowest + 1;
	}
	close_all(from, ~0u);
	(void) setsid();
	(void) !chdir("/");
	relay_run(place, pod, control, ready);
}

/* Leave a stub behind. False and what failed; then there is none. */
static bool leave_stub(const struct place *place, const struct pod *pod, int control, struct failure *failure)
{
	_cleanup_close_ int wait = -1;
	int ready[2];
	char byte;
	pid_t child;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return fails(failure, "make pipe for", pod->socket.sun_path, errno);
	wait = ready[0];
	child = fork();
	if (child == 0)
		become_stub(place, pod, control, ready[1]);
	(void) close(ready[1]);
	if (child < 0)
		return fails(failure, "fork for", pod->socket.sun_path, errno);
	if (wait_for(wait, POLLIN, now_ms() + WELCOME_MS) && read(wait, &byte, 1) == 1)
		return true;
	(void) fails(failure, "wait for the server's welcome to", pod->socket.sun_path, errno == ETIMEDOUT ? ETIMEDOUT : ECONNABORTED);
	(void) kill(child, SIGKILL);
	return false;
}

static int take_result(const struct place *place, const struct result *result, int *fd)
{
	static struct pod pod;
	struct failure failure;

	if (result->socket.data == NULL)
		return print_result(result);
	switch (bind_pod(&pod, &result->socket, &failure)) {
	case BOUND:
		if (leave_stub(place, &pod, *fd, &failure))
			return print_result(result);
		pod_remove(&pod);
		return front_failed(&failure);
	case BOUND_BY_OTHER:
		close_fd(fd);
		return print_result(result);
	case BOUND_FAILED:
		break;
	}
	return front_failed(&failure);
}

int front_run(const struct place *place, char **argv, bool is_start)
{
	/* Mapped once, and never touched where nothing is written; not for the stub, which is to be small. */
	uint8_t *memory = mmap(NULL, 2 * FRAME_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *answer = memory + FRAME_SIZE;
	struct failure failure;
	int starts = ATTEMPTS;
	size_t length;

	if (memory == MAP_FAILED)
		return front_failed(&(struct failure){.step = "map memory for", .path = "the call", .error = errno});
	(void) madvise(memory, 2 * FRAME_SIZE, MADV_DONTFORK);
	length = encode_call(memory, place, argv, is_start, &failure);
	if (length == 0)
		return front_failed(&failure);
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		_cleanup_close_ int fd = -1;
		struct result result;

		if (attempt > 0)
			pause_ms(FIRST_PAUSE_MS << (attempt - 1));
		fd = reach(place, &starts, &failure);
		if (fd < 0)
			break;
		if (send_all(fd, memory, length, now_ms() + RESULT_MS) && receive_result(fd, answer, &result))
			return take_result(place, &result, &fd);
		(void) fails(&failure, "wait for the answer of", place->socket.sun_path, errno);
		if (errno == ETIMEDOUT)
			break;
	}
	return is_start ? front_failed(&failure) : front_alone(place, argv);
}
