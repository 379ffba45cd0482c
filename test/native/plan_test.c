/* Whole plans: the golden files, headers, the order of the operations, and everything that is not a plan. */
#include "planbuild.h"

static const char *golden_dir = GOLDEN_DIR;

/* How many operations the readable form of a golden plan has in each stage; one line each. */
static bool count_text(const char *name, uint32_t counts[STAGE_COUNT])
{
	static const char *const stages[STAGE_COUNT] = {"settings:", "host:",  "clone:", "parent:",
							"child:",    "hooks:", "enter:", "exec:"};
	char path[512], line[4096];
	FILE *file;
	int stage = -1;

	(void) snprintf(path, sizeof path, "%s/plan/%s.txt", golden_dir, name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	memset(counts, 0, STAGE_COUNT * sizeof *counts);
	while (fgets(line, sizeof line, file) != NULL) {
		if (line[0] == ' ' && stage >= 0)
			counts[stage]++;
		for (int s = 0; s < STAGE_COUNT; s++) {
			if (strncmp(line, stages[s], strlen(stages[s])) == 0)
				stage = s;
		}
	}
	(void) fclose(file);
	return stage >= 0;
}

static void decodes_golden_plans(struct tests *t)
{
	char dir[256];
	struct goldens goldens;

	(void) snprintf(dir, sizeof dir, "%s/plan", golden_dir);
	if (!CHECK(t, read_goldens(&goldens, dir)))
		return;
	for (size_t i = 0; i < goldens.count; i++) {
		const struct golden *golden = &goldens.items[i];
		struct plan_error error = {.where = ""};
		uint32_t counts[STAGE_COUNT];
		struct plan plan;

		if (!CHECK(t, plan_decode(&plan, golden->data, golden->length, &error) == 0)) {
			(void) printf("    %s: op %d %s: %s\n", golden->name, error.op, error.op_name, error.where);
			continue;
		}
		if (!CHECK(t, count_text(golden->name, counts)))
			(void) printf("    %s.txt\n", golden->name);
		for (int s = 0; s < STAGE_COUNT; s++) {
			if (!CHECK_INT(t, plan.end[s] - plan.first[s], counts[s]))
				(void) printf("    %s, stage %d\n", golden->name, s);
			for (uint32_t o = plan.first[s]; o < plan.end[s]; o++)
				CHECK(t, plan.ops[o].stage == (enum stage) s && plan.ops[o].kind != OP_STAGE);
		}
		CHECK(t, (plan.clone != NULL || plan.restore != NULL || plan.delegate != NULL) == (counts[STAGE_CLONE] > 0));
		CHECK(t, (plan.exec != NULL) == (counts[STAGE_EXEC] > 0));
		plan_free(&plan);
	}
	free_goldens(&goldens);
}

static void refuses_golden_plans_cut_short(struct tests *t)
{
	char dir[256];
	struct goldens goldens;

	(void) snprintf(dir, sizeof dir, "%s/plan", golden_dir);
	if (!CHECK(t, read_goldens(&goldens, dir)))
		return;
	for (size_t i = 0; i < goldens.count; i++) {
		struct golden *golden = &goldens.items[i];

		for (size_t length = 0; length < golden->length; length++) {
			struct plan_error error = {.where = ""};
			struct plan plan;

			/* As it was cut, and with a header that agrees. */
			for (int is_patched = 0; is_patched < 2; is_patched++) {
				if (is_patched == 1 && length >= 12)
					set_u32(golden->data + 8, (uint32_t) length);
				if (!CHECK(t, decode(&plan, golden->data, length, &error) < 0 && error.where[0] != '\0'))
					(void) printf("    %s, %zu bytes\n", golden->name, length);
			}
			set_u32(golden->data + 8, (uint32_t) golden->length);
		}
	}
	free_goldens(&goldens);
}

static void refuses_broken_headers(struct tests *t)
{
	static const struct {
		size_t at;
		unsigned char value;
		const char *where;
	} cases[] = {
		{0, 'g', "magic"},   {3, 0, "magic"},     {4, 0, "version"}, {4, 2, "version"},      {5, 1, "version"},
		{6, 1, "reserved"},  {7, 1, "reserved"},  {8, 15, "totalLength"}, {8, 17, "totalLength"}, {11, 1, "totalLength"},
		{12, 1, "opCount"},  {15, 0x80, "opCount"},
	};
	struct build b;

	begin_plan(&b);
	end_plan(&b);
	(void) check_accepted(t, &b, "a plan of nothing");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		begin_plan(&b);
		end_plan(&b);
		b.data[cases[i].at] = cases[i].value;
		(void) check_refused(t, &b, -1, "", cases[i].where);
	}

	/* Something after the last operation. */
	(void) build_around(&b, OP_CONSOLE, "", STAGE_ENTER);
	put_number(&b, 0, 1);
	end_plan(&b);
	(void) check_refused(t, &b, -1, "", "totalLength");
}

static void keeps_its_limits(struct tests *t)
{
	static unsigned char data[PLAN_MAX_BYTES + 1];
	struct build b;
	struct plan_error error;
	struct plan plan;
	size_t length = 16;

	begin_plan(&b);
	put_stage(&b, 1);
	memcpy(data, b.data, b.length);
	length = b.length;
	b.length = 0;
	put_op(&b, OP_REMOVE_DIR, "s/");
	for (uint32_t i = 1; i < PLAN_MAX_OPS; i++, length += b.length)
		memcpy(data + length, b.data, b.length);
	set_u32(data + 8, (uint32_t) length);
	set_u32(data + 12, PLAN_MAX_OPS);
	CHECK_INT(t, decode(&plan, data, length, &error), 0);

	memcpy(data + length, b.data, b.length);
	length += b.length;
	set_u32(data + 8, (uint32_t) length);
	set_u32(data + 12, PLAN_MAX_OPS + 1);
	CHECK_INT(t, decode(&plan, data, length, &error), -1);
	CHECK_TEXT(t, error.where, "opCount");

	/* One string that fills the largest plan, and one byte more. */
	for (size_t size = PLAN_MAX_BYTES; size <= PLAN_MAX_BYTES + 1; size++) {
		begin_plan(&b);
		put_stage(&b, 1);
		put_op_header(&b, OP_REMOVE_DIR, size - b.length - 8);
		put_number(&b, size - b.length - 5, 4);
		end_plan(&b);
		set_u32(b.data + 8, (uint32_t) size);
		memset(data, '/', size - 1);
		data[size - 1] = '\0';
		memcpy(data, b.data, b.length);
		CHECK_INT(t, decode(&plan, data, size, &error), size > PLAN_MAX_BYTES ? -1 : 0);
	}
	CHECK_INT(t, error.op, -1);
	CHECK_TEXT(t, error.where, "totalLength");
}

static void refuses_unknown_kinds_and_broken_op_headers(struct tests *t)
{
	static const uint32_t kinds[] = {0, 64, 65, 255, 65535};
	struct build b;
	int index;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		index = build_around(&b, (enum op_kind) kinds[i], "", STAGE_CHILD);
		(void) check_refused(t, &b, index, "unknown", "kind");
	}

	index = begin_stages(&b, OP_LOOPBACK_UP, STAGE_CHILD);
	put_fields(&b, "h44 h1 w0");
	b.op_count++;
	end_stages(&b, OP_LOOPBACK_UP, STAGE_CHILD);
	(void) check_refused(t, &b, index, "loopback-up", "reserved");

	/* A payload that goes past the end of the plan. */
	begin_plan(&b);
	put_op_header(&b, OP_EXEC_FIFO, 1);
	end_plan(&b);
	(void) check_refused(t, &b, 0, "exec-fifo", "payloadLength");
	set_u32(b.data + 20, 0xffffffff);
	(void) check_refused(t, &b, 0, "exec-fifo", "payloadLength");

	/* The first operation leaves no header for the second. */
	begin_plan(&b);
	put_op(&b, OP_EXEC_FIFO, "s/runner");
	b.op_count++;
	end_plan(&b);
	(void) check_refused(t, &b, 1, "unknown", "kind");
	put_number(&b, OP_STDIO, 2);
	end_plan(&b);
	(void) check_refused(t, &b, 1, "stdio", "reserved");
}

static void wants_stages_to_ascend(struct tests *t)
{
	struct build b;

	begin_plan(&b);
	put_stage(&b, 0);
	end_plan(&b);
	(void) check_refused(t, &b, 0, "stage", "stage");

	begin_plan(&b);
	put_stage(&b, 1);
	put_stage(&b, 1);
	end_plan(&b);
	(void) check_refused(t, &b, 1, "stage", "stage");

	begin_plan(&b);
	put_stage(&b, 2);
	put_op(&b, OP_CLONE, CLONE_FIELDS);
	put_stage(&b, 4);
	put_stage(&b, 3);
	end_plan(&b);
	(void) check_refused(t, &b, 3, "stage", "stage");
}

static void wants_a_plan_to_be_whole(struct tests *t)
{
	struct build b;

	begin_plan(&b);
	put_stage(&b, 2);
	put_op(&b, OP_CLONE, CLONE_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, -1, "exec", "missing");

	for (int stage = STAGE_CLONE; stage < STAGE_COUNT; stage++) {
		begin_plan(&b);
		put_stage(&b, stage);
		end_plan(&b);
		(void) check_refused(t, &b, -1, "clone", "missing");
	}
	put_op(&b, OP_EXEC, EXEC_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, -1, "clone", "missing");

	begin_plan(&b);
	put_stage(&b, 1);
	put_op(&b, OP_JOIN_TARGET, "w1 q1 q0");
	end_plan(&b);
	(void) check_refused(t, &b, -1, "join-target", "needs a clone");

	(void) begin_stages(&b, OP_EXEC, STAGE_EXEC);
	put_op(&b, OP_EXEC, EXEC_FIELDS);
	put_op(&b, OP_HOOK, "sx s/h n1 sh n0 s w0 s s b0 b0");
	end_plan(&b);
	(void) check_refused(t, &b, -1, "exec", "must be the last operation");

	(void) build_around(&b, OP_STDIO, "b1 b4 s", STAGE_SETTINGS);
	(void) check_refused(t, &b, -1, "stdio", "kind logger without a logger");
	(void) begin_stages(&b, OP_STDIO, STAGE_SETTINGS);
	put_op(&b, OP_STDIO, "b1 b4 s");
	put_op(&b, OP_LOGGER, "s/log n1 slog n0 b0");
	end_stages(&b, OP_STDIO, STAGE_SETTINGS);
	(void) check_accepted(t, &b, "a logger after what refers to it");
}

#define CRIU_FIELDS "s/bin/criu n0 x0802 w64 n0 s s"
#define HOOK_FIELDS "sx s/h n1 sh n0 s w0 s s b0 b0"

static void restores_with_hooks_alone(struct tests *t)
{
	struct plan_error error;
	struct plan plan;
	struct build b;

	begin_plan(&b);
	put_stage(&b, STAGE_HOST);
	put_op(&b, OP_MOUNT_POINTS, "s/rootfs n0 n0");
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_CRIU, CRIU_FIELDS);
	put_stage(&b, STAGE_HOOKS);
	put_op(&b, OP_LOOPBACK_UP, "");
	put_op(&b, OP_HOOK, HOOK_FIELDS);
	end_plan(&b);
	if (CHECK(t, plan_decode(&plan, b.data, b.length, &error) == 0)) {
		CHECK(t, plan.restore == &plan.ops[plan.first[STAGE_CLONE]].u.criu && plan.clone == NULL);
		CHECK_INT(t, plan.end[STAGE_HOOKS] - plan.first[STAGE_HOOKS], 2);
		plan_free(&plan);
	}

	begin_plan(&b);
	put_stage(&b, STAGE_HOST);
	put_op(&b, OP_CRIU, CRIU_FIELDS);
	end_plan(&b);
	if (CHECK(t, plan_decode(&plan, b.data, b.length, &error) == 0)) {
		CHECK(t, plan.restore == NULL);
		plan_free(&plan);
	}

	begin_plan(&b);
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_CRIU, CRIU_FIELDS);
	put_stage(&b, STAGE_PARENT);
	put_op(&b, OP_RLIMIT, "w7 q1 q1");
	end_plan(&b);
	(void) check_refused(t, &b, 3, "rlimit", "not in a plan that restores");

	begin_plan(&b);
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_CRIU, CRIU_FIELDS);
	put_stage(&b, STAGE_EXEC);
	put_op(&b, OP_EXEC, EXEC_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, 3, "exec", "not in a plan that restores");

	begin_plan(&b);
	put_stage(&b, STAGE_HOST);
	put_op(&b, OP_JOIN_TARGET, "w1 q1 q0");
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_CRIU, CRIU_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, -1, "join-target", "needs a clone");
}

#define DELEGATE_FIELDS "s/bin/runc n2 srunc screate n1 sc1 n1 sA=1 s/bundle"

static void delegates_with_a_monitor_alone(struct tests *t)
{
	struct plan_error error;
	struct plan plan;
	struct build b;

	begin_plan(&b);
	put_op(&b, OP_MONITOR, "b1 s/run/c1/init b1 s");
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_DELEGATE, DELEGATE_FIELDS);
	end_plan(&b);
	if (CHECK(t, plan_decode(&plan, b.data, b.length, &error) == 0)) {
		CHECK(t, plan.delegate == &plan.ops[plan.first[STAGE_CLONE]].u.delegate && plan.clone == NULL);
		CHECK_TEXT(t, plan.delegate->path, "/bin/runc");
		CHECK(t, plan.delegate->before.count == 2 && plan.delegate->after.count == 1 && plan.delegate->env.count == 1);
		CHECK_TEXT(t, plan.delegate->before.items[1], "create");
		CHECK_TEXT(t, plan.delegate->after.items[0], "c1");
		CHECK_TEXT(t, plan.delegate->cwd, "/bundle");
		plan_free(&plan);
	}

	begin_plan(&b);
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_DELEGATE, DELEGATE_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, -1, "delegate", "needs a monitor with a process directory");

	begin_plan(&b);
	put_op(&b, OP_MONITOR, "b1 s/run/c1/init b1 s");
	put_stage(&b, STAGE_CLONE);
	put_op(&b, OP_DELEGATE, DELEGATE_FIELDS);
	put_stage(&b, STAGE_HOOKS);
	put_op(&b, OP_HOOK, HOOK_FIELDS);
	end_plan(&b);
	(void) check_refused(t, &b, -1, "delegate", "must be the last operation");
}

static void finds_its_stages(struct tests *t)
{
	struct plan_error error;
	struct plan plan;
	struct build b;

	/* clone … parent (empty) … enter is missing … exec */
	begin_plan(&b);
	put_stage(&b, 2);
	put_op(&b, OP_CLONE, CLONE_FIELDS);
	put_stage(&b, 3);
	put_stage(&b, 4);
	put_op(&b, OP_LOOPBACK_UP, "");
	put_op(&b, OP_KEYRING, "sk w0");
	put_stage(&b, 7);
	put_op(&b, OP_EXEC, EXEC_FIELDS);
	end_plan(&b);
	if (!CHECK(t, plan_decode(&plan, b.data, b.length, &error) == 0))
		return;
	for (int s = 0; s < STAGE_COUNT; s++) {
		static const uint32_t counts[STAGE_COUNT] = {0, 0, 1, 0, 2, 0, 0, 1};

		if (!CHECK_INT(t, plan.end[s] - plan.first[s], counts[s]))
			(void) printf("    stage %d\n", s);
	}
	CHECK(t, plan.ops[plan.first[STAGE_CHILD]].kind == OP_LOOPBACK_UP);
	CHECK(t, plan.ops[plan.end[STAGE_CHILD] - 1].kind == OP_KEYRING);
	CHECK(t, plan.ops[plan.first[STAGE_EXEC]].kind == OP_EXEC);
	CHECK(t, plan.monitor == NULL && plan.terminal == NULL && plan.logger == NULL && plan.join_target == NULL);
	CHECK_TEXT(t, plan.exec_fifo, "");
	plan_free(&plan);
}

int main(int argc, char **argv)
{
	struct tests t = {.passed = 0};

	if (argc > 1)
		golden_dir = argv[1];
	run_test(&t, "every golden plan decodes, with the operations its text has", decodes_golden_plans);
	run_test(&t, "a golden plan cut at any byte is refused", refuses_golden_plans_cut_short);
	run_test(&t, "a header that is wrong is refused by field", refuses_broken_headers);
	run_test(&t, "the largest plans decode, one more is refused", keeps_its_limits);
	run_test(&t, "unknown kinds and broken operation headers are refused", refuses_unknown_kinds_and_broken_op_headers);
	run_test(&t, "stages ascend", wants_stages_to_ascend);
	run_test(&t, "clone, exec and what refers to them are complete", wants_a_plan_to_be_whole);
	run_test(&t, "a plan that restores has hooks and nothing else after criu", restores_with_hooks_alone);
	run_test(&t, "a plan that delegates needs a monitor, and nothing after it", delegates_with_a_monitor_alone);
	run_test(&t, "stages are found, present or not", finds_its_stages);
	return end_tests(&t);
}
