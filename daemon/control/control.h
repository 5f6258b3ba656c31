#pragma once

#include "daemon/control/change.h"
#include "daemon/control/registry.h"

#include <systemd/sd-event.h>

/* The wanted chains, what realises them, and the queue of changes to them. */
struct control;

/*
 * Takes the linker over, also on failure; `quiet` is for how many microseconds a chain must be left
 * alone before the linker settles it. `bpffs` is the directory for the pins. Cleans up what earlier
 * daemons left there that nothing needs any more.
 */
int control_new(sd_event *loop, struct linker *linker, uint64_t quiet, const char *bpffs,
		struct control **ret, struct error *error);

/*
 * Waits for the change that is under way and frees everything but what is pinned: the packets flow
 * on. NULL is fine.
 */
void control_drop(struct control **control);

/* Called on the loop, once: with a result, or with an error and no result. Both stay control's. */
typedef void (*change_done)(void *userdata, const struct change_result *result,
			    const struct error *error);

/*
 * Puts a change in the queue and takes it over, also on failure. `done` is never called before
 * this returns; NULL: nobody wants to know.
 */
int control_submit(struct control *control, struct change *change, change_done done, void *userdata,
		   struct error *error);

/*
 * The client of that userdata is gone: its `done` is not called any more, and a change of its that
 * has not been swapped in yet is dropped.
 */
void control_forget(struct control *control, void *userdata);

/* What is committed: to be read, on the loop, before anything else is called. */
const struct registry *control_registry(const struct control *control);
const struct linker *control_linker(const struct control *control);
