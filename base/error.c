// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/error.h"

#include "base/cleanup.h"
#include "base/format.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[ERROR_NONE] = "None",
	[ERROR_INTERNAL] = "Internal",
	[ERROR_OUT_OF_MEMORY] = "OutOfMemory",
	[ERROR_INVALID_ARGUMENT] = "InvalidArgument",
	[ERROR_NO_PERMISSION] = "NoPermission",
	[ERROR_NO_SUCH_DEVICE] = "NoSuchDevice",
	[ERROR_NO_SUCH_NAMESPACE] = "NoSuchNamespace",
	[ERROR_DEVICE_BUSY] = "DeviceBusy",
	[ERROR_DEVICE_REFUSED] = "DeviceRefused",
	[ERROR_MODE_MISMATCH] = "ModeMismatch",
	[ERROR_NO_SUCH_COMPONENT] = "NoSuchComponent",
	[ERROR_NAME_TAKEN] = "NameTaken",
	[ERROR_CHAIN_FULL] = "ChainFull",
	[ERROR_GENERATION_CHANGED] = "GenerationChanged",
	[ERROR_UNCONFIRMED] = "Unconfirmed",
	[ERROR_NONE_UNCONFIRMED] = "NothingUnconfirmed",
	[ERROR_BAD_OBJECT] = "BadObject",
	[ERROR_BAD_SIGNATURE] = "BadSignature",
	[ERROR_PROGRAM_AMBIGUOUS] = "ProgramAmbiguous",
	[ERROR_NO_SUCH_PROGRAM] = "NoSuchProgram",
	[ERROR_WRONG_PROGRAM_TYPE] = "WrongProgramType",
	[ERROR_VERIFIER_REJECTED] = "VerifierRejected",
	[ERROR_KERNEL_REFUSED] = "KernelRefused",
	[ERROR_BAD_STATE] = "BadState",
	[ERROR_UNSUPPORTED] = "Unsupported",
	[ERROR_LIMIT_EXCEEDED] = "LimitExceeded",
};
static_assert(array_size(names) == ERROR_COUNT, "every error has a name");

int error_set_at(struct error *error, const char *origin, enum error_id id, int number,
		 const char *format, ...)
{
	va_list arguments;

	if (!error || error->id != ERROR_NONE)
		return number;
	va_start(arguments, format);
	error->message = format_text(format, arguments);
	va_end(arguments);
	error->id = id;
	error->number = number;
	error->origin = origin;
	return number;
}

void error_detail(struct error *error, const char *lines)
{
	if (error && !error->detail && lines && *lines)
		error->detail = strdup(lines);
}

/* Puts `before` and `after` around the sentence, if there is one. */
static void surround(struct error *error, const char *before, const char *after)
{
	char *joined;

	if (!before || !after || asprintf(&joined, "%s%s%s", before, error->message, after) < 0)
		return;
	free(error->message);
	error->message = joined;
}

void error_prefix(struct error *error, const char *format, ...)
{
	cleanup(freep) char *prefix = NULL;
	va_list arguments;

	if (!error || !error->message)
		return;
	va_start(arguments, format);
	prefix = format_text(format, arguments);
	va_end(arguments);
	surround(error, prefix, "");
}

void error_append(struct error *error, const char *format, ...)
{
	cleanup(freep) char *suffix = NULL;
	va_list arguments;

	if (!error || !error->message)
		return;
	va_start(arguments, format);
	suffix = format_text(format, arguments);
	va_end(arguments);
	surround(error, "", suffix);
}

void error_move(struct error *to, struct error *from)
{
	error_done(to);
	*to = *from;
	*from = (struct error){};
}

void error_done(struct error *error)
{
	if (!error)
		return;
	free(error->message);
	free(error->detail);
	*error = (struct error){};
}

const char *error_name(enum error_id id)
{
	return id >= 0 && id < ERROR_COUNT ? names[id] : names[ERROR_INTERNAL];
}

const char *errno_name(int number)
{
	const char *name = strerrorname_np(number < 0 ? -number : number);

	return name ? name : "unknown error";
}

bool errno_is_passing(int number)
{
	static const int passing[] = { EAGAIN, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM };

	for (size_t i = 0; i < array_size(passing); i++)
		if (abs(number) == passing[i])
			return true;
	return false;
}
