// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Can only root change what is at that absolute path? Then the daemon can open it again at any time without
 * waiting for a file system of another user. Root must own each directory on the path, and on the targets of
 * its symbolic links; other users must not be able to write to them; and none may be in a FUSE file system.
 * In /proc the owners do not matter.
 *
 * 0: yes. -EPERM: no. Other negative errnos: nothing exists at the path, or it cannot be read.
 */
int root_path_check(const char *path);
