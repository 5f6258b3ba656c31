// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/attachment.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "base/directory.h"
#include "daemon/kernel/info/xdp-features.h"
#include "daemon/kernel/netlink-attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>

static int create_link(int program_fd, unsigned int ifindex, enum xdp_mode mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == MODE_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);

	return bpf_link_create(program_fd, ifindex, BPF_XDP, &options);
}

static int read_link(int fd, struct bpf_link_info *ret, struct error *error)
{
	__u32 size = sizeof(*ret);

	*ret = (struct bpf_link_info){};
	if (bpf_link_get_info_by_fd(fd, ret, &size) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot query the XDP link: %s",
			 errno_name(errno));
}

int attachment_look(const struct attachment *attachment, unsigned int *ret_ifindex,
		    uint32_t *ret_program_id, struct error *error)
{
	struct bpf_link_info info;
	int result;

	if (attachment->fd < 0) {
		result = netlink_attachment_look(&attachment->netlink, ret_program_id);
		*ret_ifindex = *ret_program_id ? attachment->netlink.ifindex : 0;
		return result == 0 ? 0
				   : error_set(error, ERROR_KERNEL_REFUSED, result,
					       "cannot query what the device runs: %s",
					       errno_name(result));
	}
	result = read_link(attachment->fd, &info, error);
	if (result < 0)
		return result;
	*ret_ifindex = info.xdp.ifindex;
	*ret_program_id = info.prog_id;
	return 0;
}

static int pin_link(struct attachment *attachment, const char *parent, const char *name,
		    struct error *error)
{
	int result = pins_new(parent, name, &attachment->pins, error);

	return result < 0 ? result : pins_add(attachment->pins, "link", attachment->fd, error);
}

/*
 * The kernel returns EOPNOTSUPP for a driver without native XDP, but drivers return it for other reasons
 * too.
 */
static void create(struct attachment *attachment, const struct attachment_request *request)
{
	enum xdp_mode mode = request->mode;

	attachment->mode = mode == MODE_UNSET ? MODE_NATIVE : mode;
	attachment->fd = create_link(request->program_fd, request->ifindex, attachment->mode);
	if (attachment->fd != -EOPNOTSUPP || mode != MODE_UNSET ||
	    xdp_features_native(request->ifindex))
		return;
	attachment->mode = MODE_SKB;
	attachment->fell_back = true;
	attachment->fd = create_link(request->program_fd, request->ifindex, MODE_SKB);
}

int attachment_new(const struct attachment_request *request, struct attachment **ret,
		   struct attach_blocker *ret_blocker, struct error *error)
{
	cleanup(attachment_drop) struct attachment *attachment = calloc(1, sizeof(*attachment));
	struct bpf_link_info info;
	int result;

	if (!attachment)
		return error_memory(error);
	attachment->netlink.program_fd = attachment->netlink.next_fd =
		attachment->netlink.foreign_fd = -1;
	create(attachment, request);
	if (attachment->fd < 0)
		return attach_refused(attachment->fd, request->program_fd, request->ifindex,
				      request->ifname, attachment->mode, ret_blocker, error);
	crash_point("attach");
	result = read_link(attachment->fd, &info, error);
	attachment->id = info.id;
	if (result == 0)
		result = pin_link(attachment, request->parent, request->name, error);
	if (result == 0)
		*ret = steal(attachment);
	return result;
}

int attachment_take(int foreign_fd, const char *netns_path, unsigned int ifindex,
		    enum xdp_mode mode, const char *parent, const char *name,
		    struct attachment **ret, struct error *error)
{
	cleanup(attachment_drop) struct attachment *attachment = calloc(1, sizeof(*attachment));
	int result;

	if (!attachment)
		return error_memory(error);
	attachment->fd = attachment->netlink.program_fd = attachment->netlink.next_fd =
		attachment->netlink.foreign_fd = -1;
	attachment->mode = attachment->netlink.mode = mode;
	result = pins_new(parent, name, &attachment->pins, error);
	attachment->netlink.pins = attachment->pins;
	if (result == 0)
		result = netlink_attachment_take(&attachment->netlink, foreign_fd, netns_path,
						 ifindex, error);
	if (result == 0)
		*ret = steal(attachment);
	return result;
}

void attachment_own(struct attachment *attachment)
{
	if (attachment->fd < 0)
		netlink_attachment_own(&attachment->netlink);
}

uint32_t attachment_foreign_id(const struct attachment *attachment)
{
	return attachment->fd < 0 ? netlink_attachment_foreign_id(&attachment->netlink) : 0;
}

/*
 * For a device the kernel reports which program runs in which mode; for a link it reports only the device.
 */
static void find_mode(struct attachment *attachment, unsigned int ifindex, enum xdp_mode wanted)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	bool skb = ifindex && bpf_xdp_query(ifindex, 0, &query) == 0 && query.skb_prog_id;

	attachment->mode = skb ? MODE_SKB : MODE_NATIVE;
	attachment->fell_back = skb && wanted == MODE_UNSET;
}

int attachment_restore(const char *parent, const char *name, enum xdp_mode mode,
		       struct attachment **ret, struct error *error)
{
	cleanup(attachment_keep) struct attachment *attachment = calloc(1, sizeof(*attachment));
	struct bpf_link_info info;
	int result;

	if (!attachment)
		return error_memory(error);
	attachment->fd = attachment->netlink.program_fd = attachment->netlink.next_fd =
		attachment->netlink.foreign_fd = -1;
	result = pins_open(parent, name, &attachment->pins, error);
	if (result < 0)
		return result;
	attachment->fd = pins_get(attachment->pins, "link");
	if (attachment->fd == -ENOENT) {
		attachment->netlink.pins = attachment->pins;
		result = netlink_attachment_restore(&attachment->netlink, error);
		attachment->mode = attachment->netlink.mode;
		if (result == 0)
			*ret = steal(attachment);
		return result;
	}
	if (attachment->fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, attachment->fd,
				 "cannot open the link pinned in '%s/%s': %s", parent, name,
				 errno_name(attachment->fd));
	result = read_link(attachment->fd, &info, error);
	if (result < 0)
		return result;
	attachment->id = info.id;
	find_mode(attachment, info.xdp.ifindex, mode);
	*ret = steal(attachment);
	return 0;
}

int attachment_update(struct attachment *attachment, int program_fd, int old_program_fd,
		      const char *ifname, struct error *error)
{
	LIBBPF_OPTS(bpf_link_update_opts, options);
	int failure;

	if (attachment->fd < 0)
		return netlink_attachment_update(&attachment->netlink, program_fd, ifname, error);
	if (old_program_fd >= 0) {
		options.flags = BPF_F_REPLACE;
		options.old_prog_fd = old_program_fd;
	}
	if (bpf_link_update(attachment->fd, program_fd, &options) == 0) {
		crash_point("swap");
		return 0;
	}
	failure = -errno;
	if (failure == -ENOLINK)
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV, "device %s disappeared",
				 ifname);
	return error_set(error, ERROR_DEVICE_REFUSED, failure,
			 "cannot switch %s to the new chain: %s", ifname, errno_name(failure));
}

void attachment_commit(struct attachment *attachment)
{
	if (attachment->netlink.next_fd < 0)
		return;
	closep(&attachment->netlink.program_fd);
	attachment->netlink.program_fd = steal_fd(&attachment->netlink.next_fd);
}

void attachment_drop(struct attachment **attachment)
{
	if (*attachment) {
		/* Detach now: the kernel may take a while to free the pin in bpffs. */
		if ((*attachment)->fd >= 0)
			bpf_link_detach((*attachment)->fd);
		else
			netlink_attachment_detach(&(*attachment)->netlink);
		crash_point("release");
		pins_drop(&(*attachment)->pins);
		closep(&(*attachment)->fd);
	}
	free(steal(*attachment));
}

void attachment_keep(struct attachment **attachment)
{
	if (*attachment) {
		pins_keep(&(*attachment)->pins);
		closep(&(*attachment)->fd);
		netlink_attachment_done(&(*attachment)->netlink);
	}
	free(steal(*attachment));
}

int attachment_each_pin(const struct attachment *attachment, pin_visit visit, void *userdata)
{
	if (attachment->fd < 0)
		return netlink_attachment_each_pin(&attachment->netlink, visit, userdata);
	return visit(attachment->pins, "link", attachment->fd, userdata);
}
