// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/differential/filter-oracle.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define SNAPLEN 262144

bool oracle_compile(const char *expression, struct oracle_filter *ret, const char **ret_problem)
{
	static char problem[PCAP_ERRBUF_SIZE];
	pcap_t *handle = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;
	bool is_compiled;

	if (!handle)
		abort();
	is_compiled = pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (is_compiled) {
		ret->n_instructions = program.bf_len;
		ret->instructions = malloc(program.bf_len * sizeof(*program.bf_insns));
		if (!ret->instructions)
			abort();
		memcpy(ret->instructions, program.bf_insns,
		       program.bf_len * sizeof(*program.bf_insns));
		pcap_freecode(&program);
	} else {
		strncpy(problem, pcap_geterr(handle), sizeof(problem) - 1);
		*ret_problem = problem;
	}
	pcap_close(handle);
	return is_compiled;
}

void oracle_filter_done(struct oracle_filter *filter)
{
	free(filter->instructions);
	*filter = (struct oracle_filter){};
}

uint32_t oracle_run(const void *instructions, const unsigned char *packet, size_t length)
{
	return bpf_filter(instructions, packet, length, length);
}
