/* Children that other programs have left to us: we are a subreaper while they work (prctl(2), PR_SET_CHILD_SUBREAPER). */
#ifndef GANTRY_STRAYS_H
#define GANTRY_STRAYS_H

#include <sys/types.h>

#define CHILDREN_MAX 64

/* Our children: their number, at most CHILDREN_MAX. Needs /proc/…/children, CONFIG_PROC_CHILDREN. */
int list_children(pid_t children[CHILDREN_MAX]);

/* Kill and reap every child but those of `before`, and what becomes ours when they end. */
void kill_strays(const pid_t before[], int before_count);

#endif
