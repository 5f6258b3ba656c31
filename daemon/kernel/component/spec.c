#include "daemon/kernel/component/spec.h"

#include "base/cleanup.h"
#include "object/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int init(const char *sha256, const char *label, const char *program, struct recipe *ret,
		struct error *error)
{
	struct recipe recipe = {};

	recipe.label = strdup(label);
	recipe.program = strdup(program);
	if (!recipe.label || !recipe.program) {
		recipe_done(&recipe);
		return error_memory(error);
	}
	strcpy(recipe.sha256, sha256);
	*ret = recipe;
	return 0;
}

int recipe_init(const struct object *object, const char *program, struct recipe *ret,
		struct error *error)
{
	return init(object->sha256, object->label, program, ret, error);
}

int recipe_add_library(struct recipe *recipe, const char *sha256, const char *label,
		       struct error *error)
{
	struct library *longer = reallocarray(recipe->libraries, recipe->n_libraries + 1,
					      sizeof(*longer));
	char *copy = strdup(label);

	if (longer)
		recipe->libraries = longer;
	if (!longer || !copy) {
		free(copy);
		return error_memory(error);
	}
	longer[recipe->n_libraries] = (struct library){ .label = copy };
	strcpy(longer[recipe->n_libraries++].sha256, sha256);
	return 0;
}

bool recipe_needs(const struct recipe *recipe, const char *sha256)
{
	bool needs = !strcmp(recipe->sha256, sha256);

	for (size_t i = 0; !needs && i < recipe->n_libraries; i++)
		needs = !strcmp(recipe->libraries[i].sha256, sha256);
	return needs;
}

const char *recipe_find_label(const struct recipe *recipe, const char *sha256)
{
	if (!strcmp(recipe->sha256, sha256))
		return recipe->label;
	for (size_t i = 0; i < recipe->n_libraries; i++)
		if (!strcmp(recipe->libraries[i].sha256, sha256))
			return recipe->libraries[i].label;
	return NULL;
}

int recipe_copy(const struct recipe *recipe, struct recipe *ret, struct error *error)
{
	struct recipe copy = {};
	int result = 0;

	if (recipe->program)
		result = init(recipe->sha256, recipe->label, recipe->program, &copy, error);
	if (result == 0)
		result = recipe_set_slot(&copy, recipe->slot, error);
	if (result == 0 && (strings_append(&copy.values, &recipe->values) < 0 ||
			    map_shares_keep(&copy.shares, &recipe->shares) < 0))
		result = error_memory(error);
	for (size_t i = 0; result == 0 && i < recipe->n_libraries; i++)
		result = recipe_add_library(&copy, recipe->libraries[i].sha256,
					    recipe->libraries[i].label, error);
	copy.devbound = recipe->devbound;
	if (result < 0)
		recipe_done(&copy);
	else
		*ret = copy;
	return result;
}

/* "limit" of "limit=7" and of "limit" itself. */
static size_t name_length(const char *value)
{
	return strcspn(value, "=");
}

static bool remove_value(struct strings *values, const char *name, size_t length)
{
	for (size_t i = 0; i < values->n_items; i++) {
		if (name_length(values->items[i]) != length ||
		    strncmp(values->items[i], name, length) != 0)
			continue;
		strings_remove(values, i);
		return true;
	}
	return false;
}

int recipe_set_values(struct recipe *recipe, const struct strings *values, struct error *error)
{
	for (size_t i = 0; i < values->n_items; i++) {
		const char *value = values->items[i];
		size_t length = name_length(value);
		bool was_set = remove_value(&recipe->values, value, length);

		if (value[length] && strings_add(&recipe->values, value, strlen(value)) < 0)
			return error_memory(error);
		if (!value[length] && !was_set)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "'%s' has no value and was not set before; use NAME=VALUE",
					 value);
	}
	return 0;
}

static bool same_libraries(const struct recipe *recipe, const struct recipe *other)
{
	bool same = recipe->n_libraries == other->n_libraries;

	for (size_t i = 0; same && i < recipe->n_libraries; i++)
		same = !strcmp(recipe->libraries[i].sha256, other->libraries[i].sha256);
	return same;
}

int recipe_set_slot(struct recipe *recipe, const char *slot, struct error *error)
{
	free(steal(recipe->slot));
	if (!slot)
		return 0;
	recipe->slot = strdup(slot);
	return recipe->slot ? 0 : error_memory(error);
}

static bool same_slot(const struct recipe *recipe, const struct recipe *other)
{
	return recipe->slot && other->slot ? !strcmp(recipe->slot, other->slot)
					   : recipe->slot == other->slot;
}

bool recipe_equal(const struct recipe *recipe, const struct recipe *other)
{
	return *recipe->sha256 && !strcmp(recipe->sha256, other->sha256) &&
	       !strcmp(recipe->program, other->program) && same_libraries(recipe, other) &&
	       same_slot(recipe, other) && strings_equal(&recipe->values, &other->values) &&
	       map_shares_equal(&recipe->shares, &other->shares) &&
	       recipe->devbound == other->devbound;
}

bool recipe_can_be_shared(const struct recipe *recipe)
{
	return recipe->shares.n_items == 0 && !recipe->devbound;
}

void recipe_done(struct recipe *recipe)
{
	while (recipe->n_libraries > 0)
		free(recipe->libraries[--recipe->n_libraries].label);
	free(recipe->libraries);
	free(recipe->label);
	free(recipe->program);
	free(recipe->slot);
	strings_done(&recipe->values);
	map_shares_done(&recipe->shares);
	*recipe = (struct recipe){};
}
