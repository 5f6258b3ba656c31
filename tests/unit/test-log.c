// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is written to the journal, which is a fake here, and to a stderr that is not the journal. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/log.h"
#include "tests/unit/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* Replaces libsystemd's function. */
int sd_journal_sendv(const struct iovec *parts, int n_parts);

static char sent[1024];
static int journal_answer;

int sd_journal_sendv(const struct iovec *parts, int n_parts)
{
	for (int i = 0; i < n_parts; i++) {
		strncat(sent, parts[i].iov_base, parts[i].iov_len);
		strcat(sent, "\n");
	}
	return journal_answer;
}

/*
 * Logs with stderr in a file, which is the journal or not; returns what was written to it, static.
 */
static const char *say(bool to_journal, const char *name)
{
	static char written[1024];
	cleanup(closep) int file = memfd_create("stderr", MFD_CLOEXEC);
	cleanup(closep) int before = dup(STDERR_FILENO);
	cleanup(log_fields_done) struct log_fields fields = {};
	struct stat status;
	char stream[64];

	assert_return_code(fstat(file, &status), errno);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
		 (uintmax_t)status.st_ino + !to_journal);
	setenv("JOURNAL_STREAM", stream, true);
	dup2(file, STDERR_FILENO);
	*sent = '\0';
	log_fields_add(&fields, "DEVICE=%s", "eth0");
	log_fields_add(&fields, "DEVICE=%s", "eth1");
	log_event(LOG_EVENT_CHANGED, &fields, "changed by %s", name);
	log_event(LOG_EVENT_RELOADED, NULL, "reloaded");
	log_info("plain");
	dup2(before, STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	memset(written, 0, sizeof(written));
	assert_return_code(pread(file, written, sizeof(written) - 1, 0), errno);
	return written;
}

static void the_journal_gets_fields(void **state)
{
	(void)state;
	journal_answer = 0;
	assert_string_equal(say(true, "me"), "<6>plain\n");
	assert_string_equal(sent, "MESSAGE=changed by me\nPRIORITY=5\n"
				  "MESSAGE_ID=dd0147e0151a4bd4af5b4f20fa6d2b9e\n"
				  "DEVICE=eth0\nDEVICE=eth1\n"
				  "MESSAGE=reloaded\nPRIORITY=5\n"
				  "MESSAGE_ID=6309de92437545eb9aeb4e788c8eb0ec\n");
}

static void another_stderr_gets_lines(void **state)
{
	(void)state;
	assert_string_equal(say(false, "me"), "xdpd: changed by me\nxdpd: reloaded\nxdpd: plain\n");
	assert_string_equal(sent, "");
}

static void without_a_journal_lines_are_written(void **state)
{
	(void)state;
	journal_answer = -ENOENT;
	assert_string_equal(say(true, "me"), "<5>changed by me\n<5>reloaded\n<6>plain\n");
}

static void one_event_is_one_line(void **state)
{
	(void)state;
	assert_string_equal(say(false, "a\nxdpd: changed by root\033"),
			    "xdpd: changed by a\\x0axdpd: changed by root\\x1b\n"
			    "xdpd: reloaded\nxdpd: plain\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_gets_fields),
		cmocka_unit_test(another_stderr_gets_lines),
		cmocka_unit_test(without_a_journal_lines_are_written),
		cmocka_unit_test(one_event_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
