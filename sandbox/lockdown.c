// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "sandbox/lockdown.h"

#include "base/cleanup.h"
#include "sandbox/filter.h"
#include "sandbox/sanitizer.h"

#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/*
 * The user and the group nobody, with the same number everywhere: the kernel uses it for files without an
 * owner.
 */
#define NOBODY 65534

struct capabilities {
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
};

static int get_capabilities(struct capabilities *ret)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	*ret = (struct capabilities){};
	return syscall(SYS_capget, &header, ret->sets) < 0 ? -errno : 0;
}

static bool has_capability(const struct capabilities *capabilities, unsigned int number)
{
	return capabilities->sets[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number);
}

static bool has_none(const struct capabilities *capabilities)
{
	for (size_t i = 0; i < array_size(capabilities->sets); i++)
		if (capabilities->sets[i].effective | capabilities->sets[i].permitted |
		    capabilities->sets[i].inheritable)
			return false;
	return true;
}

/* Without CAP_KILL the process that started this one could not kill it after a change of user. */
static int drop_user(const struct capabilities *capabilities)
{
	static const unsigned int needed[] = { CAP_SETUID, CAP_SETGID, CAP_KILL };

	for (size_t i = 0; i < array_size(needed); i++)
		if (!has_capability(capabilities, needed[i]))
			return 0;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct capabilities capabilities = {};
	int result;

	/* An older sandbox may refuse this call; then it must be true that no capabilities are left. */
	if (syscall(SYS_capset, &header, capabilities.sets) == 0)
		return 0;
	result = -errno;
	if (get_capabilities(&capabilities) < 0 || !has_none(&capabilities))
		return result;
	return 0;
}

static int drop_privileges(void)
{
	struct capabilities capabilities;
	int result = get_capabilities(&capabilities);

	if (result == 0)
		result = drop_user(&capabilities);
	return result < 0 ? result : drop_capabilities();
}

static int set_limit(int resource, rlim_t value)
{
	return setrlimit(resource, &(struct rlimit){ value, value }) < 0 ? -errno : 0;
}

/* At the hard limit the kernel sends SIGKILL, which does not show the reason. */
static int set_cpu_limit(rlim_t seconds)
{
	struct rlimit limit = { .rlim_cur = seconds, .rlim_max = seconds + 1 };

	return setrlimit(RLIMIT_CPU, &limit) < 0 ? -errno : 0;
}

static int set_memory_limit(size_t size)
{
	return HAS_SANITIZER ? 0 : set_limit(RLIMIT_AS, size);
}

static int set_limits(const struct lockdown *limits)
{
	return set_memory_limit(limits->memory)
		       ?: set_limit(RLIMIT_FSIZE, limits->file_size)
		       ?: set_cpu_limit(limits->cpu_seconds)
		       ?: set_limit(RLIMIT_NOFILE, limits->n_fds)
		       ?: set_limit(RLIMIT_NPROC, 0)
		       ?: set_limit(RLIMIT_CORE, 0)
		       ?: set_limit(RLIMIT_MEMLOCK, 0);
}

static int set_option(int option, unsigned long value)
{
	return prctl(option, value, 0, 0, 0) < 0 ? -errno : 0;
}

static int refuse(int result, struct error *error)
{
	return result < 0
		       ? error_set(error, ERROR_INTERNAL, result,
				   "the parser cannot drop its privileges: %s", errno_name(result))
		       : 0;
}

static int drop_all(enum filter filter)
{
	return drop_privileges()
		       /* A change of user resets these two. */
		       ?: set_option(PR_SET_PDEATHSIG, SIGKILL) ?: set_option(PR_SET_DUMPABLE, 0)
		       ?: set_option(PR_SET_NO_NEW_PRIVS, 1) ?: filter_install(filter);
}

int lockdown(const struct lockdown *limits, struct error *error)
{
	return refuse(set_limits(limits) ?: drop_all(FILTER_FILES), error);
}

/*
 * Other processes may run as nobody, so there is no limit on the number of its processes; the filter keeps
 * the processes for objects from starting others.
 */
int lockdown_zygote(struct error *error)
{
	return refuse(set_limit(RLIMIT_FSIZE, 0) ?: set_limit(RLIMIT_CORE, 0)
				?: drop_all(FILTER_ZYGOTE),
		      error);
}

int lockdown_child(const struct lockdown *limits, struct error *error)
{
	return refuse(set_limits(limits) ?: set_option(PR_SET_PDEATHSIG, SIGKILL)
				?: filter_narrow(FILTER_OBJECT),
		      error);
}
