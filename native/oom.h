/* Counts the kernel's out-of-memory kills in one cgroup. */
#ifndef GANTRY_OOM_H
#define GANTRY_OOM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct oom_watch {
	int file_fd;	/* memory.oom_control (v1) or memory.events (v2); -1: no watch */
	int event_fd;	/* eventfd (v1) or inotify (v2) */
	uint64_t seen;	/* value of the counter when it was last looked at */
	int rechecks;	/* looks still to be taken after a v1 event */
	int delay_ms;	/* between the last and the next of them */
	int64_t recheck_at_ms; /* CLOCK_MONOTONIC */
};

/* No watch: what oom_close() may be called on. */
void oom_init(struct oom_watch *watch);

/* Watch the cgroup whose `memory.oom_control` or `memory.events` is `path`. -1 and errno on failure. */
int oom_open(struct oom_watch *watch, const char *path);

/* What to wait for; fd -1 without a watch. */
struct pollfd oom_poll(const struct oom_watch *watch);

/* Milliseconds until oom_count() wants to be called without an event, -1: never. */
int oom_timeout(const struct oom_watch *watch);

/*
 * How many kills happened since the last call; 0 without a watch. May be called at any time.
 *
 * @param has_event oom_poll()'s descriptor is readable
 */
uint64_t oom_count(struct oom_watch *watch, bool has_event);

void oom_close(struct oom_watch *watch);

#endif
