// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/check/trace.h"

#include "object/instruction.h"

#include <string.h>

static bool is_harmless_call(const struct bpf_insn *now)
{
	static const int helpers[] = { BPF_FUNC_ktime_get_ns, BPF_FUNC_get_prandom_u32,
				       BPF_FUNC_xdp_get_buff_len, BPF_FUNC_perf_event_output };
	bool known = false;

	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		known |= now->imm == helpers[i];
	return known && !now->src_reg;
}

/* Maps of perf buffers are the only ones, so bpf_perf_event_output() writes to no other. */
static bool is_trace_map(const struct checked_chain *chain, const struct bpf_insn *now)
{
	static const struct bpf_insn second;
	bool known = false;

	for (size_t i = 0; i < chain->n_trace_fds; i++)
		known |= now->imm == chain->trace_fds[i];
	return known && now->src_reg == BPF_PSEUDO_MAP_FD &&
	       !memcmp(&now[1], &second, sizeof(second));
}

/* May the instruction `at` be in the block? It changes only r0 to r5 and the stack. */
static bool is_harmless(const struct checked_chain *chain, const struct checked_trace *trace,
			size_t at)
{
	const struct bpf_insn *now = &chain->instructions[at];
	int class = BPF_CLASS(now->code);
	long target = (long)at + 1 + now->off;

	if (class == BPF_ST || class == BPF_STX)
		return BPF_MODE(now->code) == BPF_MEM && now->dst_reg == BPF_REG_10;
	if (is_call(now))
		return is_harmless_call(now);
	if (class == BPF_JMP || class == BPF_JMP32)
		return !is_exit(now) && now->code != (BPF_JMP32 | BPF_JA) &&
		       now->code != (BPF_JMP | BPF_JA | BPF_X) && target > (long)at &&
		       target <= (long)trace->end;
	if (class == BPF_LD &&
	    (!is_wide_load(now) || at + 1 >= trace->end || !is_trace_map(chain, now)))
		return false;
	return now->dst_reg <= BPF_REG_5;
}

int trace_claim(struct program *program, const struct checked_chain *chain)
{
	for (size_t i = 0; i < chain->n_traces; i++) {
		const struct checked_trace *trace = &chain->traces[i];

		for (size_t at = trace->from; at < trace->end; at++) {
			bool wide = at < chain->n_instructions &&
				    is_wide_load(&chain->instructions[at]);

			if (at >= chain->n_instructions || trace->end > chain->n_instructions ||
			    program->roles[at] != ROLE_NONE || !is_harmless(chain, trace, at))
				return program_fault(program, at, "in", "a trace",
						     "does more than to trace");
			program->roles[at] = ROLE_TRACE;
			if (wide)
				program->roles[++at] = ROLE_TRACE;
		}
	}
	return 0;
}
