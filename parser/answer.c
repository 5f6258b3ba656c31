// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "parser/answer.h"

#include "sandbox/calls.h"

int answer_send(int socket, struct parcel *answer, int result, const struct error *error)
{
	if (result < 0) {
		parcel_done(answer);
		answer->kind = ANSWER_MESSAGE_ERROR;
		parcel_put_u32(answer, error->id);
		parcel_put_u32(answer, result);
		parcel_put_text(answer, error->message);
		parcel_put_text(answer, error->detail);
	}
	parcel_send(socket, answer);
	parcel_done(answer);
	return result;
}
