// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/top/screen.h"

#include "base/cleanup.h"
#include "cli/interval.h"

#include <curses.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_ESCAPE 27
#define HEAD_LINES 3 /* the state, the keys, and the heading */

bool screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	setlocale(LC_CTYPE, "");
	if (!newterm(NULL, stdout, stdin))
		return false;
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	return true;
}

void screen_close(void)
{
	endwin();
}

static void draw_head(const struct screen *screen, const struct rates_list *list, double seconds)
{
	mvprintw(0, 0, "xdpctl top: ");
	if (list)
		printw("%zu device%s, %.1f s, ", list->n_devices, list->n_devices == 1 ? "" : "s",
		       seconds);
	printw("%sby %s", screen->is_paused ? "PAUSED, " : "", view_sort_name(screen->sort));
	if (screen->is_typing || *screen->filter)
		printw(", filter: %s%s", screen->filter, screen->is_typing ? "_" : "");
	mvaddnstr(1, 0, "q quit  space pause  s order  / filter  arrows and page keys scroll",
		  COLS);
}

static void draw_lines(struct screen *screen, const struct view *view, bool has_latency)
{
	size_t n_visible = LINES > HEAD_LINES ? LINES - HEAD_LINES : 0;

	if (screen->first_line + n_visible > view->n_lines)
		screen->first_line = view->n_lines > n_visible ? view->n_lines - n_visible : 0;
	for (size_t i = 0; i < n_visible && screen->first_line + i < view->n_lines; i++) {
		const struct view_line *line = &view->lines[screen->first_line + i];
		cleanup(freep) char *text = view_format(line, has_latency, COLS);

		if (!line->component)
			attron(A_BOLD);
		mvaddnstr(HEAD_LINES + (int)i, 0, text, COLS);
		attroff(A_BOLD);
	}
}

void screen_draw(struct screen *screen, struct rates_list *list, double seconds)
{
	cleanup(freep) char *heading = view_heading(list && list->has_latency, COLS);
	cleanup(view_done) struct view view = {};

	erase();
	draw_head(screen, list, seconds);
	attron(A_REVERSE);
	mvaddnstr(2, 0, heading, COLS);
	attroff(A_REVERSE);
	if (list) {
		view_init(&view, list, screen->sort, screen->filter);
		draw_lines(screen, &view, list->has_latency);
	} else {
		mvaddstr(HEAD_LINES, 0, "measuring...");
	}
	refresh();
}

static void type(struct screen *screen, int key)
{
	size_t length = strlen(screen->filter);

	if (key == '\n' || key == KEY_ENTER || key == KEY_ESCAPE) {
		screen->is_typing = false;
		if (key == KEY_ESCAPE)
			*screen->filter = '\0';
	} else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && length > 0) {
		screen->filter[length - 1] = '\0';
	} else if (key > ' ' && key < 127 && length + 1 < sizeof(screen->filter)) {
		screen->filter[length] = key;
		screen->filter[length + 1] = '\0';
	}
}

static void scroll_by(struct screen *screen, long count)
{
	if (count < 0 && (size_t)-count > screen->first_line)
		screen->first_line = 0;
	else
		screen->first_line += count; /* draw_lines() keeps it within the view */
}

static enum screen_event press(struct screen *screen, int key)
{
	long page = LINES > HEAD_LINES ? LINES - HEAD_LINES : 1;

	if (screen->is_typing && key != KEY_RESIZE) {
		type(screen, key);
		return SCREEN_CHANGED;
	}
	switch (key) {
	case 'q':
		return SCREEN_QUIT;
	case ' ':
	case 'p':
		screen->is_paused = !screen->is_paused;
		break;
	case 's':
		screen->sort = (screen->sort + 1) % SORT_COUNT;
		break;
	case '/':
		screen->is_typing = true;
		*screen->filter = '\0';
		break;
	case KEY_DOWN:
		scroll_by(screen, 1);
		break;
	case KEY_UP:
		scroll_by(screen, -1);
		break;
	case KEY_NPAGE:
		scroll_by(screen, page);
		break;
	case KEY_PPAGE:
		scroll_by(screen, -page);
		break;
	}
	return SCREEN_CHANGED;
}

enum screen_event screen_wait(struct screen *screen, uint64_t deadline)
{
	uint64_t now = interval_now();
	int key;

	timeout(deadline > now ? (int)((deadline - now + 999) / 1000) : 0);
	key = getch();
	if (key != ERR)
		return press(screen, key);
	/* Without a terminal there is no screen to draw on. */
	return isatty(STDIN_FILENO) ? SCREEN_TIMEOUT : SCREEN_QUIT;
}
