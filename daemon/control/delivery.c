#include "daemon/control/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int delivery_receive(struct program_source *source, struct delivery *ret, struct error *error)
{
	struct object *object = &ret->object;

	object->blob = source->object;
	source->object = (struct blob){};
	object->label = strdup(source->label ?: "the object");
	if (!object->label)
		return error_memory(error);
	blob_sha256(&object->blob, object->sha256);
	return object_choose(object, source->program, &ret->choice, error);
}

int delivery_recall(const struct store *store, const struct recipe *recipe, struct delivery *ret,
		    struct error *error)
{
	int result;

	if (!*recipe->sha256)
		return error_set(error, ERROR_UNSUPPORTED, -ENODATA,
				 "it was adopted from %s, without its object; 'xdpctl replace' "
				 "gives it one",
				 recipe->label);
	result = store_get(store, recipe->sha256, recipe->label, &ret->object, error);
	return result < 0 ? result
			  : object_choose(&ret->object, recipe->program, &ret->choice, error);
}

void delivery_done(struct delivery *delivery)
{
	object_done(&delivery->object);
	*delivery = (struct delivery){};
}
