#include "daemon/linkers/fused/inline-choice.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <assert.h>
#include <linux/bpf.h>

/* Of the rootlet's function: a jump reaches 32,767, and some lie between the components. */
#define LENGTH_MAX 30000
/* The rootlet's own use of the stack: the row it counts in. */
#define ROOTLET_STACK	8
#define SAVED_REGISTERS 0x0f

static const char *const join_names[] = {
	[JOIN_EXTENSION] = "extension",
	[JOIN_INLINED] = "inlined",
	[JOIN_CALLED] = "called",
	[JOIN_TAIL_CALLED] = "tail_called",
};
static_assert(array_size(join_names) == JOIN_COUNT, "every way to join has a name");

const struct joint joint_tail_called = {
	JOIN_TAIL_CALLED, "its object is unknown, so it never returns to the chain and its "
			  "verdicts are not counted; supply its object with 'xdpctl replace'"
};

const char *join_name(enum join join)
{
	assert(join >= 0 && join < JOIN_COUNT);
	return join_names[join];
}

enum join join_from_name(const char *name)
{
	return names_find(join_names, JOIN_COUNT, name);
}

static struct frame make_frame(const struct anatomy *anatomies, size_t n,
			       const struct joint *joints)
{
	struct frame frame = { .stack = ROOTLET_STACK };
	unsigned int used = 0;

	for (size_t i = 0; i < n; i++) {
		if (joints[i].join != JOIN_INLINED)
			continue;
		used |= anatomies[i].saved_registers;
		if (anatomies[i].stack > frame.stack)
			frame.stack = anatomies[i].stack;
	}
	if (used != SAVED_REGISTERS) {
		frame.context_register = BPF_REG_6 + __builtin_ctz(~used);
	} else if (n > 1) { /* the first one has the context anyway */
		frame.stack = (frame.stack + 7) / 8 * 8 + 8;
		frame.context_offset = -(int)frame.stack;
	}
	return frame;
}

static bool fits(const struct anatomy *anatomy, const struct joint *joint,
		 const struct frame *frame)
{
	unsigned int bytes = frame_size(frame->stack) + anatomy->below;
	unsigned int frames = 1 + anatomy->frames;

	if (joint->join == JOIN_CALLED) {
		bytes += frame_size(anatomy->stack);
		frames++;
	}
	if (anatomy->tail_calls &&
	    frame_size(frame->stack) + anatomy->above_tail_call >= TAIL_CALL_STACK_MAX)
		return false;
	return bytes <= STACK_MAX && frames <= FRAMES_MAX;
}

static size_t find_misfit(const struct anatomy *anatomies, size_t n, const struct joint *joints,
			  const struct frame *frame)
{
	for (size_t i = 0; i < n; i++)
		if (!fits(&anatomies[i], &joints[i], frame))
			return i;
	return n;
}

/* Of those that are inlined, the one with the most of something. */
static size_t find_largest(const struct anatomy *anatomies, size_t n, const struct joint *joints,
			   size_t (*size)(const struct anatomy *anatomy))
{
	size_t largest = n;

	for (size_t i = 0; i < n; i++)
		if (joints[i].join == JOIN_INLINED &&
		    (largest == n || size(&anatomies[i]) > size(&anatomies[largest])))
			largest = i;
	return largest;
}

static size_t stack_of(const struct anatomy *anatomy)
{
	return anatomy->stack;
}

static size_t length_of(const struct anatomy *anatomy)
{
	return anatomy->main_length;
}

static size_t length_of_inlined(const struct anatomy *anatomies, size_t n,
				const struct joint *joints)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		if (joints[i].join == JOIN_INLINED)
			length += anatomies[i].main_length;
	return length;
}

static struct joint first_choice(const struct anatomy *anatomy)
{
	if (anatomy->is_elsewhere)
		return joint_tail_called;
	return (struct joint){ anatomy->obstacle ? JOIN_CALLED : JOIN_INLINED, anatomy->obstacle };
}

size_t joints_choose(const struct anatomy *anatomies, size_t n, struct joint *joints,
		     struct frame *frame)
{
	size_t misfit, largest;

	for (size_t i = 0; i < n; i++)
		joints[i] = first_choice(&anatomies[i]);
	while (length_of_inlined(anatomies, n, joints) > LENGTH_MAX) {
		largest = find_largest(anatomies, n, joints, length_of);
		joints[largest] = (struct joint){
			JOIN_CALLED, "the inlined chain would be too long for its jumps"
		};
	}
	for (;;) {
		*frame = make_frame(anatomies, n, joints);
		misfit = find_misfit(anatomies, n, joints, frame);
		if (misfit == n)
			return n;
		largest = find_largest(anatomies, n, joints, stack_of);
		if (largest == n)
			return misfit;
		joints[largest] = (struct joint){
			JOIN_CALLED,
			"inlined, it would leave too little stack for the other components"
		};
	}
}
