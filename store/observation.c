#include "store/observation.h"

static void release_all(struct observation *o)
{
	struct buf *const owned[] = { &o->detail,    &o->etag,         &o->last_modified,
				      &o->headers,   &o->content_type, &o->validators_url,
				      &o->title,     &o->body,         &o->redirect_to,
				      &o->hops,      &o->canonical,    &o->language,
				      &o->block_ids, &o->successions,  &o->edits,
				      &o->sketch };

	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		buf_release(owned[i]);
}

void observation_init(struct observation *o)
{
	memset(o, 0, sizeof(*o));
}

void observation_release(struct observation *o)
{
	release_all(o);
	observation_init(o);
}

bool observation_has_content(const struct observation *o)
{
	return o->complete_200 && !digest_is_none(&o->digest);
}

bool observation_contradicts_validators(const struct observation *o)
{
	bool later = !o->same_date && !(o->anomalies & 1u << ANOMALY_DATE_BACKWARDS);

	return o->complete_200 && o->verdict == VERDICT_CHANGED &&
	       (o->same_etag || (!o->etag.len && o->last_modified.len && !later));
}

/* The facts of the last visit, whatever it concluded. */
static enum err note_visit(struct page *page, const struct observation *o)
{
	enum err err;

	page->verdict = o->verdict;
	page->evidence = o->evidence;
	page->http_status = o->http_status;
	page->error = o->error;
	page->last_visit_at_ms = o->at_ms;
	page->n_visits++;
	/* Once distrusted, until a whole answer has come (REQ 21-23). */
	page->ask_unconditionally =
		!o->complete_200 && (o->ask_unconditionally || page->ask_unconditionally);
	page->redirect_is_permanent = o->permanent_redirect;
	page->differs = o->differs;
	err = buf_set(&page->error_detail, buf_span(&o->detail));
	if (!err)
		err = buf_set(&page->redirect_to, buf_span(&o->redirect_to));
	return err ? err : buf_set(&page->hops, buf_span(&o->hops));
}

static void count_failures(struct page *page, const struct observation *o)
{
	bool failed = o->verdict == VERDICT_ERROR || o->verdict == VERDICT_REFUSED;

	page->n_failures += failed;
	page->n_failures_in_a_row = failed ? page->n_failures_in_a_row + 1 : 0;
	if (o->not_found) {
		page->n_not_found_in_a_row++;
		page->last_not_found_at_ms = o->at_ms;
	} else if (o->answered && !failed) {
		page->n_not_found_in_a_row = 0;
	}
}

/* A complete 200 replaces both validators (REQ 17); a 304 freshens what it carries, and
 * what it leaves out is kept (REQ 19, 25b). */
static enum err take_validators(struct page *page, const struct observation *o)
{
	enum err err = ERR_OK;

	if (o->date_at_ms)
		page->date_at_ms = o->date_at_ms;
	if (o->complete_200) {
		err = buf_set(&page->etag, buf_span(&o->etag));
		if (!err)
			err = buf_set(&page->validators_url,
				      buf_span(&o->validators_url));
	}
	if (!err && (o->complete_200 || o->last_modified.len))
		err = buf_set(&page->last_modified, buf_span(&o->last_modified));
	return err;
}

static enum err take_content(struct page *page, const struct observation *o)
{
	enum err err;

	page->digest = o->digest;
	page->text_digest = o->text_digest;
	page->simhash = o->simhash;
	page->body_len = o->body_len;
	page->words_hash = o->words_hash;
	page->epoch = o->epoch;
	page->link_digest = o->link_digest;
	page->noindex = o->noindex;
	page->noarchive = o->noarchive;
	page->has_body = o->body.len > 0;
	err = buf_set(&page->content_type, buf_span(&o->content_type));
	if (!err)
		err = buf_set(&page->canonical, buf_span(&o->canonical));
	if (!err)
		err = buf_set(&page->language, buf_span(&o->language));
	return err ? err : buf_set(&page->title, buf_span(&o->title));
}

/* Which kind of news, if any, the index must hear of this visit. */
static bool choose_kind(const struct page *page, const struct observation *o,
			enum change_kind *kind)
{
	static const struct {
		enum verdict verdict;
		enum page_state state;
		enum change_kind kind;
	} departures[] = {
		{ VERDICT_GONE, STATE_GONE, CHANGE_GONE },
		{ VERDICT_MOVED, STATE_MOVED, CHANGE_MOVED },
		{ VERDICT_BLOCKED, STATE_BLOCKED, CHANGE_BLOCKED },
	};

	if (o->untold || o->hold)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(departures); i++) {
		if (o->verdict != departures[i].verdict)
			continue;
		*kind = departures[i].kind;
		return page->announced != departures[i].state;
	}
	if (o->verdict == VERDICT_ERROR || o->verdict == VERDICT_REFUSED)
		return false;
	if (o->verdict == VERDICT_NEW)
		*kind = CHANGE_NEW; /* seen for the first time, whatever was told of it */
	else if (page->announced)
		*kind = CHANGE_BACK;
	else if (o->verdict == VERDICT_CHANGED)
		*kind = CHANGE_CHANGED;
	else
		return false;
	return true;
}

/* Of a page that moved, or is blocked, the last version stays. */
static bool is_version(enum change_kind kind)
{
	return kind != CHANGE_MOVED && kind != CHANGE_BLOCKED;
}

static void note_change(struct page *page, const struct observation *o,
			enum change_kind kind)
{
	if (is_version(kind)) {
		page->version++;
		page->changed_after_ms = page->last_verified_at_ms;
		page->changed_before_ms = o->at_ms;
		page->last_change_at_ms = o->at_ms;
	}
	page->n_changes += kind == CHANGE_CHANGED || kind == CHANGE_GONE;
	page->announced = kind == CHANGE_GONE      ? STATE_GONE
			  : kind == CHANGE_MOVED   ? STATE_MOVED
			  : kind == CHANGE_BLOCKED ? STATE_BLOCKED
						   : STATE_UNFETCHED;
}

static enum err fill_change(const struct page *page, const struct observation *o,
			    enum change_kind kind, const struct digest *previous,
			    struct change *change)
{
	enum err err;

	change->at_ms = o->at_ms;
	change->key = page->key;
	change->kind = (uint8_t)kind;
	change->version = page->version;
	change->http_status = o->http_status;
	change->evidence = o->evidence;
	change->similarity = o->similarity;
	change->digest = page->digest;
	change->previous_digest = *previous;
	change->changed_after_ms =
		is_version(kind) ? page->changed_after_ms : page->last_verified_at_ms;
	change->changed_before_ms = o->at_ms;
	change->noindex = page->noindex;
	change->noarchive = page->noarchive;
	err = buf_set(&change->url, buf_span(&page->url));
	if (!err)
		err = buf_set(&change->title, buf_span(&page->title));
	return err ? err : buf_set(&change->redirect_to, buf_span(&page->redirect_to));
}

/* A failure says nothing of it. */
static void note_noise(struct page *page, const struct observation *o)
{
	if (o->verdict == VERDICT_MINOR)
		page->n_noisy++;
	else if (o->answered && o->verdict != VERDICT_ERROR)
		page->n_noisy = 0;
}

/* Neither a failure nor robots.txt says anything of what is held. */
static void note_hold(struct page *page, const struct observation *o)
{
	if (o->verdict == VERDICT_ERROR || o->verdict == VERDICT_REFUSED ||
	    o->verdict == VERDICT_BLOCKED)
		return;
	if (o->hold && (page->held != o->hold || page->held_words != o->held_words))
		page->held_at_ms = o->at_ms;
	page->held = o->hold;
	page->held_words = o->hold ? o->held_words : 0;
	if (!o->hold)
		page->held_at_ms = 0;
}

enum err page_observe(struct page *page, const struct observation *o,
		      struct change *change, bool *announce)
{
	struct digest previous = page->digest;
	enum change_kind kind = CHANGE_UNCHANGED;
	enum err err = note_visit(page, o);

	if (!err)
		err = take_validators(page, o);
	if (!err && observation_has_content(o))
		err = take_content(page, o);
	if (err)
		return err;
	count_failures(page, o);
	note_noise(page, o);
	note_hold(page, o);
	*announce = choose_kind(page, o, &kind);
	if (*announce)
		note_change(page, o, kind);
	if (!o->hold && (o->verdict == VERDICT_NEW || o->verdict == VERDICT_UNCHANGED ||
			 o->verdict == VERDICT_CHANGED || o->verdict == VERDICT_MINOR))
		page->last_verified_at_ms = o->at_ms;
	if (o->complete_200)
		page->n_since_audit = 0; /* an audit that failed is still due */
	else if (o->verdict == VERDICT_UNCHANGED)
		page->n_since_audit++;
	return *announce ? fill_change(page, o, kind, &previous, change) : ERR_OK;
}

enum err page_tell_held(struct page *page, int64_t now_ms, struct change *change,
			bool *announce)
{
	struct observation o = { .at_ms = now_ms,
				 .verdict = page->verdict,
				 .evidence = page->evidence,
				 .http_status = page->http_status };
	enum change_kind kind;

	*announce = (o.verdict == VERDICT_GONE || o.verdict == VERDICT_MOVED) &&
		    choose_kind(page, &o, &kind);
	if (!*announce)
		return ERR_OK;
	note_hold(page, &o);
	note_change(page, &o, kind);
	return fill_change(page, &o, kind, &page->digest, change);
}
