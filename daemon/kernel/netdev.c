// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/netdev.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev-index.h"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/object.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

/* Room for a burst of announcements; the kernel reports the ones that do not fit as lost. */
#define RECEIVE_BUFFER (1 << 20)

struct netdev_watch {
	struct nl_sock *socket;
	sd_event_source *source;
	const struct netdev_events *events;
	void *userdata;
};

int netdev_find(const char *ifname, unsigned int *ret_ifindex, struct error *error)
{
	int result = netdev_index(ifname, ret_ifindex);

	if (result == -ENODEV)
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV, "no network device '%s'",
				 ifname);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "cannot look up network device '%s': %s", ifname,
				 errno_name(result));
	return 0;
}

/* The ioctl works on any socket; every kernel and every sandbox has this kind. */
unsigned int netdev_mtu(const char *ifname)
{
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};

	if (fd < 0)
		return 0;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCGIFMTU, &request) < 0 ? 0 : request.ifr_mtu;
}

static void tell_link(struct nl_object *object, void *userdata)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	struct netdev_watch *watch = userdata;

	if (nl_object_get_msgtype(object) == RTM_DELLINK)
		watch->events->gone(watch->userdata, rtnl_link_get_ifindex(link));
	else if (rtnl_link_get_name(link))
		watch->events->present(watch->userdata, rtnl_link_get_ifindex(link),
				       rtnl_link_get_name(link));
}

/*
 * Announcements of other families, such as a bridge's about its ports, are not about the device. Only the
 * message shows its family: libnl's object has the family AF_BRIDGE also for a bridge itself.
 */
static bool is_about_device(struct nl_msg *message)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct ifinfomsg *info = nlmsg_data(header);

	return nlmsg_valid_hdr(header, sizeof(*info)) && info->ifi_family == AF_UNSPEC;
}

static int tell(struct nl_msg *message, void *userdata)
{
	if (is_about_device(message))
		nl_msg_parse(message, tell_link, userdata);
	return NL_OK;
}

static int receive(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct netdev_watch *watch = userdata;

	(void)source;
	(void)fd;
	(void)events;
	if (nl_recvmsgs_default(watch->socket) == -NLE_NOMEM)
		watch->events->lost(watch->userdata);
	return 0;
}

void netdev_watch_drop(struct netdev_watch **p)
{
	struct netdev_watch *watch = steal(*p);

	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	if (watch->socket)
		nl_socket_free(watch->socket);
	free(watch);
}

int netdev_watch_new(sd_event *loop, const struct netdev_events *events, void *userdata,
		     struct netdev_watch **ret, struct error *error)
{
	cleanup(netdev_watch_drop) struct netdev_watch *watch = calloc(1, sizeof(*watch));
	int result;

	if (!watch || !(watch->socket = nl_socket_alloc()))
		return error_memory(error);
	watch->events = events;
	watch->userdata = userdata;
	nl_socket_disable_seq_check(watch->socket);
	nl_socket_modify_cb(watch->socket, NL_CB_VALID, NL_CB_CUSTOM, tell, watch);
	result = nl_connect(watch->socket, NETLINK_ROUTE);
	if (result == 0)
		result = nl_socket_add_membership(watch->socket, RTNLGRP_LINK);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -EIO, "cannot watch devices: %s",
				 nl_geterror(result));
	nl_socket_set_buffer_size(watch->socket, RECEIVE_BUFFER, 0);
	nl_socket_set_nonblocking(watch->socket);
	result = sd_event_add_io(loop, &watch->source, nl_socket_get_fd(watch->socket), EPOLLIN,
				 receive, watch);
	if (result >= 0) /* announcements come before requests that clients make because of them */
		result = sd_event_source_set_priority(watch->source, SD_EVENT_PRIORITY_IMPORTANT);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot watch devices: %s",
				 errno_name(result));
	*ret = steal(watch);
	return 0;
}
