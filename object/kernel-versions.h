// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/* A function of the kernel that programs call, and the kernel version that introduced it. */
struct kernel_version {
	const char *name;
	const char *version; /* "5.18" */
};

/* The helper of that number; NULL if it is newer than the table. */
const struct kernel_version *kernel_version_of_helper(int id);

/* The kfunc of that name; NULL if it is not for XDP programs, or newer than the table. */
const struct kernel_version *kernel_version_of_kfunc(const char *name);
