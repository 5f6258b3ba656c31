// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/netdev-index.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#define ALTNAME_SIZE 128 /* ALTIFNAMSIZ of <linux/if.h>, which contradicts <net/if.h> */

static void socket_freep(struct nl_sock **socket)
{
	if (*socket)
		nl_socket_free(*socket);
}

static void message_freep(struct nl_msg **message)
{
	if (*message)
		nlmsg_free(*message);
}

/* RTM_GETLINK about the device with that alternative name; NULL: no memory. */
static struct nl_msg *make_request(const char *name)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *request = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST);

	if (request && nlmsg_append(request, (void *)&info, sizeof(info), NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0 &&
	    nla_put_string(request, IFLA_ALT_IFNAME, name) == 0)
		return request;
	nlmsg_free(request);
	return NULL;
}

static int take_index(struct nl_msg *message, void *userdata)
{
	unsigned int *index = userdata;

	*index = ((const struct ifinfomsg *)nlmsg_data(nlmsg_hdr(message)))->ifi_index;
	return NL_STOP; /* one device has the name */
}

static int find_by_altname(const char *name, unsigned int *ret)
{
	cleanup(socket_freep) struct nl_sock *socket = nl_socket_alloc();
	cleanup(message_freep) struct nl_msg *request = make_request(name);
	unsigned int index = 0;
	int result;

	if (!socket || !request)
		return -ENOMEM;
	nl_socket_disable_auto_ack(socket);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take_index, &index);
	if (nl_connect(socket, NETLINK_ROUTE) < 0)
		return -EIO;
	result = nl_send_auto(socket, request);
	if (result >= 0)
		result = nl_recvmsgs_default(socket);
	if (!index)
		return result == -NLE_NODEV ? -ENODEV : -EIO;
	*ret = index;
	return 0;
}

int netdev_index(const char *name, unsigned int *ret)
{
	size_t length = strlen(name);
	unsigned int index;

	if (length >= ALTNAME_SIZE)
		return -ENODEV;
	if (length >= IF_NAMESIZE)
		return find_by_altname(name, ret);
	index = if_nametoindex(name);
	if (!index)
		return -errno;
	*ret = index;
	return 0;
}
