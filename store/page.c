#include "store/page.h"

#include "store/head.h"

#define TEXT_TABLE(name, type, count, ...)                               \
	const char *name(type value)                                     \
	{                                                                \
		static const char *const texts[count] = { __VA_ARGS__ }; \
                                                                         \
		return (size_t)value < count ? texts[value] : "unknown"; \
	}

TEXT_TABLE(verdict_text, enum verdict, N_VERDICTS, "none", "new", "unchanged", "changed",
	   "minor", "gone", "moved", "blocked", "refused", "error")
TEXT_TABLE(evidence_text, enum evidence, N_EVIDENCES, "none", "304-strong", "304-weak",
	   "304-date", "digest", "text", "body", "audit", "status")
TEXT_TABLE(state_text, enum page_state, N_STATES, "unfetched", "unchanged", "stale",
	   "gone", "moved", "blocked", "failing")
TEXT_TABLE(reason_text, enum visit_reason, N_REASONS, "none", "never fetched", "interval",
	   "least interval", "greatest interval", "back-off after failures",
	   "Retry-After", "confirm that it is gone", "ask again without conditions",
	   "blocked by robots.txt", "recheck asked for", "crawl value",
	   "confirm what is held back", "announced to have changed",
	   "other bytes at each visit, never other words")
TEXT_TABLE(differs_text, enum differs, N_DIFFERS, "none", "markup", "volatile",
	   "boilerplate")
TEXT_TABLE(hold_text, enum hold, N_HOLDS, "none", "mass_gone", "same_text")

bool state_parse(struct span text, enum page_state *state)
{
	for (int s = 0; s < N_STATES; s++) {
		if (!span_equal(text, span_of(state_text((enum page_state)s))))
			continue;
		*state = (enum page_state)s;
		return true;
	}
	return false;
}

void host_key_encode(const struct host_key *key, uint8_t out[HOST_KEY_SIZE])
{
	out[0] = key->partition;
	be64_put(out + 1, key->host_id);
}

void host_key_decode(const uint8_t in[HOST_KEY_SIZE], struct host_key *key)
{
	key->partition = in[0];
	key->host_id = be64_get(in + 1);
}

bool host_key_equal(const struct host_key *a, const struct host_key *b)
{
	return a->host_id == b->host_id && a->partition == b->partition;
}

void page_key_encode(const struct page_key *key, uint8_t out[PAGE_KEY_SIZE])
{
	host_key_encode(&key->host, out);
	be64_put(out + HOST_KEY_SIZE, key->url_hash);
}

void page_key_decode(const uint8_t in[PAGE_KEY_SIZE], struct page_key *key)
{
	host_key_decode(in, &key->host);
	key->url_hash = be64_get(in + HOST_KEY_SIZE);
}

bool page_key_equal(const struct page_key *a, const struct page_key *b)
{
	return a->url_hash == b->url_hash && host_key_equal(&a->host, &b->host);
}

/* The public suffix list is slow to ask (a seventh of the instructions of a seed), and the
 * same hosts come again and again. */
#define PARTITIONS_KEPT 4096

struct host_key host_key_of(const struct url_parts *parts)
{
	static _Thread_local struct {
		uint64_t host_id;
		uint8_t partition;
	} kept[PARTITIONS_KEPT];
	struct host_key key = { .host_id = hash64(parts->origin) };
	size_t at = key.host_id % PARTITIONS_KEPT;

	/* 0 stands for an empty place, so no host of that id is kept. */
	if (key.host_id && kept[at].host_id == key.host_id) {
		key.partition = kept[at].partition;
		return key;
	}
	key.partition = (uint8_t)hash64(url_registrable_domain(parts->host));
	kept[at].host_id = key.host_id;
	kept[at].partition = key.partition;
	return key;
}

enum err page_key_of(struct span url, struct page_key *key)
{
	struct url_parts parts;
	enum err err = url_split(url, &parts);

	if (err)
		return err;
	key->host = host_key_of(&parts);
	key->url_hash = hash64(url);
	return ERR_OK;
}

bool queue_position_equal(const struct queue_position *a, const struct queue_position *b)
{
	return a->class == b->class && a->order_ms == b->order_ms &&
	       a->parked == b->parked && a->queued == b->queued;
}

bool queue_position_is_same_turn(const struct queue_position *a,
				 const struct queue_position *b)
{
	return a->class == b->class && a->order_ms == b->order_ms;
}

/* In this order: what differs from page to page stands together, and what is mostly alike,
 * so that blocks compress. The run (from 160) has what nearly every visited page has. */
/* clang-format off: one line a field reads as the table that it is */
#define RUN(number, type, member) FIELD_BY(FIELD_IN_RUN, number, type, page, member)
#define RUN_SINCE(number, member, base) \
	FIELD_BASED(FIELD_IN_RUN, number, FIELD_SINCE, page, member, base)
#define WAS(number, type, member) FIELD_BY(FIELD_READ, number, type, page, member)
#define WAS_SINCE(number, member, base) \
	FIELD_BASED(FIELD_READ, number, FIELD_SINCE, page, member, base)
#define WAS_TEXT(number, member, max)                                                  \
	{                                                                              \
		number, FIELD_BYTES, FIELD_READ, offsetof(struct page, member), max, 0 \
	}
static const struct field page_fields[] = {
	FIELD_TEXT(1, page, url, URL_MAX),
	FIELD_TEXT(23, page, title, PAGE_TITLE_MAX),
	FIELD_VALIDATOR(110, page, etag, PAGE_ETAG_MAX),
	RUN(160, FIELD_I64, first_seen_at_ms),
	RUN(161, FIELD_F32, weight),
	RUN(162, FIELD_I64, last_visit_at_ms),
	RUN_SINCE(163, next_visit_at_ms, last_visit_at_ms),
	RUN(164, FIELD_DIGEST, digest),
	RUN(165, FIELD_SHORT_DIGEST, text_digest),
	RUN(166, FIELD_SHORT_DIGEST, link_digest),
	RUN(167, FIELD_HASH64, simhash),
	RUN(168, FIELD_HASH32, words_hash),
	RUN(169, FIELD_U32, body_len),
	RUN(170, FIELD_F32, rate_a),
	RUN(171, FIELD_F32, rate_b),
	RUN(172, FIELD_HALF, worth.a),
	RUN(173, FIELD_HALF, worth.b_days),
	RUN(174, FIELD_U32, rate_micro),
	RUN(175, FIELD_U16, value_class),
	RUN(176, FIELD_HALF, worth.same_bytes),
	RUN(177, FIELD_HALF, worth.changed_bytes),
	RUN_SINCE(178, last_change_at_ms, last_visit_at_ms),
	RUN_SINCE(179, changed_before_ms, last_change_at_ms),
	RUN_SINCE(180, last_verified_at_ms, last_visit_at_ms),
	RUN_SINCE(181, learned_at_ms, last_visit_at_ms),
	RUN_SINCE(182, date_at_ms, last_visit_at_ms),
	RUN_SINCE(183, position.order_ms, last_visit_at_ms),
	RUN(184, FIELD_BOOL, position.queued),
	RUN(185, FIELD_U8, next_visit_reason),
	RUN(186, FIELD_U8, verdict),
	RUN(187, FIELD_U8, evidence),
	RUN(188, FIELD_U16, http_status),
	RUN(189, FIELD_U32, version),
	RUN(190, FIELD_U32, indexed_version),
	RUN(191, FIELD_U32, n_visits),
	RUN(192, FIELD_U32, n_changes),
	RUN(193, FIELD_U32, epoch),
	RUN(194, FIELD_BOOL, has_body),
	RUN_SINCE(195, changed_after_ms, last_change_at_ms),
	FIELD_BASED(FIELD_LIKE, 47, FIELD_U16, page, position.class, value_class),
	FIELD_BASED(FIELD_LIKE, 156, FIELD_HALF, page, worth.weight, weight),
	FIELD(49, FIELD_BOOL, page, position.parked),
	FIELD_VALIDATOR(111, page, last_modified, PAGE_ETAG_MAX),
	FIELD_TEXT(22, page, content_type, PAGE_TYPE_MAX),
	FIELD_TEXT(112, page, head, PAGE_HEAD_MAX),
	FIELD_TEXT(105, page, language, PAGE_LANGUAGE_MAX),
	FIELD_TEXT(17, page, tags, PAGE_TAGS_MAX),
	FIELD(18, FIELD_I64, page, min_interval_ms),
	FIELD(19, FIELD_I64, page, max_interval_ms),
	FIELD_TEXT(20, page, validators_url, URL_MAX),
	FIELD(25, FIELD_BOOL, page, ask_unconditionally),
	FIELD(26, FIELD_U8, page, error),
	FIELD_TEXT(27, page, error_detail, 256),
	FIELD_TEXT(28, page, redirect_to, URL_MAX),
	FIELD_TEXT(29, page, hops, PAGE_HOPS_MAX),
	FIELD(30, FIELD_BOOL, page, redirect_is_permanent),
	FIELD(31, FIELD_U8, page, announced),
	FIELD(36, FIELD_I64, page, last_not_found_at_ms),
	FIELD(38, FIELD_U64, page, change_cursor),
	FIELD(40, FIELD_U32, page, n_failures),
	FIELD(41, FIELD_U32, page, n_failures_in_a_row),
	FIELD(42, FIELD_U32, page, n_not_found_in_a_row),
	FIELD(43, FIELD_U32, page, n_since_audit),
	FIELD(51, FIELD_U8, page, mode_tried),
	FIELD(52, FIELD_U8, page, n_useless),
	/* 80-89: who tells of it */
	FIELD(80, FIELD_HASH64, page, told[0].source),
	FIELD(81, FIELD_HASH64, page, told[1].source),
	FIELD(82, FIELD_HASH64, page, told[2].source),
	FIELD(83, FIELD_U8, page, told[0].n_announced),
	FIELD(84, FIELD_U8, page, told[1].n_announced),
	FIELD(85, FIELD_U8, page, told[2].n_announced),
	FIELD(86, FIELD_F32, page, told_recall),
	FIELD(87, FIELD_F32, page, told_doubt),
	/* 60-69: the mass guard */
	FIELD(60, FIELD_U8, page, held),
	FIELD(61, FIELD_I64, page, held_at_ms),
	FIELD(62, FIELD_HASH64, page, held_words),
	/* 100-119: what the page says and how it is read */
	FIELD(101, FIELD_U8, page, differs),
	FIELD_TEXT(104, page, canonical, URL_MAX),
	FIELD(106, FIELD_BOOL, page, noindex),
	FIELD(107, FIELD_BOOL, page, noarchive),
	FIELD(108, FIELD_U32, page, n_noisy),
	FIELD(109, FIELD_U32, page, freshened_hash),
	/* records of version 2, in their order */
	WAS_TEXT(4, etag, PAGE_ETAG_MAX),
	WAS(120, FIELD_I64, first_seen_at_ms),
	WAS(121, FIELD_F32, weight),
	WAS(122, FIELD_I64, last_visit_at_ms),
	WAS_SINCE(123, next_visit_at_ms, last_visit_at_ms),
	WAS(124, FIELD_DIGEST, digest),
	WAS(125, FIELD_DIGEST, text_digest),
	WAS(126, FIELD_DIGEST, link_digest),
	WAS(127, FIELD_HASH64, simhash),
	WAS(128, FIELD_HASH64_TOP, words_hash),
	WAS(129, FIELD_U32, body_len),
	WAS(130, FIELD_F32, rate_a),
	WAS(131, FIELD_F32, rate_b),
	WAS(132, FIELD_HALF, worth.a),
	WAS(133, FIELD_HALF, worth.b_days),
	WAS(134, FIELD_HALF, worth.same_bytes),
	WAS(135, FIELD_HALF, worth.changed_bytes),
	WAS(136, FIELD_U32, rate_micro),
	WAS(137, FIELD_U16, value_class),
	WAS_SINCE(138, last_change_at_ms, last_visit_at_ms),
	WAS_SINCE(139, changed_before_ms, last_change_at_ms),
	WAS_SINCE(140, last_verified_at_ms, last_visit_at_ms),
	WAS_SINCE(141, learned_at_ms, last_visit_at_ms),
	WAS_SINCE(142, date_at_ms, last_visit_at_ms),
	WAS_SINCE(143, position.order_ms, last_visit_at_ms),
	WAS(144, FIELD_BOOL, position.queued),
	WAS(145, FIELD_U8, next_visit_reason),
	WAS(146, FIELD_U8, verdict),
	WAS(147, FIELD_U8, evidence),
	WAS(148, FIELD_U16, http_status),
	WAS(149, FIELD_U32, version),
	WAS(150, FIELD_U32, indexed_version),
	WAS(151, FIELD_U32, n_visits),
	WAS(152, FIELD_U32, n_changes),
	WAS(153, FIELD_U32, epoch),
	WAS(154, FIELD_BOOL, has_body),
	WAS_SINCE(155, changed_after_ms, last_change_at_ms),
	WAS_TEXT(5, last_modified, PAGE_ETAG_MAX),
	/* records of version 1, in their order */
	WAS(2, FIELD_I64, last_visit_at_ms),
	WAS(3, FIELD_I64, next_visit_at_ms),
	WAS(6, FIELD_DIGEST, digest),
	WAS(7, FIELD_DIGEST, text_digest),
	WAS(8, FIELD_HASH64, simhash),
	WAS(9, FIELD_U8, verdict),
	WAS(10, FIELD_U8, evidence),
	WAS(11, FIELD_U16, http_status),
	WAS(12, FIELD_I64, first_seen_at_ms),
	WAS(13, FIELD_I64, last_verified_at_ms),
	WAS(14, FIELD_U32, version),
	WAS(15, FIELD_U32, n_visits),
	WAS(16, FIELD_F32, weight),
	WAS(21, FIELD_U32, body_len),
	WAS(24, FIELD_BOOL, has_body),
	WAS(32, FIELD_I64, last_change_at_ms),
	WAS(33, FIELD_I64, changed_after_ms),
	WAS(34, FIELD_I64, changed_before_ms),
	WAS(35, FIELD_I64, date_at_ms),
	WAS(37, FIELD_U32, indexed_version),
	WAS(39, FIELD_U32, n_changes),
	WAS(44, FIELD_F32, rate_a),
	WAS(45, FIELD_F32, rate_b),
	WAS(46, FIELD_U8, next_visit_reason),
	WAS(48, FIELD_I64, position.order_ms),
	WAS(50, FIELD_BOOL, position.queued),
	WAS(70, FIELD_I64, learned_at_ms),
	WAS(71, FIELD_U16, value_class),
	WAS(72, FIELD_U32, rate_micro),
	WAS(73, FIELD_F32, worth.weight),
	WAS(74, FIELD_F32, worth.a),
	WAS(75, FIELD_F32, worth.b_days),
	WAS(76, FIELD_F32, worth.same_bytes),
	WAS(77, FIELD_F32, worth.changed_bytes),
	WAS(100, FIELD_HASH64_TOP, words_hash),
	WAS(102, FIELD_U32, epoch),
	WAS(103, FIELD_DIGEST, link_digest),
};
/* clang-format on */

static const struct record_type page_type = { "page", 3, page_fields,
					      ARRAY_SIZE(page_fields) };

void page_init(struct page *page)
{
	memset(page, 0, sizeof(*page));
	page->weight = 1;
}

void page_release(struct page *page)
{
	codec_release(&page_type, page);
}

void page_clear(struct page *page)
{
	codec_clear(&page_type, page);
	page->weight = 1;
	page->recheck_asked = false;
	memset(&page->stored, 0, sizeof(page->stored));
}

enum err page_encode(const struct page *page, struct buf *out)
{
	return codec_encode(&page_type, page, out);
}

enum err page_decode(struct span bytes, struct page *page)
{
	enum err err = codec_decode(&page_type, bytes, page);

	if (err)
		return err;
	if (!page->url.len || !head_is_sound(buf_span(&page->head)))
		return ERR_CORRUPT;
	digest_shorten(&page->text_digest); /* older records have all of them */
	digest_shorten(&page->link_digest);
	/* They are used as indices. */
	if (page->verdict >= N_VERDICTS || page->evidence >= N_EVIDENCES ||
	    page->announced >= N_STATES || page->held >= N_HOLDS ||
	    page->differs >= N_DIFFERS || page->next_visit_reason >= N_REASONS)
		return ERR_NEWER;
	page->stored.exists = true;
	page->stored.state = (uint8_t)page_state(page);
	page->stored.held = page->held;
	page->stored.position = page->position;
	page->stored.worth = page->worth;
	page->stored.certain = false;
	page->stored.value_class = page->value_class;
	page->stored.rate_micro = page->rate_micro;
	page->stored.share = page_share(page);
	return ERR_OK;
}

/* RFC 9110 8.8.3 */
enum validator_kind page_validator(const struct page *page)
{
	if (page->etag.len)
		return span_starts_with(buf_span(&page->etag), SPAN("W/"))
			       ? VALIDATOR_KIND_WEAK
			       : VALIDATOR_KIND_STRONG;
	return page->last_modified.len ? VALIDATOR_KIND_DATE : VALIDATOR_KIND_NONE;
}

struct page_share page_share(const struct page *page)
{
	return (struct page_share){
		.first_seen_at_ms = page->first_seen_at_ms,
		.last_verified_at_ms = page->last_verified_at_ms,
		.next_visit_at_ms = page->next_visit_at_ms,
		.weight = page->weight,
		.rate_a = page->rate_a,
		.told_recall = page->told_recall,
		.told_doubt = page->told_doubt,
		.rate_micro = page->rate_micro,
		.n_visits = page->n_visits,
		.n_changes = page->n_changes,
		.http_status = page->http_status,
		.state = (uint8_t)page_state(page),
		.validator = (uint8_t)page_validator(page),
		.is_current = page->indexed_version >= page->version,
		.is_noisy = page_is_noisy(page),
	};
}

enum page_state page_state(const struct page *page)
{
	if (page->held)
		return STATE_FAILING;
	switch (page->verdict) {
	case VERDICT_NONE:
		return STATE_UNFETCHED;
	case VERDICT_GONE:
		return STATE_GONE;
	case VERDICT_MOVED:
		return STATE_MOVED;
	case VERDICT_BLOCKED:
		return STATE_BLOCKED;
	case VERDICT_REFUSED:
	case VERDICT_ERROR:
		return STATE_FAILING;
	default:
		return page->version > page->indexed_version ? STATE_STALE
							     : STATE_UNCHANGED;
	}
}

bool page_is_noisy(const struct page *page)
{
	return page->n_noisy >= PAGE_NOISY_MIN;
}

bool page_has_tag(const struct page *page, struct span tag)
{
	struct span rest = buf_span(&page->tags);

	while (rest.len)
		if (span_equal(span_cut(&rest, ','), tag))
			return true;
	return false;
}
