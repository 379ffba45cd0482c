/* What criu answers, in protobuf's wire form; and what it would never answer. */
#include "harness.h"

#include "criu_reply.h"

/* Decodes an exact copy, so that reading past the end shows. */
static int decode(struct criu_reply *reply, const unsigned char *data, size_t length)
{
	unsigned char *copy = malloc(length + 1);
	int result;

	if (copy == NULL)
		abort();
	memcpy(copy + 1, data, length); /* the end of the copy is the end of the allocation */
	result = criu_reply_decode(reply, copy + 1, length);
	free(copy);
	return result;
}

static void reads_a_notification(struct tests *t)
{
	static const unsigned char data[] = {
		0x08, 0x06, 0x10, 0x01,                                     /* NOTIFY, success */
		0x2a, 0x11, 0x0a, 0x0c, 'p', 'o', 's', 't', '-', 'r', 'e', 's', 't', 'o', 'r', 'e',
		0x10, 0x92, 0x4e,                                           /* pid 10002 */
	};
	struct criu_reply reply;

	CHECK_INT(t, decode(&reply, data, sizeof data), 0);
	CHECK_INT(t, reply.type, CRIU_NOTIFY);
	CHECK(t, reply.is_success);
	CHECK_TEXT(t, reply.script, "post-restore");
	CHECK_INT(t, reply.pid, 10002);
}

static void reads_answers(struct tests *t)
{
	static const unsigned char restored[] = {0x08, 0x02, 0x10, 0x01, 0x22, 0x02, 0x08, 0x2a};
	static const unsigned char failed[] = {
		0x08, 0x01, 0x10, 0x00, 0x38, 0x11, 0x4a, 0x03, 'b', 'a', 'd',
		0x52, 0x04, 0x08, 0x04, 0x10, 0x02,         /* a version, which does not matter here */
		0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8,         /* fields of a later criu: 31, 64 bits; 32, 32 bits */
		0x85, 0x02, 1, 2, 3, 4,
	};
	static const unsigned char negative[] = {
		0x08, 0x01, 0x10, 0x00, 0x38, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
	};
	struct criu_reply reply;

	CHECK_INT(t, decode(&reply, restored, sizeof restored), 0);
	CHECK(t, reply.type == 2 && reply.is_success && reply.pid == 42);
	CHECK_INT(t, decode(&reply, failed, sizeof failed), 0);
	CHECK(t, reply.type == 1 && !reply.is_success && reply.error == 17);
	CHECK_TEXT(t, reply.message, "bad");
	CHECK_INT(t, decode(&reply, negative, sizeof negative), 0);
	CHECK_INT(t, reply.error, -1);
	CHECK_INT(t, decode(&reply, negative, 0), 0);
	CHECK(t, reply.type == 0 && !reply.is_success);
}

static void cuts_long_texts(struct tests *t)
{
	unsigned char data[3 + 1000];
	struct criu_reply reply;

	memset(data, 'x', sizeof data);
	data[0] = 0x4a;
	data[1] = 0xe8; /* 1000 */
	data[2] = 0x07;
	CHECK_INT(t, decode(&reply, data, sizeof data), 0);
	CHECK_INT(t, strlen(reply.message), sizeof reply.message - 1);
}

static void refuses_what_is_no_message(struct tests *t)
{
	static const struct {
		unsigned char data[12];
		size_t length;
	} cases[] = {
		{{0x08}, 1},                             /* a number is missing */
		{{0x08, 0x80, 0x80}, 3},                 /* … and does not end */
		{{0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 12}, /* … or is too long */
		{{0x4a, 0x05, 'b', 'a', 'd'}, 5},        /* a text is shorter than it says */
		{{0x4a, 0xff, 0xff, 0xff, 0xff, 0x0f}, 6},
		{{0x0b}, 1},                             /* groups are not used */
		{{0x09, 1, 2, 3}, 4},
		{{0x0d, 1, 2, 3}, 4},
		{{0x2a, 0x02, 0x0a, 0x05}, 4},           /* inside a notification */
		{{0x22, 0x01, 0x08}, 3},
	};
	struct criu_reply reply;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (!CHECK_INT(t, decode(&reply, cases[i].data, cases[i].length), -1))
			(void) printf("    case %zu\n", i);
}

static void survives_anything(struct tests *t)
{
	unsigned int seed = 4711;
	unsigned char data[64];
	struct criu_reply reply;

	for (int round = 0; round < 200000; round++) {
		size_t length = (size_t) rand_r(&seed) % sizeof data;

		for (size_t i = 0; i < length; i++)
			data[i] = (unsigned char) (rand_r(&seed) >> 3) & (round % 2 == 0 ? 0xff : 0x2f);
		(void) decode(&reply, data, length);
		if (!CHECK(t, memchr(reply.script, 0, sizeof reply.script) != NULL &&
			       memchr(reply.message, 0, sizeof reply.message) != NULL))
			return;
	}
}

int main(void)
{
	struct tests t = {.passed = 0};

	run_test(&t, "criu_reply_decode() reads what happens and to whom", reads_a_notification);
	run_test(&t, "criu_reply_decode() reads answers, and skips what it does not know", reads_answers);
	run_test(&t, "criu_reply_decode() cuts long texts", cuts_long_texts);
	run_test(&t, "criu_reply_decode() refuses what is no message", refuses_what_is_no_message);
	run_test(&t, "criu_reply_decode() reads no further than it may", survives_anything);
	return end_tests(&t);
}
