// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/libxdp/config-map.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Configs of two programs: 'priority 10, proceeds on pass' and 'priority 4294967295, proceeds on aborted and
 * tx, flags 0x20'. Numbers are little-endian, like those of the machines that run the tests.
 */
#define ACTIONS	   0x04, 0, 0, 0x80, 0x09, 0, 0, 0x80, NOTHING
#define PRIORITIES 0x0a, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, NOTHING
#define FLAGS	   0, 0, 0, 0, 0x20, 0, 0, 0, NOTHING
#define NOTHING                                                                                   \
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 0
static const uint8_t version_1[84] = { 2, 0, 0, 0, ACTIONS, PRIORITIES };
static const uint8_t version_2[124] = { 236, 2, 2, 1, ACTIONS, PRIORITIES, FLAGS };
static const uint8_t version_3[128] = { 236, 3, 2, 0, ACTIONS, PRIORITIES, FLAGS, 1, 0, 0, 0 };

static void check_programs(const struct libxdp_config *config, uint32_t flags)
{
	assert_int_equal(config->n_programs, 2);
	assert_int_equal(config->programs[0].proceed, VERDICT_BIT(VERDICT_PASS));
	assert_int_equal(config->programs[0].priority, 10);
	assert_int_equal(config->programs[0].flags, 0);
	assert_int_equal(config->programs[1].proceed,
			 VERDICT_BIT(VERDICT_ABORTED) | VERDICT_BIT(VERDICT_TX));
	assert_int_equal(config->programs[1].priority, UINT32_MAX);
	assert_int_equal(config->programs[1].flags, flags);
}

static void every_version_is_read(void **state)
{
	struct libxdp_config config;

	(void)state;
	assert_int_equal(libxdp_config_parse(version_1, 84, 1, &config, NULL), 0);
	assert_int_equal(config.version, 1);
	assert_false(config.frags || config.device_bound);
	check_programs(&config, 0);

	assert_int_equal(libxdp_config_parse(version_2, 124, 2, &config, NULL), 0);
	assert_int_equal(config.version, 2);
	assert_true(config.frags);
	assert_false(config.device_bound);
	check_programs(&config, 0x20);

	assert_int_equal(libxdp_config_parse(version_3, 128, 3, &config, NULL), 0);
	assert_int_equal(config.version, 3);
	assert_false(config.frags);
	assert_true(config.device_bound);
	check_programs(&config, 0x20);
}

static void a_written_value_is_read_back(void **state)
{
	uint8_t bytes[LIBXDP_CONFIG_SIZE];
	struct libxdp_config config;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(libxdp_config_parse(version_2, 124, 2, &config, NULL), 0);
		config.version = i;
		config.device_bound = i; /* which version 2 does not have */
		libxdp_config_format(&config, bytes);
		assert_memory_equal(bytes, version_2, sizeof(bytes));
	}
	config.n_programs = LIBXDP_CONFIG_PROGRAMS;
	config.frags = false;
	for (size_t i = 0; i < LIBXDP_CONFIG_PROGRAMS; i++) {
		config.programs[i].proceed = i;
		config.programs[i].priority = 65535 - i;
	}
	libxdp_config_format(&config, bytes);
	assert_int_equal(libxdp_config_parse(bytes, sizeof(bytes), 0, &config, NULL), 0);
	assert_int_equal(config.version, 2);
	assert_int_equal(config.n_programs, LIBXDP_CONFIG_PROGRAMS);
	assert_false(config.frags);
	for (size_t i = 0; i < LIBXDP_CONFIG_PROGRAMS; i++) {
		assert_int_equal(config.programs[i].proceed, i);
		assert_int_equal(config.programs[i].priority, 65535 - i);
	}
}

static void the_record_overrides_the_btf(void **state)
{
	struct libxdp_config config;

	(void)state;
	assert_int_equal(libxdp_config_parse(version_2, 124, 0, &config, NULL), 0);
	assert_int_equal(config.version, 2);
	assert_int_equal(libxdp_config_parse(version_2, 124, 9, &config, NULL), 0);
	assert_int_equal(config.version, 2);
}

static void ten_programs_are_read_and_eleven_are_not(void **state)
{
	struct libxdp_config config;
	uint8_t bytes[128];

	(void)state;
	memcpy(bytes, version_3, sizeof(bytes));
	bytes[2] = 10;
	memset(bytes + 44 + 36, 0x01, 4);
	assert_int_equal(libxdp_config_parse(bytes, sizeof(bytes), 0, &config, NULL), 0);
	assert_int_equal(config.n_programs, 10);
	assert_int_equal(config.programs[9].priority, 0x01010101);
	bytes[2] = 0;
	assert_int_equal(libxdp_config_parse(bytes, sizeof(bytes), 0, &config, NULL), 0);
	assert_int_equal(config.n_programs, 0);
}

static void an_invalid_record_is_refused_with_the_reason(void **state)
{
	static const uint8_t garbage[128] = { 0xff, 0xff, 0xff, 0xff };
	static const uint8_t newer[128] = { 236, 4, 1 }, unversioned[128] = { 236, 0, 1 };
	static const uint8_t other_magic[124] = { 235, 2, 2, 1, ACTIONS, PRIORITIES, FLAGS };
	static const uint8_t eleven[124] = { 236, 2, 11 }, eleven_of_1[84] = { 11 };
	const struct {
		const void *bytes;
		size_t size;
		unsigned int declared;
		int number;
		const char *word;
	} cases[] = {
		{ version_1, 84, 0, -EINVAL, "not a record" },
		{ version_1, 83, 1, -EINVAL, "83 bytes instead of 84" },
		{ version_2, 123, 2, -EINVAL, "123 bytes instead of 124" },
		{ version_3, 124, 3, -EINVAL, "124 bytes instead of 128" },
		{ version_2, 2, 0, -EINVAL, "2 bytes instead of 124" },
		{ version_2, 1, 0, -EINVAL, "not a record" },
		{ version_2, 0, 0, -EINVAL, "not a record" },
		{ version_2, 0, 1, -EINVAL, "0 bytes instead of 84" },
		{ garbage, 128, 0, -EINVAL, "not a record" },
		{ garbage, 128, 1, -EINVAL, "255 programs" },
		{ garbage, 128, UINT32_MAX, -EOPNOTSUPP, "version 4294967295" },
		{ other_magic, 124, 0, -EINVAL, "not a record" },
		{ newer, 128, 0, -EOPNOTSUPP, "version 4; the newest supported version is 3" },
		{ unversioned, 128, 2, -EINVAL, "not a record" },
		{ eleven, 124, 2, -EINVAL, "11 programs" },
		{ eleven_of_1, 84, 1, -EINVAL, "11 programs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct libxdp_config config = { .version = 77 };
		struct error error = {};
		/* Of exactly this size, so that a sanitizer notices reads after the end. */
		uint8_t *bytes = malloc(cases[i].size ?: 1);

		assert_non_null(bytes);
		memcpy(bytes, cases[i].bytes, cases[i].size);
		assert_int_equal(libxdp_config_parse(bytes, cases[i].size, cases[i].declared,
						     &config, &error),
				 cases[i].number);
		assert_int_equal(error.id, ERROR_UNSUPPORTED);
		if (!strstr(error.message, cases[i].word))
			fail_msg("case %zu: %s", i, error.message);
		assert_int_equal(config.version, 77);
		error_done(&error);
		free(bytes);
	}
}

/* Only the sanitizers and the limits can fail here. */
static void bytes_of_every_kind_do_no_harm(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		struct libxdp_config config;
		uint8_t bytes[140];
		size_t size = rand_r(&seed) % sizeof(bytes);

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = rand_r(&seed);
		bytes[0] = i % 2 ? 236 : bytes[0];
		bytes[1] %= 5;
		bytes[2] %= 16;
		if (libxdp_config_parse(bytes, size, i % 3, &config, NULL) < 0)
			continue;
		assert_in_range(config.version, 1, 3);
		assert_true(config.n_programs <= 10);
		for (size_t j = 0; j < config.n_programs; j++)
			assert_int_equal(config.programs[j].proceed & ~VERDICTS_ALL, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_is_read),
		cmocka_unit_test(a_written_value_is_read_back),
		cmocka_unit_test(the_record_overrides_the_btf),
		cmocka_unit_test(ten_programs_are_read_and_eleven_are_not),
		cmocka_unit_test(an_invalid_record_is_refused_with_the_reason),
		cmocka_unit_test(bytes_of_every_kind_do_no_harm),
	};

	return cmocka_run_group_tests_name("dispatcher-record", tests, NULL, NULL);
}
