// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/trace/expression.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "ipc/trace-record.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPLEN 262144 /* what the filter returns for packets that match */

static void pcap_closep(pcap_t **handle)
{
	if (*handle)
		pcap_close(*handle);
}

char *expression_compile(const char *expression, char **ret_problem)
{
	cleanup(pcap_closep) pcap_t *handle = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;
	char *encoded;
	size_t size;

	if (!handle)
		abort(); /* a short-lived program */
	if (pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		*ret_problem = strdup(pcap_geterr(handle));
		if (!*ret_problem)
			abort();
		return NULL;
	}
	if (program.bf_len > TRACE_FILTER_MAX) {
		if (asprintf(ret_problem, "it needs %u instructions; the maximum is %d",
			     program.bf_len, TRACE_FILTER_MAX) < 0)
			abort();
		pcap_freecode(&program);
		return NULL;
	}
	size = program.bf_len * sizeof(*program.bf_insns);
	encoded = malloc(base64_encoded_size(size));
	if (!encoded)
		abort();
	base64_encode(program.bf_insns, size, encoded);
	pcap_freecode(&program);
	return encoded;
}
