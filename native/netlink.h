/*
 * The little of rtnetlink(7) that moving a network device takes. A socket belongs to the network namespace it was made in,
 * wherever its owner is later.
 */
#ifndef GANTRY_NETLINK_H
#define GANTRY_NETLINK_H

#include <stddef.h>
#include <stdint.h>

/* An address that is worth taking along: permanent, and valid everywhere. */
struct net_address {
	uint8_t family;
	uint8_t prefix_length;
	uint8_t length; /* of each of the three below: 4 or 16 */
	uint8_t has_peer;
	uint8_t has_broadcast;
	uint8_t local[16];
	uint8_t peer[16];
	uint8_t broadcast[16];
};

/* A socket in the namespace of the caller, or of `ns_fd`; -1 and errno. */
int netlink_open(void);
int netlink_open_in(int ns_fd);

/* The index of a device; -1 and errno, ENODEV when there is none of this name. */
int netlink_find(int fd, const char *name);

/* Set or clear IFF_UP. */
int netlink_set_up(int fd, const char *name, int is_up);

/* Give a device to another network namespace, under this name. */
int netlink_move(int fd, int index, int ns_fd, const char *name);

/* The addresses of a device, allocated; -1 and errno. */
int netlink_addresses(int fd, int index, struct net_address **addresses, size_t *count);

int netlink_add_address(int fd, int index, const struct net_address *address);

#endif
