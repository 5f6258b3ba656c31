// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/* Starts a process for each conversation (sandbox/parser.h), until the process that uses the parser ends. */
void zygote_run(void);
