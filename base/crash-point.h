#pragma once

/*
 * A place where a crash would matter. In a build for that (meson -Dcrash_points=true) a test can
 * have the process killed right there: XDPD_CRASH_POINT=NAME:N kills it when it passes the N-th
 * time. XDPD_CRASH_ARMED=FILE does so when it passes the N-th time since NAME:N, and a newline, came to be
 * in the file, if there is one. XDPD_CRASH_LOG=FILE has each passage written down, a name a line. Else
 * it is nothing.
 */
#ifdef XDPD_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif
