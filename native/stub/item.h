/*
 * Memory for one frame on its way. Small ones lie in a fixed pool, the rest is mapped, so that what is given back goes back to the
 * kernel: a stub lives as long as its pod, and mostly waits.
 */
#ifndef STUB_ITEM_H
#define STUB_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

/* Room for a REPLAY before a request: its header, 2 one digit, 3 up to 18 digits. */
#define ITEM_HEADROOM (FRAME_HEADER + 5 + 1 + 5 + 18)

/* What the server is doing with a request. */
enum work {
	WORK_NONE,     /* it has not been sent completely, or was replayed and nothing has been heard of it since */
	WORK_RUNNING,
	WORK_PARKED,
};

struct item {
	struct item *next;
	uint32_t mapped;  /* bytes; 0: a slot of the pool */
	uint32_t length;  /* of the frame, with its header */
	uint32_t begin;   /* of what is sent: the place in `bytes` of the frame, or of the REPLAY before it */
	uint32_t done;    /* bytes received of the payload, later bytes sent */
	uint32_t stream;
	uint8_t type;     /* enum frame_type */
	uint8_t strikes;
	uint8_t work;     /* enum work */
	bool was_sent;    /* a server has had all of it */
	bool has_data;    /* one side has sent data frames: it cannot be replayed */
	int64_t came_ms;
	uint8_t bytes[];  /* ITEM_HEADROOM, then the frame */
};

/* An item with the header in place, and room for `header.length` bytes. NULL without memory. */
struct item *item_new(struct frame_header header);
void item_free(struct item *item);

static inline uint8_t *item_frame(struct item *item)
{
	return item->bytes + ITEM_HEADROOM;
}

static inline uint8_t *item_payload(struct item *item)
{
	return item->bytes + ITEM_HEADROOM + FRAME_HEADER;
}

/* A queue of items, by their `next`. */
struct items {
	struct item *first, *last;
};

void items_add(struct items *items, struct item *item);
/* Take out what follows `before`, or the first with NULL. */
struct item *items_take(struct items *items, struct item *before);
void items_free(struct items *items);

#endif
