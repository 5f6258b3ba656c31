// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "object/load-error.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

/* Words of other kernels than those that the integration tests run on. */
static const struct {
	const char *log, *messages, *meaning;
} rows[] = {
	{ "4: (85) call unknown#181\ninvalid func unknown#181\n", "",
	  "it calls bpf_loop(), which was added in Linux 5.17 and is not in this kernel" },
	{ "unknown func bpf_skb_load_bytes#26\nprocessed 2 insns (limit 1000000)\n", "",
	  "it calls bpf_skb_load_bytes(), which this kernel does not offer to XDP programs" },
	{ "back-edge from insn 9 to 3\n", "",
	  "it has a loop that the verifier cannot prove to end; use a loop that counts up to a "
	  "constant" },
	{ "the call stack of 9 frames is too deep !\n", "",
	  "its calls are 9 functions deep; the maximum is 8" },
	{ "", "libbpf: map 'a b': failed to create: Cannot allocate memory(-12)\n",
	  "map 'a b' is too large for this kernel or its free memory" },
	{ "", "libbpf: elf: legacy map definitions in 'maps' section are not supported\n",
	  "it declares its maps in SEC(\"maps\"), which libbpf 1.0 no longer supports; use "
	  "SEC(\".maps\")" },
	{ "R2 min value is negative, either use unsigned or 'var &= const'\n", "",
	  "it passes a length without known bounds to a kernel function; compare the length with "
	  "constants first" },
	{ "Validating by_flow() func#1...\nArg#0 type PTR in by_flow() is not supported yet.\n", "",
	  "its global function by_flow() has a pointer as an argument that is not the context, "
	  "which "
	  "kernels before 5.12 do not accept; pass numbers, or make the function static if it is "
	  "not "
	  "a slot" },
	{ "", "libbpf: map 'gone': failed to create: Invalid argument(-22)\n",
	  "this kernel cannot create map 'gone': its type, a flag or a size is not supported" },
	{ "R1 is odd\n", "libbpf: something\n", NULL },
	{ "", "", NULL },
	{ "invalid func unknown#", "", NULL },
};

static void words_of_all_kernels_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		const struct load_error load_error = { "fw", "fw.o", rows[i].log, rows[i].messages,
						       -EINVAL };
		cleanup(freep) char *meaning = load_error_explain(&load_error);

		if (rows[i].meaning)
			assert_string_equal(meaning, rows[i].meaning);
		else
			assert_null(meaning);
	}
}

static void the_lines_of_the_kernel_are_kept(void **state)
{
	const struct load_error load_error = { "fw", "fw.o", "R3 !read_ok\nprocessed 1 insns\n", "",
					       -EACCES };
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(load_error_set(&load_error, &error), -EACCES);
	assert_int_equal(error.id, ERROR_VERIFIER_REJECTED);
	assert_string_equal(error.message, "the verifier rejects 'fw' of fw.o (EACCES): it uses a "
					   "value that is not set on every path to this point");
	assert_string_equal(error.detail, "R3 !read_ok");
}

static void without_a_verdict_it_is_the_kernels_refusal(void **state)
{
	const struct load_error load_error = { "fw", "fw.o", "", "libbpf: no reason\n", -EPERM };
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(load_error_set(&load_error, &error), -EPERM);
	assert_int_equal(error.id, ERROR_KERNEL_REFUSED);
	assert_string_equal(error.message, "'fw' of fw.o cannot be loaded (EPERM)");
	assert_string_equal(error.detail, "libbpf: no reason\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_all_kernels_are_understood),
		cmocka_unit_test(the_lines_of_the_kernel_are_kept),
		cmocka_unit_test(without_a_verdict_it_is_the_kernels_refusal),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
