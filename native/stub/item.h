/*
 * One frame on its way, and its memory. Small ones lie in a fixed pool, the rest is mapped, so that what is given back goes back to
 * the kernel: a stub lives as long as its pod, and mostly waits.
 */
#ifndef STUB_ITEM_H
#define STUB_ITEM_H

#include "frame.h"

/* Room for a REPLAY before a request: its header, field 2 of one digit, field 3 of up to 18. */
#define ITEM_HEADROOM (FRAME_HEADER + FIELD_HEADER + 1 + FIELD_HEADER + 18)

/* What the server does with a request: nothing is known, it is at work, it only lets it wait. */
enum work { WORK_NONE, WORK_RUNNING, WORK_PARKED };

struct item {
	struct item *next;
	int64_t came_ms;
	uint32_t mapped;  /* bytes; 0: a slot of the pool */
	uint32_t length;  /* of the frame, with its header */
	uint32_t begin;   /* where in `bytes` begins what is sent: the frame, or the REPLAY before it */
	uint32_t done;    /* bytes of the payload that have been received; then of what is sent */
	uint32_t stream;
	uint8_t type;     /* enum frame_type */
	uint8_t strikes;
	uint8_t work;     /* enum work */
	bool was_sent;    /* a server has had all of it */
	bool has_data;    /* data frames have gone either way: it cannot be replayed */
	uint8_t bytes[];  /* ITEM_HEADROOM, then the frame */
};

/* An item with the header in place and room for `header.length` bytes; NULL without memory. */
struct item *item_new(struct frame_header header);
void item_free(struct item *item);

static inline uint8_t *item_frame(struct item *item)
{
	return item->bytes + ITEM_HEADROOM;
}

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
	uint32_t skip;     /* bytes that nobody wants */
	struct item *item; /* what the payload goes into */
};

/* At READING_HEADER the caller sets `item` or calls reader_skip(), and reads on; at READING_FRAME it calls reader_take(). */
enum reading { READING_WAITS, READING_HEADER, READING_FRAME, READING_ENDED };
enum reading reader_read(struct reader *reader, int fd);
void reader_skip(struct reader *reader);
struct item *reader_take(struct reader *reader);
/* Forget what has come of a frame. */
void reader_reset(struct reader *reader);

#endif
