#pragma once

#include "cli/verb.h"

/* What the verb is for and its options; of all verbs for NULL. */
void help_print(const struct verb *verb);
void version_print(void);
