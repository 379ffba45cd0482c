#include "requests.h"

bool kept_has_room(const struct kept *kept, uint32_t length)
{
	return kept->count < KEPT_MAX && kept->bytes + FRAME_HEADER + length <= KEPT_MAX_BYTES;
}

static struct item *find_request(struct requests *r, uint32_t stream)
{
	struct item *item = r->queue.first;

	while (item != NULL && (item->type != FRAME_REQUEST || item->stream != stream))
		item = item->next;
	return item;
}

/* It is no longer a request without an answer, or no longer data to be sent. */
static void uncount(struct requests *r, const struct item *item)
{
	if (item->type == FRAME_REQUEST) {
		r->kept->count--;
		r->kept->bytes -= item->length;
	} else if (item->type == FRAME_DATA) {
		r->data_bytes -= item->length;
	}
}

void requests_add(struct requests *r, struct item *item, int64_t now_ms)
{
	item->came_ms = now_ms;
	if (item->type == FRAME_REQUEST) {
		r->kept->count++;
		r->kept->bytes += item->length;
	} else {
		requests_streamed(r, item->stream);
		r->data_bytes += item->length;
	}
	items_add(&r->queue, item);
	if (r->next == NULL)
		r->next = item;
}

void requests_add_first(struct requests *r, struct item *attach)
{
	attach->next = r->queue.first;
	r->queue.first = attach;
	if (r->queue.last == NULL)
		r->queue.last = attach;
	r->next = attach;
}

static void put_replay(struct item *item, int64_t now_ms)
{
	uint8_t replay[ITEM_HEADROOM];
	struct frame_writer w;
	uint32_t length;

	writer_begin(&w, replay, sizeof replay, FRAME_REPLAY, item->stream);
	writer_number(&w, 2, item->strikes);
	writer_number(&w, 3, now_ms > item->came_ms ? (uint64_t) (now_ms - item->came_ms) : 0);
	length = (uint32_t) writer_end(&w);
	item->begin = ITEM_HEADROOM - length;
	for (uint32_t i = 0; i < length; i++)
		item->bytes[item->begin + i] = replay[i];
}

static uint32_t left_to_send(const struct item *item)
{
	return ITEM_HEADROOM - item->begin + item->length - item->done;
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

/* The item before this one; NULL for the first. */
static struct item *before(struct requests *r, const struct item *item)
{
	struct item *at = r->queue.first;

	if (at == item)
		return NULL;
	while (at->next != item)
		at = at->next;
	return at;
}

static void remove_item(struct requests *r, struct item *item)
{
	if (r->next == item)
		r->next = item->next;
	uncount(r, item);
	item_free(items_take(&r->queue, before(r, item)));
}

void requests_sent(struct requests *r, uint32_t bytes)
{
	struct item *item = r->next;

	item->done += bytes;
	if (left_to_send(item) > 0)
		return;
	if (item->type != FRAME_REQUEST) {
		remove_item(r, item);
		return;
	}
	item->work = item->was_sent ? WORK_NONE : WORK_RUNNING;
	item->was_sent = true;
	r->next = item->next;
}

void requests_answered(struct requests *r, uint32_t stream)
{
	struct item *item = find_request(r, stream);

	if (item == NULL)
		return;
	if (item == r->next && item->done > 0) {
		/* Half of it is sent: the server must get the rest, and then it is forgotten as data is. */
		uncount(r, item);
		item->type = FRAME_DATA;
		r->data_bytes += item->length;
		return;
	}
	remove_item(r, item);
}

void requests_streamed(struct requests *r, uint32_t stream)
{
	struct item *item = find_request(r, stream);

	if (item != NULL)
		item->has_data = true;
}

void requests_mark(struct requests *r, uint32_t stream, enum work work)
{
	struct item *item = find_request(r, stream);

	if (item != NULL && item->was_sent)
		item->work = (uint8_t) work;
}

void item_answer(struct item *item, enum status_code code, const char *message)
{
	item->length = (uint32_t) status_encode(item_frame(item), item->stream, code, message);
	item->type = FRAME_RESPONSE;
	item->begin = ITEM_HEADROOM;
	item->done = 0;
}

/* Whether an item goes to the next server; if not, and it is a request, it has become its own answer. */
static bool survives(struct requests *r, struct item *item)
{
	if (item->type == FRAME_REQUEST) {
		if (item->work == WORK_RUNNING)
			item->strikes++;
		item->work = WORK_NONE;
		item->begin = ITEM_HEADROOM;
		item->done = 0;
		if (item->strikes < STRIKES_MAX && !(item->was_sent && item->has_data))
			return true;
		uncount(r, item);
		if (item->strikes >= STRIKES_MAX)
			item_answer(item, STATUS_INTERNAL, "the server failed twice while working on this request");
		else
			item_answer(item, STATUS_UNAVAILABLE, "the server failed in the middle of this stream");
		return false;
	}
	/* Data follows its request, which is still here if no server has had any of it. */
	item->done = 0;
	if (item->type == FRAME_DATA && find_request(r, item->stream) != NULL)
		return true;
	uncount(r, item);
	return false;
}

void requests_lost(struct requests *r, struct items *answers)
{
	struct item *last = NULL; /* that survives */
	struct item *item = r->queue.first;

	while (item != NULL) {
		struct item *following = item->next;

		if (survives(r, item)) {
			last = item;
		} else {
			(void) items_take(&r->queue, last);
			if (item->type == FRAME_RESPONSE)
				items_add(answers, item);
			else
				item_free(item);
		}
		item = following;
	}
	r->next = r->queue.first;
}

void requests_free(struct requests *r)
{
	for (struct item *item = r->queue.first; item != NULL; item = item->next)
		uncount(r, item);
	items_free(&r->queue);
	r->next = NULL;
}
