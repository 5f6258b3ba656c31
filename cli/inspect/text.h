// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>

/* Shows to a person what inspect_object() made. */
void inspect_show(const json_t *inspected);
