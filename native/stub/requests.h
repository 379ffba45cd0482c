/*
 * Frames on their way, and what one client has asked and not been answered, in the order it came. No sockets but to read from, and
 * no clock here: docs/decisions/005-relay-protocol.md, "The server goes" and "Strikes".
 */
#ifndef STUB_REQUESTS_H
#define STUB_REQUESTS_H

#include "frame.h"

#define KEPT_MAX 4096
#define KEPT_MAX_BYTES (16u << 20)
#define STRIKES_MAX 2

/* Room for a REPLAY before a request: its header, field 2 of one digit, field 3 of up to 18. */
#define ITEM_HEADROOM (FRAME_HEADER + FIELD_HEADER + 1 + FIELD_HEADER + 18)

/* What the server does with a request: nothing is known, it is at work, it only lets it wait. */
enum work { WORK_NONE, WORK_RUNNING, WORK_PARKED };

struct item {
	struct item *next;
	int64_t came_ms;
	uint32_t length;  /* of the frame, with its header */
	uint32_t begin;   /* where in `bytes` begins what is sent: the frame, or the REPLAY before it */
	uint32_t done;    /* bytes of what is sent */
	uint32_t stream;
	uint8_t type;     /* enum frame_type */
	uint8_t strikes;
	uint8_t work;     /* enum work */
	bool is_too_long; /* to be relayed */
	bool was_sent;    /* a server has had all of it */
	bool has_data;    /* data frames have gone either way: it cannot be replayed */
	uint8_t bytes[];  /* ITEM_HEADROOM, then the frame */
};

/*
 * An item with the header in place and room for `header.length` bytes, at least for the answer to itself. NULL without memory: how
 * much there may be of them is for the caller to limit. free() gives it back.
 */
struct item *item_new(struct frame_header header);
static inline uint8_t *item_frame(struct item *item)
{
	return item->bytes + ITEM_HEADROOM;
}
/* Make an item the answer to its own stream. */
void item_answer(struct item *item, enum status_code code, const char *message);

/* A queue; `end` is where the next one is hung up, NULL for an empty queue that has never been used. */
struct items {
	struct item *first, **end;
};

void items_add(struct items *items, struct item *item);
/* Take out the one that hangs at `at`. */
struct item *items_take(struct items *items, struct item **at);

/* Reads frames one at a time, and never past the end of one. */
struct reader {
	uint8_t header[FRAME_HEADER];
	uint8_t have;      /* bytes of the header */
	uint32_t left;     /* bytes of the payload */
	struct item *item; /* what they go into */
};

/*
 * At READING_FRAME the caller takes the item. What is below `lowest` ends the reading, and so does what is longer than FRAME_MAX;
 * with a lowest of 0 nothing is too low, and what is too long is given as an item without payload when all of it has come.
 */
enum reading { READING_WAITS, READING_FRAME, READING_ENDED };
enum reading reader_read(struct reader *reader, int fd, uint8_t lowest);
/* What has come, NULL if it is less than a header; the reader begins anew. */
struct item *reader_take(struct reader *reader);

/* Requests of all clients together. */
struct kept {
	uint32_t count, bytes;
};

struct requests {
	struct items queue;  /* requests until they are answered; data until it is sent */
	struct item *next;   /* the first of the queue that is not sent completely */
	uint32_t data_bytes; /* of data frames */
	struct kept *kept;
};

/* Whether one more request with so many bytes may be kept. */
bool kept_has_room(const struct kept *kept, uint32_t length);
/* A request or data frame has come from the client. */
void requests_add(struct requests *r, struct item *item, int64_t now_ms);
/* The bytes of `next` that are still to be sent, with a REPLAY before a request that a server has had; NULL for none. */
const uint8_t *requests_pending(struct requests *r, uint32_t *length, int64_t now_ms);
void requests_sent(struct requests *r, uint32_t bytes);
/* The answer to the oldest request with this stream has come completely; or data of it that is no answer yet; or a mark. */
void requests_answered(struct requests *r, uint32_t stream);
void requests_streamed(struct requests *r, uint32_t stream);
void requests_mark(struct requests *r, uint32_t stream, enum work work);
/* The connection to the server is gone. What is not to be replayed goes to `answers`, as the answer to itself. */
void requests_lost(struct requests *r, struct items *answers);
void requests_free(struct requests *r);

#endif
