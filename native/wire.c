#include "wire.h"

#include <stdlib.h>
#include <string.h>

struct plan_chunk {
	struct plan_chunk *next;
	max_align_t space[];
};

void wire_refuse(struct wire *w, const char *field)
{
	if (w->bad == NULL)
		w->bad = field;
}

/* The next `size` bytes, or NULL when there are fewer or an earlier field was bad. */
static const unsigned char *take(struct wire *w, size_t size, const char *field)
{
	const unsigned char *at = w->at;

	if (w->bad != NULL)
		return NULL;
	if ((size_t) (w->end - w->at) < size) {
		wire_refuse(w, field);
		return NULL;
	}
	w->at += size;
	return at;
}

static uint64_t little_endian(struct wire *w, size_t size, const char *field)
{
	const unsigned char *at = take(w, size, field);
	uint64_t value = 0;

	if (at == NULL)
		return 0;
	for (size_t i = size; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

bool wire_bool(struct wire *w, const char *field)
{
	uint8_t value = wire_u8(w, field);

	if (value > 1)
		wire_refuse(w, field);
	return value == 1;
}

uint8_t wire_u8(struct wire *w, const char *field)
{
	return (uint8_t) little_endian(w, 1, field);
}

uint16_t wire_u16(struct wire *w, const char *field)
{
	return (uint16_t) little_endian(w, 2, field);
}

uint32_t wire_u32(struct wire *w, const char *field)
{
	return (uint32_t) little_endian(w, 4, field);
}

uint64_t wire_u64(struct wire *w, const char *field)
{
	return little_endian(w, 8, field);
}

int32_t wire_i32(struct wire *w, const char *field)
{
	return (int32_t) (uint32_t) little_endian(w, 4, field);
}

int64_t wire_i64(struct wire *w, const char *field)
{
	return (int64_t) little_endian(w, 8, field);
}

const char *wire_str(struct wire *w, const char *field)
{
	size_t length = wire_u32(w, field);
	const unsigned char *at;

	if (length >= PLAN_MAX_BYTES) {
		wire_refuse(w, field);
		return "";
	}
	at = take(w, length + 1, field);
	if (at == NULL)
		return "";
	if (memchr(at, 0, length + 1) != at + length) {
		wire_refuse(w, field);
		return "";
	}
	return (const char *) at;
}

struct bytes wire_bytes(struct wire *w, const char *field)
{
	struct bytes bytes = { .data = NULL, .length = wire_u32(w, field) };

	bytes.data = take(w, bytes.length, field);
	if (bytes.data == NULL)
		bytes.length = 0;
	return bytes;
}

static void *allocate(struct wire *w, size_t size, const char *field)
{
	struct plan_chunk *chunk = calloc(1, sizeof *chunk + size);

	if (chunk == NULL) {
		wire_refuse(w, field);
		return NULL;
	}
	chunk->next = *w->chunks;
	*w->chunks = chunk;
	return chunk->space;
}

void *wire_list(struct wire *w, const char *field, size_t item_bytes, size_t item_size, uint32_t *count)
{
	void *items;

	*count = wire_u32(w, field);
	if (w->bad == NULL && *count > (size_t) (w->end - w->at) / item_bytes)
		wire_refuse(w, field);
	if (w->bad != NULL) {
		*count = 0;
		return NULL;
	}
	items = allocate(w, *count * item_size, field);
	if (items == NULL)
		*count = 0;
	return items;
}

struct strings wire_strings(struct wire *w, const char *field)
{
	struct strings list = { .items = NULL, .count = wire_u32(w, field) };

	if (w->bad == NULL && list.count > (size_t) (w->end - w->at) / 5) /* a length and a NUL each */
		wire_refuse(w, field);
	if (w->bad == NULL)
		list.items = allocate(w, (list.count + (size_t) 1) * sizeof *list.items, field);
	if (list.items == NULL)
		list.count = 0;
	for (uint32_t i = 0; i < list.count; i++)
		list.items[i] = wire_str(w, field);
	return list;
}

struct u32s wire_u32s(struct wire *w, const char *field)
{
	struct u32s list = { 0 };

	list.items = wire_list(w, field, 4, sizeof *list.items, &list.count);
	for (uint32_t i = 0; i < list.count; i++)
		list.items[i] = wire_u32(w, field);
	return list;
}

struct u64s wire_u64s(struct wire *w, const char *field)
{
	struct u64s list = { 0 };

	list.items = wire_list(w, field, 8, sizeof *list.items, &list.count);
	for (uint32_t i = 0; i < list.count; i++)
		list.items[i] = wire_u64(w, field);
	return list;
}

void wire_free(struct plan_chunk **chunks)
{
	while (*chunks != NULL) {
		struct plan_chunk *next = (*chunks)->next;

		free(*chunks);
		*chunks = next;
	}
}
