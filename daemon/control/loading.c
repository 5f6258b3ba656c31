#include "daemon/control/loading.h"

#include "base/cleanup.h"

int loading_renew(const struct transaction *transaction, const struct target *target,
		  const struct recipe *recipe, const struct delivery *delivery,
		  const struct heritage *heritage, struct component **ret, struct error *error)
{
	const struct workshop *workshop = transaction->workshop;
	const struct load_order order = {
		.recipe = recipe,
		.object = delivery_object(delivery),
		.frags = delivery->choice.frags,
		.attach_type = target->device->attach_type,
		.heritage = heritage,
		.places = &workshop->places,
	};

	return workshop->linker->type->load(workshop->linker, &order, ret, error);
}

/* What another target of the transaction got; NULL if none did. */
static struct component *find_new(const struct transaction *transaction,
				  const struct target *target, const struct recipe *recipe)
{
	struct component *found = NULL;

	for (size_t i = 0; !found && i < transaction->n_targets; i++) {
		const struct target *other = &transaction->targets[i];

		if (other->device->attach_type == target->device->attach_type)
			found = chain_find_component(&other->wanted, recipe, &target->wanted);
	}
	return found;
}

int loading_get(const struct transaction *transaction, const struct target *target,
		const struct recipe *recipe, const struct delivery *delivery,
		struct component **ret, struct error *error)
{
	const struct workshop *workshop = transaction->workshop;
	cleanup(delivery_done) struct delivery recalled = {};
	struct component *found = find_new(transaction, target, recipe);
	int result = 0;

	if (!found)
		found = registry_find_component(&workshop->registry, recipe,
						target->device->attach_type, &target->wanted);
	if (found) {
		*ret = (struct component *)node_hold(&found->node);
		return 0;
	}
	if (!delivery)
		result = delivery_recall(workshop->store, recipe, &recalled, error);
	if (result < 0)
		return result;
	return loading_renew(transaction, target, recipe, delivery ?: &recalled, NULL, ret, error);
}
