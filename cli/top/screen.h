// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/top/view.h"

#include <stdbool.h>
#include <stdint.h>

/* The screen of the whole terminal, by ncurses. */
struct screen {
	enum view_sort sort;
	bool is_paused;
	bool is_typing;	   /* the user is typing the filter */
	char filter[64];   /* "": no filter */
	size_t first_line; /* the first line of the view that is shown */
};

/*
 * Takes over the terminal; false: it cannot be used, or stdout is not a terminal. screen_close() restores it.
 */
bool screen_open(void);
void screen_close(void);

/* Draws the rates of the last `seconds`; NULL: there are none yet. It sorts the list. */
void screen_draw(struct screen *screen, struct rates_list *list, double seconds);

/* Waits for a key until that time of interval_now(), and does what the key means. */
enum screen_event {
	SCREEN_TIMEOUT,
	SCREEN_CHANGED, /* it must be drawn again */
	SCREEN_QUIT,
} screen_wait(struct screen *screen, uint64_t deadline);
