// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/map-copy.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <string.h>

/* How a map of some type is copied. */
enum way {
	WAY_EMPTY,  /* its contents cannot be read: the copy is empty */
	WAY_FRESH,  /* empty: the daemon has nothing to copy into such a map */
	WAY_COPY,   /* with all entries */
	WAY_NESTED, /* with all entries, which are maps and are copied, too */
	WAY_SHARE,  /* not copied, because no program can write it */
};

static const struct {
	enum bpf_map_type type;
	enum way way;
} ways[] = {
	{ BPF_MAP_TYPE_HASH, WAY_COPY },	   { BPF_MAP_TYPE_ARRAY, WAY_COPY },
	{ BPF_MAP_TYPE_PERCPU_HASH, WAY_COPY },	   { BPF_MAP_TYPE_PERCPU_ARRAY, WAY_COPY },
	{ BPF_MAP_TYPE_LRU_HASH, WAY_COPY },	   { BPF_MAP_TYPE_LRU_PERCPU_HASH, WAY_COPY },
	{ BPF_MAP_TYPE_LPM_TRIE, WAY_COPY },	   { BPF_MAP_TYPE_ARRAY_OF_MAPS, WAY_NESTED },
	{ BPF_MAP_TYPE_HASH_OF_MAPS, WAY_NESTED }, { BPF_MAP_TYPE_DEVMAP, WAY_SHARE },
	{ BPF_MAP_TYPE_DEVMAP_HASH, WAY_SHARE },   { BPF_MAP_TYPE_CPUMAP, WAY_SHARE },
	{ BPF_MAP_TYPE_XSKMAP, WAY_SHARE },	   { BPF_MAP_TYPE_PROG_ARRAY, WAY_FRESH },
	{ BPF_MAP_TYPE_RINGBUF, WAY_FRESH },	   { BPF_MAP_TYPE_PERF_EVENT_ARRAY, WAY_FRESH },
	{ BPF_MAP_TYPE_STACK_TRACE, WAY_FRESH },
};

static enum way way_of(const struct bpf_map_info *info)
{
	for (size_t i = 0; i < array_size(ways); i++)
		if (ways[i].type == info->type)
			return info->map_flags & BPF_F_RDONLY_PROG && ways[i].way == WAY_COPY
				       ? WAY_SHARE
				       : ways[i].way;
	return WAY_EMPTY;
}

/* The state of copying one map. */
struct copying {
	struct map_copies *copies;
	const char *name;
	struct bpf_map_info info; /* of the source */
	int source;		  /* fd */
	int fd;			  /* of the copy */
	void *key, *next, *value;
};

static void copying_done(struct copying *copying)
{
	closep(&copying->fd);
	free(copying->key);
	free(copying->next);
	free(copying->value);
}

static int refuse(const struct copying *copying, int failure, struct error *error)
{
	return error_set(error, ERROR_UNSUPPORTED, failure, "cannot copy map '%s': %s",
			 copying->name, errno_name(failure));
}

/*
 * The NUMA node and the access flags for system calls may differ: the kernel does not report the node.
 */
static int create(struct copying *copying, int inner_fd, struct error *error)
{
	const struct bpf_map_info *info = &copying->info;
	cleanup(closep) int btf_fd = info->btf_id && info->btf_value_type_id
					     ? bpf_btf_get_fd_by_id(info->btf_id)
					     : -1;
	LIBBPF_OPTS(bpf_map_create_opts, options,
		    .map_flags = info->map_flags & ~(BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY),
		    .map_extra = info->map_extra, .inner_map_fd = inner_fd);

	if (btf_fd >= 0) {
		options.btf_fd = btf_fd;
		options.btf_key_type_id = info->btf_key_type_id;
		options.btf_value_type_id = info->btf_value_type_id;
	}
	copying->fd = bpf_map_create(info->type, info->name, info->key_size, info->value_size,
				     info->max_entries, &options);
	return copying->fd < 0 ? refuse(copying, -errno, error) : 0;
}

static bool is_per_cpu(const struct bpf_map_info *info)
{
	return info->type == BPF_MAP_TYPE_PERCPU_HASH || info->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       info->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* Buffers for system calls; per-CPU values are rounded up to eight bytes each. */
static int make_buffers(struct copying *copying, struct error *error)
{
	const struct bpf_map_info *info = &copying->info;
	size_t size = info->value_size;

	if (is_per_cpu(info))
		size = (size + 7) / 8 * 8 * libbpf_num_possible_cpus();
	copying->key = malloc(info->key_size + 1);
	copying->next = malloc(info->key_size + 1);
	copying->value = malloc(size + 1);
	return copying->key && copying->next && copying->value ? 0 : error_memory(error);
}

/*
 * Moves to the next key. False: there are no more keys, or so many came that the iteration must have started
 * over.
 */
static bool advance(struct copying *copying, uint64_t *count)
{
	void *swapped = copying->key;

	if (*count >= 2 * (uint64_t)copying->info.max_entries ||
	    bpf_map_get_next_key(copying->source, *count ? copying->key : NULL, copying->next) < 0)
		return false;
	copying->key = copying->next;
	copying->next = swapped;
	++*count;
	return true;
}

/* Under traffic an entry may be deleted before it is read. */
static int copy_entries(struct copying *copying, struct error *error)
{
	uint64_t count = 0;

	while (advance(copying, &count)) {
		if (++copying->copies->n_entries > MAP_COPIES_ENTRIES_MAX)
			return error_set(error, ERROR_LIMIT_EXCEEDED, -E2BIG,
					 "the test would have to copy more than %d map entries, "
					 "those of '%s' among them",
					 MAP_COPIES_ENTRIES_MAX, copying->name);
		if (bpf_map_lookup_elem(copying->source, copying->key, copying->value) < 0)
			continue;
		if (bpf_map_update_elem(copying->fd, copying->key, copying->value, BPF_ANY) < 0)
			return refuse(copying, -errno, error);
	}
	return 0;
}

/* The copy of the map with that id; the map copies own it. */
static int get_inner(struct copying *copying, uint32_t id, int *ret, struct error *error)
{
	cleanup(closep) int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return refuse(copying, -errno, error);
	return map_copies_get(copying->copies, fd, copying->name, ret, error);
}

/* The first entry shows what the inner maps look like; if there is no entry, that is unknown. */
static int copy_nested(struct copying *copying, struct error *error)
{
	uint64_t count = 0;
	int result = 0;

	while (result == 0 && advance(copying, &count)) {
		uint32_t id = 0;
		int inner = -1;

		if (bpf_map_lookup_elem(copying->source, copying->key, &id) < 0)
			continue;
		result = get_inner(copying, id, &inner, error);
		if (result == 0 && copying->fd < 0)
			result = create(copying, inner, error);
		if (result == 0 &&
		    bpf_map_update_elem(copying->fd, copying->key, &inner, BPF_ANY) < 0)
			result = refuse(copying, -errno, error);
	}
	if (result == 0 && copying->fd < 0)
		return error_set(error, ERROR_UNSUPPORTED, -ENODATA,
				 "cannot copy map '%s': it is an empty map of maps, so the "
				 "definition of its inner maps is unknown",
				 copying->name);
	return result;
}

static int note_empty(struct copying *copying, struct error *error)
{
	return strings_print(&copying->copies->notes,
			     "map '%s' starts empty in the test: the contents of a map of type %s "
			     "cannot be copied",
			     copying->name,
			     libbpf_bpf_map_type_str(copying->info.type) ?: "unknown") < 0
		       ? error_memory(error)
		       : 0;
}

static int fill(struct copying *copying, struct error *error)
{
	enum way way = way_of(&copying->info);
	int result = make_buffers(copying, error);

	if (result == 0 && way == WAY_NESTED)
		return copy_nested(copying, error);
	if (result == 0)
		result = create(copying, 0, error);
	if (result == 0 && way == WAY_COPY)
		result = copy_entries(copying, error);
	return result == 0 && way == WAY_EMPTY ? note_empty(copying, error) : result;
}

static struct map_copy *find(const struct map_copies *copies, uint32_t id)
{
	for (size_t i = 0; copies && i < copies->n_items; i++)
		if (copies->items[i].id == id || copies->items[i].source_id == id)
			return &copies->items[i];
	return NULL;
}

static int tell(int fd, struct bpf_map_info *ret)
{
	__u32 size = sizeof(*ret);

	*ret = (struct bpf_map_info){};
	return bpf_map_get_info_by_fd(fd, ret, &size) < 0 ? -errno : 0;
}

static int add(struct map_copies *copies, const struct map_copy *copy, struct error *error)
{
	struct map_copy *longer = reallocarray(copies->items, copies->n_items + 1, sizeof(*longer));

	if (!longer)
		return error_memory(error);
	copies->items = longer;
	longer[copies->n_items++] = *copy;
	return 0;
}

static int make(struct map_copies *copies, uint32_t id, int fd, const char *name,
		struct error *error)
{
	const struct map_copy *before = find(copies->from, id);
	cleanup(copying_done) struct copying copying = {
		.copies = copies,
		.name = name,
		.source = before && before->fd >= 0 ? before->fd : fd,
		.fd = -1,
	};
	struct map_copy copy = { .id = id, .fd = -1 };
	int result = tell(copying.source, &copying.info);
	struct map_copy *known = find(copies, copying.info.id);

	if (result < 0)
		return refuse(&copying, result, error);
	if (known) { /* the map was found in another map before, under the id of its copy */
		known->id = id;
		return 0;
	}
	copy.source_id = copying.info.id;
	if (way_of(&copying.info) != WAY_SHARE)
		result = fill(&copying, error);
	if (result < 0)
		return result;
	copy.fd = copying.fd;
	result = add(copies, &copy, error);
	if (result == 0)
		steal_fd(&copying.fd);
	return result;
}

int map_copies_get(struct map_copies *copies, int fd, const char *name, int *ret,
		   struct error *error)
{
	const struct map_copy *copy;
	struct bpf_map_info info;
	int result = tell(fd, &info);

	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result, "cannot query map '%s': %s",
				 name, errno_name(result));
	copy = find(copies, info.id);
	if (!copy)
		result = make(copies, info.id, fd, name, error);
	if (result < 0)
		return result;
	copy = copy ?: find(copies, info.id);
	*ret = copy->fd >= 0 ? copy->fd : fd;
	return 0;
}

void map_copies_done(struct map_copies *copies)
{
	while (copies->n_items > 0)
		closep(&copies->items[--copies->n_items].fd);
	free(steal(copies->items));
	strings_done(&copies->notes);
}
