/* Frames and fields: what is written is read again, and what is broken is refused without reading beyond it. */
#include "../harness.h"

#include "stub/frame.h"

/* The fields 0 … 255 of a frame with these bytes, as "tag=text tag=text", from an exact copy that the sanitizer watches. */
static void read_fields(char *text, size_t size, const void *bytes, size_t length)
{
	uint8_t *frame = malloc(FRAME_HEADER + length);
	size_t used = 0;

	frame_encode(frame, (struct frame_header){.length = (uint32_t) length});
	memcpy(frame + FRAME_HEADER, bytes, length);
	text[0] = '\0';
	for (int tag = 0; tag < 256; tag++) {
		struct field field = field_find(frame, (uint8_t) tag);

		if (field.data != NULL)
			used += (size_t) snprintf(text + used, size - used, "%d=%.*s ", tag, (int) field.length, (const char *) field.data);
	}
	free(frame);
}

static void writes_headers_in_network_order(struct tests *t)
{
	static const uint8_t wire[] = {0x00, 0x01, 0x02, 0x03, 0x80, 0x00, 0x00, 0x05, 0x45, 0x07};
	uint8_t bytes[FRAME_HEADER];
	struct frame_header header = frame_decode(wire);

	CHECK_INT(t, header.length, 0x010203);
	CHECK_INT(t, header.stream, 0x80000005);
	CHECK_INT(t, header.type, FRAME_REPLAY);
	CHECK_INT(t, header.flags, 7);
	frame_encode(bytes, header);
	CHECK(t, memcmp(bytes, wire, sizeof wire) == 0);
}

static void numbers_its_types_as_the_document(struct tests *t)
{
	CHECK_INT(t, FRAME_INVOKE, 0x41);
	CHECK_INT(t, FRAME_REPLAY, 0x45);
	CHECK_INT(t, FRAME_WELCOME, 0x48);
}

static void reads_what_it_wrote(struct tests *t)
{
	uint8_t frame[100], *at = frame + FRAME_HEADER, *end = frame + sizeof frame;
	char text[200];

	at = field_put_number(at, end, 1, 0);
	at = field_put_text(at, end, 2, "");
	at = field_put_number(at, end, 3, UINT64_MAX);
	at = field_put_text(at, end, 0xff, "x y");
	CHECK_INT(t, frame_finish(frame, at, FRAME_HELLO, 7), FRAME_HEADER + 5 + 1 + 5 + 5 + 20 + 5 + 3);
	CHECK_INT(t, frame_decode(frame).length, 44);
	CHECK_INT(t, frame_decode(frame).stream, 7);
	read_fields(text, sizeof text, frame + FRAME_HEADER, 44);
	CHECK_TEXT(t, text, "1=0 2= 3=18446744073709551615 255=x y ");
}

static void writes_nothing_that_does_not_fit(struct tests *t)
{
	for (size_t room = 0; room < 8; room++) {
		uint8_t *memory = malloc(room + 1);

		CHECK(t, field_put_text(memory, memory + room, 1, "abc") == NULL);
		free(memory);
	}
	uint8_t exact[8];

	CHECK(t, field_put_text(exact, exact + 8, 1, "abc") == exact + 8);
	CHECK(t, field_put_text(NULL, exact + 8, 1, "") == NULL);
	CHECK_INT(t, frame_finish(exact, NULL, FRAME_HELLO, 0), 0);
}

static void ends_at_broken_fields(struct tests *t)
{
	char text[100];

	read_fields(text, sizeof text, "", 0);
	CHECK_TEXT(t, text, "");
	read_fields(text, sizeof text, "\1\0\0\0\1a\2\0\0\0", 10);
	CHECK_TEXT(t, text, "1=a ");
	read_fields(text, sizeof text, "\1\0\0\0\1a\1\0\0\0\1b\2\0\0\0\0", 17);
	CHECK_TEXT(t, text, "1=a 2= ");
	read_fields(text, sizeof text, "\1\0\0\0\2a", 6);
	CHECK_TEXT(t, text, "");
	read_fields(text, sizeof text, "\1\xff\xff\xff\xff", 5);
	CHECK_TEXT(t, text, "");
	read_fields(text, sizeof text, "\1\xff\xff\xff\xfb", 5);
	CHECK_TEXT(t, text, "");
}

static void compares_whole_texts(struct tests *t)
{
	struct field field = {.length = 6, .data = (const uint8_t *) "parked"};

	CHECK(t, field_is(field, "parked"));
	CHECK(t, !field_is(field, "parke") && !field_is(field, "parked!") && !field_is(field, "Parked"));
}

static void takes_only_decimal_numbers(struct tests *t)
{
	static const char *const bad[] = {"", "-1", "1 ", "0x1", "1234567890123456789", "99999999999999999999999", "\xff"};
	uint64_t number = 7;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct field field = {.length = (uint32_t) strlen(bad[i]), .data = (const uint8_t *) bad[i]};

		CHECK(t, !field_number(field, &number));
	}
	CHECK(t, field_number((struct field){.length = 18, .data = (const uint8_t *) "999999999999999999"}, &number));
	CHECK(t, number == UINT64_C(999999999999999999));
	CHECK(t, field_number((struct field){.length = 2, .data = (const uint8_t *) "007"}, &number) && number == 0);
}

static void makes_a_status(struct tests *t)
{
	/* protoc --decode ttrpc.Response: status { code: 14 message: "gone" } */
	static const uint8_t wire[] = {0, 0, 0, 10, 0, 0, 0, 9, 2, 0, 0x0a, 8, 0x08, 14, 0x12, 4, 'g', 'o', 'n', 'e'};
	char longest[200];
	uint8_t bytes[STATUS_MAX];

	CHECK_INT(t, status_encode(bytes, 9, STATUS_UNAVAILABLE, "gone"), sizeof wire);
	CHECK(t, memcmp(bytes, wire, sizeof wire) == 0);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	CHECK_INT(t, status_encode(bytes, 9, STATUS_INTERNAL, longest), FRAME_HEADER + 6 + 80);
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "headers are in network order", writes_headers_in_network_order);
	run_test(&t, "types have the document's numbers", numbers_its_types_as_the_document);
	run_test(&t, "fields are read as they were written", reads_what_it_wrote);
	run_test(&t, "a field that does not fit is not written", writes_nothing_that_does_not_fit);
	run_test(&t, "reading ends where a field is broken", ends_at_broken_fields);
	run_test(&t, "texts are compared as a whole", compares_whole_texts);
	run_test(&t, "numbers are decimal and at most 18 digits", takes_only_decimal_numbers);
	run_test(&t, "a status is what protobuf says it is", makes_a_status);
	return end_tests(&t);
}
