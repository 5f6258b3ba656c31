#include "daemon/kernel/recipe.h"

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

int recipe_copy(const struct recipe *recipe, struct recipe *ret, struct error *error)
{
	if (!recipe->program) {
		*ret = (struct recipe){};
		return 0;
	}
	return init(recipe->sha256, recipe->label, recipe->program, ret, error);
}

bool recipe_equal(const struct recipe *recipe, const struct recipe *other)
{
	return *recipe->sha256 && !strcmp(recipe->sha256, other->sha256) &&
	       !strcmp(recipe->program, other->program);
}

void recipe_done(struct recipe *recipe)
{
	free(recipe->label);
	free(recipe->program);
	*recipe = (struct recipe){};
}
