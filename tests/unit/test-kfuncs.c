// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Kernel functions with their flavours and groups: which of them an object gets on which kernel. */
#include "base/cleanup.h"
#include "object/kfuncs.h"
#include "object/libbpf-log.h"
#include "tests/unit/fake-kernel-btf.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <string.h>

static void flavours_are_what_follows_three_underscores(void **state)
{
	static const struct {
		const char *name;
		size_t length;
	} rows[] = {
		{ "bpf_throw", 9 },
		{ "bpf_throw___old", 9 },
		{ "a___b___c", 5 },
		{ "___old", 6 },
		{ "bpf_throw___", 12 },
		{ "bpf_throw____old", 16 },
		{ "a", 1 },
		{ "", 0 },
		{ "a___b", 1 },
		{ "bpf__throw__x", 13 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		assert_int_equal(kfunc_name_length(rows[i].name), rows[i].length);
}

struct fixture {
	struct object object;
	struct fake_kernel_btf kernel;
	struct kernel_btf *types;
	struct kfuncs kfuncs;
	struct error error;
};

static void fixture_done(struct fixture *fixture)
{
	kfuncs_done(&fixture->kfuncs);
	kernel_btf_drop(&fixture->types);
	object_done(&fixture->object);
	error_done(&fixture->error);
	fake_kernel_btf_remove(&fixture->kernel);
}

static void read_for(struct fixture *fixture, const char *file, bool casts)
{
	cleanup(closep) int fd = -1;
	char path[512];

	memset(fixture, 0, sizeof(*fixture));
	snprintf(path, sizeof(path), OBJECTS "/%s.o", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(blob_read(fd, file, 1 << 24, &fixture->object.blob, NULL), 0);
	fixture->object.label = strdup(file);
	fake_kernel_btf_write(&fixture->kernel, casts);
	assert_int_equal(kernel_btf_open(fixture->kernel.path, &fixture->types, NULL), 0);
	assert_int_equal(kfuncs_resolve(&fixture->object, fixture->types, &fixture->kfuncs, NULL),
			 0);
}

/* The same answer after libbpf has opened the object, and has changed the types in its copy. */
static bool are_called(const struct object *object)
{
	struct bpf_object *opened = NULL;
	bool called = kfuncs_are_called(object);

	assert_int_equal(object_open(object, "/", &opened, NULL), 0);
	assert_int_equal(kfuncs_may_be_called(opened), called);
	bpf_object__close(opened);
	return called;
}

static const struct kfunc *get(const struct fixture *fixture, const char *name)
{
	for (size_t i = 0; i < fixture->kfuncs.n_items; i++)
		if (!strcmp(fixture->kfuncs.items[i].name, name))
			return &fixture->kfuncs.items[i];
	fail_msg("there is no %s", name);
	return NULL;
}

static void the_flavour_with_the_prototype_of_the_kernel_is_the_one(void **state)
{
	(void)state;
	for (int casts = 0; casts < 2; casts++) {
		cleanup(fixture_done) struct fixture fixture;
		const struct kfunc *one, *two, *none;

		read_for(&fixture, "calls-flavours", casts);
		assert_true(are_called(&fixture.object));
		assert_int_equal(fixture.kfuncs.n_items, 3);
		one = get(&fixture, "bpf_cast_to_kern_ctx___one");
		two = get(&fixture, "bpf_cast_to_kern_ctx___two");
		none = get(&fixture, "bpf_no_such_kfunc___any");
		assert_int_equal(one->state, casts ? KFUNC_RESOLVED : KFUNC_DIFFERENT);
		assert_int_equal(two->state, casts ? KFUNC_DIFFERENT : KFUNC_RESOLVED);
		assert_int_equal(none->state, KFUNC_ABSENT);
		assert_true(one->weak && two->weak && none->weak);
		assert_null(one->group);
		assert_string_equal(one->prototype, "void *bpf_cast_to_kern_ctx___one(void *)");
		assert_string_equal(one->kernel_prototype,
				    casts ? "void *bpf_cast_to_kern_ctx(void *obj)"
					  : "void *bpf_cast_to_kern_ctx(void *obj, int flags)");
		assert_string_equal(one->module, "vmlinux");
		assert_null(none->kernel_prototype);
		assert_int_equal(kfuncs_check(&fixture.kfuncs, "f.o", NULL), 0);
	}
}

static void one_kfunc_of_a_group_must_exist(void **state)
{
	cleanup(fixture_done) struct fixture fixture;

	(void)state;
	read_for(&fixture, "calls-no_group", true);
	assert_string_equal(get(&fixture, "bpf_no_such_kfunc___old")->group, "missing");
	assert_true(kfuncs_have_one_of(&fixture.kfuncs, "cast"));
	assert_false(kfuncs_have_one_of(&fixture.kfuncs, "missing"));
	assert_int_equal(kfuncs_check(&fixture.kfuncs, "f.o", &fixture.error), -ENOTSUP);
	assert_int_equal(fixture.error.id, ERROR_UNSUPPORTED);
	assert_string_equal(fixture.error.message, "f.o needs one of the kernel functions of group "
						   "'missing', but this kernel has none of them");
	assert_non_null(strstr(fixture.error.detail, "bpf_no_such_kfunc___new(int)"));
}

static void of_a_stricter_group_exactly_one_must_be_there(void **state)
{
	cleanup(fixture_done) struct fixture two, one;

	(void)state;
	read_for(&two, "calls-two_of_one", true);
	assert_true(kfuncs_want_only_one_of(&two.kfuncs, "cast"));
	assert_false(kfuncs_have_one_of(&two.kfuncs, "cast"));
	assert_int_equal(kfuncs_check(&two.kfuncs, "f.o", &two.error), -ENOTSUP);
	assert_string_equal(
		two.error.message,
		"f.o needs exactly one of the kernel functions of group 'cast', but this "
		"kernel has 2 of them");
	assert_non_null(strstr(two.error.detail, "bpf_cast_to_kern_ctx___again(void *)"));
	two.kfuncs.items[0].state = KFUNC_DIFFERENT;
	assert_int_equal(kfuncs_check(&two.kfuncs, "f.o", NULL), 0);
	two.kfuncs.items[1].state = KFUNC_ABSENT;
	assert_int_equal(kfuncs_check(&two.kfuncs, "f.o", NULL), -ENOTSUP);
	read_for(&one, "calls-no_group", true);
	assert_false(kfuncs_want_only_one_of(&one.kfuncs, "cast"));
}

static void a_kfunc_with_another_prototype_is_not_in_the_group(void **state)
{
	cleanup(fixture_done) struct fixture fixture;

	(void)state;
	read_for(&fixture, "calls-device", true);
	assert_int_equal(kfuncs_check(&fixture.kfuncs, "f.o", &fixture.error), -ENOTSUP);
	assert_non_null(strstr(fixture.error.message, "group 'hash'"));
}

static void a_kfunc_that_is_not_weak_must_exist(void **state)
{
	cleanup(fixture_done) struct fixture strong, throw;

	(void)state;
	read_for(&strong, "calls-strong", true);
	assert_int_equal(kfuncs_check(&strong.kfuncs, "f.o", &strong.error), -ENOTSUP);
	assert_string_equal(strong.error.message, "f.o needs the kernel function "
						  "'bpf_no_such_kfunc', which this kernel does not "
						  "have");
	read_for(&throw, "kind-throw", true);
	assert_int_equal(throw.kfuncs.n_items, 1);
	assert_int_equal(kfuncs_check(&throw.kfuncs, "f.o", NULL), 0);
}

static void most_objects_call_none(void **state)
{
	cleanup(fixture_done) struct fixture fixture;

	(void)state;
	read_for(&fixture, "kind-maps", true);
	assert_false(are_called(&fixture.object));
	assert_int_equal(fixture.kfuncs.n_items, 0);
}

static void helpers_are_known_by_their_number(void **state)
{
	cleanup(fixture_done) struct fixture fixture;

	(void)state;
	read_for(&fixture, "kind-maps", true);
	assert_true(kernel_btf_have_helper(fixture.types, 1));
	assert_true(kernel_btf_have_helper(fixture.types, 2));
	assert_false(kernel_btf_have_helper(fixture.types, 0));
	assert_false(kernel_btf_have_helper(fixture.types, 3));
	assert_false(kernel_btf_have_helper(fixture.types, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flavours_are_what_follows_three_underscores),
		cmocka_unit_test(the_flavour_with_the_prototype_of_the_kernel_is_the_one),
		cmocka_unit_test(one_kfunc_of_a_group_must_exist),
		cmocka_unit_test(of_a_stricter_group_exactly_one_must_be_there),
		cmocka_unit_test(a_kfunc_with_another_prototype_is_not_in_the_group),
		cmocka_unit_test(a_kfunc_that_is_not_weak_must_exist),
		cmocka_unit_test(most_objects_call_none),
		cmocka_unit_test(helpers_are_known_by_their_number),
	};

	libbpf_log_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
