/* What is kept, what is replayed and how, who is blamed. */
#include "../harness.h"

#include "stub/requests.h"

struct bench {
	struct kept kept;
	struct requests r;
	struct items answers;
};

static void begin(struct bench *b)
{
	*b = (struct bench){.kept = {.count = 0}};
	b->r.kept = &b->kept;
}

static void come(struct bench *b, uint8_t type, uint32_t stream, uint32_t length, int64_t now)
{
	struct item *item = item_new((struct frame_header){.length = length, .stream = stream, .type = type});

	memset(item_frame(item) + FRAME_HEADER, 'x', length);
	requests_add(&b->r, item, now);
}

/* Send all there is, `piece` bytes at a time, at the time `now`; what went, as "replay:STREAM:STRIKES:MS request:STREAM …". */
static const char *send_all(struct bench *b, uint32_t piece, int64_t now)
{
	static char text[4096];
	static uint8_t sent[1 << 20];
	const uint8_t *data;
	uint32_t length;
	size_t used = 0, count = 0;

	while ((data = requests_pending(&b->r, &length, now)) != NULL) {
		uint32_t part = length < piece ? length : piece;

		memcpy(sent + count, data, part);
		count += part;
		requests_sent(&b->r, part);
	}
	text[0] = '\0';
	for (size_t at = 0; at < count;) {
		struct frame_header header = frame_decode(sent + at);
		const uint8_t *frame = sent + at;

		at += FRAME_HEADER + header.length;
		used += (size_t) snprintf(text + used, sizeof text - used, "%s%s:%u", used > 0 ? " " : "",
					  header.type == FRAME_REQUEST  ? "request"
					  : header.type == FRAME_DATA   ? "data"
									: "replay",
					  header.stream);
		for (uint8_t tag = 2; header.type == FRAME_REPLAY && tag <= 3; tag++) {
			struct field field = field_find(frame, tag);

			used += (size_t) snprintf(text + used, sizeof text - used, ":%.*s", (int) field.length, (const char *) field.data);
		}
	}
	return text;
}

/* The server goes; the answers that are made, as "STREAM:CODE …". */
static const char *lose(struct bench *b)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	requests_lost(&b->r, &b->answers);
	while (b->answers.first != NULL) {
		struct item *item = items_take(&b->answers, &b->answers.first);

		used += (size_t) snprintf(text + used, sizeof text - used, "%s%u:%u", used > 0 ? " " : "", item->stream, item_frame(item)[13]);
		free(item);
	}
	return text;
}

static void finish(struct tests *t, struct bench *b)
{
	requests_free(&b->r);
	CHECK_INT(t, b->kept.count, 0);
	CHECK_INT(t, b->kept.bytes, 0);
	CHECK_INT(t, b->r.data_bytes, 0);
	CHECK(t, b->r.next == NULL && b->r.queue.first == NULL);
}

static void sends_in_order_and_keeps(struct tests *t)
{
	struct bench b;

	begin(&b);
	come(&b, FRAME_REQUEST, 1, 20, 0);
	come(&b, FRAME_REQUEST, 3, 5000, 0);
	CHECK_TEXT(t, send_all(&b, 7, 0), "request:1 request:3");
	come(&b, FRAME_REQUEST, 5, 0, 0);
	CHECK_TEXT(t, send_all(&b, 1 << 20, 0), "request:5");
	CHECK_INT(t, b.kept.count, 3);
	CHECK_INT(t, b.kept.bytes, 5020 + 3 * FRAME_HEADER);
	requests_answered(&b.r, 3);
	requests_answered(&b.r, 99);
	CHECK_INT(t, b.kept.count, 2);
	CHECK_TEXT(t, lose(&b), "");
	CHECK_TEXT(t, send_all(&b, 1, 0), "replay:1:1:0 request:1 replay:5:1:0 request:5");
	finish(t, &b);
}

static void replays_with_strikes_and_age(struct tests *t)
{
	struct bench b;

	begin(&b);
	come(&b, FRAME_REQUEST, 1, 20, 1000);
	come(&b, FRAME_REQUEST, 3, 20, 1500);
	(void) send_all(&b, 100, 1500);
	requests_mark(&b.r, 1, WORK_PARKED);
	CHECK_TEXT(t, lose(&b), "");
	CHECK_TEXT(t, send_all(&b, 3, 3000), "replay:1:0:2000 request:1 replay:3:1:1500 request:3");
	/* Neither of them has been at work since. */
	CHECK_TEXT(t, lose(&b), "");
	CHECK_TEXT(t, send_all(&b, 3, 4000), "replay:1:0:3000 request:1 replay:3:1:2500 request:3");
	requests_mark(&b.r, 3, WORK_RUNNING);
	requests_mark(&b.r, 1, WORK_RUNNING);
	requests_mark(&b.r, 1, WORK_PARKED);
	CHECK_TEXT(t, lose(&b), "3:13");
	CHECK_TEXT(t, send_all(&b, 100, 4000), "replay:1:0:3000 request:1");
	CHECK_INT(t, b.kept.count, 1);
	finish(t, &b);
}

static void does_not_replay_what_no_server_has_had(struct tests *t)
{
	struct bench b;
	uint32_t length;

	begin(&b);
	come(&b, FRAME_REQUEST, 1, 20, 0);
	(void) requests_pending(&b.r, &length, 0);
	requests_sent(&b.r, 29); /* all but the last byte */
	CHECK_TEXT(t, lose(&b), "");
	CHECK_TEXT(t, send_all(&b, 11, 5), "request:1");
	CHECK_TEXT(t, lose(&b), "");
	/* Half of the replay has gone: from the beginning again. */
	(void) requests_pending(&b.r, &length, 7);
	requests_sent(&b.r, 5);
	CHECK_TEXT(t, lose(&b), "");
	CHECK_TEXT(t, send_all(&b, 11, 9), "replay:1:1:9 request:1");
	finish(t, &b);
}

static void gives_streams_with_data_up(struct tests *t)
{
	struct bench b;

	begin(&b);
	come(&b, FRAME_REQUEST, 1, 2, 0);
	come(&b, FRAME_DATA, 1, 40, 0);
	come(&b, FRAME_REQUEST, 3, 2, 0);
	come(&b, FRAME_REQUEST, 5, 2, 0);
	CHECK_INT(t, b.r.data_bytes, 50);
	CHECK_TEXT(t, send_all(&b, 9, 0), "request:1 data:1 request:3 request:5");
	CHECK_INT(t, b.r.data_bytes, 0);
	requests_streamed(&b.r, 3);
	come(&b, FRAME_DATA, 1, 40, 0); /* never sent */
	CHECK_TEXT(t, lose(&b), "1:14 3:14");
	CHECK_INT(t, b.r.data_bytes, 0);
	CHECK_TEXT(t, send_all(&b, 9, 0), "replay:5:1:0 request:5");
	finish(t, &b);
}

static void does_not_cut_a_request_that_is_answered_too_early(struct tests *t)
{
	struct bench b;
	uint32_t length;

	begin(&b);
	come(&b, FRAME_REQUEST, 1, 2000, 0);
	come(&b, FRAME_REQUEST, 3, 20, 0);
	(void) requests_pending(&b.r, &length, 0);
	requests_sent(&b.r, 100);
	requests_answered(&b.r, 1); /* half of it is sent: the rest must follow */
	requests_answered(&b.r, 3); /* nothing of it is sent */
	CHECK_INT(t, b.kept.count, 1);
	(void) requests_pending(&b.r, &length, 0);
	CHECK_INT(t, length, 2000 + FRAME_HEADER - 100);
	requests_sent(&b.r, length);
	CHECK(t, requests_pending(&b.r, &length, 0) == NULL);
	come(&b, FRAME_REQUEST, 5, 20, 0);
	CHECK_TEXT(t, send_all(&b, 9, 0), "request:5");
	finish(t, &b);
}

static void answers_the_oldest_of_equal_streams(struct tests *t)
{
	struct bench b;

	begin(&b);
	come(&b, FRAME_REQUEST, 1, 20, 0);
	come(&b, FRAME_REQUEST, 1, 30, 0);
	(void) send_all(&b, 100, 0);
	requests_answered(&b.r, 1);
	CHECK_INT(t, b.kept.bytes, 30 + FRAME_HEADER);
	finish(t, &b);
}

static void has_limits(struct tests *t)
{
	struct kept kept = {.count = KEPT_MAX - 1};

	CHECK(t, kept_has_room(&kept, FRAME_HEADER + FRAME_MAX));
	kept.count++;
	CHECK(t, !kept_has_room(&kept, FRAME_HEADER));
	kept = (struct kept){.bytes = KEPT_MAX_BYTES - FRAME_HEADER - 5};
	CHECK(t, kept_has_room(&kept, FRAME_HEADER + 5));
	CHECK(t, !kept_has_room(&kept, FRAME_HEADER + 6));
}

/* Every item has room for its frame, and for the answer to itself. */
static void has_memory_for_as_many_as_there_may_be(struct tests *t)
{
	static struct item *items[KEPT_MAX];

	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < KEPT_MAX; i++) {
			items[i] = item_new((struct frame_header){.length = i % 700, .stream = i});
			memset(item_frame(items[i]) + FRAME_HEADER, (int) i, i % 700);
		}
		for (uint32_t i = 0; i < KEPT_MAX; i++) {
			uint32_t n = i * 1237 % KEPT_MAX;
			struct item *item = items[n];

			CHECK(t, item->stream == n && (item->length == FRAME_HEADER || item_frame(item)[item->length - 1] == (uint8_t) n));
			free(item);
		}
	}
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "requests go in order and are kept until they are answered", sends_in_order_and_keeps);
	run_test(&t, "replays tell strikes and age; two strikes are the end; who is parked is not blamed", replays_with_strikes_and_age);
	run_test(&t, "what no server has had completely is no replay", does_not_replay_what_no_server_has_had);
	run_test(&t, "streams with data either way are given up", gives_streams_with_data_up);
	run_test(&t, "an early answer does not cut a request in half", does_not_cut_a_request_that_is_answered_too_early);
	run_test(&t, "of two requests with one stream the older is answered", answers_the_oldest_of_equal_streams);
	run_test(&t, "no more is kept than the document says", has_limits);
	run_test(&t, "memory for 4096 requests, in any order", has_memory_for_as_many_as_there_may_be);
	return end_tests(&t);
}
