#include "daemon/control/packets/packet-result.h"

#include <stdlib.h>

void trial_done(struct trial *trial)
{
	for (size_t i = 0; i < trial->n_packets; i++) {
		free(trial->packets[i].failure);
		byte_changes_done(&trial->packets[i].changes);
	}
	free(trial->packets);
	free(trial->ifname);
	free(trial->netns);
	strings_done(&trial->components);
	strings_done(&trial->notes);
	*trial = (struct trial){};
}
