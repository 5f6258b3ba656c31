// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Does this kernel have the functions that an object needs? */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "object/kfuncs.h"

#include <stdio.h>
#include <string.h>

static bool is_in(const struct kfunc *kfunc, const char *group)
{
	return kfunc->group && !strcmp(kfunc->group, group);
}

static size_t count_resolved(const struct kfuncs *kfuncs, const char *group)
{
	size_t count = 0;

	for (size_t i = 0; i < kfuncs->n_items; i++)
		count += is_in(&kfuncs->items[i], group) &&
			 kfuncs->items[i].state == KFUNC_RESOLVED;
	return count;
}

bool kfuncs_want_only_one_of(const struct kfuncs *kfuncs, const char *group)
{
	for (size_t i = 0; i < kfuncs->n_items; i++)
		if (is_in(&kfuncs->items[i], group) && kfuncs->items[i].only)
			return true;
	return false;
}

bool kfuncs_have_one_of(const struct kfuncs *kfuncs, const char *group)
{
	size_t count = count_resolved(kfuncs, group);

	return kfuncs_want_only_one_of(kfuncs, group) ? count == 1 : count > 0;
}

static void add_prototypes(FILE *text, const struct kfunc *kfunc)
{
	fprintf(text, "the object declares: %s\n", kfunc->prototype);
	if (kfunc->kernel_prototype)
		fprintf(text, "the kernel has: %s\n", kfunc->kernel_prototype);
	else
		fprintf(text, "the kernel has no %.*s\n", (int)kfunc_name_length(kfunc->name),
			kfunc->name);
}

/* The prototypes of that kfunc, or of all in its group, become the error's detail. */
static void explain(const struct kfuncs *kfuncs, const struct kfunc *missing, struct error *error)
{
	cleanup(freep) char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		const struct kfunc *kfunc = &kfuncs->items[i];

		if (missing->weak ? is_in(kfunc, missing->group) : kfunc == missing)
			add_prototypes(stream, kfunc);
	}
	if (fclose(stream) == 0)
		error_detail(error, text);
}

static int refuse(const struct kfuncs *kfuncs, const struct kfunc *missing, const char *label,
		  struct error *error)
{
	int length = kfunc_name_length(missing->name);
	size_t count = missing->weak ? count_resolved(kfuncs, missing->group) : 0;

	if (count)
		error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
			  "%s needs exactly one of the kernel functions of group '%s', but this "
			  "kernel "
			  "has %zu of them",
			  label, missing->group, count);
	else if (missing->weak)
		error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
			  "%s needs one of the kernel functions of group '%s', but this kernel has "
			  "none of them",
			  label, missing->group);
	else
		error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
			  "%s needs the kernel function '%.*s', which this kernel %s", label,
			  length, missing->name,
			  missing->state == KFUNC_ABSENT ? "does not have"
							 : "has with a different prototype");
	explain(kfuncs, missing, error);
	return -ENOTSUP;
}

int kfuncs_check(const struct kfuncs *kfuncs, const char *label, struct error *error)
{
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		const struct kfunc *kfunc = &kfuncs->items[i];
		bool absent = !kfunc->weak && kfunc->state != KFUNC_RESOLVED;

		if (absent || (kfunc->group && !kfuncs_have_one_of(kfuncs, kfunc->group)))
			return refuse(kfuncs, kfunc, label, error);
	}
	return 0;
}
