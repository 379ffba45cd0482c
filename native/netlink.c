#include "netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "fd.h"

#define REQUEST_BYTES 256
#define ANSWER_BYTES 16384 /* the kernel's dumps come in pieces of this size: netlink(7) */

/* A request of one header, one structure and some attributes. */
struct request {
	struct nlmsghdr header;
	unsigned char rest[REQUEST_BYTES];
};

int netlink_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

int netlink_open_in(int ns_fd)
{
	_cleanup_close_ int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;

	if (home < 0 || setns(ns_fd, CLONE_NEWNET) < 0)
		return -1;
	fd = netlink_open();
	if (setns(home, CLONE_NEWNET) < 0)
		return -1; /* the caller gives up; nothing goes on in a container's network */
	return fd < 0 ? -1 : take_fd(&fd);
}

static int interface_request(int fd, const char *name, unsigned long what, struct ifreq *request)
{
	size_t length = strlen(name);

	memset(request, 0, sizeof *request);
	if (length >= sizeof request->ifr_name) {
		errno = ENODEV;
		return -1;
	}
	memcpy(request->ifr_name, name, length);
	return ioctl(fd, what, request);
}

int netlink_find(int fd, const char *name)
{
	struct ifreq request;

	return interface_request(fd, name, SIOCGIFINDEX, &request) < 0 ? -1 : request.ifr_ifindex;
}

int netlink_set_up(int fd, const char *name, int is_up)
{
	struct ifreq request;

	if (interface_request(fd, name, SIOCGIFFLAGS, &request) < 0)
		return -1;
	request.ifr_flags = (short) (is_up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

static void begin(struct request *request, int type, int flags, const void *body, size_t size)
{
	memset(request, 0, sizeof *request);
	request->header.nlmsg_type = (uint16_t) type;
	request->header.nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags);
	request->header.nlmsg_len = (uint32_t) NLMSG_LENGTH(size);
	memcpy(request->rest, body, size);
}

/* The callers' attributes fit: names of devices, descriptors and addresses. */
static void attach(struct request *request, int type, const void *data, size_t size)
{
	struct rtattr *attribute =
		(struct rtattr *) (void *) ((char *) &request->header + NLMSG_ALIGN(request->header.nlmsg_len));

	attribute->rta_type = (unsigned short) type;
	attribute->rta_len = (unsigned short) RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	request->header.nlmsg_len = (uint32_t) (NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
}

static int send_request(int fd, const struct request *request)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do {
		n = sendto(fd, request, request->header.nlmsg_len, 0, (const struct sockaddr *) &kernel, sizeof kernel);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static ssize_t receive(int fd, void *buffer, size_t size)
{
	ssize_t n;

	do {
		n = recv(fd, buffer, size, 0);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* What an acknowledgement or the end of a dump says. */
static int outcome(const struct nlmsghdr *message)
{
	int error = 0;

	if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error))
		memcpy(&error, NLMSG_DATA(message), sizeof error);
	errno = -error;
	return error == 0 ? 0 : -1;
}

/* Send a request and wait for what the kernel says to it. */
static int carry_out(int fd, struct request *request)
{
	struct nlmsghdr answer[ANSWER_BYTES / sizeof(struct nlmsghdr)];
	ssize_t n;

	request->header.nlmsg_flags |= NLM_F_ACK;
	if (send_request(fd, request) < 0)
		return -1;
	n = receive(fd, answer, sizeof answer);
	if (n < 0)
		return -1;
	if (!NLMSG_OK(answer, (size_t) n) || answer->nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	return outcome(answer);
}

int netlink_move(int fd, int index, int ns_fd, const char *name)
{
	const struct ifinfomsg body = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const uint32_t ns = (uint32_t) ns_fd;
	struct request request;

	begin(&request, RTM_NEWLINK, 0, &body, sizeof body);
	attach(&request, IFLA_NET_NS_FD, &ns, sizeof ns);
	attach(&request, IFLA_IFNAME, name, strnlen(name, IFNAMSIZ - 1) + 1);
	return carry_out(fd, &request);
}

/* One RTM_NEWADDR of a dump; false when it is not to be taken along. */
static bool read_address(const struct nlmsghdr *message, int index, struct net_address *address)
{
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	int left = (int) message->nlmsg_len - (int) NLMSG_LENGTH(sizeof *body);
	uint32_t flags;
	bool has_local = false;

	if (left < 0 || (int) body->ifa_index != index || body->ifa_scope != RT_SCOPE_UNIVERSE ||
	    (body->ifa_family != AF_INET && body->ifa_family != AF_INET6))
		return false;
	flags = body->ifa_flags;
	memset(address, 0, sizeof *address);
	address->family = body->ifa_family;
	address->prefix_length = body->ifa_prefixlen;
	address->length = body->ifa_family == AF_INET ? 4 : 16;
	for (struct rtattr *a = (struct rtattr *) (void *) ((char *) NLMSG_DATA(message) + NLMSG_ALIGN(sizeof *body));
	     RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) >= sizeof flags)
			memcpy(&flags, RTA_DATA(a), sizeof flags);
		if (RTA_PAYLOAD(a) != address->length)
			continue;
		if (a->rta_type == IFA_LOCAL) {
			memcpy(address->local, RTA_DATA(a), address->length);
			has_local = true;
		} else if (a->rta_type == IFA_ADDRESS) {
			memcpy(address->peer, RTA_DATA(a), address->length);
			address->has_peer = true;
		} else if (a->rta_type == IFA_BROADCAST) {
			memcpy(address->broadcast, RTA_DATA(a), address->length);
			address->has_broadcast = true;
		}
	}
	/* Without a peer there is one address, which IPv6 calls IFA_ADDRESS. */
	if (!has_local)
		memcpy(address->local, address->peer, address->length);
	return (has_local || address->has_peer) && (flags & IFA_F_PERMANENT) != 0;
}

static int append(struct net_address **addresses, size_t *count, const struct net_address *address)
{
	struct net_address *grown = realloc(*addresses, (*count + 1) * sizeof *grown);

	if (grown == NULL)
		return -1;
	grown[(*count)++] = *address;
	*addresses = grown;
	return 0;
}

/* Read the pieces of a dump until its end. */
static int read_dump(int fd, int index, struct net_address **addresses, size_t *count)
{
	struct nlmsghdr answer[ANSWER_BYTES / sizeof(struct nlmsghdr)];

	for (;;) {
		ssize_t n = receive(fd, answer, sizeof answer);
		size_t left = (size_t) n;

		if (n <= 0)
			return -1;
		for (struct nlmsghdr *m = answer; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
			struct net_address address;

			if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
				return outcome(m);
			if (m->nlmsg_type == RTM_NEWADDR && read_address(m, index, &address) &&
			    append(addresses, count, &address) < 0)
				return -1;
		}
	}
}

int netlink_addresses(int fd, int index, struct net_address **addresses, size_t *count)
{
	const struct ifaddrmsg body = { .ifa_family = AF_UNSPEC };
	struct request request;

	*addresses = NULL;
	*count = 0;
	begin(&request, RTM_GETADDR, NLM_F_DUMP, &body, sizeof body);
	if (send_request(fd, &request) == 0 && read_dump(fd, index, addresses, count) == 0)
		return 0;
	free(*addresses);
	*addresses = NULL;
	return -1;
}

int netlink_add_address(int fd, int index, const struct net_address *address)
{
	const struct ifaddrmsg body = {
		.ifa_family = address->family,
		.ifa_prefixlen = address->prefix_length,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t) index,
	};
	struct request request;

	begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
	attach(&request, IFA_LOCAL, address->local, address->length);
	if (address->has_peer)
		attach(&request, IFA_ADDRESS, address->peer, address->length);
	if (address->has_broadcast)
		attach(&request, IFA_BROADCAST, address->broadcast, address->length);
	return carry_out(fd, &request);
}
