// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * A place where a crash would matter. In a build with meson -Dcrash_points=true a test can kill the process
 * there:
 *  - XDPD_CRASH_POINT=NAME:N kills it when it passes the point for the N-th time;
 *  - XDPD_CRASH_ARMED=FILE counts only from the moment when the file has the line NAME:N;
 *  - XDPD_CRASH_LOG=FILE appends the name of each point that is passed, one per line.
 * In other builds it does nothing.
 */
#ifdef XDPD_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif
