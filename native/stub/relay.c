#include "relay.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../clock.h"
#include "../fd.h"
#include "reader.h"
#include "requests.h"

#define CLIENTS_MAX 1024
#define SPARE_FDS 16              /* for ourselves, and to start a server */
#define OUT_MAX (64u << 10)       /* of answers that a client does not read: then the server is not read either */
#define DATA_MAX (256u << 10)     /* of data frames that the server does not read: then the client is not read either */
#define RETRY_MS 2                /* while somebody else starts the server */
#define HURRY_MS 10000            /* for so long; then pauses grow here too */
#define FIRST_PAUSE_MS 50
#define LAST_PAUSE_MS 5000
#define STARTS 3                  /* servers that never said WELCOME, within … */
#define STARTS_MS 10000
#define WELCOME_MS 10000
#define SETTLED_MS 100            /* a server that lived so long after its WELCOME did not die of that */
#define ACCEPT_PAUSE_MS 100       /* without descriptors or memory for another client */
#define ATTACH_PAUSE_MS 1000      /* at most, between two attempts for one client */
#define END_MS 2000               /* for clients to read their last answers */

struct client {
	bool is_used;
	int fd, server;                     /* -1: not attached */
	uint32_t fd_events, server_events;  /* what epoll watches; 0: nothing */
	uint32_t out_bytes;
	uint64_t number;
	struct reader from_client, from_server;
	struct requests requests;
	struct items out;                   /* answers on their way to the client */
	int64_t attach_ms;                  /* not before */
	int pause_ms;
};

enum link { LINK_DOWN, LINK_GREETING, LINK_UP, LINK_OVER };

struct relay {
	const struct place *place;
	const struct pod *pod;
	int epoll, listener, control, ready;
	struct reader reader;       /* of `control` */
	bool is_listening;          /* epoll watches the listener */
	enum link link;
	int pause_ms;
	uint64_t version;           /* what both know */
	int64_t lost_ms;            /* when the server went */
	int64_t next_ms;            /* down: the next attempt; greeting, over: the deadline; up: since when */
	int64_t accept_ms;          /* no accept before; -1: now */
	int64_t attach_ms;          /* some client is to be attached then; -1: none */
	int64_t started_ms[STARTS]; /* servers we have executed since the last WELCOME */
	char epoch[2 * NUMBER_SIZE];
	uint64_t last_number;
	struct kept kept;
	int top, count, limit;      /* clients: those used are below `top` */
	struct client clients[CLIENTS_MAX];
};

/* What an event of epoll is about. */
enum { TOKEN_LISTENER, TOKEN_CONTROL, TOKEN_CLIENTS };

static uint32_t token_of(const struct relay *r, const struct client *c, bool is_server)
{
	return TOKEN_CLIENTS + 2 * (uint32_t) (c - r->clients) + is_server;
}

static void sooner(int64_t *when_ms, int64_t other_ms)
{
	if (*when_ms < 0 || other_ms < *when_ms)
		*when_ms = other_ms;
}

void pod_remove(const struct pod *pod)
{
	struct stat about;

	if (stat(pod->socket.sun_path, &about) == 0 && about.st_dev == pod->device && about.st_ino == pod->inode)
		(void) unlink(pod->socket.sun_path);
}

static bool watch(const struct relay *r, int fd, uint32_t *watched, uint32_t wanted, uint32_t token)
{
	struct epoll_event event = {.events = wanted, .data.u32 = token};
	int operation = *watched == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (*watched == wanted)
		return true;
	if (epoll_ctl(r->epoll, operation, fd, &event) < 0)
		return false;
	*watched = wanted;
	return true;
}

static void listen_for_clients(struct relay *r)
{
	bool wanted = r->listener >= 0 && r->accept_ms < 0 && r->count < r->limit;
	uint32_t watched = r->is_listening ? EPOLLIN : 0;

	if (watch(r, r->listener, &watched, wanted ? EPOLLIN : 0, TOKEN_LISTENER))
		r->is_listening = wanted;
	else
		sooner(&r->accept_ms, now_ms() + ACCEPT_PAUSE_MS);
}

static void drop_client(struct relay *r, struct client *c)
{
	close_fd(&c->fd);
	close_fd(&c->server);
	reader_reset(&c->from_client);
	reader_reset(&c->from_server);
	requests_free(&c->requests);
	items_free(&c->out);
	c->is_used = false;
	r->count--;
	while (r->top > 0 && !r->clients[r->top - 1].is_used)
		r->top--;
}

/* Bytes the kernel took, 0 if it has no room, -1 if the other side is gone. */
static ssize_t transmit(int fd, const uint8_t *data, size_t length)
{
	ssize_t n = send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	if (errno == ENOBUFS || errno == ENOMEM)
		/* The socket counts as writable all the while: without this we would ask again and again. */
		(void) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM ? 0 : -1;
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
		c->out_bytes -= (uint32_t) n;
		if (item->done == item->length)
			item_free(items_take(&c->out, NULL));
	}
}

static void give_client(struct client *c, struct item *item)
{
	c->out_bytes += item->length;
	items_add(&c->out, item);
}

/* The connection to the server is gone, or not worth keeping. */
static void lose_server(struct relay *r, struct client *c)
{
	struct items answers = {.first = NULL};
	int64_t now = now_ms();

	if (c->server < 0)
		return;
	close_fd(&c->server);
	c->server_events = 0;
	reader_reset(&c->from_server);
	requests_lost(&c->requests, &answers);
	while (answers.first != NULL)
		give_client(c, items_take(&answers, NULL));
	c->attach_ms = now + c->pause_ms;
	c->pause_ms = c->pause_ms == 0 ? RETRY_MS : c->pause_ms * 2 > ATTACH_PAUSE_MS ? ATTACH_PAUSE_MS : c->pause_ms * 2;
	sooner(&r->attach_ms, c->attach_ms);
	flush_client(r, c);
}

static void flush_server(struct relay *r, struct client *c)
{
	const uint8_t *data;
	uint32_t length;

	while (c->server >= 0 && (data = requests_pending(&c->requests, &length, now_ms())) != NULL) {
		ssize_t n = transmit(c->server, data, length);

		if (n < 0)
			lose_server(r, c);
		if (n <= 0)
			return;
		requests_sent(&c->requests, (uint32_t) n);
	}
}

/* An answer that we make. Without memory for it the client is let go: that too tells it that it gets none. */
static void refuse(struct relay *r, struct client *c, uint32_t stream, const char *message)
{
	struct item *item = item_new((struct frame_header){.length = STATUS_MAX - FRAME_HEADER, .stream = stream});

	if (item == NULL) {
		drop_client(r, c);
		return;
	}
	item_answer(item, STATUS_RESOURCE_EXHAUSTED, message);
	give_client(c, item);
	flush_client(r, c);
}

/* Decide on a frame of the client's before its payload is read. */
static void begin_from_client(struct relay *r, struct client *c)
{
	struct frame_header header = reader_header(&c->from_client);

	if (header.type != FRAME_REQUEST && header.type != FRAME_DATA) {
		/* A server ignores those of ttrpc, and must not take ours for a stub's. */
		reader_skip(&c->from_client);
	} else if (header.length > FRAME_MAX) {
		reader_skip(&c->from_client);
		requests_answered(&c->requests, header.stream);
		refuse(r, c, header.stream, "the message is larger than 4 MiB");
	} else if (header.type == FRAME_REQUEST && !kept_has_room(&r->kept, header.length)) {
		reader_skip(&c->from_client);
		refuse(r, c, header.stream, "too many requests wait for an answer");
	} else if (!reader_accept(&c->from_client)) {
		drop_client(r, c);
	}
}

static void read_client(struct relay *r, struct client *c)
{
	enum reading reading = reader_read(&c->from_client, c->fd);

	if (reading == READING_HEADER) {
		begin_from_client(r, c);
		if (!c->is_used || c->from_client.item == NULL)
			return;
		reading = reader_read(&c->from_client, c->fd);
	}
	if (reading == READING_FRAME) {
		requests_add(&c->requests, reader_take(&c->from_client), now_ms());
		flush_server(r, c);
	} else if (reading == READING_ENDED) {
		drop_client(r, c);
	}
}

static void take_mark(struct client *c, struct item *item)
{
	struct fields rest = {.at = item_payload(item), .end = item_frame(item) + item->length};
	struct field field;

	while (fields_next(&rest, &field)) {
		if (field.tag == 2 && field_is(&field, "parked"))
			requests_mark(&c->requests, item->stream, WORK_PARKED);
		else if (field.tag == 2 && field_is(&field, "running"))
			requests_mark(&c->requests, item->stream, WORK_RUNNING);
	}
}

static void take_from_server(struct relay *r, struct client *c, struct item *item)
{
	c->pause_ms = 0;
	if (item->type >= FRAME_OURS) {
		if (item->type == FRAME_MARK)
			take_mark(c, item);
		item_free(item);
		return;
	}
	if (item->type == FRAME_RESPONSE || (item_frame(item)[9] & FLAG_REMOTE_CLOSED) != 0)
		requests_answered(&c->requests, item->stream);
	else
		requests_streamed(&c->requests, item->stream);
	give_client(c, item);
	flush_client(r, c);
}

/* False if there is nothing more to be read now, or for ever. */
static bool read_server(struct relay *r, struct client *c)
{
	enum reading reading = reader_read(&c->from_server, c->server);

	if (reading == READING_HEADER) {
		struct frame_header header = reader_header(&c->from_server);
		bool is_sane = header.length <= FRAME_MAX &&
			       (header.type == FRAME_RESPONSE || header.type == FRAME_DATA || header.type >= FRAME_OURS);

		reading = is_sane && reader_accept(&c->from_server) ? reader_read(&c->from_server, c->server) : READING_ENDED;
	}
	if (reading == READING_FRAME)
		take_from_server(r, c, reader_take(&c->from_server));
	else if (reading == READING_ENDED)
		lose_server(r, c);
	return reading == READING_FRAME && c->is_used && c->server >= 0;
}

static void read_all_servers(struct relay *r)
{
	for (int i = 0; i < r->top; i++) {
		struct client *c = &r->clients[i];

		while (c->is_used && c->server >= 0 && c->out_bytes <= OUT_MAX && read_server(r, c))
			;
	}
}

static void attach(struct relay *r, struct client *c)
{
	struct item *item = item_new((struct frame_header){.length = 256, .type = FRAME_ATTACH});
	struct frame_writer w;

	c->server = item == NULL ? -1 : connect_to(&r->place->socket);
	if (c->server < 0) {
		if (item != NULL)
			item_free(item);
		c->pause_ms = c->pause_ms == 0 ? RETRY_MS : c->pause_ms * 2 > ATTACH_PAUSE_MS ? ATTACH_PAUSE_MS : c->pause_ms * 2;
		c->attach_ms = now_ms() + c->pause_ms;
		sooner(&r->attach_ms, c->attach_ms);
		return;
	}
	writer_begin(&w, item_frame(item), FRAME_HEADER + 256, FRAME_ATTACH, 0);
	writer_number(&w, 1, r->version);
	writer_text(&w, 2, r->pod->socket.sun_path);
	writer_text(&w, 3, r->epoch);
	writer_number(&w, 4, c->number);
	item->length = (uint32_t) writer_end(&w);
	requests_add_first(&c->requests, item);
	flush_server(r, c);
}

/* Watch what can go on now. */
static void settle(struct relay *r, struct client *c)
{
	uint32_t client_events = EPOLLHUP; /* epoll tells that in any case; with it the descriptor stays watched */
	uint32_t server_events = 0;

	if (c->is_used && c->server < 0 && r->link == LINK_UP && now_ms() >= c->attach_ms)
		attach(r, c);
	if (!c->is_used)
		return;
	if (c->out_bytes <= OUT_MAX) {
		server_events |= EPOLLIN;
		if (c->requests.data_bytes <= DATA_MAX)
			client_events |= EPOLLIN;
	}
	if (c->out.first != NULL)
		client_events |= EPOLLOUT;
	if (c->requests.next != NULL)
		server_events |= EPOLLOUT;
	if (c->server >= 0 && !watch(r, c->server, &c->server_events, server_events, token_of(r, c, true)))
		lose_server(r, c);
	if (c->is_used && !watch(r, c->fd, &c->fd_events, client_events, token_of(r, c, false)))
		drop_client(r, c);
}

static void settle_all(struct relay *r)
{
	r->attach_ms = -1;
	for (int i = 0; i < r->top; i++) {
		struct client *c = &r->clients[i];

		settle(r, c);
		if (c->is_used && c->server < 0)
			sooner(&r->attach_ms, c->attach_ms);
	}
}

static void accept_client(struct relay *r)
{
	int fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c = r->clients;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			r->accept_ms = now_ms() + ACCEPT_PAUSE_MS;
		return;
	}
	while (c->is_used) /* there is one: the listener is not watched otherwise */
		c++;
	*c = (struct client){
		.is_used = true,
		.fd = fd,
		.server = -1,
		.number = ++r->last_number,
		.requests.kept = &r->kept,
	};
	r->count++;
	if (c - r->clients >= r->top)
		r->top = (int) (c - r->clients) + 1;
	settle(r, c);
}

/* After a failure: later, and later each time. */
static void try_later(struct relay *r)
{
	r->pause_ms = r->pause_ms == 0 ? FIRST_PAUSE_MS : r->pause_ms * 2 > LAST_PAUSE_MS ? LAST_PAUSE_MS : r->pause_ms * 2;
	r->next_ms = now_ms() + r->pause_ms;
}

static void lose_link(struct relay *r)
{
	int64_t now = now_ms();
	bool was_settled = r->link == LINK_UP && now - r->next_ms >= SETTLED_MS;
	bool was_up = r->link == LINK_UP;

	close_fd(&r->control);
	reader_reset(&r->reader);
	r->link = LINK_DOWN;
	/* What the server still said counts: it may be the answer, or who was at work. */
	read_all_servers(r);
	for (int i = 0; i < r->top; i++) {
		if (r->clients[i].is_used)
			lose_server(r, &r->clients[i]);
	}
	for (int i = 0; i < r->top; i++)
		r->clients[i].attach_ms = r->clients[i].pause_ms = 0;
	if (was_up)
		r->lost_ms = now;
	if (was_settled)
		r->pause_ms = 0;
	if (was_settled)
		r->next_ms = now;
	else
		try_later(r);
	settle_all(r);
}

/* A new connection has its whole buffer free: what does not fit at once never will. */
static void greet(struct relay *r)
{
	uint8_t hello[512];
	struct frame_writer w;
	uint32_t watched = 0;
	size_t length;

	writer_begin(&w, hello, sizeof hello, FRAME_HELLO, 0);
	writer_number(&w, 1, STUB_PROTOCOL_VERSION);
	writer_text(&w, 2, r->pod->socket.sun_path);
	writer_number(&w, 3, (uint64_t) getpid());
	writer_text(&w, 4, r->epoch);
	length = writer_end(&w);
	r->link = LINK_GREETING;
	r->next_ms = now_ms() + WELCOME_MS;
	if (!watch(r, r->control, &watched, EPOLLIN, TOKEN_CONTROL) || transmit(r->control, hello, length) != (ssize_t) length)
		lose_link(r);
}

static void reach_server(struct relay *r)
{
	int64_t now = now_ms();
	bool may_start = r->started_ms[0] < 0 || now - r->started_ms[0] >= STARTS_MS;
	struct failure failure;
	bool has_started;

	enum launch launch = launch_connect(r->place, may_start, &r->control, &has_started, &failure);

	if (has_started) {
		memmove(r->started_ms, r->started_ms + 1, sizeof r->started_ms - sizeof r->started_ms[0]);
		r->started_ms[STARTS - 1] = now;
	}
	if (launch == LAUNCH_REACHED)
		greet(r);
	else if (launch == LAUNCH_BUSY && now - r->lost_ms < HURRY_MS)
		r->next_ms = now + RETRY_MS;
	else
		try_later(r);
}

/* The pod is over. */
static _Noreturn void end(const struct relay *r)
{
	pod_remove(r->pod);
	_exit(0);
}

static void take_welcome(struct relay *r, struct item *item)
{
	struct fields rest = {.at = item_payload(item), .end = item_frame(item) + item->length};
	struct field field;
	uint64_t number;

	r->version = STUB_PROTOCOL_VERSION;
	while (fields_next(&rest, &field)) {
		if (field.tag == 1 && field_number(&field, &number) && number < r->version)
			r->version = number;
	}
	r->link = LINK_UP;
	r->next_ms = now_ms();
	for (int i = 0; i < STARTS; i++)
		r->started_ms[i] = -1;
	/* A front that has gone has told nobody that there is a pod. */
	if (r->ready >= 0 && write(r->ready, "1", 1) != 1)
		end(r);
	close_fd(&r->ready);
	settle_all(r);
}

static void take_quit(struct relay *r)
{
	close_fd(&r->control);
	close_fd(&r->listener);
	r->is_listening = false;
	pod_remove(r->pod);
	r->link = LINK_OVER;
	r->next_ms = now_ms() + END_MS;
	read_all_servers(r);
	settle_all(r);
}

static void read_control(struct relay *r)
{
	struct reader *reader = &r->reader;
	enum reading reading = reader_read(reader, r->control);

	if (reading == READING_HEADER) {
		struct frame_header header = reader_header(reader);
		bool is_sane = header.length <= FRAME_MAX && header.type >= FRAME_OURS;

		reading = is_sane && reader_accept(reader) ? reader_read(reader, r->control) : READING_ENDED;
	}
	if (reading == READING_FRAME) {
		struct item *item = reader_take(reader);

		if (item->type == FRAME_WELCOME && r->link == LINK_GREETING)
			take_welcome(r, item);
		else if (item->type == FRAME_QUIT)
			take_quit(r);
		item_free(item);
	} else if (reading == READING_ENDED) {
		lose_link(r);
	}
}

static void on_client_event(struct relay *r, struct client *c, bool is_server, uint32_t events)
{
	if (is_server && (events & EPOLLOUT) != 0)
		flush_server(r, c);
	if (is_server && c->server >= 0 && (c->server_events & EPOLLIN) != 0 && (events & ~(uint32_t) EPOLLOUT) != 0)
		(void) read_server(r, c);
	if (!is_server && (events & EPOLLOUT) != 0)
		flush_client(r, c);
	if (!is_server && c->is_used && (events & ~(uint32_t) EPOLLOUT) != 0) {
		if ((c->fd_events & EPOLLIN) != 0)
			read_client(r, c);
		else
			drop_client(r, c); /* it has hung up, and we were not to read from it */
	}
	settle(r, c);
}

static int next_timeout_ms(const struct relay *r)
{
	int64_t when_ms = r->link == LINK_UP ? -1 : r->next_ms;

	if (r->accept_ms >= 0)
		sooner(&when_ms, r->accept_ms);
	if (r->link == LINK_UP && r->attach_ms >= 0)
		sooner(&when_ms, r->attach_ms);
	return left_ms(when_ms);
}

static void on_time(struct relay *r)
{
	int64_t now = now_ms();

	if (r->accept_ms >= 0 && now >= r->accept_ms)
		r->accept_ms = -1;
	if (r->link == LINK_UP && r->attach_ms >= 0 && now >= r->attach_ms)
		settle_all(r);
	if (r->link == LINK_GREETING && now >= r->next_ms)
		lose_link(r);
	if (r->link == LINK_DOWN && now >= r->next_ms)
		reach_server(r);
}

static bool has_something_for_clients(const struct relay *r)
{
	for (int i = 0; i < r->top; i++) {
		const struct client *c = &r->clients[i];

		if (c->is_used && (c->out.first != NULL || reader_is_busy(&c->from_server)))
			return true;
	}
	return false;
}

static void begin(struct relay *r, const struct place *place, const struct pod *pod, int control, int ready)
{
	struct rlimit limit = {.rlim_cur = 1024};
	struct timespec now;
	size_t length;

	(void) clock_gettime(CLOCK_REALTIME, &now);
	(void) getrlimit(RLIMIT_NOFILE, &limit);
	r->place = place;
	r->pod = pod;
	r->listener = pod->listener;
	r->control = control;
	r->ready = ready;
	r->accept_ms = r->attach_ms = -1;
	r->lost_ms = now_ms();
	r->version = STUB_PROTOCOL_VERSION;
	r->limit = limit.rlim_cur >= 2 * CLIENTS_MAX + SPARE_FDS ? CLIENTS_MAX : ((int) limit.rlim_cur - SPARE_FDS) / 2;
	for (int i = 0; i < STARTS; i++)
		r->started_ms[i] = -1;
	length = number_text(r->epoch, (uint64_t) getpid());
	r->epoch[length++] = '-';
	(void) number_text(r->epoch + length, (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec);
}

void relay_run(const struct place *place, const struct pod *pod, int control, int ready)
{
	static struct relay relay;
	struct relay *r = &relay;

	begin(r, place, pod, control, ready);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll < 0)
		end(r); /* the front says that it failed */
	greet(r);
	while (r->link != LINK_OVER || (has_something_for_clients(r) && now_ms() < r->next_ms)) {
		/* One at a time: what was said of a descriptor before another event closed it cannot be taken for its successor's. */
		struct epoll_event event;
		int ready_count;

		listen_for_clients(r);
		ready_count = epoll_wait(r->epoll, &event, 1, next_timeout_ms(r));
		if (ready_count == 1 && event.data.u32 == TOKEN_LISTENER)
			accept_client(r);
		else if (ready_count == 1 && event.data.u32 == TOKEN_CONTROL && r->control >= 0)
			read_control(r);
		else if (ready_count == 1 && event.data.u32 >= TOKEN_CLIENTS)
			on_client_event(r, &r->clients[(event.data.u32 - TOKEN_CLIENTS) / 2], (event.data.u32 - TOKEN_CLIENTS) % 2 == 1,
					event.events);
		on_time(r);
	}
	end(r);
}
