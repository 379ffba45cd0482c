#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../clock.h"
#include "../fd.h"
#include "requests.h"
#include "stub.h"

#define CLIENTS_MAX 1024
#define SPARE_FDS 16          /* for ourselves, and to start a server */
#define OUT_MAX (64u << 10)   /* of answers that a client does not read: then neither it nor its server is read from */
#define DATA_MAX (256u << 10) /* of data frames that the server does not read: then the client is not read from */
#define WELCOME_MS 10000
#define SETTLED_MS 100        /* a server that lived so long after its WELCOME did not die of that */
#define TICK_MS 50            /* until what lacked memory, descriptors or a connection is tried again */
#define END_MS 2000           /* for clients to read their last answers */

struct client {
	uint64_t number;  /* 0: none is here */
	int fd, server;   /* -1: not attached */
	struct items out; /* answers on their way to the client */
	struct reader from_client, from_server;
	struct requests requests;
};

enum link { LINK_DOWN, LINK_GREETING, LINK_UP, LINK_OVER };

struct relay {
	struct server *server;
	const struct pod *pod;
	int listener, control, ready;
	enum link link;
	int64_t link_ms;          /* greeting, over: the deadline; up: since when */
	int64_t tick_ms;          /* -1: nothing is to be tried again; until then no client is accepted */
	uint64_t version;         /* of the protocol, which both know */
	uint64_t last_number;     /* of a client; never used again */
	char epoch[2 * NUMBER_SIZE];
	struct reader from_control;
	struct kept kept;
	int top, count, limit;    /* clients: those there are are below `top` */
	struct client clients[CLIENTS_MAX];
	struct pollfd fds[2 * CLIENTS_MAX + 2];
};

void pod_remove(const struct pod *pod)
{
	struct stat about;
	int saved = errno;

	if (stat(pod->socket.sun_path, &about) == 0 && about.st_dev == pod->device && about.st_ino == pod->inode)
		(void) unlink(pod->socket.sun_path);
	errno = saved;
}

static void try_again_soon(struct relay *r)
{
	if (r->tick_ms < 0)
		r->tick_ms = now_ms() + TICK_MS;
}

/* The kernel lacks memory, or something else that no event tells of: without this we would ask again and again. */
static int breathe(void)
{
	(void) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return 0;
}

/* Bytes the kernel took, 0 if it has no room, -1 if the other side is gone. */
static ssize_t transmit(int fd, const uint8_t *data, size_t length)
{
	ssize_t n = send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == ENOBUFS || errno == ENOMEM))
		return breathe();
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

static void drop_client(struct relay *r, struct client *c)
{
	close_fd(&c->fd);
	close_fd(&c->server);
	free(reader_take(&c->from_client));
	free(reader_take(&c->from_server));
	requests_free(&c->requests);
	while (c->out.first != NULL)
		free(items_take(&c->out, &c->out.first));
	c->number = 0;
	r->count--;
	while (r->top > 0 && r->clients[r->top - 1].number == 0)
		r->top--;
}

static void flush_client(struct relay *r, struct client *c)
{
	while (c->out.first != NULL) {
		struct item *item = c->out.first;
		ssize_t n = transmit(c->fd, item_frame(item) + item->done, item->length - item->done);

		if (n < 0)
			drop_client(r, c);
		if (n <= 0)
			return;
		item->done += (uint32_t) n;
		if (item->done == item->length)
			free(items_take(&c->out, &c->out.first));
	}
}

/* Whether enough waits for the client to be read. */
static bool is_full(const struct client *c)
{
	size_t bytes = 0;

	for (const struct item *item = c->out.first; item != NULL; item = item->next)
		bytes += item->length;
	return bytes > OUT_MAX;
}

/* The connection to the server is gone, or not worth keeping. */
static void lose_server(struct relay *r, struct client *c)
{
	close_fd(&c->server);
	free(reader_take(&c->from_server));
	requests_lost(&c->requests, &c->out);
	try_again_soon(r);
	flush_client(r, c);
}

/* False if there is nothing more to be read now, or for ever. */
static bool read_server(struct relay *r, struct client *c)
{
	enum reading reading = reader_read(&c->from_server, c->server, FRAME_RESPONSE);
	struct field mark;
	struct item *item;

	if (reading == READING_ENDED)
		lose_server(r, c);
	if (reading != READING_FRAME)
		return false;
	item = reader_take(&c->from_server);
	if (item->type >= FRAME_OURS) {
		mark = field_find(item_frame(item), 2);
		if (item->type == FRAME_MARK && (field_is(mark, "parked") || field_is(mark, "running")))
			requests_mark(&c->requests, item->stream, field_is(mark, "parked") ? WORK_PARKED : WORK_RUNNING);
		free(item);
		return true;
	}
	if (item->type == FRAME_RESPONSE || (frame_decode(item_frame(item)).flags & FLAG_REMOTE_CLOSED) != 0)
		requests_answered(&c->requests, item->stream);
	else
		requests_streamed(&c->requests, item->stream);
	items_add(&c->out, item);
	flush_client(r, c);
	return c->number != 0;
}

/* A server that takes no more may have said something before it went: an answer, or who was at work. */
static void read_to_end(struct relay *r, struct client *c)
{
	while (c->number != 0 && c->server >= 0 && !is_full(c) && read_server(r, c))
		;
}

static void leave_server(struct relay *r, struct client *c)
{
	read_to_end(r, c);
	if (c->number != 0 && c->server >= 0)
		lose_server(r, c);
}

static void flush_server(struct relay *r, struct client *c)
{
	const uint8_t *data;
	uint32_t length;

	while (c->server >= 0 && (data = requests_pending(&c->requests, &length, now_ms())) != NULL) {
		ssize_t n = transmit(c->server, data, length);

		if (n < 0)
			leave_server(r, c);
		if (n <= 0)
			return;
		requests_sent(&c->requests, (uint32_t) n);
	}
}

static void refuse(struct relay *r, struct client *c, struct item *item, const char *message)
{
	requests_answered(&c->requests, item->stream);
	item_answer(item, STATUS_RESOURCE_EXHAUSTED, message);
	items_add(&c->out, item);
	flush_client(r, c);
}

static void read_client(struct relay *r, struct client *c)
{
	enum reading reading = reader_read(&c->from_client, c->fd, 0);
	struct item *item;

	if (reading == READING_ENDED)
		drop_client(r, c);
	if (reading != READING_FRAME)
		return;
	item = reader_take(&c->from_client);
	if (item->type != FRAME_REQUEST && item->type != FRAME_DATA) {
		free(item); /* a server ignores ttrpc's others, and must not take ours for a stub's */
	} else if (item->is_too_long) {
		refuse(r, c, item, "the message is larger than 4 MiB");
	} else if (item->type == FRAME_REQUEST && !kept_has_room(&r->kept, item->length)) {
		refuse(r, c, item, "too many requests wait for an answer");
	} else {
		requests_add(&c->requests, item, now_ms());
		flush_server(r, c);
	}
}

/*
 * Say HELLO or ATTACH: version, the pod's socket, and two texts. A new connection has its whole buffer free: what does not fit at
 * once never will.
 */
static bool introduce(struct relay *r, int fd, enum frame_type type, uint64_t version, const char *third, const char *fourth)
{
	uint8_t frame[300], *at = frame + FRAME_HEADER, *end = frame + sizeof frame;
	uint32_t length;

	at = field_put_number(at, end, 1, version);
	at = field_put_text(at, end, 2, r->pod->socket.sun_path);
	at = field_put_text(at, end, 3, third);
	at = field_put_text(at, end, 4, fourth);
	length = frame_finish(frame, at, type, 0);
	return transmit(fd, frame, length) == length;
}

static void attach(struct relay *r, struct client *c)
{
	char number[NUMBER_SIZE];

	if (r->link != LINK_UP || c->server >= 0)
		return;
	(void) snprintf(number, sizeof number, "%" PRIu64, c->number);
	c->server = connect_to(&r->server->socket);
	if (c->server >= 0 && !introduce(r, c->server, FRAME_ATTACH, r->version, r->epoch, number))
		close_fd(&c->server);
	if (c->server < 0)
		try_again_soon(r);
	flush_server(r, c);
}

static void each_client(struct relay *r, void (*act)(struct relay *, struct client *))
{
	for (struct client *c = r->clients; c < r->clients + r->top; c++) {
		if (c->number != 0)
			act(r, c);
	}
}

static void accept_client(struct relay *r)
{
	int fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c = r->clients;

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
		try_again_soon(r);
	if (fd < 0)
		return;
	while (c->number != 0) /* there is a place: the listener is not waited for otherwise */
		c++;
	*c = (struct client){.number = ++r->last_number, .fd = fd, .server = -1, .requests.kept = &r->kept};
	r->count++;
	if (c - r->clients >= r->top)
		r->top = (int) (c - r->clients) + 1;
	attach(r, c);
}

static void lose_link(struct relay *r)
{
	server_lost(r->server, r->link == LINK_UP && now_ms() - r->link_ms >= SETTLED_MS);
	close_fd(&r->control);
	free(reader_take(&r->from_control));
	r->link = LINK_DOWN;
	each_client(r, leave_server);
}

static void greet(struct relay *r)
{
	char pid[NUMBER_SIZE];

	(void) snprintf(pid, sizeof pid, "%d", (int) getpid());
	r->link = LINK_GREETING;
	r->link_ms = now_ms() + WELCOME_MS;
	if (!introduce(r, r->control, FRAME_HELLO, STUB_PROTOCOL_VERSION, pid, r->epoch))
		lose_link(r);
}

static void take_welcome(struct relay *r, struct item *item)
{
	uint64_t version;

	r->version = STUB_PROTOCOL_VERSION;
	if (field_number(field_find(item_frame(item), 1), &version) && version < r->version)
		r->version = version;
	r->link = LINK_UP;
	r->link_ms = now_ms();
	server_welcomed(r->server);
	if (r->ready >= 0 && write(r->ready, "1", 1) != 1) {
		pod_remove(r->pod); /* the front has gone and told nobody that there is a pod */
		_exit(0);
	}
	close_fd(&r->ready);
	each_client(r, attach);
}

static void take_quit(struct relay *r)
{
	close_fd(&r->listener);
	close_fd(&r->control); /* that the server goes now is no loss */
	pod_remove(r->pod);
	r->link = LINK_OVER;
	r->link_ms = now_ms() + END_MS;
	each_client(r, read_to_end);
}

static void read_control(struct relay *r)
{
	enum reading reading = reader_read(&r->from_control, r->control, FRAME_OURS);

	if (reading == READING_FRAME) {
		struct item *item = reader_take(&r->from_control);

		if (item->type == FRAME_WELCOME && r->link == LINK_GREETING)
			take_welcome(r, item);
		else if (item->type == FRAME_QUIT)
			take_quit(r);
		free(item);
	} else if (reading == READING_ENDED) {
		lose_link(r);
	}
}

/* What the sockets of a client, its own and the server's, were waited for, and what happened to them. */
static void on_client(struct relay *r, struct client *c, struct pollfd fds[2])
{
	if ((fds[1].revents & POLLOUT) != 0)
		flush_server(r, c);
	if ((fds[1].revents & ~POLLOUT) != 0 && c->number != 0 && c->server >= 0)
		(void) read_server(r, c);
	if ((fds[0].revents & POLLOUT) != 0 && c->number != 0)
		flush_client(r, c);
	if ((fds[0].revents & ~POLLOUT) != 0 && c->number != 0 && (fds[0].events & POLLIN) != 0)
		read_client(r, c);
	else if ((fds[0].revents & ~POLLOUT) != 0 && c->number != 0)
		drop_client(r, c); /* it has hung up while it was not to be read from */
}

static void on_time(struct relay *r)
{
	int64_t now = now_ms();

	if (r->link == LINK_GREETING && now >= r->link_ms)
		lose_link(r);
	if (r->link == LINK_DOWN && now >= r->server->next_ms) {
		r->control = server_reach(r->server);
		if (r->control >= 0)
			greet(r);
	}
	if (r->tick_ms >= 0 && now >= r->tick_ms) {
		r->tick_ms = -1;
		each_client(r, attach);
	}
}

/* poll(2) skips a descriptor of -1. A server's is skipped when nothing is wanted: that it hangs up is then seen later. */
static nfds_t fill_fds(struct relay *r)
{
	bool is_open = r->tick_ms < 0 && r->count < r->limit;

	r->fds[0] = (struct pollfd){.fd = is_open ? r->listener : -1, .events = POLLIN};
	r->fds[1] = (struct pollfd){.fd = r->control, .events = POLLIN};
	for (int i = 0; i < r->top; i++) {
		const struct client *c = &r->clients[i];
		int reads = is_full(c) ? 0 : POLLIN, is_held = c->requests.data_bytes > DATA_MAX;
		short from_client = (short) ((is_held ? 0 : reads) | (c->out.first != NULL ? POLLOUT : 0));
		short from_server = (short) (reads | (c->requests.next != NULL ? POLLOUT : 0));

		r->fds[2 * i + 2] = (struct pollfd){.fd = c->fd, .events = from_client};
		r->fds[2 * i + 3] = (struct pollfd){.fd = from_server == 0 ? -1 : c->server, .events = from_server};
	}
	return (nfds_t) (2 * r->top + 2);
}

static int next_timeout_ms(const struct relay *r)
{
	int64_t when_ms = r->link == LINK_UP ? -1 : r->link == LINK_DOWN ? r->server->next_ms : r->link_ms;

	return left_ms(r->tick_ms >= 0 && (when_ms < 0 || r->tick_ms < when_ms) ? r->tick_ms : when_ms);
}

/* After QUIT: whether some client is still to get something. */
static bool has_more(const struct relay *r)
{
	bool has_any = false;

	for (const struct client *c = r->clients; c < r->clients + r->top; c++)
		has_any |= c->number != 0 && (c->out.first != NULL || c->from_server.have > 0);
	return has_any && now_ms() < r->link_ms;
}

void relay_run(struct server *server, const struct pod *pod, int control, int ready)
{
	static struct relay relay;
	struct relay *r = &relay;
	struct rlimit limit = {.rlim_cur = 1024};
	struct timespec now;

	(void) getrlimit(RLIMIT_NOFILE, &limit);
	(void) clock_gettime(CLOCK_REALTIME, &now);
	r->server = server; /* one by one: what is not written costs no memory */
	r->pod = pod;
	r->listener = pod->listener;
	r->control = control;
	r->ready = ready;
	r->tick_ms = -1;
	r->limit = limit.rlim_cur >= 2 * CLIENTS_MAX + SPARE_FDS ? CLIENTS_MAX : ((int) limit.rlim_cur - SPARE_FDS) / 2;
	(void) snprintf(r->epoch, sizeof r->epoch, "%d-%lld%09ld", (int) getpid(), (long long) now.tv_sec, now.tv_nsec);
	greet(r);
	while (r->link != LINK_OVER || has_more(r)) {
		int top = r->top, happened = poll(r->fds, fill_fds(r), next_timeout_ms(r));

		if (happened < 0)
			(void) breathe();
		if (happened > 0) {
			/* New clients come last: what has happened to an old one is not to be taken for theirs. */
			for (int i = 0; i < top; i++)
				on_client(r, &r->clients[i], &r->fds[2 * i + 2]);
			if (r->fds[1].revents != 0 && r->control >= 0)
				read_control(r);
			if (r->fds[0].revents != 0 && r->listener >= 0)
				accept_client(r);
		}
		on_time(r);
	}
	_exit(0);
}
