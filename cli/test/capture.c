// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/test/capture.h"

#include "base/cleanup.h"
#include "base/format.h"

#include <assert.h>
#include <endian.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* A capture that is being read. */
struct reading {
	const char *path;
	pcap_t *capture;
	FILE *file; /* of packets */
	size_t n_packets;
	size_t size;
};

static void reading_done(struct reading *reading)
{
	if (reading->capture)
		pcap_close(reading->capture);
	if (reading->file)
		fclose(reading->file);
}

static enum exit_status __attribute__((format(printf, 2, 3)))
refuse(const struct reading *reading, const char *format, ...)
{
	cleanup(freep) char *rest = NULL;
	va_list arguments;

	va_start(arguments, format);
	rest = format_text(format, arguments);
	va_end(arguments);
	report_error("'%s' %s", reading->path, rest ?: "cannot be read: out of memory");
	return EXIT_REFUSED;
}

/* Removes the file name, which libpcap puts into some of its messages. */
static const char *without_name(const struct reading *reading, const char *sentence)
{
	size_t length = strlen(reading->path);

	return !strncmp(sentence, reading->path, length) && !strncmp(sentence + length, ": ", 2)
		       ? sentence + length + 2
		       : sentence;
}

static enum exit_status open_capture(struct reading *reading)
{
	char problem[PCAP_ERRBUF_SIZE] = "";
	const char *what;
	int type;

	reading->capture = pcap_open_offline(reading->path, problem);
	if (!reading->capture)
		return refuse(reading, "cannot be read: %s", without_name(reading, problem));
	type = pcap_datalink(reading->capture);
	what = pcap_datalink_val_to_description(type);
	if (type == DLT_EN10MB)
		return EXIT_DONE;
	return refuse(reading, "has link-layer type '%s'; only Ethernet captures can be tested",
		      what ?: "unknown");
}

static enum exit_status too_much(const struct reading *reading)
{
	return refuse(reading,
		      "has more than %d packets or %d MiB, the limits of one test; shorten it, for "
		      "example with 'tcpdump -r IN -c COUNT -w OUT'",
		      PACKETS_MAX, PACKETS_SIZE_MAX >> 20);
}

static enum exit_status add(struct reading *reading, const struct pcap_pkthdr *head,
			    const unsigned char *bytes)
{
	const uint32_t sizes[] = { htole32(head->caplen),
				   htole32(head->len > head->caplen ? head->len : head->caplen) };

	static_assert(sizeof(sizes) == PACKET_HEAD, "as Test takes it");
	reading->size += sizeof(sizes) + head->caplen;
	if (++reading->n_packets > PACKETS_MAX || reading->size > PACKETS_SIZE_MAX)
		return too_much(reading);
	if (fwrite(sizes, sizeof(sizes), 1, reading->file) == 1 &&
	    fwrite(bytes, 1, head->caplen, reading->file) == head->caplen)
		return EXIT_DONE;
	return refuse(reading, "cannot be copied to memory: %s", strerror(errno));
}

static enum exit_status add_all(struct reading *reading)
{
	enum exit_status status = EXIT_DONE;
	const unsigned char *bytes;
	struct pcap_pkthdr *head;
	int result = 1;

	while (status == EXIT_DONE && (result = pcap_next_ex(reading->capture, &head, &bytes)) == 1)
		status = add(reading, head, bytes);
	if (status != EXIT_DONE)
		return status;
	if (result != PCAP_ERROR_BREAK)
		return refuse(reading, "is damaged after packet %zu: %s", reading->n_packets,
			      without_name(reading, pcap_geterr(reading->capture)));
	return reading->n_packets ? EXIT_DONE : refuse(reading, "has no packets");
}

enum exit_status capture_read(const char *path, int *ret)
{
	cleanup(reading_done) struct reading reading = { .path = path };
	cleanup(closep) int fd = memfd_create("packets", MFD_CLOEXEC), copy = dup(fd);
	enum exit_status status;

	reading.file = copy < 0 ? NULL : fdopen(copy, "w");
	if (!reading.file)
		return refuse(&reading, "cannot be copied to memory: %s", strerror(errno));
	steal_fd(&copy);
	status = open_capture(&reading);
	if (status == EXIT_DONE)
		status = add_all(&reading);
	if (status == EXIT_DONE && fflush(reading.file) != 0)
		status = refuse(&reading, "cannot be copied to memory: %s", strerror(errno));
	if (status == EXIT_DONE)
		*ret = steal_fd(&fd);
	return status;
}
