#include "criu_reply.h"

#include <string.h>

/* Field numbers of criu_resp, criu_restore_resp and criu_notify. */
enum { RESP_TYPE = 1, RESP_SUCCESS = 2, RESP_RESTORE = 4, RESP_NOTIFY = 5, RESP_ERRNO = 7, RESP_ERRMSG = 9 };
enum { RESTORE_PID = 1 };
enum { NOTIFY_SCRIPT = 1, NOTIFY_PID = 2 };

/* Wire types: protobuf.dev, "Encoding". */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct cursor {
	const unsigned char *at;
	const unsigned char *end;
};

/* One field: a number, or bytes. */
struct field {
	uint64_t number;
	unsigned wire_type;
	uint64_t value;
	struct cursor bytes;
};

static int read_varint(struct cursor *c, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		unsigned char byte = *c->at++;

		*value |= (uint64_t) (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return 0;
	}
	return -1;
}

static int skip(struct cursor *c, uint64_t length)
{
	if (length > (uint64_t) (c->end - c->at))
		return -1;
	c->at += length;
	return 0;
}

/* 1: `field` is the next one; 0: no more; -1: this is no message. */
static int next_field(struct cursor *c, struct field *field)
{
	uint64_t key;
	uint64_t length;

	if (c->at == c->end)
		return 0;
	if (read_varint(c, &key) < 0)
		return -1;
	memset(field, 0, sizeof *field);
	field->number = key >> 3;
	field->wire_type = (unsigned) (key & 7);
	switch (field->wire_type) {
	case WIRE_VARINT:
		return read_varint(c, &field->value) < 0 ? -1 : 1;
	case WIRE_BYTES:
		if (read_varint(c, &length) < 0)
			return -1;
		field->bytes.at = c->at;
		if (skip(c, length) < 0)
			return -1;
		field->bytes.end = c->at;
		return 1;
	case WIRE_64:
		return skip(c, 8) < 0 ? -1 : 1;
	case WIRE_32:
		return skip(c, 4) < 0 ? -1 : 1;
	default:
		return -1;
	}
}

static bool is_number(const struct field *field, unsigned number)
{
	return field->number == number && field->wire_type == WIRE_VARINT;
}

static bool is_bytes(const struct field *field, unsigned number)
{
	return field->number == number && field->wire_type == WIRE_BYTES;
}

static void copy_text(char *to, size_t size, const struct cursor *text)
{
	size_t length = (size_t) (text->end - text->at);

	if (length >= size)
		length = size - 1;
	memcpy(to, text->at, length);
	to[length] = '\0';
}

/* An int32 goes over the wire as 64 bits when it is negative. */
static int32_t to_int32(uint64_t value)
{
	return (int32_t) (uint32_t) value;
}

/* criu_restore_resp and criu_notify are small enough to be read by one function: the caller says which fields count. */
static int read_part(struct criu_reply *reply, struct cursor part, unsigned script, unsigned pid)
{
	struct field field;
	int result;

	while ((result = next_field(&part, &field)) > 0) {
		if (script != 0 && is_bytes(&field, script))
			copy_text(reply->script, sizeof reply->script, &field.bytes);
		if (is_number(&field, pid))
			reply->pid = to_int32(field.value);
	}
	return result;
}

int criu_reply_decode(struct criu_reply *reply, const unsigned char *data, size_t length)
{
	struct cursor c = { .at = data, .end = data + length };
	struct field field;
	int result;

	memset(reply, 0, sizeof *reply);
	while ((result = next_field(&c, &field)) > 0) {
		if (is_number(&field, RESP_TYPE))
			reply->type = (uint32_t) field.value;
		else if (is_number(&field, RESP_SUCCESS))
			reply->is_success = field.value != 0;
		else if (is_number(&field, RESP_ERRNO))
			reply->error = to_int32(field.value);
		else if (is_bytes(&field, RESP_ERRMSG))
			copy_text(reply->message, sizeof reply->message, &field.bytes);
		else if (is_bytes(&field, RESP_RESTORE) && read_part(reply, field.bytes, 0, RESTORE_PID) < 0)
			return -1;
		else if (is_bytes(&field, RESP_NOTIFY) && read_part(reply, field.bytes, NOTIFY_SCRIPT, NOTIFY_PID) < 0)
			return -1;
	}
	return result;
}
