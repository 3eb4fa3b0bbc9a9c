/* listener_routes.c - everything that can be asked for. */
#include "tools/listener_internal.h"

static const struct route routes[] = {
	{ "/", "GET", LANE_HERE, answer_dashboard, { NULL, NULL, NULL }, false },
	{ "/healthz", "GET", LANE_HERE, answer_health, { NULL, NULL, NULL }, true },
	{ "/readyz", "GET", LANE_HERE, answer_ready, { NULL, NULL, NULL }, true },
	{ "/metrics", "GET", LANE_QUICK, answer_metrics, { NULL, NULL, NULL }, false },
	{ "/page", "GET", LANE_QUICK, answer_page, { "cat", "url", "" }, false },
	{ "/api/v1/live", "GET", LANE_QUICK, answer_live, { NULL, NULL, NULL }, false },
	{ "/api/v1/show",
	  "GET",
	  LANE_QUICK,
	  answer_show,
	  { "show", "url", "history|headers" },
	  false },
	{ "/api/v1/list",
	  "GET",
	  LANE_SLOW,
	  answer_list,
	  { "list", NULL, "state|host|tag|min-p-changed|sort|limit" },
	  false },
	{ "/api/v1/changes",
	  "GET",
	  LANE_SLOW,
	  answer_changes,
	  { "changes", NULL, "since|limit|all|consumer" },
	  false },
	{ "/api/v1/report",
	  "GET",
	  LANE_SLOW,
	  answer_report,
	  { "report", NULL, "window|host|tag" },
	  false },
	{ "/api/v1/plan",
	  "GET",
	  LANE_SLOW,
	  answer_plan,
	  { "plan", NULL, "limit|within|budgets|target" },
	  false },
	{ "/api/v1/host", "GET", LANE_SLOW, answer_host, { "host", "host", "" }, false },
	{ "/api/v1/seeds",
	  "POST",
	  LANE_ORDERS,
	  answer_seeds,
	  { "seed", NULL, "format" },
	  false },
	{ "/api/v1/recheck",
	  "POST",
	  LANE_ORDERS,
	  answer_recheck,
	  { "recheck", NULL, "host|tag" },
	  false },
	{ "/api/v1/ack",
	  "POST",
	  LANE_ORDERS,
	  answer_ack,
	  { "ack", "cursor", "consumer" },
	  false },
	{ "/api/v1/pings",
	  "POST",
	  LANE_ORDERS,
	  answer_pings,
	  { NULL, NULL, NULL },
	  false },
};

static bool is_method(const struct route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

const struct route *route_find(const char *path, const char *method, const char **other)
{
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (strcmp(routes[i].path, path) != 0)
			continue;
		if (is_method(&routes[i], method))
			return &routes[i];
		*other = routes[i].method;
	}
	return NULL;
}
