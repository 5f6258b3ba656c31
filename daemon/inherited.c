#include "daemon/inherited.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#define LINK_NAME "link-%" PRIu64

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

void inherited_done(struct inherited *inherited)
{
	for (size_t i = 0; i < inherited->n_links; i++)
		closep(&inherited->links[i].fd);
	free(inherited->links);
	*inherited = (struct inherited){ .socket = -1 };
}

static int add(struct inherited *inherited, int fd, const char *name, struct error *error)
{
	uint64_t number;

	if (sscanf(name, "link-%" SCNu64, &number) == 1) {
		inherited->links[inherited->n_links++] = (struct inherited_link){ number, fd };
		return 0;
	}
	if (inherited->socket >= 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "several sockets were passed; one is what xdpd takes");
	inherited->socket = fd;
	return 0;
}

int inherited_init(struct inherited *inherited, struct error *error)
{
	cleanup(free_names) char **names = NULL;
	int count = sd_listen_fds_with_names(true, &names);
	int result = 0;

	*inherited = (struct inherited){ .socket = -1 };
	if (count <= 0)
		return 0;
	inherited->links = calloc(count, sizeof(*inherited->links));
	if (!inherited->links)
		return error_memory(error);
	for (int i = 0; result == 0 && i < count; i++)
		result = add(inherited, SD_LISTEN_FDS_START + i, names[i], error);
	return result;
}

static int take(void *userdata, uint64_t number)
{
	struct inherited *inherited = userdata;

	for (size_t i = 0; i < inherited->n_links; i++)
		if (inherited->links[i].number == number)
			return steal_fd(&inherited->links[i].fd);
	return -1;
}

static void keep(void *userdata, uint64_t number, int fd)
{
	char state[64];

	(void)userdata;
	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=" LINK_NAME, number);
	sd_pid_notify_with_fds(0, false, state, &fd, 1);
}

static void forget(void *userdata, uint64_t number)
{
	(void)userdata;
	sd_notifyf(false, "FDSTOREREMOVE=1\nFDNAME=" LINK_NAME, number);
}

void inherited_forget(struct inherited *inherited)
{
	for (size_t i = 0; i < inherited->n_links; i++) {
		if (inherited->links[i].fd >= 0)
			forget(inherited, inherited->links[i].number);
		closep(&inherited->links[i].fd);
	}
}

struct link_keeper inherited_keeper(struct inherited *inherited)
{
	return (struct link_keeper){ inherited, take, keep, forget };
}
