#include "daemon/linkers/types.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdbool.h>

static void btf_freep(struct btf **btf)
{
	btf__free(*btf);
}

void types_done(struct types *types)
{
	btf__free(types->btf);
	free(types->functions);
	*types = (struct types){};
}

static bool have_records(size_t n_components, struct component *const *components)
{
	for (size_t i = 0; i < n_components; i++)
		if (!components[i]->code.n_functions)
			return false;
	return true;
}

/* int name(struct xdp_md *ctx): its id, or a negative errno. */
static int add_rootlet(struct btf *btf, const char *name)
{
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int context = btf__add_fwd(btf, "xdp_md", BTF_FWD_STRUCT);
	int pointer = btf__add_ptr(btf, context);
	int prototype = btf__add_func_proto(btf, integer);

	if (integer < 0 || context < 0 || pointer < 0 || prototype < 0)
		return -ENOMEM;
	if (btf__add_func_param(btf, "ctx", pointer) < 0)
		return -ENOMEM;
	return btf__add_func(btf, name, BTF_FUNC_GLOBAL, prototype);
}

/* libbpf may have mended an object's types for this kernel, so the kernel is asked for them. */
static struct btf *component_btf(const struct component *component)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_prog_get_info_by_fd(component->fd, &info, &size) < 0)
		return NULL;
	return btf__load_from_kernel_by_id(info.btf_id);
}

static int add_component(struct types *types, const struct component *component, size_t start)
{
	cleanup(btf_freep) struct btf *btf = component_btf(component);
	struct btf_type *entry;
	int first;

	if (!btf)
		return -errno;
	first = btf__add_btf(types->btf, btf);
	if (first < 0)
		return first;
	for (size_t i = 0; i < component->code.n_functions; i++) {
		const struct bpf_func_info *function = &component->code.functions[i];

		types->functions[types->n_functions++] = (struct bpf_func_info){
			.insn_off = start + function->insn_off,
			.type_id = function->type_id + first - 1,
		};
	}
	entry = (struct btf_type *)btf__type_by_id(
		types->btf, component->code.functions[0].type_id + first - 1);
	entry->info = BTF_KIND_FUNC << 24 |
		      BTF_FUNC_STATIC; /* as in struct btf_type, linux/btf.h */
	return 0;
}

int types_join(const char *name, size_t n_components, struct component *const *components,
	       const size_t *starts, struct types *ret, struct error *error)
{
	cleanup(types_done) struct types types = {};
	size_t n_functions = 1;
	int id, result;

	if (!have_records(n_components, components))
		return 0;
	for (size_t i = 0; i < n_components; i++)
		n_functions += components[i]->code.n_functions;
	types.btf = btf__new_empty();
	types.functions = calloc(n_functions, sizeof(*types.functions));
	if (!types.btf || !types.functions)
		return error_memory(error);
	id = add_rootlet(types.btf, name);
	if (id < 0)
		return error_memory(error);
	types.functions[types.n_functions++] = (struct bpf_func_info){ .type_id = id };
	for (size_t i = 0; i < n_components; i++) {
		result = add_component(&types, components[i], starts[i]);
		if (result < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, result,
					 "the types of '%s' cannot be joined to the chain's: %s",
					 components[i]->program_name, errno_name(result));
	}
	result = btf__load_into_kernel(types.btf);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 "the kernel does not take the types of the chain: %s",
				 errno_name(result));
	*ret = types;
	types = (struct types){};
	return 0;
}
