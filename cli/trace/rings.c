// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/rings.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What precedes each record in a buffer: its length, with two bits, and an offset that is the kernel's. */
#define HEADER_SIZE BPF_RINGBUF_HDR_SZ
#define LENGTH_MASK (~(uint32_t)(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT))

/* A buffer is one page that the reader writes, one page that the kernel writes, and the data, twice. */
struct ring {
	int fd;
	unsigned long *consumer;       /* the reader's position, in a page of its own */
	const unsigned long *producer; /* the kernel's position, in a page before the data */
	const unsigned char *data;
	size_t page_size;
	size_t size;	    /* of the data */
	bool is_waiting;    /* `record` is the oldest one, and has not been taken yet */
	unsigned long next; /* the position after the latest record that was looked at */
	struct trace_record record;
	const unsigned char *bytes;
};

static void unmap(struct ring *ring)
{
	if (ring->consumer)
		munmap(ring->consumer, ring->page_size);
	if (ring->producer)
		munmap((void *)ring->producer, ring->page_size + 2 * ring->size);
	closep(&ring->fd);
}

/* NULL: it cannot be mapped, and errno says why. */
static void *map(int fd, int protection, size_t offset, size_t size)
{
	void *mapped = mmap(NULL, size, protection, MAP_SHARED, fd, (off_t)offset);

	return mapped == MAP_FAILED ? NULL : mapped;
}

int rings_add(struct rings *rings, int fd, size_t buffer_bytes, struct error *error)
{
	cleanup(closep) int owned = fd;
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	struct ring ring = { .fd = fd, .page_size = page_size, .size = buffer_bytes };
	struct ring *longer;

	if (buffer_bytes < page_size || buffer_bytes & (buffer_bytes - 1))
		return error_set(error, ERROR_UNSUPPORTED, -EINVAL,
				 "the size of ring buffer %zu is not a power of two of pages: %zu",
				 rings->n_items, buffer_bytes);
	longer = reallocarray(rings->items, rings->n_items + 1, sizeof(*longer));
	if (!longer)
		return error_memory(error);
	rings->items = longer;
	steal_fd(&owned);
	ring.consumer = map(fd, PROT_READ | PROT_WRITE, 0, page_size);
	if (ring.consumer)
		ring.producer = map(fd, PROT_READ, page_size, page_size + 2 * buffer_bytes);
	if (!ring.producer) {
		int failure = -errno;

		unmap(&ring);
		return error_set(error, ERROR_KERNEL_REFUSED, failure,
				 "cannot map ring buffer %zu of %zu bytes: %s", rings->n_items,
				 buffer_bytes, strerror(-failure));
	}
	ring.data = (const unsigned char *)ring.producer + page_size;
	ring.next = *ring.consumer;
	rings->items[rings->n_items++] = ring;
	return 0;
}

int rings_add_lost(struct rings *rings, int fd, size_t n_counters, struct error *error)
{
	cleanup(closep) int owned = fd;
	void *mapped;

	if (rings->lost || !n_counters)
		return error_set(error, ERROR_UNSUPPORTED, -EINVAL,
				 "a trace has one list of counters of lost records");
	mapped = map(owned, PROT_READ, 0, n_counters * sizeof(uint64_t));
	if (!mapped)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot map %zu counters of lost records: %s", n_counters,
				 strerror(errno));
	rings->lost = mapped;
	rings->n_lost_counters = n_counters;
	return 0;
}

/* The kernel reuses what is before the position. */
static void release(struct ring *ring)
{
	__atomic_store_n(ring->consumer, ring->next, __ATOMIC_RELEASE);
}

/* Reads the record at `bytes`; false: it is not a record of a trace. */
static bool read_record(struct ring *ring, const unsigned char *bytes, size_t size)
{
	if (size < sizeof(ring->record))
		return false;
	memcpy(&ring->record, bytes, sizeof(ring->record));
	ring->bytes = bytes + sizeof(ring->record);
	return ring->record.captured <= size - sizeof(ring->record);
}

/*
 * Looks at the oldest record of the buffer; false: the buffer is empty. What is not finished is not there yet,
 * and the kernel writes all of the data twice, so no record continues at the beginning.
 */
static bool look(struct ring *ring)
{
	unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	release(ring);
	while (end - ring->next >= HEADER_SIZE) {
		const unsigned char *at = ring->data + (ring->next & (ring->size - 1));
		uint32_t head = __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
		size_t size = head & LENGTH_MASK;
		size_t whole = (HEADER_SIZE + size + 7) / 8 * 8;

		if (head & BPF_RINGBUF_BUSY_BIT || whole > end - ring->next || whole > ring->size)
			return false;
		ring->next += whole;
		if (!(head & BPF_RINGBUF_DISCARD_BIT) && read_record(ring, at + HEADER_SIZE, size))
			return true;
		release(ring);
	}
	return false;
}

bool rings_take(struct rings *rings, struct ring_record *ret)
{
	struct ring *oldest = NULL;

	for (size_t i = 0; i < rings->n_items; i++) {
		struct ring *ring = &rings->items[i];

		if (!ring->is_waiting)
			ring->is_waiting = look(ring);
		if (ring->is_waiting && (!oldest || ring->record.time_ns < oldest->record.time_ns))
			oldest = ring;
	}
	if (!oldest)
		return false;
	oldest->is_waiting = false;
	*ret = (struct ring_record){
		.record = oldest->record,
		.bytes = oldest->bytes,
		.ring = (size_t)(oldest - rings->items),
	};
	return true;
}

void rings_count_lost(struct rings *rings)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rings->n_lost_counters; i++)
		sum += __atomic_load_n(&rings->lost[i], __ATOMIC_RELAXED);
	rings->n_lost = sum;
}

void rings_prepare_poll(const struct rings *rings, struct pollfd *ret)
{
	for (size_t i = 0; i < rings->n_items; i++)
		ret[i] = (struct pollfd){ .fd = rings->items[i].fd, .events = POLLIN };
}

void rings_done(struct rings *rings)
{
	for (size_t i = 0; i < rings->n_items; i++)
		unmap(&rings->items[i]);
	if (rings->lost)
		munmap((void *)rings->lost, rings->n_lost_counters * sizeof(*rings->lost));
	free(rings->items);
	*rings = (struct rings){};
}
