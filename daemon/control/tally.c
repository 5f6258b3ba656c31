#include "daemon/control/tally.h"

static uint64_t row_sum(const struct counter_row *row)
{
	uint64_t sum = 0;

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		sum += row->verdict[verdict];
	return sum;
}

void tally_rows(const struct counter_row *rows, size_t n_components, struct tally *ret)
{
	uint64_t later = row_sum(&rows[n_components]);

	for (size_t i = n_components; i-- > 0;) {
		ret[i].proceed = later;
		later += row_sum(&rows[i]);
		ret[i].run = later;
		for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
			ret[i].terminate[verdict] = rows[i].verdict[verdict];
	}
}

void tally_add(struct tally *sum, const struct tally *more)
{
	sum->run += more->run;
	sum->proceed += more->proceed;
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		sum->terminate[verdict] += more->terminate[verdict];
}
