/* Reading the wire form: every type at its bounds, and that the first wrong field is the one remembered. */
#include "wirebuild.h"

#include "wire.h"

/* A reader over an exact copy of what the fields write; `data` is to be freed. */
struct reading {
	unsigned char *data;
	struct plan_chunk *chunks;
	struct wire w;
};

static void begin_reading(struct reading *r, const char *fields)
{
	struct build b = {.length = 0};

	put_fields(&b, fields);
	r->data = exact_copy(b.data, b.length);
	r->chunks = NULL;
	r->w = (struct wire){.at = r->data, .end = r->data + b.length, .chunks = &r->chunks, .bad = NULL};
}

/* Everything was read, or `bad` is what was wrong. */
static void end_reading(struct tests *t, struct reading *r, const char *bad)
{
	CHECK_TEXT(t, r->w.bad == NULL ? "" : r->w.bad, bad);
	CHECK(t, r->w.bad != NULL || r->w.at == r->w.end);
	wire_free(&r->chunks);
	CHECK(t, r->chunks == NULL);
	free(r->data);
}

static void reads_numbers(struct tests *t)
{
	struct reading r;

	begin_reading(&r, "b0 b1 b255 h0xfeff w0xfffefdfc q0xfffefdfcfbfaf9f8 w-2147483648 q-1");
	CHECK(t, !wire_bool(&r.w, "a") && wire_bool(&r.w, "b"));
	CHECK_INT(t, wire_u8(&r.w, "c"), 255);
	CHECK_INT(t, wire_u16(&r.w, "d"), 0xfeff);
	CHECK_INT(t, wire_u32(&r.w, "e"), 0xfffefdfc);
	CHECK(t, wire_u64(&r.w, "f") == UINT64_C(0xfffefdfcfbfaf9f8));
	CHECK_INT(t, wire_i32(&r.w, "g"), INT32_MIN);
	CHECK_INT(t, wire_i64(&r.w, "h"), -1);
	end_reading(t, &r, "");
}

static void refuses_numbers_that_end_early(struct tests *t)
{
	struct reading r;

	begin_reading(&r, "");
	CHECK_INT(t, wire_u8(&r.w, "u8"), 0);
	end_reading(t, &r, "u8");
	begin_reading(&r, "b1");
	CHECK_INT(t, wire_u16(&r.w, "u16"), 0);
	end_reading(t, &r, "u16");
	begin_reading(&r, "h1 b1");
	CHECK_INT(t, wire_i32(&r.w, "i32"), 0);
	end_reading(t, &r, "i32");
	begin_reading(&r, "w1 h1 b1");
	CHECK(t, wire_u64(&r.w, "u64") == 0);
	end_reading(t, &r, "u64");
	begin_reading(&r, "b2");
	CHECK(t, !wire_bool(&r.w, "bool"));
	end_reading(t, &r, "bool");
}

static void remembers_the_first_wrong_field(struct tests *t)
{
	struct reading r;
	uint32_t count = 7;

	begin_reading(&r, "b2 b1 w5 s/abc n1 w9");
	CHECK(t, !wire_bool(&r.w, "first"));
	CHECK(t, !wire_bool(&r.w, "second"));
	CHECK_INT(t, wire_u32(&r.w, "third"), 0);
	CHECK_TEXT(t, wire_str(&r.w, "fourth"), "");
	CHECK(t, wire_bytes(&r.w, "fifth").data == NULL);
	CHECK(t, wire_strings(&r.w, "sixth").count == 0);
	CHECK(t, wire_u64s(&r.w, "seventh").count == 0);
	CHECK(t, wire_list(&r.w, "eighth", 4, 4, &count) == NULL && count == 0);
	wire_refuse(&r.w, "ninth");
	CHECK(t, r.chunks == NULL);
	end_reading(t, &r, "first");
}

static void reads_strings(struct tests *t)
{
	static const char *const bad[] = {
		"w0",				/* no NUL */
		"w1 b97",			/* nor here */
		"w1 b97 b98",			/* something else in its place */
		"w2 b97 b0 b0",			/* one inside */
		"w0 b97",			/* ended by something else */
		"w2 b97 b0",			/* longer than what is there */
		"w0xffffffff b97 b0",		/* and when adding one wraps */
		"w0x3fffff b97 b0", "h1 b0",
	};
	struct reading r;

	begin_reading(&r, "s/dev s s\xc3\xbc");
	CHECK_TEXT(t, wire_str(&r.w, "a"), "/dev");
	CHECK_TEXT(t, wire_str(&r.w, "b"), "");
	CHECK_TEXT(t, wire_str(&r.w, "c"), "\xc3\xbc");
	end_reading(t, &r, "");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		begin_reading(&r, bad[i]);
		CHECK_TEXT(t, wire_str(&r.w, "str"), "");
		end_reading(t, &r, "str");
	}
}

static void reads_bytes(struct tests *t)
{
	struct reading r;
	struct bytes bytes;

	begin_reading(&r, "x x0001ff");
	bytes = wire_bytes(&r.w, "a");
	CHECK_INT(t, bytes.length, 0);
	bytes = wire_bytes(&r.w, "b");
	CHECK(t, bytes.length == 3 && bytes.data == r.w.end - 3);
	end_reading(t, &r, "");
	begin_reading(&r, "w2 b0");
	bytes = wire_bytes(&r.w, "bytes");
	CHECK(t, bytes.length == 0 && bytes.data == NULL);
	end_reading(t, &r, "bytes");
	begin_reading(&r, "w0xffffffff b0");
	CHECK_INT(t, wire_bytes(&r.w, "bytes").length, 0);
	end_reading(t, &r, "bytes");
}

static void reads_lists(struct tests *t)
{
	struct reading r;
	struct strings strings;
	struct u32s u32s;
	struct u64s u64s;

	begin_reading(&r, "n2 sa s n0 n2 w5 w0xffffffff n1 q0x8000000000000000");
	strings = wire_strings(&r.w, "a");
	CHECK_INT(t, strings.count, 2);
	CHECK_TEXT(t, strings.items[0], "a");
	CHECK_TEXT(t, strings.items[1], "");
	CHECK(t, strings.items[2] == NULL);
	strings = wire_strings(&r.w, "b");
	CHECK(t, strings.count == 0 && strings.items[0] == NULL);
	u32s = wire_u32s(&r.w, "c");
	CHECK(t, u32s.count == 2 && u32s.items[0] == 5 && u32s.items[1] == UINT32_MAX);
	u64s = wire_u64s(&r.w, "d");
	CHECK(t, u64s.count == 1 && u64s.items[0] == UINT64_C(1) << 63);
	end_reading(t, &r, "");
}

/* Nothing is allocated for them. */
static void refuses_counts_that_lie(struct tests *t)
{
	static const char *const counts[] = {"n2 w0", "n0xffffffff w0", "n0x80000000 w0", "n0x40000000 w0", "n0x20000000 w0", "h1"};
	struct reading r;

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		begin_reading(&r, counts[i]);
		CHECK(t, wire_u32s(&r.w, "u32s").count == 0 && r.chunks == NULL);
		end_reading(t, &r, "u32s");
		begin_reading(&r, counts[i]);
		CHECK(t, wire_u64s(&r.w, "u64s").count == 0 && r.chunks == NULL);
		end_reading(t, &r, "u64s");
		begin_reading(&r, counts[i]);
		CHECK(t, wire_strings(&r.w, "strings").count == 0 && r.chunks == NULL);
		end_reading(t, &r, "strings");
	}
	/* There could be two by their size, but the first takes it all. */
	begin_reading(&r, "n2 sabcdef");
	CHECK_TEXT(t, wire_strings(&r.w, "strings").items[0], "abcdef");
	end_reading(t, &r, "strings");
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "numbers are little-endian", reads_numbers);
	run_test(&t, "numbers that end early are zero", refuses_numbers_that_end_early);
	run_test(&t, "the first wrong field is remembered, the rest reads as nothing", remembers_the_first_wrong_field);
	run_test(&t, "strings end with the only NUL they have", reads_strings);
	run_test(&t, "bytes are where they were", reads_bytes);
	run_test(&t, "lists have their items, and a NULL for argv", reads_lists);
	run_test(&t, "counts that the rest cannot hold allocate nothing", refuses_counts_that_lie);
	return end_tests(&t);
}
