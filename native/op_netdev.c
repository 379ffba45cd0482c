#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "netlink.h"

#define MOST_NUMBERED 65536

/* A device on its way: what is known of it, in both namespaces. */
struct journey {
	const char *name;
	char new_name[IFNAMSIZ];
	int home; /* netlink sockets */
	int away;
	int ns_fd;
	int index;
	struct net_address *addresses;
	size_t address_count;
};

static int name_it(struct journey *j, const char *wanted)
{
	const char *pattern = strstr(wanted, "%d");

	if (pattern == NULL)
		return snprintf(j->new_name, sizeof j->new_name, "%s", wanted) < (int) sizeof j->new_name ? 0 : -1;
	/* As the kernel numbers devices: the lowest free number. */
	for (int number = 0; number < MOST_NUMBERED; number++) {
		if (snprintf(j->new_name, sizeof j->new_name, "%.*s%d%s", (int) (pattern - wanted), wanted, number,
			     pattern + 2) >= (int) sizeof j->new_name)
			return -1;
		if (netlink_find(j->away, j->new_name) < 0)
			return errno == ENODEV ? 0 : -1;
	}
	return -1;
}

/*
 * The addresses are read before the device goes down, which costs it those of IPv6. A device that has arrived is not
 * moved back when something fails: it goes where devices of a network namespace go that ends.
 */
static int travel(struct ctx *ctx, struct journey *j)
{
	int index;

	if (netlink_addresses(j->home, j->index, &j->addresses, &j->address_count) < 0)
		return fail(ctx->out, "read addresses of network device", j->name, errno);
	if (netlink_set_up(j->home, j->name, 0) < 0)
		return fail(ctx->out, "bring network device down", j->name, errno);
	if (netlink_move(j->home, j->index, j->ns_fd, j->new_name) < 0)
		return fail_detail(ctx->out, "move network device", j->name, errno, j->new_name);
	index = netlink_find(j->away, j->new_name);
	if (index < 0)
		return fail(ctx->out, "find moved network device", j->new_name, errno);
	for (size_t i = 0; i < j->address_count; i++)
		if (netlink_add_address(j->away, index, &j->addresses[i]) < 0)
			return fail(ctx->out, "add address to network device", j->new_name, errno);
	if (netlink_set_up(j->away, j->new_name, 1) < 0)
		return fail(ctx->out, "bring network device up", j->new_name, errno);
	return 0;
}

/* The child's network namespace; -1 after fail(). */
static int open_network(struct ctx *ctx)
{
	char path[64];
	int fd;

	(void) snprintf(path, sizeof path, "/proc/%d/ns/net", (int) ctx->child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fail(ctx->out, "open network namespace", path, errno) : fd;
}

int op_loopback_up_outside(struct ctx *ctx)
{
	_cleanup_close_ int ns_fd = open_network(ctx);
	_cleanup_close_ int away = -1;

	if (ns_fd < 0)
		return -1;
	away = netlink_open_in(ns_fd);
	if (away < 0 || netlink_set_up(away, "lo", 1) < 0)
		return fail(ctx->out, "bring interface up", "lo", errno);
	return 0;
}

int op_net_device(struct ctx *ctx, const struct op_net_device *op)
{
	_cleanup_close_ int ns_fd = -1;
	_cleanup_close_ int home = netlink_open();
	_cleanup_close_ int away = -1;
	struct journey j = { .name = op->name, .home = home };
	int result;

	if (home < 0)
		return fail(ctx->out, "open netlink socket", op->name, errno);
	j.index = netlink_find(home, op->name);
	if (j.index < 0)
		return fail(ctx->out, "find network device", op->name, errno);
	ns_fd = open_network(ctx);
	if (ns_fd < 0)
		return -1;
	away = netlink_open_in(ns_fd);
	if (away < 0)
		return fail(ctx->out, "open netlink socket of the container", op->name, errno);
	j.ns_fd = ns_fd;
	j.away = away;
	if (name_it(&j, op->new_name[0] == '\0' ? op->name : op->new_name) < 0)
		return fail(ctx->out, "name network device", op->new_name, ENAMETOOLONG);
	result = travel(ctx, &j);
	free(j.addresses);
	return result;
}
