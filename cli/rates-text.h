#pragma once

#include "cli/rates.h"

#include <stdio.h>

/* "123456", from a million on "12.3M"; below ten with a tenth: "0.5". Returns `text`. */
#define RATE_TEXT_MAX 16
char *rate_format(double rate, char text[static RATE_TEXT_MAX]);

/* "12 %" of the whole, or "-" of nothing. */
char *share_format(double part, double whole, char text[static RATE_TEXT_MAX]);

/* What the device is called where several namespaces are shown: "eth0" or "eth0 in NAME"; to be freed. */
char *device_title(const struct device_rates *device);

/* A table: a line for each device as a whole, and under it one for each component. */
void rates_print(FILE *file, const struct rates_list *list, size_t width);
