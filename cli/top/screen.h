#pragma once

#include "cli/top/view.h"

#include <stdbool.h>
#include <stdint.h>

/* The whole terminal, by ncurses. */
struct screen {
	enum view_sort sort;
	bool is_paused;
	bool is_typing;	   /* the filter is being typed */
	char filter[64];   /* "" for none */
	size_t first_line; /* that is shown of the view */
};

/* Takes the terminal; false: it cannot be used, or it is not one. screen_close() gives it back. */
bool screen_open(void);
void screen_close(void);

/* Draws the rates of the last `seconds`; NULL: there are none yet. It reorders the list. */
void screen_draw(struct screen *screen, struct rates_list *list, double seconds);

/* Waits for a key until that time of interval_now(), and does what it stands for. */
enum screen_event {
	SCREEN_TIMEOUT,
	SCREEN_CHANGED, /* it must be drawn again */
	SCREEN_QUIT,
} screen_wait(struct screen *screen, uint64_t deadline);
