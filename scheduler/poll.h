/*
 * poll.h - when is a source worth asking again?
 *
 * An announcement that waits in a source unread costs the freshness of its page: its weight
 * for each day. If true announcements that make a visit worth its price come with the
 * weight G a day, then T days after the last poll G T²/2 of freshness is lost that a poll would have won; this is the value of a
 * poll, and it is due when that reaches the price of a visit, times what it costs in
 * requests. Polling so, sqrt(2 price cost / G) apart, makes the sum of both losses least.
 *
 * That silence of a good source spares visits is not in G, so that polls come a little too
 * seldom where a source is very good; a source that lies has a G near 0 and is asked as
 * seldom as may be.
 */
#ifndef SCHEDULER_POLL_H
#define SCHEDULER_POLL_H

/* What polls of a source brought, of about the last month. */
struct poll_evidence {
	double gain; /* weight of the pages truly announced */
	double days; /* watched */
};

/* Takes in a poll, `days` after the last, that brought `gain`. */
void poll_learn(struct poll_evidence *e, double days, double gain);
/* G. The prior weighs a week: the changes a day of the host's pages, as far as the source
 * is believed to announce them. */
double poll_gain_per_day(const struct poll_evidence *e, double prior_gain_per_day);
double poll_value(double gain_per_day, double days);
/* When that is worth price * cost; INFINITY: never. */
double poll_due_days(double gain_per_day, double price, double cost);

#endif
