#include "owner.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include "fd.h"

static bool map_by_ranges(const struct op_id_map *map, uint32_t *id)
{
	for (uint32_t i = 0; i < map->map.count; i++) {
		const struct id_range *range = &map->map.items[i];

		if (*id >= range->inside && *id - range->inside < range->count) {
			*id = range->outside + (*id - range->inside);
			return true;
		}
	}
	return false;
}

/* user_namespaces(7): lines of three numbers; at most 340 lines. */
static bool map_by_proc(uint32_t pid, const char *name, uint32_t *id)
{
	char text[12288];
	const char *line = text;
	ssize_t length;
	_cleanup_close_ int fd = -1;

	(void) snprintf(text, sizeof text, "/proc/%u/%s", pid, name);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	while (*line != '\0') {
		char *next;
		unsigned long inside = strtoul(line, &next, 10);
		unsigned long outside = strtoul(next, &next, 10);
		unsigned long count = strtoul(next, &next, 10);

		if (*id >= inside && *id - inside < count) {
			*id = (uint32_t) (outside + (*id - inside));
			return true;
		}
		line = strchr(next, '\n');
		if (line == NULL)
			return false;
		line++;
	}
	return false;
}

/* `which` 0: uid, 1: gid */
static bool map_id(const struct plan *plan, uint8_t which, uint32_t *id)
{
	bool has_map = false;

	for (uint32_t i = 0; i < plan->op_count; i++) {
		const struct op *op = &plan->ops[i];

		if (op->kind != OP_ID_MAP || op->u.id_map.which != which)
			continue;
		has_map = true;
		if (map_by_ranges(&op->u.id_map, id))
			return true;
	}
	if (has_map || (plan->clone != NULL && (plan->clone->flags & CLONE_NEWUSER) != 0))
		return false;
	if (plan->join_target != NULL && (plan->join_target->mask & CLONE_NEWUSER) != 0)
		return map_by_proc(plan->join_target->pid, which == 0 ? "uid_map" : "gid_map", id);
	return true;
}

struct owner find_owner(const struct plan *plan)
{
	struct owner owner = {.is_known = false};

	for (uint32_t i = 0; i < plan->op_count; i++) {
		const struct op *op = &plan->ops[i];

		if (op->kind != OP_IDENTITY)
			continue;
		owner.uid = op->u.identity.uid;
		owner.gid = op->u.identity.gid;
		owner.is_known = map_id(plan, 0, &owner.uid) && map_id(plan, 1, &owner.gid);
	}
	return owner;
}
