#pragma once

/*
 * Lets this process, for good, make only the system calls that read and write open descriptors, allocate
 * memory without code in it, and exit; all others fail with EPERM. It has given up new privileges
 * (PR_SET_NO_NEW_PRIVS). -errno.
 */
int filter_install(void);
