// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

extern const struct verb verb_attach;
extern const struct verb verb_detach;
extern const struct verb verb_replace;
extern const struct verb verb_relink;
extern const struct verb verb_move;
extern const struct verb verb_set;
extern const struct verb verb_interop;
extern const struct verb verb_suspend;
extern const struct verb verb_resume;
extern const struct verb verb_adopt;
extern const struct verb verb_apply;
extern const struct verb verb_plan;
extern const struct verb verb_test;
extern const struct verb verb_export;
extern const struct verb verb_release;
extern const struct verb verb_confirm;
extern const struct verb verb_revert;
extern const struct verb verb_policy_set;
extern const struct verb verb_policy_show;
extern const struct verb verb_policy_clear;
extern const struct verb verb_status;
extern const struct verb verb_graph;
extern const struct verb verb_why;
extern const struct verb verb_maps;
extern const struct verb verb_top;
extern const struct verb verb_trace;
extern const struct verb verb_record_start;
extern const struct verb verb_record_save;
extern const struct verb verb_record_stop;
extern const struct verb verb_record_status;
extern const struct verb verb_wait;
extern const struct verb verb_monitor;
extern const struct verb verb_metrics;
extern const struct verb verb_verify;
extern const struct verb verb_features;
extern const struct verb verb_inspect;

/* All verbs, in the order of the help; ends with NULL. */
extern const struct verb *const verbs[];

/* The verb of that word, of both words, or of a synonym; `next` may be NULL. NULL if there is none. */
const struct verb *verb_find(const char *word, const char *next);
