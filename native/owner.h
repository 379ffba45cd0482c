/* Who a container's process will be, in the ids of the host. */
#ifndef GANTRY_OWNER_H
#define GANTRY_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "plan.h"

struct owner {
	bool is_known; /* false: no identity in the plan, or an id without a mapping */
	uid_t uid;
	gid_t gid;
};

/*
 * The ids of the plan's `identity`, through its `id-map` operations when it creates a user namespace, through
 * /proc/PID/uid_map and gid_map when it joins that of a running container.
 */
struct owner find_owner(const struct plan *plan);

#endif
