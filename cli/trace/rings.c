// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/rings.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The largest record: its size is a 16-bit number. */
#define RECORD_MAX (UINT16_MAX + 1)

struct ring {
	int fd;
	struct perf_event_mmap_page *head; /* a page, followed by the data */
	size_t page_size;
	size_t size;	    /* of the data */
	bool is_waiting;    /* `front` has the oldest record, which has not been taken yet */
	uint64_t next_tail; /* after this record */
	struct trace_record record;
	unsigned char front[RECORD_MAX];
};

int rings_add(struct rings *rings, int fd, size_t buffer_bytes, struct error *error)
{
	cleanup(closep) int owned = fd;
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	struct ring *longer, *ring;
	void *mapped;

	if (buffer_bytes < page_size || buffer_bytes & (buffer_bytes - 1))
		return error_set(error, ERROR_UNSUPPORTED, -EINVAL,
				 "the size of perf buffer %zu is not a power of two of pages: %zu",
				 rings->n_items, buffer_bytes);
	longer = reallocarray(rings->items, rings->n_items + 1, sizeof(*longer));
	if (!longer)
		return error_memory(error);
	rings->items = longer;
	mapped = mmap(NULL, page_size + buffer_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot map perf buffer %zu of %zu bytes: %s", rings->n_items,
				 buffer_bytes, strerror(errno));
	ring = &rings->items[rings->n_items++];
	memset(ring, 0, offsetof(struct ring, front));
	ring->fd = steal_fd(&owned);
	ring->head = mapped;
	ring->page_size = page_size;
	ring->size = buffer_bytes;
	return 0;
}

/* Copies bytes that may continue at the beginning of the buffer. */
static void copy(const struct ring *ring, uint64_t position, void *to, size_t size)
{
	const unsigned char *data = (const unsigned char *)ring->head + ring->page_size;
	size_t at = position & (ring->size - 1);
	size_t first = size < ring->size - at ? size : ring->size - at;

	memcpy(to, data + at, first);
	memcpy((unsigned char *)to + first, data, size - first);
}

/* The kernel reuses what is before the tail. */
static void release(struct ring *ring, uint64_t tail)
{
	__atomic_store_n(&ring->head->data_tail, tail, __ATOMIC_RELEASE);
}

static uint64_t count_lost(const struct ring *ring, size_t size)
{
	struct {
		uint64_t id, n_lost;
	} lost;

	if (size < sizeof(lost))
		return 0;
	memcpy(&lost, ring->front, sizeof(lost));
	return lost.n_lost;
}

/* The body of a sample is the size of the raw data, and these. False: that is not a record. */
static bool read_sample(struct ring *ring, size_t size)
{
	uint32_t raw_size;

	if (size < sizeof(raw_size) + sizeof(ring->record))
		return false;
	memcpy(&raw_size, ring->front, sizeof(raw_size));
	memcpy(&ring->record, ring->front + sizeof(raw_size), sizeof(ring->record));
	return raw_size <= size - sizeof(raw_size) && raw_size >= sizeof(ring->record) &&
	       ring->record.captured <= raw_size - sizeof(ring->record);
}

/* Copies the oldest record of the buffer to `front`; false: the buffer is empty. */
static bool look(struct ring *ring, uint64_t *n_lost)
{
	uint64_t tail = ring->head->data_tail;
	uint64_t head = __atomic_load_n(&ring->head->data_head, __ATOMIC_ACQUIRE);

	while (head - tail >= sizeof(struct perf_event_header)) {
		struct perf_event_header event;
		size_t size;

		copy(ring, tail, &event, sizeof(event));
		if (event.size < sizeof(event) || event.size > head - tail)
			return false;
		size = event.size - sizeof(event);
		copy(ring, tail + sizeof(event), ring->front, size);
		tail += event.size;
		if (event.type == PERF_RECORD_SAMPLE && read_sample(ring, size)) {
			ring->next_tail = tail;
			return true;
		}
		if (event.type == PERF_RECORD_LOST)
			*n_lost += count_lost(ring, size);
		release(ring, tail);
	}
	return false;
}

bool rings_take(struct rings *rings, struct ring_record *ret)
{
	struct ring *oldest = NULL;

	for (size_t i = 0; i < rings->n_items; i++) {
		struct ring *ring = &rings->items[i];

		if (!ring->is_waiting)
			ring->is_waiting = look(ring, &rings->n_lost);
		if (ring->is_waiting && (!oldest || ring->record.time_ns < oldest->record.time_ns))
			oldest = ring;
	}
	if (!oldest)
		return false;
	oldest->is_waiting = false;
	release(oldest, oldest->next_tail);
	*ret = (struct ring_record){
		.record = oldest->record,
		.bytes = oldest->front + sizeof(uint32_t) + sizeof(oldest->record),
		.ring = (size_t)(oldest - rings->items),
	};
	return true;
}

void rings_prepare_poll(const struct rings *rings, struct pollfd *ret)
{
	for (size_t i = 0; i < rings->n_items; i++)
		ret[i] = (struct pollfd){ .fd = rings->items[i].fd, .events = POLLIN };
}

void rings_done(struct rings *rings)
{
	for (size_t i = 0; i < rings->n_items; i++) {
		struct ring *ring = &rings->items[i];

		munmap(ring->head, ring->page_size + ring->size);
		close(ring->fd);
	}
	free(rings->items);
	*rings = (struct rings){};
}
