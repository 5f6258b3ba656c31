// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/netlink-attachment.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/kernel/attach-refusal.h"
#include "daemon/kernel/bpffs/object-id.h"
#include "daemon/kernel/bpffs/pinned-text.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

/* Names of the pins. */
#define DEVICE	"netlink" /* a text with its index */
#define FOREIGN "foreign" /* the foreign program that was attached before */
#define PROGRAM "program" /* our program */
#define NEXT	"next"	  /* the program that is about to become our program */

uint32_t netlink_attachment_foreign_id(const struct netlink_attachment *netlink)
{
	return object_id(netlink->foreign_fd);
}

/* Asks the kernel which program the device runs. -ENODEV: the device is gone. */
static int ask(const struct netlink_attachment *netlink, struct bpf_xdp_query_opts *query)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = netlink->netns ? netns_enter(netlink->netns, &visit, NULL) : -ENODEV;

	return result < 0 ? result : bpf_xdp_query(netlink->ifindex, 0, query);
}

/* The id of the program that the device runs; 0: none, or the device is gone. */
static int running_id(const struct netlink_attachment *netlink, uint32_t *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int result = ask(netlink, &query);

	*ret = netlink->mode == MODE_SKB ? query.skb_prog_id : query.drv_prog_id;
	return errno_is_passing(result) ? result : 0;
}

static int add_pins(struct netlink_attachment *netlink, struct error *error)
{
	cleanup(closep) int text_fd = -1;
	cleanup(freep) char *text = NULL;

	if (asprintf(&text, "%u %s", netlink->ifindex, netlink->netns->path ?: "") < 0) {
		text = NULL;
		return error_memory(error);
	}
	text_fd = pinned_text_new(text, error);
	if (text_fd < 0)
		return text_fd;
	return pins_add(netlink->pins, DEVICE, text_fd, error)
		       ?: pins_add(netlink->pins, FOREIGN, netlink->foreign_fd, error);
}

int netlink_attachment_take(struct netlink_attachment *netlink, int foreign_fd,
			    const char *netns_path, unsigned int ifindex, struct error *error)
{
	int result;

	netlink->ifindex = ifindex;
	netlink->foreign_fd = fcntl(foreign_fd, F_DUPFD_CLOEXEC, 3);
	if (netlink->foreign_fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "there is no file descriptor left: %s", errno_name(errno));
	result = netns_open(netns_path, &netlink->netns, error);
	return result < 0 ? result : add_pins(netlink, error);
}

void netlink_attachment_own(struct netlink_attachment *netlink)
{
	if (netlink->foreign_fd < 0)
		return;
	pins_remove(netlink->pins, FOREIGN);
	closep(&netlink->foreign_fd);
}

/* A crash may have happened after the swap, but before the pin of the new program was renamed. */
static int restore_next(struct netlink_attachment *netlink)
{
	cleanup(closep) int next_fd = pins_get(netlink->pins, NEXT);
	uint32_t running;
	int result;

	if (next_fd < 0)
		return errno_is_passing(next_fd) ? next_fd : 0;
	result = running_id(netlink, &running);
	if (result < 0)
		return result;
	if (object_id(next_fd) != running) {
		pins_remove(netlink->pins, NEXT);
	} else if (pins_rename(netlink->pins, NEXT, PROGRAM) == 0) {
		closep(&netlink->program_fd);
		netlink->program_fd = steal_fd(&next_fd);
	}
	return 0;
}

/*
 * If the pin exists but cannot be opened just now, that is an error; it must not look like a missing pin.
 */
static int get_program(const struct netlink_attachment *netlink, const char *name, int *ret)
{
	*ret = pins_get(netlink->pins, name);
	return *ret < 0 && errno_is_passing(*ret) ? *ret : 0;
}

static int restore_programs(struct netlink_attachment *netlink)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int result = ask(netlink, &query);

	netlink->mode = result == 0 && query.skb_prog_id ? MODE_SKB : MODE_NATIVE;
	if (result == 0 || !errno_is_passing(result))
		result = get_program(netlink, FOREIGN, &netlink->foreign_fd);
	if (result == 0)
		result = get_program(netlink, PROGRAM, &netlink->program_fd);
	return result < 0 ? result : restore_next(netlink);
}

int netlink_attachment_restore(struct netlink_attachment *netlink, struct error *error)
{
	cleanup(closep) int text_fd = pins_get(netlink->pins, DEVICE);
	cleanup(freep) char *text = text_fd < 0 ? NULL : pinned_text_read(text_fd);
	char *path;
	int result;

	if (!text)
		return error_set(error, ERROR_KERNEL_REFUSED, text_fd < 0 ? text_fd : -ENOENT,
				 "the pin that records the device is missing");
	netlink->ifindex = strtoul(text, &path, 10);
	result = netns_open(*path && path[1] ? path + 1 : NULL, &netlink->netns, NULL);
	if (result == 0 || !errno_is_passing(result))
		result = restore_programs(netlink);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "cannot query what the device runs: %s", errno_name(result));
	return 0;
}

int netlink_attachment_look(const struct netlink_attachment *netlink, uint32_t *ret_program_id)
{
	uint32_t id;
	int result = running_id(netlink, &id);

	*ret_program_id = id && (id == object_id(netlink->program_fd) ||
				 id == object_id(netlink->foreign_fd))
				  ? id
				  : 0;
	return result;
}

/*
 * Replaces `from`, and only that, by `to`; -1: no program. `*ret` is 0 or a negative errno; after a failure,
 * returns the kernel's sentence, to be freed, or NULL.
 */
static char *swap(const struct netlink_attachment *netlink, int from, int to, int *ret)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	unsigned int mode = netlink->mode == MODE_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;

	*ret = -ENODEV;
	if (!netlink->netns || netns_enter(netlink->netns, &visit, NULL) < 0)
		return NULL;
	return attach_netlink(netlink->ifindex, to, mode | XDP_FLAGS_REPLACE, from, ret);
}

/* The program that we attached last; -1: none. */
static int ours(const struct netlink_attachment *netlink)
{
	return netlink->next_fd >= 0 ? netlink->next_fd : netlink->program_fd;
}

/* The program that we expect the device to run: ours, or the foreign one. */
static int expected(const struct netlink_attachment *netlink)
{
	int program_fd = ours(netlink);

	return program_fd >= 0 ? program_fd : netlink->foreign_fd;
}

/* Another device can prevent even a replacement, and the kernel returns EEXIST for that as well. */
static bool is_about_program(int failure, const char *reason)
{
	return (failure == -EEXIST && (!reason || strstr(reason, "does not match expected"))) ||
	       failure == -ENOENT;
}

static int refused(int failure, const char *reason, const char *ifname, struct error *error)
{
	if (is_about_program(failure, reason))
		return error_set(
			error, ERROR_DEVICE_BUSY, failure,
			"%s no longer runs what xdpd attached: something outside xdpd has replaced "
			"or removed the program; give the device up with 'xdpctl release'",
			ifname);
	if (failure == -ENODEV)
		return error_set(error, ERROR_NO_SUCH_DEVICE, failure, "device %s disappeared",
				 ifname);
	return error_set(error, ERROR_DEVICE_REFUSED, failure,
			 "cannot switch %s to the new chain: %s%s%s%s", ifname, errno_name(failure),
			 reason ? " (the kernel says: " : "", reason ?: "", reason ? ")" : "");
}

int netlink_attachment_update(struct netlink_attachment *netlink, int program_fd,
			      const char *ifname, struct error *error)
{
	cleanup(closep) int next_fd = fcntl(program_fd, F_DUPFD_CLOEXEC, 3);
	cleanup(freep) char *reason = NULL;
	int result;

	if (next_fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot duplicate a file descriptor: %s", errno_name(errno));
	result = pins_add(netlink->pins, NEXT, next_fd, error);
	if (result < 0)
		return result;
	reason = swap(netlink, expected(netlink), next_fd, &result);
	if (result < 0) {
		pins_remove(netlink->pins, NEXT);
		return refused(result, reason, ifname, error);
	}
	crash_point("swap");
	pins_rename(netlink->pins, NEXT, PROGRAM);
	closep(&netlink->next_fd);
	netlink->next_fd = steal_fd(&next_fd);
	return 0;
}

void netlink_attachment_detach(struct netlink_attachment *netlink)
{
	int result;

	if (ours(netlink) >= 0)
		free(swap(netlink, ours(netlink), netlink->foreign_fd, &result));
	netlink_attachment_done(netlink);
}

void netlink_attachment_done(struct netlink_attachment *netlink)
{
	closep(&netlink->program_fd);
	closep(&netlink->next_fd);
	closep(&netlink->foreign_fd);
	netns_release(&netlink->netns);
}

int netlink_attachment_each_pin(const struct netlink_attachment *netlink, pin_visit visit,
				void *userdata)
{
	return visit(netlink->pins, PROGRAM, ours(netlink), userdata);
}
