/* Copies one stream without ever waiting: pipe to fifo, stdin to pty, pty to fifo. */
#ifndef GANTRY_PUMP_H
#define GANTRY_PUMP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct pump {
	int from;	 /* owned; -1: there is nothing to copy (any more) */
	int to;		 /* borrowed, must outlive `from`; -1: what is read is thrown away */
	bool is_splice;	 /* both are pipes: the kernel moves the pages */
	bool wants_room; /* `to` was full: wait for it, not for `from` */
	uint16_t start;	 /* what was read and not written yet: buffer[start … end) */
	uint16_t end;
	char buffer[4096];
};

void pump_init(struct pump *pump);

/* `from` is taken over and must be non-blocking, or polled before every step. */
void pump_begin(struct pump *pump, int from, int to, bool is_splice);

static inline bool pump_is_active(const struct pump *pump)
{
	return pump->from >= 0;
}

/* The one descriptor this pump waits for. */
struct pollfd pump_poll(const struct pump *pump);

/*
 * Move one portion; true if anything moved. At the end of `from` (end of file; EIO of a pty whose last slave was
 * closed) the pump ends. When `to` breaks, what follows is read and thrown away, so that the writer never blocks.
 */
bool pump_step(struct pump *pump);

/* Move what is there now, as far as it goes without waiting, and end. */
void pump_release(struct pump *pump);

#endif
