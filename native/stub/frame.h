/* Frames: ttrpc's header, the fields of our own frames, and the one message of ttrpc that a stub makes itself. */
#ifndef STUB_FRAME_H
#define STUB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 10
#define FRAME_MAX (4u << 20) /* the most that may follow the header; ttrpc PROTOCOL.md, "Message Frame" */

/* The protocol between stub and server, not ttrpc's; another one only to test how versions meet. */
#ifndef STUB_PROTOCOL_VERSION
#define STUB_PROTOCOL_VERSION 1
#endif

enum frame_type {
	FRAME_REQUEST = 1,
	FRAME_RESPONSE = 2,
	FRAME_DATA = 3,
	/* from here on between stub and server only: docs/decisions/005-relay-protocol.md */
	FRAME_OURS = 0x40,
	FRAME_INVOKE = 0x41,
	FRAME_RESULT = 0x42,
	FRAME_HELLO = 0x43,
	FRAME_ATTACH = 0x44,
	FRAME_REPLAY = 0x45,
	FRAME_MARK = 0x46,
	FRAME_QUIT = 0x47,
	FRAME_WELCOME = 0x48,
};

#define FLAG_REMOTE_CLOSED 0x01 /* ttrpc PROTOCOL.md, "Response Flags": the last frame of a stream */

/* google.rpc.Code */
enum status_code {
	STATUS_RESOURCE_EXHAUSTED = 8,
	STATUS_INTERNAL = 13,
	STATUS_UNAVAILABLE = 14,
};

struct frame_header {
	uint32_t length; /* of what follows */
	uint32_t stream;
	uint8_t type, flags;
};

void frame_encode(uint8_t bytes[FRAME_HEADER], struct frame_header header);
struct frame_header frame_decode(const uint8_t bytes[FRAME_HEADER]);

/* One field of a frame of ours: it lies in the frame. */
struct field {
	uint8_t tag;
	uint32_t length;
	const uint8_t *data;
};

/* What is left of a frame's fields. */
struct fields {
	const uint8_t *at, *end;
	bool is_broken; /* the last field is longer than the frame */
};

/* The next field, false after the last one or where the frame is broken. */
bool fields_next(struct fields *rest, struct field *field);

/* Decimal text of 1 … 18 digits, nothing else. */
bool field_number(const struct field *field, uint64_t *number);

bool field_is(const struct field *field, const char *text);

/* Writes a frame of ours into memory of a fixed size; what does not fit makes it overflow and is not written. */
struct frame_writer {
	uint8_t *data;
	size_t size, used;
	bool has_overflow;
};

void writer_begin(struct frame_writer *w, uint8_t *data, size_t size, enum frame_type type, uint32_t stream);
void writer_bytes(struct frame_writer *w, uint8_t tag, const void *data, size_t length);
void writer_text(struct frame_writer *w, uint8_t tag, const char *text);
void writer_number(struct frame_writer *w, uint8_t tag, uint64_t number);
/* The whole frame's length, 0 if it did not fit. */
size_t writer_end(struct frame_writer *w);

#define STATUS_MAX 128

/* A response that is only this status: frame and payload, at most STATUS_MAX bytes. `message` has at most 80. */
size_t status_encode(uint8_t bytes[STATUS_MAX], uint32_t stream, enum status_code code, const char *message);

/* The decimal digits of `number` and a NUL; the number of digits. */
#define NUMBER_SIZE 21
size_t number_text(char text[NUMBER_SIZE], uint64_t number);

#endif
