#pragma once

#include "daemon/control/control.h"
#include "daemon/kernel/probe.h"
#include "daemon/receiver/receivers.h"
#include "daemon/service/settings.h"

/* The socket, the clients on it, and the answers to them. */
struct service;
struct peer;
struct credentials;
struct in_flight_list;
struct holders_query;

/*
 * Serves on the socket `path`, which it makes, or on `inherited_fd`, which it takes, if that is
 * not negative. What the rest points to must outlive the service. Errors name the path.
 */
int service_new(sd_event *loop, struct control *control, struct receivers *receivers,
		const struct features *features, const char *linker_why,
		const struct settings *settings, const char *path, int inherited_fd,
		struct service **ret, struct error *error);

/*
 * Waits for what it does beside the loop, but no longer than that. False: that goes on, and service_drop() must
 * not be called. NULL is fine.
 */
bool service_stop(struct service *service, uint64_t usec);

/* Hangs up on all clients; removes the socket unless it was inherited. NULL is fine. */
void service_drop(struct service **service);

/* The settings have other values now: they hold for who is connected, too. */
void service_settings_changed(struct service *service);

/* For a peer whose connection has ended: drops it. */
void service_forget(struct service *service, struct peer *peer);

/* A client met that limit: logged, of many within a second one. */
void service_limited(struct service *service, const struct credentials *client,
		     const struct error *error);

/* Bytes that are kept for all clients. */
size_t service_buffered(const struct service *service);

/* May files of that size be kept beside those of all other requests and changes? LimitExceeded if not. */
int service_check_files(const struct service *service, uint64_t size, struct error *error);

/* May one more receiver be made busy for that client? LimitExceeded if not. */
int service_check_receivers(const struct service *service, const struct credentials *client,
			    struct error *error);

/* What the methods work with. */
struct control *service_control(const struct service *service);
struct receivers *service_receivers(const struct service *service);
const struct features *service_features(const struct service *service);
const char *service_linker_why(const struct service *service);
const struct settings *service_settings(const struct service *service);
struct in_flight_list *service_in_flight(struct service *service);
struct holders_query *service_holders_query(struct service *service);
