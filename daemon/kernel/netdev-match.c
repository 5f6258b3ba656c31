// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/netdev-match.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev-index.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static bool read_address(const char *ifname, unsigned char ret[static ETH_ALEN])
{
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		return false;
	memcpy(ret, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return true;
}

static bool read_permanent_address(const char *ifname, unsigned char ret[static ETH_ALEN])
{
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union {
		struct ethtool_perm_addr header;
		char bytes[sizeof(struct ethtool_perm_addr) + 32];
	} answer = { .header = { .cmd = ETHTOOL_GPERMADDR, .size = 32 } };
	struct ifreq request = { .ifr_data = (char *)&answer };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) < 0 || answer.header.size != ETH_ALEN)
		return false;
	memcpy(ret, answer.bytes + sizeof(answer.header), ETH_ALEN);
	return true;
}

static bool has_address(const char *ifname, const char *value,
			bool (*read)(const char *ifname, unsigned char ret[static ETH_ALEN]))
{
	unsigned char address[ETH_ALEN];
	struct ether_addr wanted;

	return ether_aton_r(value, &wanted) && read(ifname, address) &&
	       !memcmp(&wanted, address, ETH_ALEN);
}

static bool holds_mac(const char *value, unsigned int ifindex, const char *ifname)
{
	(void)ifindex;
	return has_address(ifname, value, read_address);
}

static bool holds_permanent(const char *value, unsigned int ifindex, const char *ifname)
{
	(void)ifindex;
	return has_address(ifname, value, read_permanent_address);
}

/* The kernel finds devices by their alternative names, too. */
static bool holds_altname(const char *value, unsigned int ifindex, const char *ifname)
{
	unsigned int found;

	return strcmp(value, ifname) != 0 && netdev_index(value, &found) == 0 && found == ifindex;
}

/* One question to the kernel, however many devices there are. */
static unsigned int find_altname(const char *value)
{
	char ifname[IF_NAMESIZE];
	unsigned int ifindex;

	return netdev_index(value, &ifindex) == 0 && if_indextoname(ifindex, ifname) &&
			       strcmp(value, ifname) != 0
		       ? ifindex
		       : 0;
}

static bool is_address(const char *value)
{
	struct ether_addr address;

	return ether_aton_r(value, &address) && strlen(value) >= strlen("0:0:0:0:0:0");
}

static bool is_name(const char *value)
{
	return *value && !strpbrk(value, "/ \t\n");
}

static const struct kind {
	const char *prefix;
	bool (*is_value)(const char *value);
	bool (*holds)(const char *value, unsigned int ifindex, const char *ifname);
	unsigned int (*find)(const char *value); /* NULL: each device must be asked */
} kinds[] = {
	{ "mac=", is_address, holds_mac, NULL },
	{ "permaddr=", is_address, holds_permanent, NULL },
	{ "altname=", is_name, holds_altname, find_altname },
};

static const struct kind *find_kind(const char *match, const char **ret_value)
{
	for (size_t i = 0; i < array_size(kinds); i++) {
		size_t length = strlen(kinds[i].prefix);

		*ret_value = match + length;
		if (!strncmp(match, kinds[i].prefix, length))
			return &kinds[i];
	}
	return NULL;
}

int netdev_match_check(const char *match, struct error *error)
{
	const char *value;
	const struct kind *kind = find_kind(match, &value);

	if (kind && kind->is_value(value))
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "invalid match '%s'; use mac=ADDRESS, permaddr=ADDRESS or altname=NAME",
			 match);
}

bool netdev_match_holds(const char *match, unsigned int ifindex, const char *ifname)
{
	const char *value;
	const struct kind *kind = find_kind(match, &value);

	return kind && kind->holds(value, ifindex, ifname);
}

unsigned int netdev_match_find(const char *match)
{
	const char *value;
	const struct kind *kind = find_kind(match, &value);
	struct if_nameindex *all = kind && kind->find ? NULL : if_nameindex();
	unsigned int found = kind && kind->find ? kind->find(value) : 0;

	for (size_t i = 0; all && all[i].if_index; i++)
		if ((!found || all[i].if_index < found) &&
		    netdev_match_holds(match, all[i].if_index, all[i].if_name))
			found = all[i].if_index;
	if (all)
		if_freenameindex(all);
	return found;
}
