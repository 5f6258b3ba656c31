// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/component-stats.h"

#include "base/json-writer.h"

static uint64_t row_sum(const struct counter_row *row)
{
	uint64_t sum = 0;

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		sum += row->verdict[verdict];
	return sum;
}

void component_stats_count(const struct counter_row *rows, size_t n_rows, size_t n_components,
			   struct component_stats *ret)
{
	uint64_t later = row_sum(&rows[n_components]);

	for (size_t i = n_components; i-- > 0;) {
		ret[i].proceed = later;
		later += row_sum(&rows[i]);
		ret[i].run = later;
		ret[i].overruled = 0;
		if (n_rows > n_components + 1)
			ret[i].overruled = rows[ROOTLET_OVERRULED_ROW(n_components, i)]
						   .verdict[VERDICT_ABORTED];
		for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
			ret[i].terminate[verdict] = rows[i].verdict[verdict];
	}
}

void component_stats_add(struct component_stats *sum, const struct component_stats *more)
{
	sum->run += more->run;
	sum->proceed += more->proceed;
	sum->overruled += more->overruled;
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		sum->terminate[verdict] += more->terminate[verdict];
}

json_t *component_stats_encode(const struct component_stats *stats)
{
	json_t *terminate = json_object();

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		json_object_set_new(terminate, verdict_name(verdict),
				    json_integer(stats->terminate[verdict]));
	return json_pack("{s:I, s:I, s:I, s:o}", "run", (json_int_t)stats->run, "proceed",
			 (json_int_t)stats->proceed, "overruled", (json_int_t)stats->overruled,
			 "terminate", terminate);
}

void component_stats_write(struct json_writer *writer, const char *name,
			   const struct component_stats *stats)
{
	json_writer_open(writer, name, '{');
	json_writer_number(writer, "run", stats->run);
	json_writer_number(writer, "proceed", stats->proceed);
	json_writer_number(writer, "overruled", stats->overruled);
	json_writer_open(writer, "terminate", '{');
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		json_writer_number(writer, verdict_name(verdict), stats->terminate[verdict]);
	json_writer_close(writer, '}');
	json_writer_close(writer, '}');
}

static bool read_count(const json_t *object, const char *name, uint64_t *ret)
{
	const json_t *value = json_object_get(object, name);

	*ret = json_integer_value(value);
	return json_is_integer(value);
}

bool component_stats_decode(const json_t *json, struct component_stats *ret)
{
	const json_t *terminate = json_object_get(json, "terminate");
	bool good = read_count(json, "run", &ret->run) &&
		    read_count(json, "proceed", &ret->proceed);

	read_count(json, "overruled", &ret->overruled); /* older records do not have it */

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		good = good &&
		       read_count(terminate, verdict_name(verdict), &ret->terminate[verdict]);
	return good;
}
