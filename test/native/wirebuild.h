/*
 * Writing what native/wire.c reads. Fields are given as text, so that a table of cases stays a table:
 *
 *     b1 u8 or bool   h24 u16   w0x1ff u32   q-1 u64   s/dev str (to the next space)   x0102 bytes   n2 a list's count
 */
#ifndef GANTRY_TEST_WIREBUILD_H
#define GANTRY_TEST_WIREBUILD_H

#include "golden.h"

struct build {
	unsigned char data[65536];
	size_t length;
	uint32_t op_count;
};

UNUSED static void put_number(struct build *b, uint64_t value, size_t size)
{
	if (b->length + size > sizeof b->data)
		abort();
	for (size_t i = 0; i < size; i++)
		b->data[b->length++] = (unsigned char) (value >> (8 * i));
}

UNUSED static void put_bytes(struct build *b, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_number(b, ((const unsigned char *) bytes)[i], 1);
}

UNUSED static void set_u32(unsigned char *at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (unsigned char) (value >> (8 * i));
}

static void put_field(struct build *b, const char *field, size_t length)
{
	uint64_t number = strtoull(field + 1, NULL, 0);

	switch (field[0]) {
	case 'b':
		put_number(b, number, 1);
		break;
	case 'h':
		put_number(b, number, 2);
		break;
	case 'w':
	case 'n':
		put_number(b, number, 4);
		break;
	case 'q':
		put_number(b, number, 8);
		break;
	case 's':
		put_number(b, length - 1, 4);
		put_bytes(b, field + 1, length - 1);
		put_number(b, 0, 1);
		break;
	case 'x':
		put_number(b, (length - 1) / 2, 4);
		for (size_t i = 1; i + 1 < length; i += 2)
			put_number(b, (uint64_t) (hex_digit(field[i]) << 4 | hex_digit(field[i + 1])), 1);
		break;
	default:
		abort(); /* a table is wrong */
	}
}

UNUSED static void put_fields(struct build *b, const char *fields)
{
	while (*fields != '\0') {
		size_t length = strcspn(fields, " ");

		put_field(b, fields, length);
		fields += length;
		fields += strspn(fields, " ");
	}
}

/* A plan's header; end_plan() fills in what depends on the rest. */
UNUSED static void begin_plan(struct build *b)
{
	b->length = 0;
	b->op_count = 0;
	put_bytes(b, "GPLN", 4);
	put_fields(b, "h1 h0 w0 w0");
}

UNUSED static void put_op_header(struct build *b, uint32_t kind, size_t payload_length)
{
	put_number(b, kind, 2);
	put_number(b, 0, 2);
	put_number(b, payload_length, 4);
	b->op_count++;
}

UNUSED static void put_op(struct build *b, uint32_t kind, const char *fields)
{
	size_t begin;

	put_op_header(b, kind, 0);
	begin = b->length;
	put_fields(b, fields);
	set_u32(b->data + begin - 4, (uint32_t) (b->length - begin));
}

UNUSED static void put_stage(struct build *b, int stage)
{
	put_op_header(b, 10, 1);
	put_number(b, (uint64_t) stage, 1);
}

UNUSED static void end_plan(struct build *b)
{
	set_u32(b->data + 8, (uint32_t) b->length);
	set_u32(b->data + 12, b->op_count);
}

#endif
