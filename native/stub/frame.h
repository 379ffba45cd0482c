/* Frames: ttrpc's header, the fields of our own, and the memory for one on its way. */
#ifndef STUB_FRAME_H
#define STUB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 10
#define FRAME_MAX (4u << 20)    /* the most that may follow the header; ttrpc PROTOCOL.md, "Message Frame" */
#define FLAG_REMOTE_CLOSED 0x01 /* the last frame of a stream; ttrpc PROTOCOL.md, "Response Flags" */
#define STATUS_MAX 128          /* a response that is only a status */
#define NUMBER_SIZE 21          /* a number as decimal text */

/* The protocol between stub and server, not ttrpc's; another one only to test how versions meet. */
#ifndef STUB_PROTOCOL_VERSION
#define STUB_PROTOCOL_VERSION 1
#endif

/* From FRAME_OURS on between stub and server only: docs/decisions/005-relay-protocol.md */
enum frame_type {
	FRAME_REQUEST = 1, FRAME_RESPONSE = 2, FRAME_DATA = 3, FRAME_OURS = 0x40,
	FRAME_INVOKE, FRAME_RESULT, FRAME_HELLO, FRAME_ATTACH, FRAME_REPLAY, FRAME_MARK, FRAME_QUIT, FRAME_WELCOME,
};

/* google.rpc.Code */
enum status_code { STATUS_RESOURCE_EXHAUSTED = 8, STATUS_INTERNAL = 13, STATUS_UNAVAILABLE = 14 };

struct frame_header {
	uint32_t length; /* of what follows */
	uint32_t stream;
	uint8_t type, flags;
};

void frame_encode(uint8_t bytes[FRAME_HEADER], struct frame_header header);
struct frame_header frame_decode(const uint8_t bytes[FRAME_HEADER]);
/* Put the header before fields that end at `end`. The whole length; 0 if `end` is NULL because they did not fit. */
uint32_t frame_finish(uint8_t *frame, const uint8_t *end, enum frame_type type, uint32_t stream);
/* A response of at most STATUS_MAX bytes that is only this status; its length. `message` has at most 80. */
uint32_t status_encode(uint8_t *frame, uint32_t stream, enum status_code code, const char *message);

/* A field of a frame of ours: tag u8, length u32, bytes. `data` lies in the frame; NULL where there is no such field. */
#define FIELD_HEADER 5
struct field {
	uint32_t length;
	const uint8_t *data;
};

/* The first field with this tag of a whole frame; none beyond a field that goes past the end. */
struct field field_find(const uint8_t *frame, uint8_t tag);
bool field_is(struct field field, const char *text);
/* 1 … 18 decimal digits, nothing else. */
bool field_number(struct field field, uint64_t *number);
/* Write a field at `at`; where the next one goes, NULL if this one does not fit or `at` is NULL. `data` may be where it goes. */
uint8_t *field_put(uint8_t *at, const uint8_t *end, uint8_t tag, const void *data, size_t length);
uint8_t *field_put_text(uint8_t *at, const uint8_t *end, uint8_t tag, const char *text);
uint8_t *field_put_number(uint8_t *at, const uint8_t *end, uint8_t tag, uint64_t number);

#endif
