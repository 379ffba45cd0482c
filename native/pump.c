#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fd.h"

#define SPLICE_BYTES (1u << 20)
#define RELEASE_STEPS 512

void pump_init(struct pump *pump)
{
	pump->from = -1;
	pump->to = -1;
}

void pump_begin(struct pump *pump, int from, int to, bool is_splice)
{
	pump->from = from;
	pump->to = to;
	pump->is_splice = is_splice;
	pump->wants_room = false;
	pump->start = 0;
	pump->end = 0;
}

struct pollfd pump_poll(const struct pump *pump)
{
	if (pump->from >= 0 && pump->wants_room)
		return (struct pollfd){.fd = pump->to, .events = POLLOUT};
	return (struct pollfd){.fd = pump->from, .events = POLLIN};
}

static bool is_readable(int fd)
{
	struct pollfd ask = {.fd = fd, .events = POLLIN};

	return poll(&ask, 1, 0) > 0;
}

static void lose_target(struct pump *pump)
{
	pump->to = -1;
	pump->is_splice = false;
	pump->wants_room = false;
	pump->start = pump->end = 0;
}

static bool step_splice(struct pump *pump)
{
	ssize_t count = splice(pump->from, NULL, pump->to, NULL, SPLICE_BYTES, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (count > 0) {
		pump->wants_room = false;
		return true;
	}
	if (count == 0) {
		close_fd(&pump->from);
		return false;
	}
	if (errno == EINTR)
		return true;
	if (errno == EAGAIN) {
		/* EAGAIN does not tell which side would block; waiting for the wrong one would spin. */
		pump->wants_room = is_readable(pump->from);
		return false;
	}
	if (errno == EINVAL)
		pump->is_splice = false;
	else
		lose_target(pump);
	return true;
}

static bool step_write(struct pump *pump)
{
	ssize_t count = write(pump->to, pump->buffer + pump->start, (size_t) (pump->end - pump->start));

	if (count >= 0) {
		pump->wants_room = false;
		pump->start = (uint16_t) (pump->start + count);
		return true;
	}
	if (errno == EINTR)
		return true;
	if (errno == EAGAIN) {
		pump->wants_room = true;
		return false;
	}
	lose_target(pump);
	return true;
}

static bool step_read(struct pump *pump)
{
	ssize_t count = read(pump->from, pump->buffer, sizeof pump->buffer);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (count <= 0) {
		close_fd(&pump->from);
		return false;
	}
	pump->start = 0;
	pump->end = pump->to < 0 ? 0 : (uint16_t) count;
	return true;
}

bool pump_step(struct pump *pump)
{
	if (pump->from < 0)
		return false;
	if (pump->is_splice)
		return step_splice(pump);
	if (pump->start < pump->end)
		return step_write(pump);
	if (!step_read(pump))
		return false;
	/* Written at once: most of the time there is room, and one poll less. */
	if (pump->start < pump->end)
		(void) step_write(pump);
	return true;
}

void pump_release(struct pump *pump)
{
	/* Bounded: more than any pipe or pty holds, so that a writer that never stops cannot keep us here. */
	for (int i = 0; i < RELEASE_STEPS && pump_step(pump); i++)
		;
	close_fd(&pump->from);
}
