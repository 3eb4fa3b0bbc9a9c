#include "tests/steps.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tests/unit/unit.h"

void step_reply(struct world *w, const char *path, const char *raw)
{
	origin_reply(w->origin, path, ANY_REQUEST, raw);
}

void step_ok(struct world *w, const char *path, const char *headers, const char *body)
{
	step_reply(w, path, origin_ok(w->origin, headers, body));
}

void step_status(struct world *w, const char *path, const char *status,
		 const char *headers)
{
	step_reply(w, path, origin_response(w->origin, status, headers, "a few words"));
}

void step_redirect(struct world *w, const char *path, const char *status,
		   const char *location)
{
	struct buf headers = BUF_INIT;

	if (buf_printf(&headers, "Location: %s\r\n", location))
		fail_msg("out of memory");
	step_status(w, path, status, buf_text(&headers));
	buf_release(&headers);
}

void step_see(struct world *w, const char *path, const char *headers, const char *body)
{
	step_ok(w, path, headers, body);
	world_seed(w, path);
	world_run_once(w);
	step_expect(w, path, VERDICT_NEW);
}

static void visit(struct world *w, bool force)
{
	bool before = w->force;

	w->force = force;
	world_sleep(w, MS_PER_DAY);
	world_run_once(w);
	w->force = before;
}

void step_revisit(struct world *w)
{
	visit(w, true);
}

void step_visit_due(struct world *w)
{
	visit(w, false);
}

void step_expect(struct world *w, const char *path, enum verdict verdict)
{
	const struct page *page = world_page(w, path);

	if (page->verdict != verdict)
		fail_msg("%s: %s (%s), not %s", path,
			 verdict_text((enum verdict)page->verdict),
			 buf_text(&page->error_detail), verdict_text(verdict));
}

void step_expect_told(struct world *w, const char *path, enum change_kind kind)
{
	size_t n = world_n_changes(w);
	char url[ORIGIN_URL_SIZE];
	const struct change *change;

	if (!n)
		fail_msg("%s: nothing was told", path);
	change = world_change(w, n - 1);
	if (change->kind != kind)
		fail_msg("%s: told as %s, not %s", path,
			 change_kind_text((enum change_kind)change->kind),
			 change_kind_text(kind));
	assert_string_equal(buf_text(&change->url), origin_url(w->origin, path, url));
}

bool step_last_asked_with(struct world *w, const char *path, const char *text)
{
	return world_asked_with(w, path, origin_n_requests(w->origin, path) - 1, text);
}
