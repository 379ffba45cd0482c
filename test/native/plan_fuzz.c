/*
 * Fuzzing the decoders of what comes from outside: plans and seccomp profiles. A data that begins with "GSEC" is a profile.
 *
 *     plan_fuzz [seconds [seed [golden directory]]]
 *
 * changes the golden files at random for as long as that. For libFuzzer: -DLIBFUZZER, without this main().
 */
#include "planbuild.h"

#include "seccomp.h"

/* sanitizer/allocator_interface.h, which gcc does not ship */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *block, size_t size),
					      void (*on_free)(const volatile void *block));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the decoder has asked for since it was called, and not given back; counted by the sanitizer's hooks. */
static struct {
	bool is_counting;
	size_t bytes, blocks, freed;
} heap;

static void count_malloc(const volatile void *block, size_t size)
{
	(void) block;
	if (heap.is_counting) {
		heap.bytes += size;
		heap.blocks++;
	}
}

static void count_free(const volatile void *block)
{
	heap.freed += heap.is_counting && block != NULL;
}

static void demand(bool claim, const char *what)
{
	if (claim)
		return;
	(void) fprintf(stderr, "plan_fuzz: %s\n", what);
	abort();
}

/* Every string and list can be read as the executor reads it. */
static size_t use_strings(const struct strings *list)
{
	size_t length = 0;

	demand(list->items != NULL, "a list is missing");
	for (uint32_t i = 0; i < list->count; i++)
		length += strlen(list->items[i]);
	demand(list->items[list->count] == NULL, "a list does not end with NULL");
	return length;
}

static size_t use_op(const struct op *op)
{
	size_t used = 0;

	switch ((int) op->kind) {
	case OP_LOGGER:
		return use_strings(&op->u.logger.argv) + use_strings(&op->u.logger.env);
	case OP_EXEC:
		return use_strings(&op->u.exec.argv) + use_strings(&op->u.exec.env);
	case OP_HOOK:
		return use_strings(&op->u.hook.argv) + use_strings(&op->u.hook.env) + strlen(op->u.hook.stdin_after);
	case OP_MASK:
	case OP_READONLY_PATHS:
		return use_strings(&op->u.paths);
	case OP_CLONE:
		for (uint32_t i = 0; i < op->u.clone.join_count; i++)
			used += strlen(op->u.clone.joins[i].path);
		for (uint32_t i = 0; i < op->u.clone.offset_count; i++)
			used += op->u.clone.offsets[i].nanos;
		return used;
	case OP_ID_MAP:
		for (uint32_t i = 0; i < op->u.id_map.map.count; i++)
			used += op->u.id_map.map.items[i].count;
		return used;
	case OP_HOST_MOUNT:
		for (uint32_t i = 0; i < op->u.host_mount.map.gids.count; i++)
			used += op->u.host_mount.map.gids.items[i].count;
		return used + use_strings(&op->u.host_mount.lowers);
	case OP_MOUNT_ID_MAP:
		for (uint32_t i = 0; i < op->u.mount_id_map.uids.count; i++)
			used += op->u.mount_id_map.uids.items[i].count;
		for (uint32_t i = 0; i < op->u.mount_id_map.gids.count; i++)
			used += op->u.mount_id_map.gids.items[i].count;
		return used + strlen(op->u.mount_id_map.path);
	case OP_INITIAL_CPUS:
		for (uint32_t i = 0; i < op->u.initial_cpus.count; i++)
			used += op->u.initial_cpus.items[i].last;
		return used;
	case OP_IDENTITY:
		for (uint32_t i = 0; i < op->u.identity.groups.count; i++)
			used += op->u.identity.groups.items[i];
		return used;
	case OP_MOUNT:
		for (uint32_t i = 0; i < op->u.mount.propagation.count; i++)
			used += op->u.mount.propagation.items[i];
		return used + strlen(op->u.mount.source) + strlen(op->u.mount.data);
	case OP_SECCOMP:
		return op->u.seccomp.program.data[op->u.seccomp.program.length - 1];
	case OP_CRIU:
		for (uint32_t i = 0; i < op->u.criu.file_count; i++)
			used += strlen(op->u.criu.files[i].path);
		return used + use_strings(&op->u.criu.env) + op->u.criu.request.data[op->u.criu.request.length - 1];
	case OP_DELEGATE:
		return use_strings(&op->u.delegate.before) + use_strings(&op->u.delegate.after) + use_strings(&op->u.delegate.env);
	case OP_MOUNT_POINTS:
		return use_strings(&op->u.mount_points.dirs) + use_strings(&op->u.mount_points.files);
	case OP_DEVICE_PROGRAM:
		return op->u.device_program.program.data[op->u.device_program.program.length - 1];
	default:
		return 0;
	}
}

/* What plan.h promises of a plan that was accepted. */
static void use_plan(const struct plan *plan)
{
	uint32_t at = 0;
	size_t used = 0;

	for (int stage = 0; stage < STAGE_COUNT; stage++) {
		demand(plan->first[stage] >= at && plan->end[stage] >= plan->first[stage], "stages overlap");
		at = plan->end[stage];
		for (uint32_t i = plan->first[stage]; i < at; i++) {
			demand((op_stages(plan->ops[i].kind) & 1u << stage) != 0, "an operation is in the wrong stage");
			used += use_op(&plan->ops[i]);
		}
	}
	demand(at <= plan->op_count, "stages go past the operations");
	demand(plan->clone == NULL || (plan->exec != NULL && plan->ops[plan->op_count - 1].kind == OP_EXEC),
	       "a clone without an exec at the end");
	for (int fd = 0; fd < 3; fd++)
		demand(plan->stdio[fd] == NULL || plan->stdio[fd]->fd == fd, "a stream is another's");
	demand(plan->exec_fifo != NULL && used < SIZE_MAX, "the fifo is NULL");
}

/*
 * The most that decoding may allocate: one struct op for each 8-byte header that fits, and for the lists at most 8 bytes
 * for each of the wire (the worst is an empty list<str>: 4 bytes there, a chunk's link, its alignment and a NULL here).
 * 4 MiB of plan therefore cost at most 6 MiB of operations (there are 65536 at most) and 32 MiB of lists.
 */
static size_t heap_limit(size_t size)
{
	size_t ops = size / 8 < PLAN_MAX_OPS ? size / 8 : PLAN_MAX_OPS;

	return (ops + 1) * sizeof(struct op) + 8 * size;
}

static void try_plan(const uint8_t *data, size_t size)
{
	struct plan_error error = {.where = NULL};
	struct plan plan;
	int status;

	heap.bytes = heap.blocks = heap.freed = 0;
	heap.is_counting = true;
	status = plan_decode(&plan, data, size, &error);
	demand(heap.bytes <= heap_limit(size), "decoding allocates too much");
	if (status == 0) {
		use_plan(&plan);
		plan_free(&plan);
	} else {
		demand(error.where != NULL && error.where[0] != '\0' && error.op_name != NULL, "a refusal says nothing");
	}
	heap.is_counting = false;
	demand(heap.blocks == heap.freed, "something stays allocated");
}

/* What is refused says so on the C library's stderr; the sanitizers write to descriptor 2. */
static void try_profile(const uint8_t *data, size_t size)
{
	static FILE *quiet;
	static int null = -1;
	FILE *loud = stderr;

	if (quiet == NULL) {
		quiet = fopen("/dev/null", "we");
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	demand(quiet != NULL && null >= 0, "no /dev/null");
	stderr = quiet;
	(void) seccomp_compile(data, size, null);
	stderr = loud;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool has_hooks;

	if (!has_hooks)
		demand(__sanitizer_install_malloc_and_free_hooks(count_malloc, count_free) > 0, "no room for hooks");
	has_hooks = true;
	if (size >= 4 && memcmp(data, "GSEC", 4) == 0)
		try_profile(data, size);
	else
		try_plan(data, size);
	return 0;
}

#ifndef LIBFUZZER

#define MAX_SIZE 16384
#define PROFILE_SHARE 32 /* one input in so many is a profile: libseccomp takes its time */

struct random {
	uint64_t state;
};

/* splitmix64; public domain algorithm by Sebastiano Vigna. */
static uint64_t next_random(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t below(struct random *random, size_t limit)
{
	return limit == 0 ? 0 : (size_t) (next_random(random) % limit);
}

struct input {
	uint8_t data[MAX_SIZE];
	size_t size;
};

/* Move what follows `at` so that `grown` bytes are there in place of `gone`. */
static void resize(struct input *input, size_t at, size_t gone, size_t grown)
{
	if (at + gone > input->size || input->size - gone + grown > MAX_SIZE)
		return;
	memmove(input->data + at + grown, input->data + at + gone, input->size - at - gone);
	input->size += grown - gone;
}

static void change_once(struct input *input, const struct golden *other, struct random *random)
{
	static const uint32_t edges[] = {0,	 1,	  2,	    5,	      0x7f,	  0x80,	      0xff,
					 0x100, 0xffff, 0x10000, 0x400000, 0x7fffffff, 0x80000000, 0xffffffff};
	size_t at = below(random, input->size);
	size_t count = 1 + below(random, 24);

	switch (below(random, 8)) {
	case 0:
		input->data[at] ^= (uint8_t) (1u << below(random, 8));
		break;
	case 1:
		input->data[at] = (uint8_t) next_random(random);
		break;
	case 2: /* a number at its edges */
		if (at + 4 <= input->size)
			set_u32(input->data + at, edges[below(random, sizeof edges / sizeof edges[0])]);
		break;
	case 3: /* a number that is nearly right */
		input->data[at] = (uint8_t) (input->data[at] + below(random, 9) - 4);
		break;
	case 4:
		if (at + count <= input->size)
			resize(input, at, count, 0);
		break;
	case 5:
		if (input->size + count <= MAX_SIZE) {
			resize(input, at, 0, count);
			for (size_t i = 0; i < count; i++)
				input->data[at + i] = (uint8_t) next_random(random);
		}
		break;
	case 6: /* a piece of another file */
		count = 1 + below(random, other->length < 256 ? other->length : 256);
		if (input->size + count <= MAX_SIZE) {
			resize(input, at, 0, count);
			memcpy(input->data + at, other->data + below(random, other->length - count + 1), count);
		}
		break;
	default:
		input->size = at + 1;
	}
}

/* Where the operations of an input begin; how many. Stops at what is none. */
static size_t find_ops(const struct input *input, size_t begins[256])
{
	size_t count = 0;

	for (size_t at = 16; count < 256 && at + 8 <= input->size;) {
		uint32_t length = (uint32_t) input->data[at + 4] | (uint32_t) input->data[at + 5] << 8;

		begins[count++] = at;
		at += 8 + length;
	}
	return count;
}

/* Remove or repeat one operation of a plan, as a whole. */
static void change_ops(struct input *input, struct random *random)
{
	size_t begins[256];
	size_t count = find_ops(input, begins);
	size_t chosen = below(random, count);
	size_t length;

	if (count < 2)
		return;
	length = (chosen + 1 < count ? begins[chosen + 1] : input->size) - begins[chosen];
	if (begins[chosen] + length > input->size)
		return;
	if (below(random, 2) == 0) {
		resize(input, begins[chosen], length, 0);
	} else if (input->size + length <= MAX_SIZE) {
		resize(input, begins[chosen], 0, length);
		memcpy(input->data + begins[chosen], input->data + begins[chosen] + length, length);
	}
}

/* Make the header fit, so that the decoder comes to what was changed. */
static void repair(struct input *input, bool is_plan)
{
	size_t begins[256];

	if (input->size < 16)
		return;
	set_u32(input->data + 8, (uint32_t) input->size);
	if (is_plan)
		set_u32(input->data + 12, (uint32_t) find_ops(input, begins));
}

struct corpus {
	struct goldens plans;
	struct golden profile;
};

static void make_input(struct input *input, const struct corpus *corpus, struct random *random)
{
	bool is_plan = below(random, PROFILE_SHARE) != 0;
	const struct golden *base = is_plan ? &corpus->plans.items[below(random, corpus->plans.count)] : &corpus->profile;
	const struct golden *other = &corpus->plans.items[below(random, corpus->plans.count)];

	demand(base->length <= MAX_SIZE, "a golden file is too large");
	memcpy(input->data, base->data, base->length);
	input->size = base->length;
	if (is_plan && below(random, 2) == 0)
		change_ops(input, random);
	for (size_t i = below(random, 4); i > 0 && input->size > 0; i--)
		change_once(input, other, random);
	if (below(random, 8) != 0)
		repair(input, is_plan);
}

static bool read_corpus(struct corpus *corpus, const char *dir)
{
	char path[512];

	(void) snprintf(path, sizeof path, "%s/plan", dir);
	if (!read_goldens(&corpus->plans, path))
		return false;
	(void) snprintf(path, sizeof path, "%s/seccomp/docker.hex", dir);
	return read_golden(&corpus->profile, path);
}

/* At least so many inputs must have been tried, and some of them accepted. */
static void fuzz(struct tests *t, const struct corpus *corpus, int64_t limit_ms, uint64_t seed)
{
	struct random random = {.state = seed};
	int64_t deadline = test_now_ms() + limit_ms;
	unsigned long tried = 0, accepted = 0;

	while (test_now_ms() < deadline || tried < 1000) {
		struct plan_error error;
		struct plan plan;
		struct input input;
		uint8_t *copy;

		make_input(&input, corpus, &random);
		copy = exact_copy(input.data, input.size);
		(void) LLVMFuzzerTestOneInput(copy, input.size);
		if (tried++ % 64 == 0 && plan_decode(&plan, copy, input.size, &error) == 0) {
			accepted++;
			plan_free(&plan);
		}
		free(copy);
	}
	(void) printf("    seed %llu, %lu inputs, of every 64th %lu accepted\n", (unsigned long long) seed, tried, accepted);
	CHECK(t, accepted > 0);
}

int main(int argc, char **argv)
{
	struct tests t = {.passed = 0};
	int64_t limit_ms = argc > 1 ? (int64_t) (strtod(argv[1], NULL) * 1000) : 2000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t) time(NULL);
	struct corpus corpus;

	/* Also for the reader of a log that ends here. */
	(void) printf("seed %llu\n", (unsigned long long) seed);
	(void) fflush(stdout);
	if (CHECK(&t, read_corpus(&corpus, argc > 3 ? argv[3] : GOLDEN_DIR))) {
		fuzz(&t, &corpus, limit_ms, seed);
		free_goldens(&corpus.plans);
		free(corpus.profile.data);
	}
	t.passed = !t.has_failed;
	t.failed = t.has_failed;
	return end_tests(&t);
}

#endif
