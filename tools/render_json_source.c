/* render_json_source.c - sources within freshet.host/1 and freshet.page/1; additions only. */
#include "tools/render.h"

#include "tools/json_out.h"

static void put_believed(struct json_out *j, const struct source_view *view)
{
	json_key_text(j, "url", buf_span(&view->source.url));
	json_key_text(j, "kind",
		      span_of(source_kind_text((enum source_kind)view->source.kind)));
	json_key_text(j, "state", span_of(source_state_text(view->state)));
	json_key_real(j, "recall", view->quality.recall);
	json_key_real(j, "precision", view->quality.precision);
	json_key_time(j, "last_poll_at", view->source.last_poll_at_ms);
	json_key_time(j, "next_poll_at",
		      view->source.retired_at_ms ? 0 : view->source.next_poll_at_ms);
}

void json_source(struct json_out *j, const struct source_view *view)
{
	const struct source *source = &view->source;

	json_open(j, '{');
	put_believed(j, view);
	json_key_text(j, "named_by",
		      span_of(source_origin_text((enum source_origin)source->named_by)));
	json_key_whole(j, "level", source->level);
	json_key_bool(j, "adds_pages", source->adds_pages);
	json_key_whole(j, "urls", source->n_entries);
	json_key_whole(j, "pages", source->n_pages);
	json_key_whole(j, "announced", (int64_t)source->n_announced);
	json_key_whole(j, "polls", source->n_polls);
	json_key_whole(j, "polls_with_news", source->n_news);
	json_key_whole(j, "failures", source->n_failures_in_a_row);
	json_key(j, "http_status");
	if (source->http_status)
		json_whole(j, source->http_status);
	else
		json_nothing(j);
	json_key_text_or_null(j, "detail", buf_span(&source->detail));
	json_key_time(j, "last_news_at", source->last_change_at_ms);
	json_key_time(j, "retired_at", source->retired_at_ms);
	json_close(j, '}');
}

void json_told(struct json_out *j, const struct source_view *view, unsigned n_announced)
{
	json_open(j, '{');
	put_believed(j, view);
	json_key_whole(j, "announced", n_announced);
	json_close(j, '}');
}
