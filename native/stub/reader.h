/* Read frames from a socket that does not block, one at a time and never past its end. */
#ifndef STUB_READER_H
#define STUB_READER_H

#include "item.h"

struct reader {
	uint8_t header[FRAME_HEADER];
	uint8_t have;       /* bytes of the header */
	uint32_t skip;      /* bytes of a payload that nobody wants */
	struct item *item;  /* the payload is on its way into this */
};

enum reading {
	READING_WAITS,   /* nothing more there for now */
	READING_HEADER,  /* a header is complete: reader_accept() or reader_skip(), then read on */
	READING_FRAME,   /* reader_take() */
	READING_ENDED,   /* closed by the other side, or broken */
};

enum reading reader_read(struct reader *reader, int fd);
struct frame_header reader_header(const struct reader *reader);
/* False without memory. */
bool reader_accept(struct reader *reader);
void reader_skip(struct reader *reader);
struct item *reader_take(struct reader *reader);
/* Forget what has come of a frame. */
void reader_reset(struct reader *reader);
/* In the middle of a frame. */
bool reader_is_busy(const struct reader *reader);

#endif
