// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/rates.h"

#include <stdio.h>

/* "123456", from a million on "12.3M"; below ten with one decimal: "0.5". Returns `text`. */
#define RATE_TEXT_MAX 16
char *rate_format(double rate, char text[static RATE_TEXT_MAX]);

/* "12 %" of the whole, or "-" if the whole is 0. */
char *share_format(double part, double whole, char text[static RATE_TEXT_MAX]);

/* "68ns", "12.3us" or "4.5ms"; "-": it is not known. Returns `text`. */
char *latency_format(const struct latency *latency, unsigned int ns,
		     char text[static RATE_TEXT_MAX]);

/* The device's name where several namespaces are shown: "eth0" or "eth0 in NAME"; the caller frees it. */
char *device_title(const struct device_rates *device);

/* Prints a table: a line for each device, and below it one for each of its components. */
void rates_print(FILE *file, const struct rates_list *list, size_t width);
