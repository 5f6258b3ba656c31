#include "daemon/control/monitor/netns-watch.h"

#include "base/cleanup.h"

struct space {
	struct space *next;
	struct spaces *spaces;
	struct netns *netns; /* held */
	struct netdev_watch *watch;
};

struct spaces {
	sd_event *loop;
	const struct spaces_events *events;
	void *userdata;
	struct space *first;
};

static void present(void *userdata, unsigned int ifindex, const char *ifname)
{
	const struct space *space = userdata;

	space->spaces->events->present(space->spaces->userdata, space->netns, ifindex, ifname);
}

static void gone(void *userdata, unsigned int ifindex)
{
	const struct space *space = userdata;

	space->spaces->events->gone(space->spaces->userdata, space->netns, ifindex);
}

static void lost(void *userdata)
{
	const struct space *space = userdata;

	space->spaces->events->lost(space->spaces->userdata);
}

static const struct netdev_events netdev_events = { present, gone, lost };

static void space_drop(struct space **p)
{
	struct space *space = steal(*p);

	if (!space)
		return;
	netdev_watch_drop(&space->watch);
	netns_release(&space->netns);
	free(space);
}

int spaces_new(sd_event *loop, const struct spaces_events *events, void *userdata,
	       struct spaces **ret, struct error *error)
{
	struct spaces *spaces = calloc(1, sizeof(*spaces));

	if (!spaces)
		return error_memory(error);
	*spaces = (struct spaces){ loop, events, userdata, NULL };
	*ret = spaces;
	return 0;
}

void spaces_drop(struct spaces **p)
{
	struct spaces *spaces = steal(*p);

	while (spaces && spaces->first) {
		struct space *space = spaces->first;

		spaces->first = space->next;
		space_drop(&space);
	}
	free(spaces);
}

/* The socket stays in the namespace it was made in. */
static int open_watch(struct space *space, struct error *error)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = netns_enter(space->netns, &visit, error);

	return result < 0 ? result
			  : netdev_watch_new(space->spaces->loop, &netdev_events, space,
					     &space->watch, error);
}

int spaces_watch(struct spaces *spaces, struct netns *netns, struct error *error)
{
	struct space *space = spaces->first;
	int result;

	while (space && space->netns->id != netns->id)
		space = space->next;
	if (space)
		return 0;
	space = calloc(1, sizeof(*space));
	if (!space)
		return error_memory(error);
	space->spaces = spaces;
	space->netns = (struct netns *)node_hold(&netns->node);
	result = open_watch(space, error);
	if (result < 0) {
		space_drop(&space);
		return result;
	}
	space->next = spaces->first;
	spaces->first = space;
	return 0;
}

static bool is_used(const struct netns *netns, const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->netns && registry->devices[i]->netns->id == netns->id)
			return true;
	return false;
}

void spaces_update(struct spaces *spaces, const struct registry *registry, const struct netns *home)
{
	for (struct space **p = &spaces->first; *p;) {
		struct space *space = *p;

		if (space->netns == home || is_used(space->netns, registry)) {
			p = &space->next;
			continue;
		}
		*p = space->next;
		space_drop(&space);
	}
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->netns && registry->devices[i]->netns->path)
			spaces_watch(spaces, registry->devices[i]->netns, NULL);
}
