#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Another place, proceed set or limit for a component, or other owners for its maps. On the worker. Errors:
 * as with chain_move(), policy_check_order() and map_permissions_prepare().
 */
int move_all(struct transaction *transaction);
