// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/foreign.h"

#include "base/cleanup.h"
#include "daemon/kernel/libxdp/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

/* How many links are looked at. */
#define LINKS_MAX 16384

static void find_program(const struct bpf_xdp_query_opts *query, struct foreign *foreign)
{
	const struct {
		enum foreign_mode mode;
		uint32_t id;
	} modes[] = {
		{ FOREIGN_NATIVE, query->drv_prog_id },
		{ FOREIGN_SKB, query->skb_prog_id },
		{ FOREIGN_HARDWARE, query->hw_prog_id },
		/* The kernel may not report the mode. */
		{ FOREIGN_NATIVE, query->prog_id },
	};

	for (size_t i = 0; i < array_size(modes) && !foreign->program_id; i++) {
		foreign->program_id = modes[i].id;
		foreign->mode = modes[i].mode;
	}
}

/* Is it an XDP link of that program, on a device with that index? */
static bool is_link_of(uint32_t link_id, unsigned int ifindex, uint32_t program_id)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	cleanup(closep) int fd = bpf_link_get_fd_by_id(link_id);

	return fd >= 0 && bpf_link_get_info_by_fd(fd, &info, &size) == 0 &&
	       info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == ifindex &&
	       info.prog_id == program_id;
}

/*
 * Devices in several network namespaces may have the same index; then it is unknown which link is the right
 * one.
 */
static void find_link(unsigned int ifindex, struct foreign *foreign)
{
	uint32_t id = 0;
	size_t n = 0;

	for (size_t i = 0; i < LINKS_MAX; i++) {
		if (bpf_link_get_next_id(id, &id) < 0) {
			if (n == 0 && errno == ENOENT)
				foreign->attachment = FOREIGN_ATTACHED_NETLINK;
			break;
		}
		if (!is_link_of(id, ifindex, foreign->program_id))
			continue;
		foreign->attachment = FOREIGN_ATTACHED_LINK;
		foreign->link_id = ++n == 1 ? id : 0;
	}
}

static void find_components(int program_fd, unsigned int ifindex, struct foreign *foreign)
{
	cleanup(freep) struct libxdp_programs *programs = calloc(1, sizeof(*programs));

	if (!programs || libxdp_config_read(program_fd, &foreign->config, NULL) < 0)
		return;
	foreign->is_dispatcher = true;
	if (libxdp_programs_open(&foreign->config, ifindex, foreign->program_id, programs, NULL) <
	    0)
		return;
	foreign->named = true;
	for (size_t i = 0; i < programs->n; i++)
		strcpy(foreign->names[i], programs->programs[i].info.name);
	libxdp_programs_done(programs);
}

bool foreign_find(unsigned int ifindex, struct foreign *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct prog_info info;
	cleanup(closep) int fd = -1;

	*ret = (struct foreign){};
	if (bpf_xdp_query(ifindex, 0, &query) < 0)
		return false;
	find_program(&query, ret);
	if (!ret->program_id)
		return false;
	fd = bpf_prog_get_fd_by_id(ret->program_id);
	if (fd >= 0 && prog_info_read(fd, &info) == 0)
		strcpy(ret->name, info.name);
	find_link(ifindex, ret);
	holders_find(ret->program_id, ret->link_id, &ret->holders);
	find_components(fd, ifindex, ret);
	return true;
}

static void say_what(FILE *text, const struct foreign *foreign)
{
	static const char *const modes[] = {
		[FOREIGN_NATIVE] = "",
		[FOREIGN_SKB] = " in skb mode",
		[FOREIGN_HARDWARE] = " offloaded to hardware",
	};

	if (foreign->is_dispatcher)
		fprintf(text, "%s (id %u)",
			foreign->named ? "libxdp's dispatcher" : "a dispatcher like libxdp's",
			foreign->program_id);
	else if (*foreign->name)
		fprintf(text, "the XDP program '%s' (id %u)", foreign->name, foreign->program_id);
	else
		fprintf(text, "the XDP program with id %u", foreign->program_id);
	fputs(modes[foreign->mode], text);
}

static void say_how(FILE *text, const struct foreign *foreign)
{
	const struct holders *where = &foreign->holders;

	if (foreign->attachment == FOREIGN_ATTACHED_NETLINK && !foreign->is_dispatcher)
		fputs(", attached by netlink", text);
	else if (foreign->attachment == FOREIGN_ATTACHED_LINK)
		fputs(", attached by a link", text);
	if (foreign->link_id)
		fprintf(text, " (id %u)", foreign->link_id);
	if (*where->link_pin)
		fprintf(text, " that is pinned at %s", where->link_pin);
	else if (*where->program_pin)
		fprintf(text, ", pinned at %s", where->program_pin);
}

static void say_who(FILE *text, const struct holders *where)
{
	for (size_t i = 0; i < where->n_processes && i < HOLDER_PROCESSES_MAX; i++)
		fprintf(text, "%s pid %d (%s)", i == 0 ? ", held by" : " and",
			where->processes[i].pid, where->processes[i].name);
	if (where->n_processes > HOLDER_PROCESSES_MAX)
		fprintf(text, " and %zu more", where->n_processes - HOLDER_PROCESSES_MAX);
}

static void say_components(FILE *text, const struct foreign *foreign)
{
	const struct libxdp_config *config = &foreign->config;

	fprintf(text, "with %zu program%s", config->n_programs, config->n_programs == 1 ? "" : "s");
	for (size_t i = 0; i < config->n_programs; i++) {
		fputs(i == 0 ? ": " : ", ", text);
		if (foreign->named)
			fprintf(text, "'%s' (priority %u)", foreign->names[i],
				config->programs[i].priority);
		else
			fprintf(text, "one with priority %u", config->programs[i].priority);
	}
}

/* Names of processes and files can be any bytes, but answers are UTF-8. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

char *foreign_describe(const struct foreign *foreign)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	long said;

	if (!file)
		return NULL;
	say_what(file, foreign);
	said = ftell(file);
	say_how(file, foreign);
	say_who(file, &foreign->holders);
	if (foreign->is_dispatcher) {
		fputs(ftell(file) > said ? ", " : " ", file);
		say_components(file, foreign);
	}
	if (fclose(file) == 0)
		make_printable(text);
	else
		free(steal(text));
	return text;
}

const char *foreign_why_not_adopted(const struct foreign *foreign)
{
	if (foreign->attachment == FOREIGN_ATTACHED_LINK)
		return "it is attached by a link, which only its owner can replace";
	if (foreign->mode == FOREIGN_HARDWARE)
		return "it runs in the hardware";
	if (foreign->is_dispatcher && !foreign->named)
		return "the pins of its programs are missing";
	if (foreign->is_dispatcher && foreign->config.device_bound)
		return "it was loaded for one device only";
	return NULL;
}
