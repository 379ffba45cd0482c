#include "frame.h"

#include <string.h>

static void put_u32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t) (value >> 24);
	to[1] = (uint8_t) (value >> 16);
	to[2] = (uint8_t) (value >> 8);
	to[3] = (uint8_t) value;
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
	return (struct frame_header){
		.length = get_u32(bytes),
		.stream = get_u32(bytes + 4),
		.type = bytes[8],
		.flags = bytes[9],
	};
}

#define FIELD_HEADER 5

bool fields_next(struct fields *rest, struct field *field)
{
	size_t left = (size_t) (rest->end - rest->at);

	if (left == 0 || rest->is_broken)
		return false;
	if (left < FIELD_HEADER || get_u32(rest->at + 1) > left - FIELD_HEADER) {
		rest->is_broken = true;
		return false;
	}
	field->tag = rest->at[0];
	field->length = get_u32(rest->at + 1);
	field->data = rest->at + FIELD_HEADER;
	rest->at = field->data + field->length;
	return true;
}

bool field_number(const struct field *field, uint64_t *number)
{
	uint64_t value = 0;

	if (field->length == 0 || field->length > 18)
		return false;
	for (uint32_t i = 0; i < field->length; i++) {
		if (field->data[i] < '0' || field->data[i] > '9')
			return false;
		value = value * 10 + (uint64_t) (field->data[i] - '0');
	}
	*number = value;
	return true;
}

bool field_is(const struct field *field, const char *text)
{
	return field->length == strlen(text) && memcmp(field->data, text, field->length) == 0;
}

void writer_begin(struct frame_writer *w, uint8_t *data, size_t size, enum frame_type type, uint32_t stream)
{
	*w = (struct frame_writer){.data = data, .size = size, .used = FRAME_HEADER};
	frame_encode(data, (struct frame_header){.stream = stream, .type = (uint8_t) type});
}

void writer_bytes(struct frame_writer *w, uint8_t tag, const void *data, size_t length)
{
	if (w->has_overflow || w->size - w->used < FIELD_HEADER || w->size - w->used - FIELD_HEADER < length) {
		w->has_overflow = true;
		return;
	}
	w->data[w->used] = tag;
	put_u32(w->data + w->used + 1, (uint32_t) length);
	if (length > 0)
		memcpy(w->data + w->used + FIELD_HEADER, data, length);
	w->used += FIELD_HEADER + length;
}

void writer_text(struct frame_writer *w, uint8_t tag, const char *text)
{
	writer_bytes(w, tag, text, strlen(text));
}

void writer_number(struct frame_writer *w, uint8_t tag, uint64_t number)
{
	char text[NUMBER_SIZE];

	writer_bytes(w, tag, text, number_text(text, number));
}

size_t writer_end(struct frame_writer *w)
{
	if (w->has_overflow)
		return 0;
	put_u32(w->data, (uint32_t) (w->used - FRAME_HEADER));
	return w->used;
}

/*
 * Response { status = 1: Status { code = 1, message = 2 } }. Every length is below 128, so each takes one byte
 * (protobuf, "Base 128 Varints").
 */
size_t status_encode(uint8_t bytes[STATUS_MAX], uint32_t stream, enum status_code code, const char *message)
{
	size_t length = strnlen(message, 80);
	uint8_t *payload = bytes + FRAME_HEADER;

	payload[0] = 1 << 3 | 2;
	payload[1] = (uint8_t) (4 + length);
	payload[2] = 1 << 3 | 0;
	payload[3] = (uint8_t) code;
	payload[4] = 2 << 3 | 2;
	payload[5] = (uint8_t) length;
	memcpy(payload + 6, message, length);
	frame_encode(bytes, (struct frame_header){
				    .length = (uint32_t) (6 + length),
				    .stream = stream,
				    .type = FRAME_RESPONSE,
			    });
	return FRAME_HEADER + 6 + length;
}

size_t number_text(char text[NUMBER_SIZE], uint64_t number)
{
	char reversed[NUMBER_SIZE];
	size_t count = 0;

	do
		reversed[count++] = (char) ('0' + number % 10);
	while ((number /= 10) != 0);
	for (size_t i = 0; i < count; i++)
		text[i] = reversed[count - 1 - i];
	text[count] = '\0';
	return count;
}
