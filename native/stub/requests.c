#include "requests.h"

#include <string.h>

bool kept_has_room(const struct kept *kept, uint32_t length)
{
	return kept->count < KEPT_MAX && kept->bytes + FRAME_HEADER + length <= KEPT_MAX_BYTES;
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
	uint32_t bytes = sign < 0 ? -item->length : item->length;

	if (item->type == FRAME_REQUEST) {
		r->kept->count += sign < 0 ? -1u : 1u;
		r->kept->bytes += bytes;
	} else if (item->type == FRAME_DATA) {
		r->data_bytes += bytes;
	}
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

void requests_add_first(struct requests *r, struct item *attach)
{
	attach->next = r->queue.first;
	if (r->queue.first == NULL)
		r->queue.end = &attach->next;
	r->next = r->queue.first = attach;
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
	if (item->type == FRAME_REQUEST) {
		item->work = item->was_sent ? WORK_NONE : WORK_RUNNING;
		item->was_sent = true;
		r->next = item->next;
		return;
	}
	while (*at != item)
		at = &(*at)->next;
	item_free(take(r, at));
}

void requests_answered(struct requests *r, uint32_t stream)
{
	struct item **at = find(r, stream);

	/* An answer to what is half sent is none; the server must get the rest. */
	if (*at != NULL && (*at != r->next || (*at)->done == 0))
		item_free(take(r, at));
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

void item_answer(struct item *item, enum status_code code, const char *message)
{
	item->length = status_encode(item_frame(item), item->stream, code, message);
	item->type = FRAME_RESPONSE;
	item->done = 0;
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
			item_free(take(r, at));
		} else if (item->strikes >= STRIKES_MAX) {
			items_add(answers, take(r, at));
			item_answer(item, STATUS_INTERNAL, "the server failed twice while working on this request");
		} else if (item->has_data) {
			items_add(answers, take(r, at));
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
		item_free(take(r, &r->queue.first));
}
