#include "requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct item *item_new(struct frame_header header)
{
	size_t length = FRAME_HEADER + header.length;
	struct item *item = malloc(sizeof *item + ITEM_HEADROOM + (length < STATUS_MAX ? STATUS_MAX : length));

	if (item == NULL)
		return NULL;
	*item = (struct item){.length = (uint32_t) length, .begin = ITEM_HEADROOM, .stream = header.stream, .type = header.type};
	frame_encode(item_frame(item), header);
	return item;
}

void item_answer(struct item *item, enum status_code code, const char *message)
{
	item->length = status_encode(item_frame(item), item->stream, code, message);
	item->type = FRAME_RESPONSE;
	item->done = 0;
}

void items_add(struct items *items, struct item *item)
{
	item->next = NULL;
	if (items->first == NULL)
		items->end = &items->first;
	*items->end = item;
	items->end = &item->next;
}

struct item *items_take(struct items *items, struct item **at)
{
	struct item *item = *at;

	*at = item->next;
	if (items->end == &item->next)
		items->end = at;
	return item;
}

/* The header is there. */
static bool begin_item(struct reader *reader, uint8_t lowest)
{
	struct frame_header header = frame_decode(reader->header);
	bool is_too_long = header.length > FRAME_MAX;

	reader->left = header.length;
	if (lowest > 0 && (header.type < lowest || is_too_long))
		return false;
	header.length = is_too_long ? 0 : header.length;
	reader->item = item_new(header);
	if (reader->item != NULL)
		reader->item->is_too_long = is_too_long;
	return reader->item != NULL;
}

enum reading reader_read(struct reader *reader, int fd, uint8_t lowest)
{
	static uint8_t nowhere[4096];

	for (;;) {
		struct item *item = reader->item;
		uint8_t *to = item == NULL ? reader->header + reader->have : item_frame(item) + item->length - reader->left;
		size_t left = item == NULL ? (size_t) (FRAME_HEADER - reader->have) : reader->left;
		ssize_t n;

		if (item != NULL && item->is_too_long) {
			to = nowhere;
			left = left < sizeof nowhere ? left : sizeof nowhere;
		}
		n = left == 0 ? 0 : recv(fd, to, left, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == ENOBUFS))
			return READING_WAITS;
		if (n < 0 || (n == 0 && left > 0))
			return READING_ENDED;
		if (item == NULL)
			reader->have = (uint8_t) (reader->have + n);
		else
			reader->left -= (uint32_t) n;
		if (item != NULL && reader->left == 0)
			return READING_FRAME;
		if ((size_t) n < left || item != NULL)
			return READING_WAITS;
		if (!begin_item(reader, lowest))
			return READING_ENDED;
	}
}

struct item *reader_take(struct reader *reader)
{
	struct item *item = reader->item;

	*reader = (struct reader){.have = 0};
	return item;
}

bool kept_has_room(const struct kept *kept, uint32_t length)
{
	return kept->count < KEPT_MAX && kept->bytes + length <= KEPT_MAX_BYTES;
}

/* Where the oldest request with this stream hangs; NULL hangs there if there is none. */
static struct item **find(struct requests *r, uint32_t stream)
{
	struct item **at = &r->queue.first;

	while (*at != NULL && ((*at)->type != FRAME_REQUEST || (*at)->stream != stream))
		at = &(*at)->next;
	return at;
}

static void count(struct requests *r, const struct item *item, int sign)
{
	uint32_t *bytes = item->type == FRAME_REQUEST ? &r->kept->bytes : &r->data_bytes;

	*bytes += (uint32_t) sign * item->length;
	if (item->type == FRAME_REQUEST)
		r->kept->count += (uint32_t) sign;
}

static struct item *take(struct requests *r, struct item **at)
{
	if (r->next == *at)
		r->next = (*at)->next;
	count(r, *at, -1);
	return items_take(&r->queue, at);
}

void requests_add(struct requests *r, struct item *item, int64_t now_ms)
{
	item->came_ms = now_ms;
	if (item->type == FRAME_DATA)
		requests_streamed(r, item->stream);
	count(r, item, 1);
	items_add(&r->queue, item);
	if (r->next == NULL)
		r->next = item;
}

static uint32_t left_to_send(const struct item *item)
{
	return ITEM_HEADROOM - item->begin + item->length - item->done;
}

static void put_replay(struct item *item, int64_t now_ms)
{
	uint8_t replay[ITEM_HEADROOM], *at = replay + FRAME_HEADER;
	const uint8_t *end = replay + sizeof replay;
	uint32_t length;

	at = field_put_number(at, end, 2, item->strikes);
	at = field_put_number(at, end, 3, now_ms > item->came_ms ? (uint64_t) (now_ms - item->came_ms) : 0);
	length = frame_finish(replay, at, FRAME_REPLAY, item->stream);
	item->begin = ITEM_HEADROOM - length;
	memcpy(item->bytes + item->begin, replay, length);
}

const uint8_t *requests_pending(struct requests *r, uint32_t *length, int64_t now_ms)
{
	struct item *item = r->next;

	if (item == NULL)
		return NULL;
	if (item->done == 0 && item->type == FRAME_REQUEST && item->was_sent)
		put_replay(item, now_ms);
	*length = left_to_send(item);
	return item->bytes + item->begin + item->done;
}

void requests_sent(struct requests *r, uint32_t bytes)
{
	struct item *item = r->next, **at = &r->queue.first;

	item->done += bytes;
	if (left_to_send(item) > 0)
		return;
	r->next = item->next;
	item->work = item->was_sent ? WORK_NONE : WORK_RUNNING;
	item->was_sent = true;
	if (item->type == FRAME_DATA) {
		while (*at != item)
			at = &(*at)->next;
		free(take(r, at));
	}
}

void requests_answered(struct requests *r, uint32_t stream)
{
	struct item **at = find(r, stream);

	/* An answer to what is half sent is none; the server must get the rest. */
	if (*at != NULL && (*at != r->next || (*at)->done == 0))
		free(take(r, at));
}

void requests_streamed(struct requests *r, uint32_t stream)
{
	struct item *item = *find(r, stream);

	if (item != NULL)
		item->has_data = true;
}

void requests_mark(struct requests *r, uint32_t stream, enum work work)
{
	struct item *item = *find(r, stream);

	if (item != NULL && item->was_sent)
		item->work = (uint8_t) work;
}

void requests_lost(struct requests *r, struct items *answers)
{
	struct item **at = &r->queue.first, *item;

	while ((item = *at) != NULL) {
		item->begin = ITEM_HEADROOM;
		item->done = 0;
		item->strikes = (uint8_t) (item->strikes + (item->work == WORK_RUNNING));
		item->work = WORK_NONE;
		if (item->type != FRAME_REQUEST) {
			free(take(r, at));
		} else if (item->strikes >= STRIKES_MAX || item->has_data) {
			items_add(answers, take(r, at));
			if (item->strikes >= STRIKES_MAX)
				item_answer(item, STATUS_INTERNAL, "the server failed twice while working on this request");
			else
				item_answer(item, STATUS_UNAVAILABLE, "the server failed in the middle of this stream");
		} else {
			at = &item->next;
		}
	}
	r->next = r->queue.first;
}

void requests_free(struct requests *r)
{
	while (r->queue.first != NULL)
		free(take(r, &r->queue.first));
}
