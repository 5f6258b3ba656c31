// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The table of everything that is reported and logged. It is apart from the log itself, which needs
 * libsystemd.
 */
#include "base/log-events.h"

#include "base/cleanup.h"

#include <assert.h>
#include <string.h>

/* An event without an id is not logged. */
static const struct {
	const char *name;
	const char *id;
	enum log_level level;
} events[] = {
	[LOG_EVENT_CHANGED] = { "changed", "dd0147e0151a4bd4af5b4f20fa6d2b9e", LOG_LEVEL_NOTICE },
	[LOG_EVENT_REFUSED] = { "refused", "31eb88959ee94c6187d4af9d51d85153", LOG_LEVEL_WARNING },
	[LOG_EVENT_NOT_CHANGED] = { "change_failed", "cdb7db733e824c37b284512aae1e20c7",
				    LOG_LEVEL_NOTICE },
	[LOG_EVENT_LIMITED] = { "limited", "0db5e9f409444bcda0d1c21979611a18", LOG_LEVEL_WARNING },
	[LOG_EVENT_RELOADED] = { "reloaded", "6309de92437545eb9aeb4e788c8eb0ec", LOG_LEVEL_NOTICE },
	[LOG_EVENT_NOT_RELOADED] = { "not_reloaded", "b3af7e1b78d642e2b50e1b2e606ee335",
				     LOG_LEVEL_ERROR },
	[LOG_EVENT_ROLLED_BACK] = { "rolled_back", "21f6050fbce4499b893fd5ee9f246659",
				    LOG_LEVEL_WARNING },
	[LOG_EVENT_NOT_ROLLED_BACK] = { "not_rolled_back", "53f7c673a96a4f23b4636d16e26deb2b",
					LOG_LEVEL_ERROR },
	[LOG_EVENT_DETACHED] = { "detached", "9c31636617f0428582a6070d4330eebf",
				 LOG_LEVEL_WARNING },
	[LOG_EVENT_DAMAGED] = { "state_damaged", "5c2b5a29c10048fca535df35ed29428c",
				LOG_LEVEL_WARNING },
	[LOG_EVENT_RESTORED] = { "record_restored", "bc282066a1564cd5965181421c9a3e46",
				 LOG_LEVEL_WARNING },
	[LOG_EVENT_UNKNOWN] = { "unknown_chain", "ada2c4a2bed64bd5821d530f3523f3f1",
				LOG_LEVEL_ERROR },
	[LOG_EVENT_STUCK] = { "stuck", "8f4c1f7e0d5b4c61a2f3c9d7b6e05a18", LOG_LEVEL_ERROR },
	[LOG_EVENT_NOT_RUNNING] = { "not_running", "a6c9b2b6182944d4afa64ec7b13b48eb",
				    LOG_LEVEL_ERROR },
	[LOG_EVENT_EXPIRED] = { "expired", "17d43fd93d3a476ba70c7cc813e07949", LOG_LEVEL_NOTICE },
	[LOG_EVENT_NOT_EXPIRED] = { "not_expired", "146d0d7e9fa2485e8078972e0cde490f",
				    LOG_LEVEL_ERROR },
	[LOG_EVENT_UNTRUSTED] = { "untrusted", "c9f2d3ab85e64b0f9a17d7c0e4b85f16",
				  LOG_LEVEL_WARNING },
	[LOG_EVENT_TRACED] = { "traced", "e7dac53bfab24d128ad06dfe42871799", LOG_LEVEL_NOTICE },
	[LOG_EVENT_TRACE_ENDED] = { "trace_ended", "9938c3791f8e483cb019e629e1c33f9e",
				    LOG_LEVEL_NOTICE },
	[LOG_EVENT_NO_BACKUP_PINS] = { "no_backup_pins", "319ae4a6117341619d3502bea76c2589",
				       LOG_LEVEL_WARNING },
	[LOG_EVENT_LISTENING] = { "listening" },
	[LOG_EVENT_LOST] = { "lost" },
	[LOG_EVENT_SWAPPED] = { "swapped" },
	[LOG_EVENT_FUSED] = { "fused" },
	[LOG_EVENT_NOT_FUSED] = { "not_fused" },
	[LOG_EVENT_RELEASED] = { "released" },
	[LOG_EVENT_UNCONFIRMED] = { "unconfirmed" },
	[LOG_EVENT_CONFIRMED] = { "confirmed" },
	[LOG_EVENT_APPEARED] = { "appeared" },
	[LOG_EVENT_DISAPPEARED] = { "disappeared" },
	[LOG_EVENT_RENAMED] = { "renamed" },
	[LOG_EVENT_REATTACHED] = { "reattached" },
	[LOG_EVENT_FOREIGN] = { "foreign_program" },
};
static_assert(array_size(events) == LOG_EVENT_COUNT, "every event has a name");

const char *log_event_id(enum log_event event)
{
	return events[event].id;
}

const char *log_event_name(enum log_event event)
{
	return events[event].name;
}

bool log_event_find(const char *name, enum log_event *ret)
{
	for (size_t i = 0; i < array_size(events); i++) {
		if (strcmp(events[i].name, name) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

enum log_level log_event_level(enum log_event event)
{
	return events[event].level;
}
