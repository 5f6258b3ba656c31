// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes packets as pcapng (draft-ietf-opsawg-pcapng), which Wireshark reads. Failed writes are left to
 * ferror() of the file.
 */
struct pcapng {
	FILE *file; /* not owned */
	uint32_t n_interfaces;
	struct pcapng_block *block; /* being built */
};

struct pcapng_packet {
	uint32_t interface; /* of pcapng_add_interface() */
	uint64_t time;	    /* nanoseconds since 1970 */
	const unsigned char *bytes;
	size_t captured;  /* of them */
	size_t length;	  /* of the packet on the wire */
	uint64_t number;  /* the same in all records of one packet */
	uint64_t dropped; /* packets that were lost before this one */
	uint32_t queue;
	int verdict;	     /* XDP action; -1: none */
	const char *comment; /* NULL: none */
	const char *remark;  /* another comment */
};

/*
 * Begins a section; `application` names the program that writes it. NULL: no comment. Free with pcapng_done().
 */
void pcapng_init(struct pcapng *ret, FILE *file, const char *application, const char *comment);
void pcapng_done(struct pcapng *pcapng);

/* Adds an interface of Ethernet packets with that name; returns its number. NULL: no description, no filter. */
uint32_t pcapng_add_interface(struct pcapng *pcapng, const char *name, const char *description,
			      const char *filter, uint32_t snaplen);

void pcapng_add_packet(struct pcapng *pcapng, const struct pcapng_packet *packet);

/* How many packets the interface had, and how many of them are not in the file. NULL: no comment. */
void pcapng_add_statistics(struct pcapng *pcapng, uint32_t interface, uint64_t time,
			   uint64_t n_received, uint64_t n_dropped, const char *comment);
