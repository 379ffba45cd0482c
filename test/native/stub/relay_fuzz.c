/*
 * Both sides of a stub at random: clients and servers that send frames, halves of frames and garbage, read or do not, hang up,
 * crash. Every so often everybody becomes polite, and then one call must come through.
 *
 *     relay_fuzz [seconds [seed]]
 *
 * What is sent follows from the seed alone; how it is cut into reads is the kernel's affair.
 */
#include "../harness.h"

#include <sys/file.h>
#include <sys/resource.h>

#include "fd.h"
#include "stub/frame.h"
#include "stub/stub.h"

#define ENDS 12         /* sockets on each side */
#define BURST 400       /* actions between two calls that must come through */
#define POLITE_MS 10000
#define ROOM (256 * 1024)

struct fuzz {
	uint64_t random;
	struct server server;
	struct pod pod;
	int listener;         /* the server's */
	int clients[ENDS], servers[ENDS];
	pid_t stub;
	unsigned long actions, calls, quits;
};

/* splitmix64; public domain algorithm by Sebastiano Vigna. */
static uint64_t next_random(struct fuzz *f)
{
	uint64_t z = f->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t below(struct fuzz *f, size_t limit)
{
	return (size_t) (next_random(f) % limit);
}

static void demand(const struct fuzz *f, bool claim, const char *what)
{
	if (claim)
		return;
	(void) fprintf(stderr, "relay_fuzz: %s (after %lu actions, %lu calls)\n", what, f->actions, f->calls);
	if (f->stub > 0)
		(void) kill(f->stub, SIGKILL);
	remove_tree(f->server.dir);
	exit(1);
}

/* A stub, as the front would leave it behind. Its control connection is dead at once: it is to find the server itself. */
static void start_stub(struct fuzz *f)
{
	struct stat about;
	int control = connect_to(&f->server.socket);
	int ready = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void) unlink(f->pod.socket.sun_path);
	f->pod.listener = listen_at(&f->pod.socket);
	demand(f, control >= 0 && ready >= 0 && f->pod.listener >= 0 && stat(f->pod.socket.sun_path, &about) == 0, "no sockets");
	f->pod.device = about.st_dev;
	f->pod.inode = about.st_ino;
	f->stub = fork();
	if (f->stub == 0) {
		for (int i = 0; i < ENDS; i++) {
			close_fd(&f->clients[i]);
			close_fd(&f->servers[i]);
		}
		close_fd(&f->listener);
		(void) signal(SIGPIPE, SIG_IGN);
		(void) signal(SIGCHLD, SIG_IGN);
		relay_run(&f->server, &f->pod, control, ready);
	}
	close_fd(&f->pod.listener);
	(void) close(control);
	(void) close(ready);
}

/* It may have been told to QUIT by chance, and in no other way may it end. */
static void check_stub(struct fuzz *f)
{
	int status;

	if (waitpid(f->stub, &status, WNOHANG) == 0)
		return;
	demand(f, WIFEXITED(status) && WEXITSTATUS(status) == 0, "the stub has died");
	f->quits++;
	start_stub(f);
}

static void accept_from_stub(struct fuzz *f)
{
	int fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	size_t place = below(f, ENDS);

	if (fd < 0)
		return;
	close_fd(&f->servers[place]);
	f->servers[place] = fd;
	if (below(f, 4) != 0) { /* it may be the control connection; on another, WELCOME means nothing */
		uint8_t welcome[FRAME_HEADER + 6], *at = field_put_number(welcome + FRAME_HEADER, welcome + sizeof welcome, 1, below(f, 3));

		(void) send(fd, welcome, frame_finish(welcome, at, FRAME_WELCOME, 0), MSG_NOSIGNAL);
	}
}

static size_t some_length(struct fuzz *f)
{
	switch (below(f, 8)) {
	case 0:
		return 0;
	case 1:
		return below(f, ROOM);
	case 2:
		return 380 + below(f, 80); /* around the size of a slot */
	default:
		return below(f, 64);
	}
}

/* One frame, right or wrong, whole or not. */
static void send_something(struct fuzz *f, int fd, bool is_server)
{
	static const uint8_t types[] = {1, 1, 1, 1, 3, 3, 2, 0, 4, 0x45, 0x44, 0x7f};
	static const uint8_t server_types[] = {2, 2, 2, 2, 3, 3, 0x46, 0x46, 0x46, 0x48, 0x7f, 1};
	static uint8_t frame[FRAME_HEADER + ROOM];
	size_t length = some_length(f);
	struct frame_header header = {
		.length = (uint32_t) length,
		.stream = (uint32_t) (2 * below(f, 12) + (below(f, 20) != 0)),
		.type = is_server ? server_types[below(f, sizeof server_types)] : types[below(f, sizeof types)],
		.flags = (uint8_t) (below(f, 3) == 0 ? below(f, 256) : 0),
	};

	for (size_t i = 0; i < length; i++)
		frame[FRAME_HEADER + i] = (uint8_t) (i + f->actions);
	if (header.type == FRAME_MARK && below(f, 4) != 0) {
		uint8_t *at = field_put_text(frame + FRAME_HEADER, frame + sizeof frame, (uint8_t) (1 + below(f, 3)),
					     below(f, 2) == 0 ? "parked" : "running");

		header.length = (uint32_t) (at - frame - FRAME_HEADER);
	}
	length = FRAME_HEADER + header.length;
	if (below(f, 300) == 0)
		header.type = FRAME_QUIT;
	if (below(f, 60) == 0)
		header.length = (uint32_t) next_random(f); /* most are too long */
	frame_encode(frame, header);
	if (below(f, 40) == 0)
		frame[below(f, length)] ^= (uint8_t) (1u << below(f, 8));
	if (below(f, 30) == 0)
		length = below(f, length + 1);
	(void) send(fd, frame, length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_something(struct fuzz *f, int fd)
{
	static uint8_t nowhere[ROOM];

	(void) recv(fd, nowhere, 1 + below(f, sizeof nowhere), MSG_DONTWAIT);
}

static void act(struct fuzz *f)
{
	bool is_server = below(f, 2) == 0;
	int *end = is_server ? &f->servers[below(f, ENDS)] : &f->clients[below(f, ENDS)];
	size_t what = below(f, 40);

	f->actions++;
	accept_from_stub(f);
	if (*end < 0 && !is_server)
		*end = connect_to(&f->pod.socket);
	if (*end < 0)
		return;
	if (what < 20)
		send_something(f, *end, is_server);
	else if (what < 36)
		read_something(f, *end);
	else if (what == 36)
		(void) shutdown(*end, (int) below(f, 3));
	else if (what < 39)
		close_fd(end);
	else if (below(f, 4) == 0) /* a crash */
		for (int i = 0; i < ENDS; i++)
			close_fd(&f->servers[i]);
}

static bool receive_frame(int fd, uint8_t *frame, size_t size)
{
	struct frame_header header;

	if (recv(fd, frame, FRAME_HEADER, MSG_WAITALL) != FRAME_HEADER)
		return false;
	header = frame_decode(frame);
	return header.length <= size - FRAME_HEADER &&
	       (header.length == 0 || recv(fd, frame + FRAME_HEADER, header.length, MSG_WAITALL) == (ssize_t) header.length);
}

/* One connection of the stub's, served as it should be: false when it has ended. */
static bool serve(int fd)
{
	static uint8_t frame[FRAME_HEADER + ROOM];
	struct frame_header header;

	if (!receive_frame(fd, frame, sizeof frame))
		return false;
	header = frame_decode(frame);
	if (header.type == FRAME_HELLO)
		header = (struct frame_header){.type = FRAME_WELCOME};
	else if (header.type == FRAME_REQUEST)
		header.type = FRAME_RESPONSE;
	else
		return true;
	frame_encode(frame, header);
	return send(fd, frame, FRAME_HEADER + header.length, MSG_NOSIGNAL) > 0;
}

/* Whatever has been: a server and a client that keep to the rules are served. */
static void call(struct fuzz *f)
{
	static const uint8_t request[] = {0, 0, 0, 4, 0, 0, 0, 1, FRAME_REQUEST, 0, 'p', 'i', 'n', 'g'};
	static const uint8_t response[] = {0, 0, 0, 4, 0, 0, 0, 1, FRAME_RESPONSE, 0, 'p', 'i', 'n', 'g'};
	struct pollfd fds[ENDS + 2];
	uint8_t answer[sizeof response];
	int64_t deadline = test_now_ms() + POLITE_MS;
	size_t have = 0;

	for (int i = 0; i < ENDS; i++) {
		close_fd(&f->clients[i]);
		close_fd(&f->servers[i]);
	}
	do {
		check_stub(f);
		f->clients[0] = connect_to(&f->pod.socket);
		demand(f, test_now_ms() < deadline, "nobody takes a client");
	} while (f->clients[0] < 0);
	(void) send(f->clients[0], request, sizeof request, MSG_NOSIGNAL);
	while (have < sizeof answer) {
		ssize_t n;

		demand(f, test_now_ms() < deadline, "a call is not answered");
		fds[ENDS] = (struct pollfd){.fd = f->listener, .events = POLLIN};
		fds[ENDS + 1] = (struct pollfd){.fd = f->clients[0], .events = POLLIN};
		for (int i = 0; i < ENDS; i++)
			fds[i] = (struct pollfd){.fd = f->servers[i], .events = POLLIN};
		(void) poll(fds, ENDS + 2, 100);
		for (int i = 0; i < ENDS; i++) {
			if (fds[i].revents != 0 && !serve(f->servers[i]))
				close_fd(&f->servers[i]);
			else if (f->servers[i] < 0 && fds[ENDS].revents != 0) {
				/* Waits for whole frames: the stub sends nothing else. */
				f->servers[i] = accept(f->listener, NULL, NULL);
				fds[ENDS].revents = 0;
			}
		}
		n = recv(f->clients[0], answer + have, sizeof answer - have, MSG_DONTWAIT);
		demand(f, n != 0, "a client was let go");
		have += n > 0 ? (size_t) n : 0;
	}
	demand(f, memcmp(answer, response, sizeof response) == 0, "an answer is another's");
	f->calls++;
}

/* Descriptors of the stub: three that the harness's stdio takes, and those of the one client there is. */
static int count_stub_fds(const struct fuzz *f)
{
	char path[64], target[8];
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		(void) snprintf(path, sizeof path, "/proc/%d/fd/%d", f->stub, fd);
		count += readlink(path, target, sizeof target) > 0;
	}
	return count;
}

int main(int argc, char **argv)
{
	static struct fuzz f;
	struct tests t = {.passed = 0};
	int64_t limit_ms = argc > 1 ? (int64_t) (strtod(argv[1], NULL) * 1000) : 3000;
	int64_t deadline = test_now_ms() + limit_ms;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	int most = 0, lock;

	(void) printf("seed %llu\n", (unsigned long long) seed);
	(void) fflush(stdout);
	f.random = seed;
	(void) snprintf(f.server.dir, sizeof f.server.dir, "/tmp/gantry-relay-fuzz-XXXXXX");
	demand(&f, mkdtemp(f.server.dir) != NULL, "no directory");
	f.server.socket.sun_family = f.pod.socket.sun_family = AF_UNIX;
	(void) snprintf(f.server.socket.sun_path, sizeof f.server.socket.sun_path, "%.60s/shimd.sock", f.server.dir);
	(void) snprintf(f.pod.socket.sun_path, sizeof f.pod.socket.sun_path, "%.60s/pod.sock", f.server.dir);
	for (int i = 0; i < ENDS; i++)
		f.clients[i] = f.servers[i] = -1;
	/* The lock is taken: no stub starts another server. */
	lock = openat(open(f.server.dir, O_DIRECTORY | O_CLOEXEC), "lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	f.listener = listen_at(&f.server.socket);
	demand(&f, flock(lock, LOCK_EX) == 0 && f.listener >= 0, "no server");
	start_stub(&f);
	while (test_now_ms() < deadline || f.calls < 5) {
		int fds;

		for (int i = 0; i < BURST; i++) {
			act(&f);
			if (i % 8 == 0) {
				check_stub(&f);
				(void) usleep(50); /* so that the stub keeps up */
			}
		}
		call(&f);
		fds = count_stub_fds(&f);
		most = fds > most ? fds : most;
	}
	(void) printf("    %lu actions, %lu calls, %lu ends by QUIT, at most %d descriptors\n", f.actions, f.calls, f.quits, most);
	CHECK(&t, most < 40);
	(void) kill(f.stub, SIGKILL);
	(void) waitpid(f.stub, NULL, 0);
	remove_tree(f.server.dir);
	t.passed = !t.has_failed;
	t.failed = t.has_failed;
	return end_tests(&t);
}
