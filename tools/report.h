/*
 * report.h - how fresh the index is, in plain numbers: the store in, no format out.
 *
 * What is counted for ever and by the hour comes from the store's counters and costs the
 * same at any size. What depends on each page (freshness, rates, ages) is one walk over
 * the pages in a store of up to REPORT_WALKED_MAX, and comes from its census in a greater
 * one (report_census.c says how near that is). With a filter there are no counters to go by: verdicts and series then come
 * from the histories of the pages that pass it, at most HISTORY_MAX visits each.
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include "scheduler/calibration.h"
#include "store/store.h"
#include "tools/best.h"
#include "tools/filter.h"
#include "tools/host_view.h"
#include "tools/report_pages.h"

#define REPORT_HOSTS_MAX 1000
#define REPORT_ATTENTION_MAX 100
#define REPORT_WALKED_MAX 100000 /* pages; 0.2 s */
#define REPORT_SAMPLE 64         /* pages of a host, where not all are read */
#define ATTENTION_URGENT 4 /* severity from which nothing else should be done first */

/* A part of the window. */
struct report_bucket {
	int64_t at_ms; /* its start */
	struct counters counters;
};

struct report_host {
	struct host host;                   /* a copy, owned */
	struct host_view view;              /* of `host`, once the report is made */
	int64_t n_pages[N_STATES], n_total; /* that pass the filter */
	int64_t n_overdue;
	double fresh_sum; /* of n_fresh pages; in a report of the census these are a sample */
	int64_t n_fresh;
};

/* Something for a person to look at. */
struct report_attention {
	const char *code;
	int severity;    /* the greater, the more urgent */
	int64_t n_pages; /* concerned */
	struct buf host; /* "": not one host's trouble */
	struct buf hint;
};

/* Best possible weighted freshness under a budget, and what uniform visits would give. */
struct report_budget {
	double per_day;        /* as configured */
	double used_per_day;   /* requests in the window; NaN: too young to tell */
	double polite_per_day; /* all that the hosts' delays allow; may be infinite */
	double best_half, best, best_double, uniform; /* NaN: no page to reckon with */
};

/* The time of the same length that the window is compared with. */
struct report_previous {
	int64_t since_ms, until_ms;
	struct counters counters;
};

struct source_views;

struct report {
	int64_t at_ms, since_ms;
	const char *host, *tag; /* the filter's, or NULL; borrowed */
	bool filtered;
	bool from_census;
	struct report_pages pages;
	int64_t n_held; /* pages whose news the mass guard holds back */
	struct counters window, totals;
	struct report_previous previous;
	struct report_bucket *series;
	size_t n_series;
	int64_t series_step_ms;
	struct best hosts;     /* struct report_host, the one with most pages first */
	struct best attention; /* struct report_attention */
	struct report_budget budget;
	struct calibration calibration;     /* of the window; none with a filter */
	uint64_t last_cursor, acknowledged; /* of consumer "index" */
};

enum report_source { REPORT_BY_SIZE, REPORT_OF_PAGES, REPORT_OF_CENSUS };

struct report_query {
	const struct settings *settings;
	const struct filter *filter;
	const char *host, *tag; /* as given, or NULL */
	int64_t now_ms, window_ms;
	enum report_source source; /* what has no census, or a filter, is walked anyway */
	int64_t compare_ms; /* how long ago the window to compare with ended; 0: window_ms */
};

/* `report` is written on success only; then release it. */
MUST_CHECK enum err report_make(struct store *store, const struct report_query *query,
				struct report *report);
void report_release(struct report *report);

/* Sums of a counters record that several renderers print. */
int64_t counters_visits(const struct counters *c);
int64_t counters_bytes(const struct counters *c);

/* ---- parts of the making: report_window.c, report_attention.c, report_budget.c ... */

MUST_CHECK enum err report_make_series(struct report *report,
				       const struct report_query *query);
void report_add_visit(struct report *report, const struct visit *visit);
MUST_CHECK enum err report_read_counters(struct report *report, struct store *store);
void report_trim_series(struct report *report);
/* report_census.c: all but the hosts; ERR_NOT_FOUND: there is none. Then, of the hosts in
 * report->hosts, what only their pages know. */
MUST_CHECK enum err report_read_census(struct report *report, struct store *store);
MUST_CHECK enum err report_sample_hosts(struct report *report, struct store *store);
/* report.c: adds to freshness. */
void report_host_add(struct report_host *h, const struct page_view *view);
MUST_CHECK enum err report_attend_host(struct report *report,
				       const struct report_host *host,
				       const struct settings *settings);
/* ... what is wrong with its sources. */
MUST_CHECK enum err report_attend_sources(struct report *report,
					  const struct report_host *host,
					  const struct source_views *sources);
MUST_CHECK enum err report_attend_all(struct report *report);
MUST_CHECK enum err report_make_budget(struct report *report,
				       const struct settings *settings);

#endif
