// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/* cmocka requires that these are included before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
