#include "frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_u32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t) (value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *from)
{
	return (uint32_t) from[0] << 24 | (uint32_t) from[1] << 16 | (uint32_t) from[2] << 8 | from[3];
}

void frame_encode(uint8_t bytes[FRAME_HEADER], struct frame_header header)
{
	put_u32(bytes, header.length);
	put_u32(bytes + 4, header.stream);
	bytes[8] = header.type;
	bytes[9] = header.flags;
}

struct frame_header frame_decode(const uint8_t bytes[FRAME_HEADER])
{
	return (struct frame_header){get_u32(bytes), get_u32(bytes + 4), bytes[8], bytes[9]};
}

uint32_t frame_finish(uint8_t *frame, const uint8_t *end, enum frame_type type, uint32_t stream)
{
	uint32_t length = end == NULL ? 0 : (uint32_t) (end - frame);

	if (length > 0)
		frame_encode(frame, (struct frame_header){length - FRAME_HEADER, stream, (uint8_t) type, 0});
	return length;
}

/*
 * Response { status = 1: Status { code = 1, message = 2 } }. Every length is below 128, so each takes one byte
 * (protobuf, "Base 128 Varints").
 */
uint32_t status_encode(uint8_t *frame, uint32_t stream, enum status_code code, const char *message)
{
	uint8_t length = (uint8_t) strnlen(message, 80);
	const uint8_t head[] = {1 << 3 | 2, (uint8_t) (4 + length), 1 << 3 | 0, (uint8_t) code, 2 << 3 | 2, length};

	memcpy(frame + FRAME_HEADER, head, sizeof head);
	memcpy(frame + FRAME_HEADER + sizeof head, message, length);
	return frame_finish(frame, frame + FRAME_HEADER + sizeof head + length, FRAME_RESPONSE, stream);
}

struct field field_find(const uint8_t *frame, uint8_t tag)
{
	const uint8_t *at = frame + FRAME_HEADER, *end = at + get_u32(frame);

	while (end - at >= FIELD_HEADER && end - at - FIELD_HEADER >= get_u32(at + 1)) {
		struct field field = {get_u32(at + 1), at + FIELD_HEADER};

		if (at[0] == tag)
			return field;
		at = field.data + field.length;
	}
	return (struct field){0, NULL};
}

bool field_is(struct field field, const char *text)
{
	return field.length == strlen(text) && memcmp(field.data, text, field.length) == 0;
}

bool field_number(struct field field, uint64_t *number)
{
	*number = 0;
	for (uint32_t i = 0; i < field.length; i++) {
		if (i == 18 || field.data[i] < '0' || field.data[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t) (field.data[i] - '0');
	}
	return field.length > 0;
}

uint8_t *field_put(uint8_t *at, const uint8_t *end, uint8_t tag, const void *data, size_t length)
{
	if (at == NULL || (size_t) (end - at) < FIELD_HEADER || (size_t) (end - at) - FIELD_HEADER < length)
		return NULL;
	memmove(at + FIELD_HEADER, data, length);
	at[0] = tag;
	put_u32(at + 1, (uint32_t) length);
	return at + FIELD_HEADER + length;
}

uint8_t *field_put_text(uint8_t *at, const uint8_t *end, uint8_t tag, const char *text)
{
	return field_put(at, end, tag, text, strlen(text));
}

uint8_t *field_put_number(uint8_t *at, const uint8_t *end, uint8_t tag, uint64_t number)
{
	char text[NUMBER_SIZE];

	(void) snprintf(text, sizeof text, "%" PRIu64, number);
	return field_put_text(at, end, tag, text);
}
